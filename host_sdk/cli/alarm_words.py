"""An alarm in words."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone
from enum import IntEnum
from typing import Any

from ..alarm import OLDEST_S
from ..models import Alarm
from ..wire_gen import AlarmState, AlarmWarning

_PHONE = 4
_WARNINGS = {
    AlarmWarning.NO_CONTACTS: "nobody can be reached: no contact has a number, and no phone stands by",
    AlarmWarning.NO_MODEM: "nobody can be reached: the modem does not answer",
    AlarmWarning.NO_CARD: "nobody can be reached: the modem has no SIM card",
    AlarmWarning.PIN_WANTED: "nobody can be reached: the SIM card wants a PIN",
    AlarmWarning.NO_NETWORK: "nobody can be reached: there is no network",
    AlarmWarning.NETWORK_REFUSES: "nobody can be reached: no network takes the SIM card",
    AlarmWarning.REFUSED_CONTACTS: "not all can be reached: {} refused, without a number that is sure, or one too many",
}


def warning_of(alarm: Alarm) -> str:
    """Who could not be reached, and why; empty where everybody can."""
    return _WARNINGS.get(alarm.warning, "").format(alarm.refused_contacts)


def alarm_line(now: Alarm) -> str:
    """The state, why, and for how long."""
    if now.state in (AlarmState.DISARMED, AlarmState.FAULT):
        return f"{word(now.state)} ({word(now.reason)})"
    if now.muted_s is not None:
        return f"muted for another {counted((now.muted_s + 59) // 60, 'minute')}"
    return word(now.state) + ("" if now.seconds_left is None else f", {now.seconds_left} s left")


def counted(count: int, what: str) -> str:
    """A number of things."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def alarm_object(alarm: Alarm) -> dict[str, Any]:
    """An alarm as JSON has it; names of states in lower case, absent numbers are null."""
    return {name: word(each, "_") if isinstance(each, IntEnum) else each for name, each in asdict(alarm).items()}


def word(member: IntEnum, gap: str = " ") -> str:
    """A name of the wire as people write it."""
    return member.name.lower().replace("_", gap)


def what_of(alarm: Alarm) -> str:
    """Of an alarm what it is of, and whom it reached."""
    peak = "" if alarm.peak_g is None else f" of {alarm.peak_g:.0f} g"
    severity = f", severity {alarm.severity} of 4" if alarm.severity else ""
    reached = [f"contact {n + 1}" for n in range(_PHONE) if alarm.reached >> n & 1]
    reached += ["the phone"] if alarm.reached >> _PHONE & 1 else []
    whom = ", ".join(reached) or "nobody"
    return f"{word(alarm.kind)}{peak}{severity}; {counted(alarm.attempts, 'message')}, reached {whom}"


def when(unix_s: int | None) -> str:
    """A time."""
    if unix_s is None:
        return "time not known     "
    return f"{datetime.fromtimestamp(unix_s, timezone.utc):%Y-%m-%d %H:%M:%S}"


def where(alarm: Alarm) -> str:
    """Position, its age, and speed."""
    if alarm.latitude_deg is None or alarm.longitude_deg is None:
        return "position not known"
    age = f" {_ago(alarm.position_age_s)}" if alarm.position_age_s != 0 else ""
    speed = "" if alarm.speed_kmh is None else f", {alarm.speed_kmh} km/h"
    return f"{alarm.latitude_deg:.5f}, {alarm.longitude_deg:.5f}{age}{speed}"


def vitals(alarm: Alarm) -> str:
    """Pulse and SpO2, with their age."""
    if alarm.pulse_bpm is None and alarm.spo2_percent is None:
        return "vitals not known"
    pulse = "not known" if alarm.pulse_bpm is None else f"{alarm.pulse_bpm}/min"
    spo2 = "not known" if alarm.spo2_percent is None else f"{alarm.spo2_percent} %"
    return f"pulse {pulse}, SpO2 {spo2}, {_ago(alarm.vitals_age_s)}"


def _ago(age_s: int | None) -> str:
    """An age; the longest that the device knows is that, or more."""
    if age_s is None:
        return "at an unknown time"
    return "over 18 h ago" if age_s >= OLDEST_S else f"{age_s} s ago"
