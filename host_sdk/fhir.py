"""An alarm as FHIR R4: a Bundle with the Communication to the contacts, and what is known as Observations.

What is not known is said so (`dataAbsentReason`), or left out where no reading belongs to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from .alarm import OLDEST_S
from .models import Alarm, DeviceInfo
from .wire_gen import AlarmKind, AlarmState

_LOINC = "http://loinc.org"
_UCUM = "http://unitsofmeasure.org"
_HL7 = "http://terminology.hl7.org/CodeSystem"
_KINDS = {AlarmKind.CALL_FOR_HELP: "call for help"}
_PENDING = (AlarmState.CANDIDATE, AlarmState.COUNTDOWN)

Resource = dict[str, Any]


def alarm_bundle(alarms: Sequence[Alarm], device: DeviceInfo) -> Resource:
    """A Bundle (`collection`) of alarms of one device, as JSON has it; the same alarms give the same bundle.

    `alarms` are records of its journal, whose ages are of the time of the record (`at_s`).
    """
    url = _url(device, "device")
    unit: Resource = {
        "resourceType": "Device",
        "identifier": [{"value": device.serial_number}],
        "serialNumber": device.serial_number,
        "modelNumber": device.model,
        "version": [{"value": device.firmware}],
    }
    entries = [(url, unit)]
    for alarm in alarms:
        entries += _of_alarm(alarm, device, url)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in entries],
    }


def _of_alarm(alarm: Alarm, device: DeviceInfo, unit: str) -> list[tuple[str, Resource]]:
    """Resources of one alarm by their URL, the Communication last."""
    happened = _moment(alarm.happened_s)
    found = {
        "pulse": _vital(alarm, unit, "8867-4", "Heart rate", alarm.pulse_bpm, ("beats/minute", "/min")),
        "spo2": _vital(alarm, unit, "59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry",
                       alarm.spo2_percent, ("%", "%")),
    }  # fmt: skip
    if alarm.peak_g is not None:
        found["peak"] = _observation(unit, {"text": "Greatest acceleration"}, alarm.peak_g, ("g", "[g]"), happened)
    if alarm.speed_kmh is not None:
        found["speed"] = _observation(unit, {"text": "Speed before"}, alarm.speed_kmh, ("km/h", "km/h"), happened)
    if alarm.latitude_deg is not None and alarm.longitude_deg is not None:
        age = ", of unknown age" if alarm.position_age_s is None else f", {alarm.position_age_s} s old"
        if alarm.position_age_s is not None and alarm.position_age_s >= OLDEST_S:
            age = ", over 18 h old"
        position = {"longitude": alarm.longitude_deg, "latitude": alarm.latitude_deg}
        found["location"] = {"resourceType": "Location", "name": f"Position{age}", "position": position}
    entries = [(_url(device, f"alarm/{alarm.number}/{name}"), resource) for name, resource in found.items()]
    about = [{"reference": url} for url, _ in entries]
    return [*entries, (_url(device, f"alarm/{alarm.number}"), _communication(alarm, unit, about))]


def _communication(alarm: Alarm, unit: str, about: list[Resource]) -> Resource:
    what = _KINDS.get(alarm.kind, f"{alarm.kind.name.lower().replace('_', ' ')}, severity {alarm.severity} of 4")
    made: Resource = {
        "resourceType": "Communication",
        "identifier": [{"value": str(alarm.number)}],
        "status": _status(alarm),
        "category": [{"coding": [{"system": f"{_HL7}/communication-category", "code": "alert"}]}],
        "priority": "stat",
        "subject": {"display": "wearer"},
        "about": about,
        "sender": {"reference": unit},
        "payload": [{"contentString": f"Alarm {alarm.number}: {what}"}],
        "note": [{"text": f"{alarm.state.name.lower()}, {alarm.attempts} attempts to reach somebody"}],
    }
    moment = _moment(alarm.happened_s) if alarm.attempts or alarm.reached else None
    return made if moment is None else {**made, "sent": moment}


def _status(alarm: Alarm) -> str:
    """Of the Communication: what became of the alarm."""
    if alarm.state in _PENDING:
        return "preparation"
    if alarm.state is AlarmState.CANCELLED:
        return "not-done"
    if alarm.state is AlarmState.RETRACTED or alarm.retracted:
        return "stopped"
    if alarm.reached:
        return "completed"
    return "in-progress" if alarm.state is AlarmState.CONFIRMED else "stopped"


def _vital(alarm: Alarm, unit: str, code: str, name: str, value: int | None, of: tuple[str, str]) -> Resource:
    coded = {"coding": [{"system": _LOINC, "code": code, "display": name}], "text": name}
    is_dated = value is not None and alarm.vitals_age_s is not None and alarm.vitals_age_s < OLDEST_S
    made = _observation(unit, coded, value, of, _moment(alarm.at_s, alarm.vitals_age_s or 0) if is_dated else None)
    return {**made, "category": [{"coding": [{"system": f"{_HL7}/observation-category", "code": "vital-signs"}]}]}


def _observation(unit: str, code: Resource, value: float | None, of: tuple[str, str], moment: str | None) -> Resource:
    made: Resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "subject": {"display": "wearer"},
        "device": {"reference": unit},
    }
    if moment is not None:
        made["effectiveDateTime"] = moment
    if value is None:
        made["dataAbsentReason"] = {"coding": [{"system": f"{_HL7}/data-absent-reason", "code": "unknown"}]}
    else:
        made["valueQuantity"] = {"value": value, "unit": of[0], "system": _UCUM, "code": of[1]}
    return made


def _moment(at_s: int | None, age_s: int = 0) -> str | None:
    """So many seconds before a time; None where the device's clock was not set then."""
    return None if not at_s else datetime.fromtimestamp(at_s - age_s, timezone.utc).isoformat()


def _url(device: DeviceInfo, path: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'vitalband:{device.serial_number}/{path}')}"
