"""Light without blood, and light whose colours say nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...core.dataset import FloatArray
from ..ecg.trace import render, times
from ..expectations.base import Expectation
from ..expectations.ppg import NoReadings, Within
from ..noise import band, coloured, sine, white
from ..ppg.pulse import finger, light_channels, pulse_wave
from ..situation import IMPOSSIBLE, Kind, Situation
from .ecg_parts import person

_DURATION_S = 40.0
_FS = 100.0
#: Draws what moves red and infrared, as fractions of their level, and names it.
Draw = Callable[[np.random.Generator, FloatArray], tuple[FloatArray, FloatArray, str]]


def _depth(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(0.002), np.log(0.03))))


def _both(rng: np.random.Generator, wave: FloatArray, about: str) -> tuple[FloatArray, FloatArray, str]:
    """The same in both colours, red some of infrared."""
    depth, ratio = _depth(rng), float(rng.uniform(0.6, 1.2))
    return ratio * depth * wave, depth * wave, about


def _vibration(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    hz = float(rng.uniform(0.8, 12))
    wave = sine(rng, t, hz, 1.0) + sine(rng, t, 2 * hz, float(rng.uniform(0, 0.3)))
    return _both(rng, wave, f"{hz:.2f} Hz in both")


def _aliased_vibration(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    """Beyond half of the sampling rate: what is left of it is slow."""
    slow = float(rng.uniform(0.8, 3.0))
    return _both(rng, sine(rng, t, _FS * int(rng.integers(1, 4)) + slow, 1.0), f"alias at {slow:.2f} Hz")


def _desk_lamp(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    """Mains light: twice 50 Hz aliased to a slow beat with harmonics."""
    slow = float(rng.uniform(0.6, 2.5))
    wave = sum((sine(rng, t, k * slow, 0.5 ** (k - 1)) for k in (1, 2)), np.zeros(len(t)))
    return _both(rng, wave, f"flicker at {slow:.2f} Hz")


def _square(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    hz, duty = float(rng.uniform(0.6, 3)), float(rng.uniform(0.1, 0.9))
    return _both(rng, (np.mod(t * hz, 1.0) < duty) - duty, f"{hz:.2f} Hz, duty {duty:.2f}")


def _sawtooth(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    hz, slope = float(rng.uniform(0.6, 3)), float(rng.choice([0.03, 0.5, 0.97]))
    phase = np.mod(t * hz, 1.0)
    return _both(rng, np.where(phase < slope, phase / slope, (1 - phase) / (1 - slope)) - 0.5, f"{hz:.2f} Hz")


def _ecg(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    one = person(rng)
    return _both(rng, -render(one.heart(rng), one.p, _DURATION_S, _FS), one.words)


def _random_steps(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    jumps = (rng.random(len(t)) < float(rng.uniform(0.5, 3)) / _FS) * rng.choice([-1.0, 1.0], len(t))
    steps = np.cumsum(jumps)
    return _both(rng, steps - steps.mean(), "steps at random")


def _noise(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    power = float(rng.choice([0.0, 1.0, 2.0]))
    return _both(rng, coloured(rng, len(t), 0.5, power), f"1/f^{power:g}")


def _separate_noise(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    depth = _depth(rng)
    red, infrared = (band(rng, len(t), _FS, depth, 0.5, 4) for _ in range(2))
    return red, infrared, "0.5 to 4 Hz, each its own"


def _motion(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    """Steps alone, without a pulse: venous blood, so both colours alike."""
    hz = float(rng.uniform(1.4, 3.0))
    sway = 1 + 0.2 * coloured(rng, len(t), 1.0, 2.0)
    wave = (sine(rng, t, hz, 1.0) + sine(rng, t, 2 * hz, 0.5) + sine(rng, t, hz / 2, 0.3)) * sway
    return _both(rng, wave, f"{60 * hz:.0f} steps a minute")


def _breath(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    hz = float(rng.uniform(0.15, 0.45))
    return _both(rng, sine(rng, t, hz, 1.0), f"only {60 * hz:.0f} breaths a minute")


def _dark(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    level = float(rng.uniform(0.003, 0.01))
    return white(rng, len(t), level), white(rng, len(t), level), "noise of a dark desk"


def _constant(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    return np.zeros(len(t)), np.zeros(len(t)), "level"


def _kind(name: str, draw: Draw) -> Kind:
    def make(rng: np.random.Generator) -> Situation:
        red, infrared, about = draw(rng, times(_DURATION_S, _FS))
        level, ratio = float(rng.uniform(30e3, 180e3)), float(rng.uniform(0.6, 1.2))
        noise = white(rng, len(red), 5.0)
        values = level * ratio * (1 + red) + noise, level * (1 + infrared) + white(rng, len(red), 5.0)
        expectations: tuple[Expectation, ...] = (NoReadings(),)
        if name == "breath":
            expectations = (NoReadings(("pulse", "spo2", "perfusion")),)
        return Situation(light_channels(*values, _FS), expectations, about)

    return Kind(f"ppg_from_{name}", "ppg", IMPOSSIBLE, make)


def _equal(rng: np.random.Generator) -> Situation:
    """Red is infrared: a pulse, but no saturation."""
    t, bpm = times(_DURATION_S, _FS), float(rng.uniform(50, 110))
    blood = pulse_wave(t, np.arange(-1.0, _DURATION_S, 60 / bpm), float(rng.uniform(0.2, 0.5)))
    _, infrared = finger(rng).light(rng, blood)
    expectations = (NoReadings(("spo2",)), Within("pulse", bpm - 5, bpm + 5, 12.0))
    return Situation(light_channels(infrared, infrared, _FS), expectations, f"{bpm:.0f}/min")


_DRAWS: tuple[tuple[str, Draw], ...] = (
    ("vibration", _vibration),
    ("aliased_vibration", _aliased_vibration),
    ("desk_lamp", _desk_lamp),
    ("square", _square),
    ("sawtooth", _sawtooth),
    ("ecg", _ecg),
    ("random_steps", _random_steps),
    ("noise", _noise),
    ("separate_noise", _separate_noise),
    ("motion_alone", _motion),
    ("breath", _breath),
    ("dark", _dark),
    ("level", _constant),
)
KINDS = (*(_kind(name, draw) for name, draw in _DRAWS), Kind("ppg_equal_colours", "ppg", IMPOSSIBLE, _equal))
