"""Alarms as FHIR: what an independent model of R4 takes, with every number of the alarm in it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from host_sdk import Alarm, AlarmState, Client
from host_sdk.cli.main import main
from host_sdk.fhir import alarm_bundle
from host_sdk.wire_gen import AlarmKind

HELMET = "sim:?ride=helmet_on_table&warm=8"


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Those of a kind; the bundle is one that the model takes, and gives back as it was."""
    model = Bundle.model_validate(bundle)
    assert len(model.entry or ()) == len(bundle["entry"])
    found = [entry["resource"] for entry in bundle["entry"]]
    known = {entry["fullUrl"] for entry in bundle["entry"]}
    for resource in found:
        for reference in [*resource.get("about", []), resource.get("device"), resource.get("sender")]:
            assert reference is None or reference["reference"] in known
    return [resource for resource in found if resource["resourceType"] == kind]


async def called() -> tuple[Alarm, Any]:
    """An alarm that was called for and cancelled, and its device."""
    async with await Client.open(HELMET) as client:
        await client.alarm.call_help()
        await client.alarm.cancel()
        return (await client.alarm.alarms())[0], client.info


async def test_a_cancelled_call_of_somebody_without_a_band() -> None:
    alarm, device = await called()
    bundle = alarm_bundle([alarm], device)
    (message,) = resources(bundle, "Communication")
    assert (message["status"], message["payload"]) == ("not-done", [{"contentString": "Alarm 1: call for help"}])
    assert "sent" not in message, "nobody was alarmed"
    (location,) = resources(bundle, "Location")
    assert location["position"]["latitude"] == pytest.approx(48.117, abs=0.01)
    pulse, spo2 = resources(bundle, "Observation")[:2]
    for absent in (pulse, spo2):
        assert absent["dataAbsentReason"]["coding"][0]["code"] == "unknown"
        assert "valueQuantity" not in absent
        assert "effectiveDateTime" not in absent
    assert alarm_bundle([alarm], device) == bundle


async def test_all_that_is_known_of_an_accident_and_what_became_of_it() -> None:
    alarm, device = await called()
    known = replace(
        alarm, kind=AlarmKind.ACCIDENT, severity=3, pulse_bpm=88, spo2_percent=97, vitals_age_s=60, peak_g=34.5,
        speed_kmh=33, happened_s=1_796_040_060, at_s=1_796_040_060, state=AlarmState.CONFIRMED,
    )  # fmt: skip
    bundle = alarm_bundle([known], device)
    found = resources(bundle, "Observation")
    quantities = [(each["valueQuantity"]["value"], each["valueQuantity"]["code"]) for each in found]
    assert quantities == [(88, "/min"), (97, "%"), (34.5, "[g]"), (33, "km/h")]
    assert found[0]["effectiveDateTime"] != found[2]["effectiveDateTime"], "a minute old"
    for changes, status in (
        ({}, "in-progress"),
        ({"reached": 1}, "completed"),
        ({"reached": 1, "retracted": 1}, "stopped"),
        ({"state": AlarmState.COUNTDOWN}, "preparation"),
        ({"state": AlarmState.CLOSED, "reached": 2}, "completed"),
    ):
        (message,) = resources(alarm_bundle([replace(known, **changes)], device), "Communication")
        assert message["status"] == status, changes
    (message,) = resources(bundle, "Communication")
    assert message["payload"] == [{"contentString": "Alarm 1: accident, severity 3 of 4"}]
    bare = replace(known, happened_s=None, at_s=None, latitude_deg=None, longitude_deg=None, peak_g=None)
    assert "sent" not in resources(alarm_bundle([bare], device), "Communication")[0]
    assert resources(alarm_bundle([bare], device), "Location") == []


@pytest.mark.parametrize(
    ("age_s", "moment"),
    [(1803, "2026-11-30T11:59:57+00:00"), (0, "2026-11-30T12:30:00+00:00"), (None, None), (65535, None)],
)
async def test_a_vital_sign_is_of_its_age_before_the_record_and_what_happened_of_its_own_time(
    age_s: int | None, moment: str | None
) -> None:
    alarm, device = await called()
    at_noon = 1_796_040_000
    known = replace(
        alarm, state=AlarmState.CLOSED, happened_s=at_noon, at_s=at_noon + 1800, pulse_bpm=88, vitals_age_s=age_s,
        position_age_s=age_s, peak_g=34.5, attempts=1, reached=1,
    )  # fmt: skip
    bundle = alarm_bundle([known], device)
    pulse, _, peak, *_ = resources(bundle, "Observation")
    assert (pulse.get("effectiveDateTime"), peak["effectiveDateTime"]) == (moment, "2026-11-30T12:00:00+00:00")
    assert resources(bundle, "Communication")[0]["sent"] == "2026-11-30T12:00:00+00:00"
    name = {None: "of unknown age", 65535: "over 18 h old"}.get(age_s, f"{age_s} s old")
    assert resources(bundle, "Location")[0]["name"] == f"Position, {name}"
    undated = alarm_bundle([replace(known, happened_s=None)], device)
    assert "effectiveDateTime" not in resources(undated, "Observation")[2], "the record is of later"


def test_the_command_exports_a_journal_and_names_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alarm", "export", HELMET, "--fhir"]) == 0
    assert [entry["resource"]["resourceType"] for entry in json.loads(capsys.readouterr().out)["entry"]] == ["Device"]
    assert main(["alarm", "export", HELMET, "--fhir", "--number", "7"]) == 1
    assert "no alarm 7 in the journal (there are none)" in capsys.readouterr().err
    assert main(["alarm", "export", "sim:", "--fhir"]) == 1
    assert "vitalband-ref has no alarm" in capsys.readouterr().err
