"""What begins an alarm: judgement of impacts, arming, and the wearer's button."""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from firmware_sim.firmware.drivers.button import LONG, NONE, SHORT, Button
from firmware_sim.firmware.drivers.sounder import Sounder
from firmware_sim.firmware.dsp.imu import crash
from firmware_sim.firmware.dsp.imu.crash import CrashDetector
from firmware_sim.firmware.dsp.imu.pipeline import ImuPipeline
from firmware_sim.firmware.services.alarm import arming, states
from firmware_sim.firmware.services.alarm.arming import Arming
from firmware_sim.testing.crash_rides import play
from firmware_sim.world.rides import CRASHES, Ride

RIDING = sorted(CRASHES - {"fall_from_standing"})


@pytest.mark.parametrize("seed", [41, 42])
@pytest.mark.parametrize("name", RIDING)
def test_a_crash_begins_a_countdown_within_two_seconds_and_half_and_is_confirmed(name: str, seed: int) -> None:
    ride = Ride(name, seed)
    outcome = play(ride)
    assert len(outcome.countdowns) == len(outcome.alarms) == 1
    first = outcome.countdowns[0] - ride.events[0].time_s
    assert first <= 2.5
    assert outcome.alarms[0] - outcome.countdowns[0] == pytest.approx(15.0, abs=0.11)


@pytest.mark.parametrize("seed", [51, 52])
@pytest.mark.parametrize(
    "name",
    ["potholes", "kerbs", "hard_braking", "wheelie", "helmet_dropped", "thrown_into_bag", "skiing", "tip_over"],
)
def test_what_is_no_crash_begins_none(name: str, seed: int) -> None:
    assert play(Ride(name, seed)).countdowns == ()


def test_a_crash_is_found_without_positions() -> None:
    assert len(play(Ride("head_on", 43), gnss=False).alarms) == 1


def test_a_helmet_that_is_dropped_where_everything_arms_is_none() -> None:
    outcome = play(Ride("helmet_dropped", 44), arming.ON_FOOT)
    assert outcome.candidates
    assert outcome.alarms == ()


def test_a_fall_counts_on_foot_and_not_for_a_motorcycle() -> None:
    assert play(Ride("fall_from_standing", 2), arming.ON_FOOT).alarms
    assert not play(Ride("fall_from_standing", 2)).countdowns


class Unit:
    """Motion of a unit on a head, sample by sample, with its detector."""

    def __init__(self) -> None:
        self.pipeline = ImuPipeline()
        self.detector = CrashDetector(self.pipeline.segments)
        self._rng = np.random.default_rng(5)

    def hold(self, seconds: float, gravity: tuple[float, float, float] = (0.0, 1.0, 0.0), noise: float = 0.05) -> None:
        """Be there for so long; acceleration in g."""
        n = round(seconds * 104)
        sample = (np.array(gravity) + noise * self._rng.normal(size=(n, 3))) / 0.000488
        for start in range(0, n, 100):
            rows = np.rint(sample[start : start + 100]).astype(np.int16)
            self.pipeline.push(array("h", rows.tobytes()), array("h", bytes(rows.nbytes)), len(rows))
            while self.pipeline.next_event() or self.pipeline.next_window():
                pass


def test_a_knock_that_changes_nothing_is_harmless() -> None:
    unit = Unit()
    unit.hold(6)
    assert unit.detector.notice(30_000)
    assert not unit.detector.notice(45_000), "it belongs to the first one"
    assert unit.detector.judge(60, 58) == crash.NOTHING
    unit.hold(2)
    assert unit.detector.judge(60, 58) == crash.NOTHING, "the speed may yet go"
    unit.hold(2.2)
    assert unit.detector.judge(60, 55) == crash.HARMLESS
    assert (unit.detector.peak_mg, unit.detector.severity) == (45_000, 3)
    assert unit.detector.judge(60, 0) == crash.NOTHING, "judged once"


@pytest.mark.parametrize(("seconds", "speed"), [(2.0, 20), (3.0, 0)])
def test_speed_that_is_lost_is_a_crash(seconds: float, speed: int) -> None:
    unit = Unit()
    unit.hold(6)
    unit.detector.notice(12_000)
    unit.hold(seconds)
    assert unit.detector.judge(60, speed) == crash.CRASHED


def test_another_attitude_is_a_crash() -> None:
    unit = Unit()
    unit.hold(6)
    unit.detector.notice(12_000)
    unit.hold(2, (0.9, 0.2, 0.3))
    assert unit.detector.judge(0, 0) == crash.CRASHED


@pytest.mark.parametrize(("noise", "verdict"), [(0.003, crash.DROPPED), (0.2, crash.CRASHED)])
def test_what_fell_and_lies_still_was_dropped(noise: float, verdict: int) -> None:
    unit = Unit()
    unit.hold(6)
    unit.hold(0.5, (0.0, 0.0, 0.0), 0.01)
    unit.detector.notice(100_000)
    unit.hold(4.2, (0.0, 0.0, 1.0), noise)
    assert unit.detector.judge(0, 0) == verdict


