"""`vitalband demo ride`: a crash whose message the contact's phone shows, and a cancel of which nobody learns."""

from __future__ import annotations

import re

import pytest

from firmware_sim.cli.demo import CRASHES_OF_RIDERS
from firmware_sim.cli.demo_ride import COLUMNS
from firmware_sim.world.rides import CRASHES
from host_sdk.cli.main import main


def test_both_rides(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "ride", "--course", "rear_end", "--seed", "4"]) == 0
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines()) <= COLUMNS
    crash, cancel = out.split("The same ride, and the rider presses the button")
    assert re.search(r"g +pulse +\d+/min +SpO2 +\d+ % +countdown 10\n", crash)
    assert "countdown 1\n" in crash
    assert " ALARM\n" in crash
    impact, begun = (re.search(rf" ([\d.]+) s .* {what}\n", crash) for what in ("impact!", "countdown 10"))
    said = re.search(r"impact to countdown: ([\d.]+) s", crash)
    assert impact
    assert begun
    assert said
    assert float(said[1]) == pytest.approx(float(begun[1]) - float(impact[1]), abs=0.11), "of the first of two impacts"
    assert re.search(r"track by the receiver, north up: o start, X end; a column is \d+ m\n", crash)
    assert re.search(r"of its 96 KiB\n", crash)
    phone = crash.partition("Jo's phone (+49301234567):")[2]
    assert "ALARM 1: Li may have had an accident (" in phone
    assert "https://maps.google.com/?q=48.1" in re.sub(r"\s*\|\s*", "", phone)
    centre = crash.partition("The emergency centre (+4989123456) gets ")[2]
    assert int(centre.split()[0]) <= 140
    vitals = " ".join(centre.split())
    assert re.search(r"severity \d of 4, pulse \d+/min, spo2 \d+ %, .*peak \d+(\.\d)? g", vitals)
    assert " cancelled\n" in cancel
    assert "messages sent: 0\n" in cancel
    assert " ALARM\n" not in cancel


def test_a_course_without_a_crash_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "ride", "--course", "potholes"])
    assert "potholes" in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["-1", "1.5", "x"])
def test_a_seed_that_is_none_is_refused(seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "ride", "--seed", seed])
    assert "a whole number, 0 or more" in capsys.readouterr().err


def test_its_courses_are_all_in_which_a_rider_crashes() -> None:
    assert set(CRASHES_OF_RIDERS) == CRASHES - {"fall_from_standing"}
