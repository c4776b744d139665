"""The pulse in motion: acceleration of the right moment, rates through steps, and nothing without an accelerometer."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from firmware_sim.firmware.dsp.acceleration import KEPT, Acceleration
from firmware_sim.firmware.dsp.ppg.hand_over import hand_over
from firmware_sim.firmware.dsp.ppg.motion_tracker import MotionTracker, rounded_bin
from firmware_sim.firmware.dsp.ppg.pipeline import PpgPipeline
from firmware_sim.firmware.dsp.ppg.uncertainty import PULSE_LIMIT_X10, tracked_u95
from firmware_sim.firmware.dsp.result import Measure
from firmware_sim.firmware.wire_gen import (
    REASON_MOTION,
    REASON_NO_PULSE_WAVE,
    REASON_NOISE,
    REASON_TRACKED,
)
from firmware_sim.testing import ppg_signals as make
from firmware_sim.testing.ppg_pipeline import FloatArray

_MOTION_HZ = 104
_RUN_MG = 600
_BEGIN_US = (1 << 30) - 5_000_000  # device time passes 2^30 µs in the middle


def _steps(duration_s: float, hz: float) -> FloatArray:
    """Acceleration of steps, g, three axes at 104 Hz."""
    t = np.arange(int(duration_s * _MOTION_HZ)) / _MOTION_HZ
    axes = [a * np.sin(2 * np.pi * hz * t + p) + b * np.sin(4 * np.pi * hz * t) for a, b, p in _AXES]
    return np.asarray(np.stack(axes, axis=1) + np.array([0.0, 1.0, 0.0]))


_AXES = ((0.8, 0.2, 0.3), (0.5, 0.4, 1.2), (0.3, 0.1, 2.0))


def _light_in_motion(duration_s: float, per_min: float, hz: float, amount: float) -> tuple[FloatArray, FloatArray]:
    """A pulse, and steps that move the light `amount` times as much."""
    t = np.arange(int(duration_s * make.RATE)) / make.RATE
    steps = sum((a * np.sin(2 * np.pi * hz * (t - 0.05) + p) for a, _, p in _AXES), np.zeros(len(t)))
    red, infrared = make.light(duration_s, per_min)
    return red * (1 + 0.01 * amount * steps), infrared * (1 + 0.01 * amount * steps)


def _reading(measure: Measure) -> tuple[int | None, int, int, int]:
    return measure.value, measure.quality, measure.reason, measure.u95


def _run(
    light: tuple[FloatArray, FloatArray],
    steps: FloatArray | None,
    motion_mg: int | Sequence[int] = _RUN_MG,
    block: int = 10,
) -> list[tuple[int | None, int, int, int]]:
    """Pulse rate of each second, both sensors polled together; times are those of the device.

    `motion_mg` may be one of each second.
    """
    counts = array("i", np.rint(np.stack(light, axis=1)).astype(int).ravel().tolist())
    acceleration = Acceleration()
    pipeline = PpgPipeline(acceleration)
    found, moved = [], 0
    n = len(counts) // 2
    for start in range(0, n, block):
        until = min(n, start + block)
        if steps is not None:
            last = min(len(steps), until * _MOTION_HZ // make.RATE)
            part = np.rint(steps[moved:last] / 0.000488).astype(int)
            moved = last
            acceleration.add(array("h", part.ravel().tolist()), len(part), _BEGIN_US + moved * 1_000_000 // _MOTION_HZ)
        tick = (_BEGIN_US + start * 1_000_000 // make.RATE) & ((1 << 30) - 1)
        motion = motion_mg if isinstance(motion_mg, int) else motion_mg[start // make.RATE]
        pipeline.push(counts[2 * start : 2 * until], until - start, motion, tick)
        while (window := pipeline.next_window()) is not None:
            found.append(_reading(window.pulse_rate))
    pipeline.flush()
    while (window := pipeline.next_window()) is not None:
        found.append(_reading(window.pulse_rate))
    return found


@pytest.mark.parametrize(("per_min", "hz"), [(88, 1.9), (126, 2.5), (150, 2.9), (171, 1.6)])
def test_a_pulse_is_followed_through_steps(per_min: float, hz: float) -> None:
    readings = _run(_light_in_motion(30, per_min, hz, 1.0), _steps(30, hz))
    assert len(readings) == 30
    for value, quality, reason, u95 in readings[15:]:
        assert value is not None
        assert reason == REASON_TRACKED
        assert abs(value - 10 * per_min) < 50
        assert 30 < quality <= 100
        assert 0 < u95 <= PULSE_LIMIT_X10


def test_without_acceleration_nothing_is_said_in_motion() -> None:
    readings = _run(_light_in_motion(30, 126, 2.5, 1.0), None)
    assert [reading[0] for reading in readings] == [None] * 30
    assert {reading[2] for reading in readings[8:]} == {REASON_MOTION}


def test_acceleration_that_ends_ends_the_answers() -> None:
    steps = _steps(30, 2.5)
    readings = _run(_light_in_motion(30, 126, 2.5, 1.0), steps[: 18 * _MOTION_HZ])
    assert readings[16][2] == REASON_TRACKED
    assert {(value, reason) for value, _, reason, _ in readings[21:]} == {(None, REASON_MOTION)}


@pytest.mark.parametrize("block", [1, 7, 25])
def test_answers_do_not_depend_on_blocks_of_light(block: int) -> None:
    light, steps = _light_in_motion(16, 126, 2.5, 1.0), _steps(16, 2.5)
    assert [reading[2] for reading in _run(light, steps, block=block)] == [reading[2] for reading in _run(light, steps)]
    values = [reading[0] or 0 for reading in _run(light, steps, block=block)]
    assert values == pytest.approx([reading[0] or 0 for reading in _run(light, steps)], abs=20)


def test_at_rest_single_beats_answer() -> None:
    readings = _run(make.light(20, 72), _steps(20, 2.0) * 0, motion_mg=0)
    assert {reason for _, _, reason, _ in readings[9:]} == {0}
    assert {value is not None and abs(value - 720) < 10 for value, *_ in readings[9:]} == {True}


def _rounded_wave(rates: FloatArray) -> FloatArray:
    """A pulse of three harmonics at `rates` (1/min), one of each sample."""
    phase = 2 * np.pi * np.cumsum(rates) / (60 * make.RATE)
    return np.asarray(np.sin(phase) + 0.45 * np.sin(2 * phase - 0.6) + 0.2 * np.sin(3 * phase - 1.2))


@pytest.mark.parametrize(("noise", "seed"), [(4, 2), (10, 1), (10, 2)])
def test_the_answer_of_a_past_motion_is_none_at_rest(noise: float, seed: int) -> None:
    """Gentle motion at 150/min, calm at 80/min, then light in which beats are uncertain."""
    moving_s, calm_s, noisy_s = 30, 41, 6
    rest_s = calm_s + noisy_s
    wave = _rounded_wave(np.repeat([150.0, 80.0], [moving_s * make.RATE, rest_s * make.RATE]))
    noisy = noisy_s * make.RATE
    wave[-noisy:] += noise * np.random.default_rng(seed).normal(size=noisy)
    steps = np.concatenate([0.1 * _steps(moving_s, 1.3), 0.0 * _steps(rest_s, 1.3)])
    readings = _run((120e3 - 430 * wave, 130e3 - 700 * wave), steps, [60] * moving_s + [3] * rest_s)
    assert abs((readings[moving_s - 1][0] or 0) - 1500) < 50
    calm, rough = readings[moving_s + 20 : -noisy_s], readings[-noisy_s:]
    assert {value is not None and abs(value - 800) < 10 for value, *_ in calm} == {True}
    assert max(u95 for *_, u95 in rough) > 50
    assert {value is None or abs(value - 800) < 60 for value, *_ in rough} == {True}


def _resampled(n: int) -> Acceleration:
    acceleration = Acceleration()
    for k in range(n):
        acceleration.add(array("h", [k, -k, 3]), 1, 1_000_000 + (k + 1) * 1_000_000 // _MOTION_HZ)
    return acceleration


def test_means_are_of_40_ms_and_found_by_their_time() -> None:
    acceleration = _resampled(104)
    number = acceleration.at(1_000_000 + 400_000, -1)
    assert number == 9
    middle = 9.5 * 4.16 - 0.5
    assert list(acceleration.ring[27:30]) == [pytest.approx(middle, abs=1), pytest.approx(-middle, abs=1), 3]
    assert acceleration.at(1_410_000, 9) == 9
    assert acceleration.at(1_435_000, 9) == 10


@pytest.mark.parametrize("tick_us", [1_000_000 - 9 * 40_000, 2_200_000])
def test_acceleration_that_is_not_there_is_not_found(tick_us: int) -> None:
    assert _resampled(104).at(tick_us, -1) == -1
    assert Acceleration().at(tick_us, 0) == -1


def test_means_that_were_overwritten_are_not_found() -> None:
    acceleration = _resampled(416)
    assert acceleration.at(5_000_000 - KEPT * 40_000, -1) == -1
    assert acceleration.at(5_000_000 - (KEPT - 1) * 40_000, -1) == 100 - KEPT


def test_a_gap_ends_what_was_known_before_it() -> None:
    acceleration = _resampled(104)
    acceleration.interrupt()
    assert acceleration.at(2_000_000, -1) == -1
    acceleration.add(array("h", [7] * 30), 10, 3_000_000)
    number = acceleration.at(3_000_000, -1)
    assert number >= 0
    assert acceleration.ring[3 * (number % KEPT)] == 7
    assert acceleration.at(2_000_000, -1) == -1


class _Small(int):
    """An integer whose results fit the 31 bits that MicroPython does not allocate."""

    def _of(self, value: int) -> _Small:
        assert -(1 << 30) <= value < 1 << 30
        return _Small(value)

    def __add__(self, other: int) -> _Small:
        return self._of(int(self) + other)

    def __sub__(self, other: int) -> _Small:
        return self._of(int(self) - other)

    def __rsub__(self, other: int) -> _Small:
        return self._of(other - int(self))

    def __mul__(self, other: int) -> _Small:
        return self._of(int(self) * other)

    def __and__(self, other: int) -> _Small:
        return self._of(int(self) & other)

    def __xor__(self, other: int) -> _Small:
        return self._of(int(self) ^ other)


@pytest.mark.parametrize("made", [100, 30_000, 1 << 28])
@pytest.mark.parametrize("ended", [20_000, 1 << 29, (1 << 30) - 20_000])
@pytest.mark.parametrize("late_us", [-(1 << 29), -60_000, 0, 80_000, 600_000, (1 << 29) - 1])
def test_a_search_for_acceleration_allocates_nothing(made: int, ended: int, late_us: int) -> None:
    """A tracker that began anew expects number 0, after any time the motion sensor has been on."""
    acceleration = _resampled(104)
    acceleration.state[4], acceleration.state[5] = made, ended
    tick = (ended - late_us) & ((1 << 30) - 1)
    behind = (late_us + 20_000) // 40_000
    number = acceleration.at(_Small(tick), _Small(0))
    assert number == (made - 1 - behind if 0 <= behind < KEPT else -1)


class _Tracker(MotionTracker):
    """One that has an answer; `evidence` for a pulse in Q8 bits."""

    def __init__(self, rate_x10: int, trust: int, evidence: int = 5000) -> None:
        self._said = rate_x10, trust
        self._progress = array("i", [0] * 6 + [evidence])

    @property
    def rate_x10(self) -> int:
        return self._said[0]

    @property
    def trust(self) -> int:
        return self._said[1]


def _measure(value: int | None, reason: int, u95: int = 20) -> Measure:
    measure = Measure()
    if value is None:
        measure.refuse(reason)
    else:
        measure.set(value, 90, reason, u95)
    return measure


@pytest.mark.parametrize(
    ("beats", "trust", "moving", "said"),
    [
        ((700, REASON_MOTION), 96, True, (1200, REASON_TRACKED)),
        ((700, REASON_MOTION), 0, True, (700, REASON_MOTION)),
        ((700, REASON_MOTION), 30, True, (None, REASON_MOTION)),
        ((None, REASON_NOISE), 96, False, (1200, REASON_TRACKED)),
        ((None, REASON_NOISE), 80, False, (None, REASON_NOISE)),
        ((None, REASON_NO_PULSE_WAVE), 96, False, (None, REASON_NO_PULSE_WAVE)),
        ((700, 0), 96, False, (700, 0)),
        ((700, 0, 90), 96, False, (1200, REASON_TRACKED)),
        ((1180, 0, 90), 96, False, (1180, 0)),
    ],
)
def test_who_answers(beats: tuple[int | None, int], trust: int, moving: bool, said: tuple[int | None, int]) -> None:
    measure = _measure(*beats)
    hand_over(measure, _Tracker(1200, trust), moving, 85)
    assert (measure.value, measure.reason) == said


@pytest.mark.parametrize(
    ("value", "trust", "coherence", "said"),
    [
        (600, 96, 95, (600, REASON_MOTION, 30, PULSE_LIMIT_X10)),
        (2390, 96, 95, (2390, REASON_MOTION, 30, PULSE_LIMIT_X10)),
        (1210, 30, 95, (1210, REASON_MOTION, 90, 20)),
        (1210, 96, 95, (1200, REASON_TRACKED, 96, tracked_u95(96))),
        (600, 96, 85, (1200, REASON_TRACKED, 96, tracked_u95(96))),
        (405, 96, 95, (405, REASON_MOTION, 30, PULSE_LIMIT_X10)),
        (900, 96, 95, (1200, REASON_TRACKED, 30, tracked_u95(96))),
        (900, 96, 85, (1200, REASON_TRACKED, 96, tracked_u95(96))),
        (900, 30, 95, (None, REASON_MOTION, 0, 0)),
    ],
)
def test_in_motion_beats_of_one_wave_confirm_the_tracker_or_make_it_uncertain(
    value: int, trust: int, coherence: int, said: tuple[int | None, int, int, int]
) -> None:
    measure = _measure(value, REASON_MOTION)
    hand_over(measure, _Tracker(1200, trust), True, coherence)
    assert (measure.value, measure.reason, measure.quality, measure.u95) == said


@pytest.mark.parametrize(
    ("beats", "moving", "evidence", "coherence", "said"),
    [
        ((700, REASON_MOTION), True, 1, 85, (1200, REASON_TRACKED, 96)),
        ((700, REASON_MOTION), True, 0, 85, (1200, REASON_NO_PULSE_WAVE, 30)),
        ((700, REASON_MOTION), True, -4600, 85, (1200, REASON_NO_PULSE_WAVE, 30)),
        ((700, REASON_MOTION), True, -4700, 85, (None, REASON_MOTION, 0)),
        ((1210, REASON_MOTION), True, -4700, 95, (None, REASON_MOTION, 0)),
        ((1210, REASON_MOTION), True, -100, 95, (1200, REASON_NO_PULSE_WAVE, 30)),
        ((None, REASON_NOISE), False, 1, 85, (1200, REASON_TRACKED, 96)),
        ((None, REASON_NOISE), False, -100, 85, (None, REASON_NOISE, 0)),
        ((700, 0), False, -5000, 85, (700, 0, 90)),
    ],
)
def test_what_may_be_steps_alone_is_no_sure_pulse(
    beats: tuple[int | None, int], moving: bool, evidence: int, coherence: int, said: tuple[int | None, int, int]
) -> None:
    measure = _measure(*beats)
    hand_over(measure, _Tracker(1200, 96, evidence), moving, coherence)
    assert (measure.value, measure.reason, measure.quality) == said
    assert measure.reason != REASON_NO_PULSE_WAVE or measure.u95 == PULSE_LIMIT_X10


def _walk(duration_s: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """Acceleration (g, three axes) of somebody who walks or runs at random, and the phase of the steps at 100/s."""
    chance = np.random.default_rng(seed)
    t = np.arange(int(duration_s * 1000)) / 1000
    hz = chance.uniform(1.4, 2.9) * (1 + 0.015 * np.sin(2 * np.pi * 0.11 * t + seed))
    phase = 2 * np.pi * np.cumsum(hz) / 1000
    parts = ((0.5, 0.3), (1.0, 1.0), (2.0, 0.5), (3.0, 0.25))
    axes = [
        sum(size * chance.uniform(0.5, 1) * np.sin(k * phase + chance.uniform(0, 6)) for k, size in parts)
        for _ in range(3)
    ]
    axes = np.stack(axes, axis=1) * chance.uniform(0.15, 0.8)
    at = np.arange(int(duration_s * _MOTION_HZ)) / _MOTION_HZ
    acceleration = np.stack([np.interp(at, t, axis) for axis in axes.T], axis=1) + np.array([0.0, 1.0, 0.0])
    return acceleration, np.interp(np.arange(int(duration_s * make.RATE)) / make.RATE, t, phase)


def _of_steps(how: str, steps: FloatArray, phase: FloatArray, seed: int) -> FloatArray:
    """What steps make of light: as they are, rectified, dulled, or with harmonics that the sensor does not have."""
    chance = np.random.default_rng(seed + 100)
    at = np.arange(len(phase)) / make.RATE
    moved = (steps - steps.mean(0)) @ chance.normal(0, 1, 3)
    found = np.interp(at - chance.uniform(0.02, 0.15), np.arange(len(moved)) / _MOTION_HZ, moved)
    if how == "rectified":
        found = np.abs(found)
    elif how == "saturated":
        found = np.tanh(3 * found / found.std())
    elif how == "harmonics":
        found = sum(chance.uniform(0.1, 1) * np.sin(k * phase + chance.uniform(0, 6)) for k in (0.5, 1, 1.5, 2, 3))
    return np.asarray(found / np.std(found) * (1 + 0.2 * np.sin(0.8 * at + seed)))


def _walks(how: str, seed: int, per_min: float | None) -> list[tuple[int | None, int, int, int]]:
    steps, phase = _walk(36, seed)
    light = make.light(36, per_min or 60, perfusion=0.01 if per_min else 0.0)
    moved = 1 + 0.007 * _of_steps(how, steps, phase, seed)
    return _run((light[0] * moved, light[1] * moved), steps, 300)[12:]


_HOW = ("linear", "rectified", "saturated", "harmonics")


@pytest.mark.parametrize("how", _HOW)
@pytest.mark.parametrize("seed", range(6))
def test_somebody_who_walks_without_a_pulse_in_the_light_has_no_sure_one(how: str, seed: int) -> None:
    for value, quality, reason, _ in _walks(how, seed, None):
        assert quality <= 30
        assert value is None or reason


def test_somebody_who_walks_with_one_mostly_has() -> None:
    sure = wrong = windows = 0
    for seed in range(4):
        for how in _HOW[:3]:
            per_min = (77, 93, 128, 149)[seed]
            for value, quality, _, _ in _walks(how, seed, per_min):
                windows += 1
                sure += quality > 30
                wrong += quality > 30 and (value is None or abs(value - 10 * per_min) > 60)
    assert not wrong
    assert sure > 0.8 * windows


@pytest.mark.parametrize("seed", range(3))
def test_a_pulse_known_at_rest_is_followed_into_steps_of_the_same_rate(seed: int) -> None:
    """Steps at the rate of the pulse hide it: what was known before they began holds."""
    chance = np.random.default_rng(seed)
    per_min = float(chance.uniform(90, 140))
    rest, moved = 16, 24
    steps = np.concatenate([0.0 * _steps(rest, 1.0), _steps(moved, per_min / 60)]) + np.array([0.0, 1.0, 0.0])
    light = make.light(rest + moved, per_min)
    amount = np.concatenate([np.zeros(rest * make.RATE), np.ones(moved * make.RATE)])
    t = np.arange(len(amount)) / make.RATE
    both = 1 + 0.004 * amount * np.sin(2 * np.pi * per_min / 60 * t + seed)
    readings = _run((light[0] * both, light[1] * both), steps, [3] * rest + [_RUN_MG] * moved)
    for value, quality, reason, _ in readings[rest + 4 : rest + 14]:
        assert value is not None
        assert abs(value - 10 * per_min) < 60
        assert (reason, quality > 30) == (REASON_TRACKED, True)


def test_uncertainty_grows_with_what_is_not_trusted() -> None:
    found = [tracked_u95(trust) for trust in range(100, -1, -1)]
    assert found == sorted(found)
    assert found[0] < 25
    assert found[50] > PULSE_LIMIT_X10 - 20


@pytest.mark.parametrize("rate_x10", [420, 731, 1200, 2150])
def test_a_rate_that_is_expected_is_the_likeliest(rate_x10: int) -> None:
    tracker = MotionTracker(Acceleration())
    tracker.expect(rate_x10)
    probabilities = list(tracker._probabilities[3:-3])
    assert probabilities.index(max(probabilities)) == rounded_bin(rate_x10)
    tracker.forget()
    assert len(set(tracker._probabilities[3:-3])) == 1


@pytest.mark.parametrize("ready", [lambda tracker: tracker.expect(800), MotionTracker.forget])
def test_what_is_not_followed_has_no_answer(ready: Callable[[MotionTracker], None]) -> None:
    acceleration = Acceleration()
    tracker = MotionTracker(acceleration)
    for i in range(200):
        taken, until = (_MOTION_HZ * (i + k) // 25 for k in (1, 2))
        samples = array("h", [100 * (i % 13), 0, 2048] * (until - taken))
        acceleration.add(samples, until - taken, until * 1_000_000 // _MOTION_HZ)
        tracker.add(300 if i % 12 < 6 else -300, (i + 1) * 40_000)
    tracker.begin_window()
    tracker.finish()
    assert tracker.trust
    ready(tracker)
    assert not tracker.trust
