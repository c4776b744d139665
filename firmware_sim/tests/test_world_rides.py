"""Rides: gravity, speed and turns fit together, and events are what the sensors see, asked for in any pieces."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.world.base import COLUMNS, IMPACT, MOTION, POSITION, FloatArray
from firmware_sim.world.errors import SettingsError
from firmware_sim.world.rides import COURSES, CRASHES, Ride
from firmware_sim.world.rides.motion import RideMotion
from firmware_sim.world.rides.track import Track

SHORT = [name for name in COURSES if name != "commute"]


def _size(values: FloatArray) -> FloatArray:
    size: FloatArray = np.linalg.norm(values[:, :3], axis=1)
    return size


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("seed", [0, 7])
def test_a_course_begins_and_ends_at_rest_and_has_its_events(name: str, seed: int) -> None:
    ride = Ride(name, seed)
    end = ride.duration_s
    assert end is not None
    assert 20 < end < 300
    kinds = {event.kind for event in ride.truth(0.0, end).events}
    assert bool(kinds & {"fall", "accident"}) is (name in CRASHES)
    assert all(5 < event.time_s < end - 20 for event in ride.events)
    mean = ride.sample(MOTION, np.arange(end - 5, end - 1, 1 / 104))[:, :3].mean(axis=0)
    assert np.linalg.norm(mean) == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("name", sorted(CRASHES))
def test_the_truth_of_a_crash_is_what_the_fast_sensor_sees(name: str) -> None:
    for seed in range(6):
        ride = Ride(name, seed)
        event = next(each for each in ride.events if each.kind in ("fall", "accident"))
        seen = _size(ride.sample(IMPACT, np.arange(event.time_s - 0.3, event.time_s + 0.3, 1 / 4000)))
        assert seen.max() == pytest.approx(event.peak_g, rel=0.02)
        assert 2.5 < event.peak_g < 200
        # the slow one's filter takes off what it cannot follow
        assert _size(ride.sample(MOTION, np.arange(event.time_s - 0.3, event.time_s + 0.3, 1 / 104))).max() < seen.max()


def test_a_pulse_has_the_change_of_velocity_of_half_a_sine() -> None:
    track = Track()
    track.go(20.0)
    track.jolt(10.0, 57.0, (0.0, 0.0, -1.0), 0.014)
    track.pulses[1] = (*track.pulses[1][:3], 0.0)  # without its rebound
    track.happened.append(("accident", 10.0))
    event = RideMotion(track, 1).events[0]
    assert event.delta_v_m_s == pytest.approx(57 * 9.80665 * 0.028 * 2 / np.pi, rel=0.01)
    assert event.peak_g == pytest.approx(np.hypot(57, 1), rel=0.001)


def test_rider_and_machine_lean_so_that_the_force_stays_along_the_spine() -> None:
    track = Track()
    track.go(10.0, 12.0)
    track.go(6.0, turn_deg=60.0)
    force = RideMotion(track, 1).force(np.array([12.5, 13.0, 13.5]))
    lean = np.arctan(12 * np.radians(10) / 9.80665)
    assert force[:, 0] == pytest.approx(0, abs=0.01)
    assert force[:, 1] == pytest.approx(1 / np.cos(lean), rel=0.01)


def test_the_rate_of_turn_is_that_of_the_attitude() -> None:
    track = Track()
    track.go(10.0)
    track.turn(3.0, 4.0, 50.0, 0.0)
    track.turn(6.0, 7.0, -50.0, 70.0)
    t = np.arange(0, 10, 1 / 104)
    turned = RideMotion(track, 1).motion(t, 1 / 104)[:, 3:].sum(axis=0) / 104
    assert turned[0] == pytest.approx(0, abs=1)
    assert np.linalg.norm(turned[1:]) == pytest.approx(70, rel=0.25)


def test_braking_is_felt_and_shows_in_the_speed() -> None:
    ride = Ride("hard_braking", 3)
    t = np.arange(0, ride.duration_s or 0, 1 / 104)
    along = ride.sample(MOTION, t)[:, 2]
    assert np.convolve(along, np.ones(52) / 52, "valid").min() < -0.55
    speed = ride.sample(POSITION, np.arange(0, ride.duration_s or 0, 1.0))[:, 3]
    assert speed.max() > 10
    assert speed[-1] < 0.5


def test_the_way_is_the_speed_summed() -> None:
    ride = Ride("low_side", 1)
    t = np.arange(0, ride.duration_s or 0, 1.0)
    position = ride.sample(POSITION, t)
    north, east = (position[:, 0] - position[0, 0]) * 111_320, np.diff(position[:, 1]) * 111_320 * np.cos(0.8398)
    way = np.hypot(np.diff(north), east).sum()
    assert way == pytest.approx(position[:, 3].sum(), rel=0.1)


@pytest.mark.parametrize("group", [MOTION, IMPACT, POSITION])
def test_it_is_the_same_in_any_pieces_and_silent_after_its_end(group: str) -> None:
    whole, pieces = Ride("high_side", 5), Ride("high_side", 5)
    t = np.arange(30, 60, 1 / 100)
    rows = whole.sample(group, t)
    assert rows.shape == (len(t), len(COLUMNS[group]))
    parts = [pieces.sample(group, part) for part in np.array_split(t, 17)]
    assert np.allclose(np.concatenate(parts), rows, atol=1e-9)
    assert not np.allclose(Ride("high_side", 6).sample(group, t), rows)
    after = whole.sample(group, np.array([(whole.duration_s or 0) + 1.0]))
    assert np.isnan(after).all()
    assert whole.sample(group, np.array([])).shape == (0, len(COLUMNS[group]))


def test_a_helmet_that_is_dropped_floats_and_hits_as_hard_as_a_crash() -> None:
    ride = Ride("helmet_dropped", 2)
    (event,) = ride.events
    assert event.kind == "drop"
    before = _size(ride.sample(IMPACT, np.arange(event.time_s - 0.25, event.time_s - 0.05, 0.001)))
    assert before.max() < 0.3
    assert event.peak_g > 80


@pytest.mark.parametrize(
    ("arguments", "what"),
    [(("loop",), "no ride is called 'loop'"), (("skiing", -1), "seed"), (("skiing", 1, ("ecg",)), "unknown groups")],
)
def test_what_cannot_be_ridden_is_named(arguments: tuple[object, ...], what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        Ride(*arguments)  # type: ignore[arg-type]


def test_a_group_that_was_left_out_is_named() -> None:
    with pytest.raises(SettingsError, match="no group 'position'"):
        Ride("skiing", 1, (MOTION,)).sample(POSITION, np.array([1.0]))


def test_no_time_and_too_short_pulses_are_refused() -> None:
    with pytest.raises(SettingsError, match="no time"):
        Track().go(0.0)
    with pytest.raises(SettingsError, match="shorter"):
        Track().jolt(1.0, 5.0, (0, 1, 0), 0.0001)
