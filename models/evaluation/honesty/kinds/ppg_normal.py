"""Fingers of many kinds, which must be measured, and fingers with something that is not so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...core.dataset import Channel, FloatArray
from ..ecg.rhythm import sinus
from ..ecg.trace import times
from ..expectations.base import Expectation
from ..expectations.ppg import NoReadings, Within
from ..imu.motion import FS, at_rest, attitude, gait
from ..noise import sine, white
from ..ppg.pulse import finger, light_channels, pulse_wave
from ..situation import NORMAL, SITUATION, Kind, Situation

_FS = 100.0
_DURATION_S = 48.0
#: Seconds until the first window of 8 s is whole and the filters have settled.
_SETTLED_S = 12.0
#: Pulse within 5 a minute or 5 % (ISO 80601-2-61 asks for the makers' own figure), SpO2 within 4 %.
_PULSE_BPM, _PULSE_RATIO, _SPO2 = 5.0, 0.05, 4.0
#: Respiration within this many breaths a minute.
_BREATHS = 4.0
_REQUIRED_RATIO = 0.9
#: How far a cadence lies from the pulse at least.
_MIN_DISTANCE_BPM = 12.0
Bounds = tuple[float, float]


def _finger(
    bpm: Bounds = (55, 95), dicrotic: Bounds = (0.15, 0.5), perfusion: Bounds = (0.006, 0.03),
    spo2: Bounds = (94, 99), breaths: Bounds = (11, 20), modulation: Bounds = (0.03, 0.10), fs: float = _FS,
    required: tuple[str, ...] = ("pulse", "spo2"),
) -> Callable[[np.random.Generator], Situation]:  # fmt: skip
    """A finger held still, parameters at random within bounds; readings that must be given."""

    def make(rng: np.random.Generator) -> Situation:
        rate, breath = float(rng.uniform(*bpm)), float(rng.uniform(*breaths)) / 60
        depth = float(rng.uniform(*modulation))
        t = times(_DURATION_S, fs)
        feet = sinus(rng, _DURATION_S, rate, 0.008, 0.01, breath)
        heights = 1 + depth * np.sin(2 * np.pi * breath * feet)
        blood = pulse_wave(t, feet, float(rng.uniform(*dicrotic)), heights)
        one = finger(rng, perfusion, spo2)
        baseline = sine(rng, t, breath, depth * one.perfusion)
        red, infrared = one.light(rng, blood, baseline)
        about = f"{rate:.0f}/min, SpO2 {one.spo2:.0f}, perfusion {100 * one.perfusion:.2f} %, {60 * breath:.0f} breaths"
        expectations = _expected(rate, one.spo2, 60 * breath, required, feet)
        return Situation(light_channels(red, infrared, fs), expectations, about)

    return make


def _expected(
    bpm: float, spo2: float, breaths: float, required: tuple[str, ...], feet: FloatArray
) -> tuple[Expectation, ...]:
    slack = max(_PULSE_BPM, _PULSE_RATIO * bpm)
    fraction = {name: _REQUIRED_RATIO if name in required else 0.0 for name in ("pulse", "spo2")}
    return (
        Within("pulse", bpm - slack, bpm + slack, _SETTLED_S, _DURATION_S, fraction["pulse"], feet=tuple(feet)),
        Within("spo2", spo2 - _SPO2, spo2 + _SPO2, _SETTLED_S, _DURATION_S, fraction["spo2"], spo2),
        Within("resp", breaths - _BREATHS, breaths + _BREATHS, _SETTLED_S, _DURATION_S, 0.0, breaths),
    )


def _pleth(rng: np.random.Generator) -> Situation:
    """One channel without a scale, as monitors export it."""
    rate, t = float(rng.uniform(50, 110)), times(_DURATION_S, _FS)
    feet = sinus(rng, _DURATION_S, rate, 0.008)
    blood = pulse_wave(t, feet, float(rng.uniform(0.2, 0.5)))
    channel = Channel("PLETH", "NU", _FS, np.round(512.0 + 200.0 * blood + white(rng, len(t), 2.0)))
    expectations = (
        Within("pulse", rate - 5, rate + 5, _SETTLED_S, _DURATION_S, _REQUIRED_RATIO, feet=tuple(feet)),
        NoReadings(("spo2",)),
    )
    return Situation((channel,), expectations, f"{rate:.0f}/min, PLETH alone")


def _worn(walks: bool) -> Callable[[np.random.Generator], Situation]:
    """A finger with the accelerometer beside it: somebody who sits, or whose steps are weaker than the pulse."""

    def make(rng: np.random.Generator) -> Situation:
        rate, cadence, t = float(rng.uniform(60, 100)), float(rng.uniform(1.6, 2.1)), times(_DURATION_S, FS)
        # steps that are the pulse's rate or twice it cannot be told from it
        rate = rate if abs(60 * cadence - rate) > _MIN_DISTANCE_BPM else rate - 2 * _MIN_DISTANCE_BPM
        feet = sinus(rng, _DURATION_S, rate)
        blood = pulse_wave(t, feet, 0.3)
        one, up = finger(rng, (0.012, 0.03)), attitude(rng)
        motion = gait(rng, t, up, cadence, 0.15) if walks else at_rest(rng, len(t), up, sway_g=0.01)
        steps = 0.25 * one.perfusion * sine(rng, t, cadence, 1.0) if walks else 0.0
        red, infrared = one.light(rng, blood, steps)
        required = ("pulse",) if walks else ("pulse", "spo2")
        expectations = _expected(rate, one.spo2, 15.0, required, feet)[:2]
        channels = (*light_channels(red, infrared, FS), *motion.channels())
        about = f"{rate:.0f}/min, " + (f"{60 * cadence:.0f} steps a minute" if walks else "sits")
        return Situation(channels, expectations, about)

    return make


def _steps(rng: np.random.Generator) -> Situation:
    """Steps stronger than the pulse and no accelerometer: the pulse, or refused."""
    rate, cadence = float(rng.uniform(60, 95)), float(rng.uniform(1.7, 2.9))
    t = times(_DURATION_S, _FS)
    feet = sinus(rng, _DURATION_S, rate)
    blood = pulse_wave(t, feet, 0.3)
    one = finger(rng)
    ratio = float(rng.uniform(1.5, 3.5))
    steps = one.perfusion * ratio * (sine(rng, t, cadence, 1.0) + sine(rng, t, 2 * cadence, 0.4))
    red, infrared = one.light(rng, blood, steps)
    about = f"{rate:.0f}/min, {60 * cadence:.0f} steps a minute {ratio:.1f} times the pulse"
    return Situation(light_channels(red, infrared, _FS), _expected(rate, one.spo2, 15.0, (), feet)[:2], about)


def _slow_with_breath(rng: np.random.Generator) -> Situation:
    """A slow pulse: respiration is not the pulse."""
    return _finger(bpm=(36, 48), dicrotic=(0.2, 0.4), breaths=(10, 18))(rng)


def _removed(rng: np.random.Generator) -> Situation:
    """The finger goes and comes back."""
    rate, t = float(rng.uniform(55, 95)), times(_DURATION_S, _FS)
    begin = float(rng.uniform(14, 18))
    end = begin + float(rng.uniform(4, 10))
    one = finger(rng)
    away = (t >= begin) & (t < end)
    feet = sinus(rng, _DURATION_S, rate)
    light = one.light(rng, pulse_wave(t, feet, 0.3))
    dark = float(rng.uniform(100, 1500))
    red, infrared = (np.where(away, dark + 5 * rng.standard_normal(len(t)), values) for values in light)
    expectations: tuple[Expectation, ...] = (
        Within("pulse", rate - 5, rate + 5, _SETTLED_S), Within("spo2", one.spo2 - _SPO2, one.spo2 + _SPO2, _SETTLED_S),
        NoReadings(("pulse", "spo2", "perfusion"), begin + 1.5, end),
        Within("pulse", rate - 5, rate + 5, end + _SETTLED_S, _DURATION_S, _REQUIRED_RATIO, feet=tuple(feet)),
    )  # fmt: skip
    return Situation(
        light_channels(red, infrared, _FS), expectations, f"{rate:.0f}/min; away {begin:.1f} to {end:.1f} s"
    )


def _ringing(rng: np.random.Generator) -> Situation:
    """A high second wave, as filtered sensors give it: never twice the pulse."""
    return _finger(bpm=(44, 66), dicrotic=(0.75, 1.0), required=())(rng)


def _irregular(rng: np.random.Generator) -> Situation:
    """Fibrillation: the mean pulse, or refused."""
    t = times(_DURATION_S, _FS)
    mean = float(rng.uniform(0.6, 0.9))
    feet = np.cumsum(np.maximum(0.35, mean * np.exp(0.2 * rng.standard_normal(120)))) - 1
    feet = feet[feet < _DURATION_S]
    red, infrared = (one := finger(rng)).light(rng, pulse_wave(t, feet, 0.3))
    rate = 60 / float(np.mean(np.diff(feet)))
    expectations = (Within("pulse", 0.72 * rate, 1.35 * rate, _SETTLED_S, _DURATION_S, feet=tuple(feet)),
                    Within("spo2", one.spo2 - _SPO2, one.spo2 + _SPO2, _SETTLED_S))  # fmt: skip
    return Situation(light_channels(red, infrared, _FS), expectations, f"{rate:.0f}/min, irregular")


_SITUATIONS: tuple[tuple[str, Callable[[np.random.Generator], Situation]], ...] = (
    ("steps_stronger_than_pulse", _steps),
    ("high_second_wave", _ringing),
    ("finger_removed", _removed),
    ("irregular_pulse", _irregular),
    ("slow_pulse_and_breath", _slow_with_breath),
)
_NORMAL: tuple[tuple[str, Callable[[np.random.Generator], Situation]], ...] = (
    ("finger", _finger()),
    ("pulse_45_55", _finger(bpm=(45, 55))),
    ("pulse_100_140", _finger(bpm=(100, 140), dicrotic=(0.05, 0.25))),
    ("pulse_140_180", _finger(bpm=(140, 180), dicrotic=(0.0, 0.1))),
    ("low_perfusion", _finger(perfusion=(0.003, 0.005), required=("pulse",))),
    ("high_perfusion", _finger(perfusion=(0.04, 0.08))),
    ("no_dicrotic_wave", _finger(dicrotic=(0.0, 0.05))),
    ("strong_dicrotic_wave", _finger(dicrotic=(0.5, 0.65))),
    ("deep_breath", _finger(modulation=(0.12, 0.25))),
    ("desaturation", _finger(spo2=(80, 92))),
    ("sampled_at_50", _finger(fs=50.0)),
    ("sampled_at_200", _finger(fs=200.0)),
    ("pleth", _pleth),
    ("sits", _worn(walks=False)),
    ("walks", _worn(walks=True)),
)
KINDS = (
    *(Kind(f"ppg_{name}", "ppg", SITUATION, make) for name, make in _SITUATIONS),
    *(Kind(f"ppg_{name}", "ppg", NORMAL, make) for name, make in _NORMAL),
)