def test_a_peak_is_of_its_impact_and_of_none_after_a_gap() -> None:
    unit = Unit()
    unit.hold(6)
    unit.detector.notice(60_000)
    hit = unit.pipeline.segments.samples
    unit.hold(4.2)
    assert unit.detector.judge(60, 55) == crash.HARMLESS
    assert [unit.detector.peak_of(hit + shift) for shift in (-104, 0, 200, 430)] == [0, 60_000, 60_000, 0]
    unit.pipeline.restart()
    assert unit.detector.judge(60, 55) == crash.NOTHING
    unit.hold(7)
    assert unit.detector.peak_of(hit) == 0, "that sample is another one by now"


@pytest.mark.parametrize(("before", "verdict"), [(50, crash.CRASHED), (None, crash.CRASHED), (3, crash.HARMLESS)])
def test_motion_that_breaks_off_leaves_the_speed_before(before: int | None, verdict: int) -> None:
    unit = Unit()
    unit.hold(6)
    unit.detector.notice(100_000)
    unit.pipeline.restart()
    assert unit.detector.judge(before, None) == verdict


def test_it_arms_by_speed_and_stays_armed_for_a_while() -> None:
    made = Arming()
    assert made.update(5, 200, 0) == states.NOT_MOVING
    assert made.update(30, 200, 1000) == states.READY
    assert made.update(0, 0, 121_000) == states.READY
    assert made.update(0, 200, 122_000) == states.NOT_MOVING
    made.profile = arming.OFF
    assert made.update(30, 200, 123_000) == states.SWITCHED_OFF


def test_it_arms_by_movement_where_no_speed_is_known() -> None:
    made = Arming()
    found = [made.update(None, 60 if second < 9 else 0, second * 1000) for second in range(20)]
    assert found[:7] == [states.NOT_MOVING] * 7
    assert found[7:] == [states.READY] * 13
    steady = Arming()
    assert {steady.update(None, 60 * (second % 2), second * 1000) for second in range(60)} == {states.NOT_MOVING}


class Pin:
    """A line; `levels` are driven."""

    def __init__(self) -> None:
        self.level = 1
        self.levels: list[tuple[int, int]] = []
        self.now = 0

    def value(self) -> int:
        return self.level

    def __call__(self, level: int) -> None:
        self.levels.append((self.now, level))


def presses(line: list[tuple[int, int]], until_ms: int) -> list[tuple[int, int]]:
    """What the button makes of (ms, level): (ms, press) of all it reports."""
    pin: Any = Pin()
    made, found = Button(pin), []
    for now in range(0, until_ms, 20):
        for at, level in line:
            if at <= now:
                pin.level = level
        found.append((now, made.poll(now)))
    return [each for each in found if each[1] != NONE]


def test_short_and_long_presses_with_bounces() -> None:
    bouncing = [(1000, 0), (1020, 1), (1040, 0), (1400, 1), (1420, 0), (1440, 1)]
    assert [kind for _, kind in presses(bouncing, 3000)] == [SHORT]
    ((at, kind),) = presses([(1000, 0), (5000, 1)], 8000)
    assert (kind, at) == (LONG, 4040)
    assert presses([(1000, 0), (1020, 1)], 3000) == [], "a disturbance of the line"


def test_a_button_that_is_stuck_says_so_and_was_one_press() -> None:
    pin: Any = Pin()
    made = Button(pin)
    made.poll(0)
    pin.level = 1
    made.poll(40)
    made.poll(100)
    pin.level = 0
    found = [made.poll(now) for now in range(200, 40_000, 20)]
    assert [kind for kind in found if kind] == [LONG]
    assert made.is_stuck(40_000)
    pin.level = 1
    assert {made.poll(now) for now in range(40_000, 41_000, 20)} == {NONE}
    assert not made.is_stuck(41_000)


def test_a_button_that_is_pressed_at_start_is_no_press() -> None:
    assert presses([(0, 0), (5000, 1)], 8000) == []


def test_the_sounder_sounds_in_its_rhythm_and_ends() -> None:
    buzzer: Any = Pin()
    motor: Any = Pin()
    made = Sounder(buzzer, motor)
    for now in range(0, 6000, 20):
        buzzer.now = motor.now = now
        made.sound(1000 if now < 3000 else 250 if now < 5000 else 0, now)
        made.poll(now)
    began = [at for at, level in buzzer.levels if level]
    assert buzzer.levels == motor.levels
    assert [later - at for at, later in pairwise(began[:3])] == [1000, 1000]
    assert {later - at for at, later in pairwise(began[4:])} <= {240, 260}
    assert buzzer.levels[-1][1] == 0
    assert buzzer.levels[-1][0] <= 5000
