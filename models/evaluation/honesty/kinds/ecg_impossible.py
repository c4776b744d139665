"""What is no ECG and is fed as one: nothing may be said of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...core.dataset import Channel, FloatArray
from ..ecg.trace import render, times
from ..expectations.ecg_windows import STANDSTILL, Nothing
from ..noise import band, coloured, gate, mains, random_spans, sine, wander, white
from ..ppg.pulse import pulse_wave
from ..situation import IMPOSSIBLE, Kind, Situation
from .ecg_parts import channel, person

_DURATION_S = 30.0
_FS = 250.0
#: Draws a signal in mV at these times, and names it.
Draw = Callable[[np.random.Generator, FloatArray], tuple[FloatArray, str]]


def _size(rng: np.random.Generator, low: float = 0.2, high: float = 3.0) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _intervals(rng: np.random.Generator, mean_s: float, variation: float) -> FloatArray:
    """Times with intervals that vary by a fraction, from regular to random."""
    steps = mean_s * np.exp(variation * rng.standard_normal(int(2 * _DURATION_S / mean_s) + 8))
    found = np.cumsum(steps)
    return np.asarray(found[found < _DURATION_S])


def _noise_bursts(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    at, length = (
        _intervals(rng, float(rng.uniform(0.4, 1.3)), float(rng.uniform(0, 0.3))),
        float(rng.uniform(0.04, 0.3)),
    )
    spans = [(float(each), float(each) + length) for each in at]
    low = float(rng.uniform(2, 15))
    burst = band(rng, len(t), _FS, _size(rng), low, low + float(rng.uniform(10, 60)))
    return burst * gate(t, spans, 0.01) + white(rng, len(t), 0.005), f"bursts of {1e3 * length:.0f} ms"


def _gated_mains(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    hz, every = float(rng.choice([50.0, 60.0])), float(rng.uniform(0.4, 1.4))
    length = float(rng.uniform(0.05, 0.5)) * every
    spans = [(float(at), float(at) + length) for at in _intervals(rng, every, float(rng.uniform(0, 0.05)))]
    return mains(rng, t, hz, _size(rng)) * gate(t, spans, 0.003) + white(
        rng, len(t), 0.004
    ), f"{hz:.0f} Hz, {every:.2f} s"


def _knocks(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    hz, decay = float(rng.uniform(5, 40)), float(rng.uniform(0.02, 0.15))
    every = float(rng.uniform(0.4, 1.5))
    found = white(rng, len(t), 0.005)
    for at in _intervals(rng, every, float(rng.uniform(0, 0.25))):
        after = np.maximum(t - at, 0.0)
        found += np.where(t >= at, _size(rng, 0.7, 1.4) * np.exp(-after / decay) * np.sin(2 * np.pi * hz * after), 0.0)
    return found, f"{hz:.0f} Hz, fades in {1e3 * decay:.0f} ms, every {every:.2f} s"


def _rectangles(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    hz, duty = float(rng.uniform(0.5, 4.0)), float(rng.uniform(0.04, 0.9))
    return _size(rng) * (np.mod(t * hz, 1.0) < duty) + white(rng, len(t), 0.003), f"{hz:.2f} Hz, duty {duty:.2f}"


def _impulses(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    every, width = float(rng.uniform(0.3, 1.4)), int(rng.integers(1, 4))
    found = white(rng, len(t), 0.004)
    for at in _intervals(rng, every, float(rng.uniform(0, 0.2))):
        first = int(at * _FS)
        found[first : first + width] += 1.0
    return found * _size(rng, 0.3, 5.0), f"{width} samples every {every:.2f} s"


def _steps(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    every = float(rng.uniform(0.3, 1.5))
    found = white(rng, len(t), 0.004)
    for at in _intervals(rng, every, float(rng.uniform(0, 0.6))):
        found += np.where(t >= at, float(rng.choice([-1, 1])) * _size(rng, 0.3, 1.5), 0.0)
    return found, f"every {every:.2f} s"


def _telegraph(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    hz = float(rng.uniform(1, 10))
    flips = rng.random(len(t)) < hz / _FS
    return _size(rng) * (np.cumsum(flips) % 2) + white(rng, len(t), 0.003), f"{hz:.1f} steps a second"


def _fast_ecg(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    one = person(rng, (70.0, 110.0))
    slow = render(one.heart(rng, 4 * _DURATION_S), one.p, 4 * _DURATION_S, _FS)
    return slow[::4][: len(t)] + white(rng, len(t), 0.005), one.words


def _pulse_wave(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    bpm = float(rng.uniform(45, 140))
    wave = pulse_wave(t, np.arange(-2, _DURATION_S + 2, 60 / bpm), float(rng.uniform(0.1, 0.6)))
    sign = float(rng.choice([-1.0, 1.0]))
    return sign * _size(rng) * wave + white(rng, len(t), 0.004) + wander(rng, t, 0.1), f"{bpm:.0f}/min"


def _coloured(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    power = float(rng.choice([0.0, 0.5, 1.0, 1.5, 2.0]))
    return coloured(rng, len(t), _size(rng, 0.02, 2.0), power), f"1/f^{power:g}"


def _band_noise(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    low = float(rng.uniform(0.5, 15))
    high = low * float(rng.uniform(1.3, 3))
    return band(rng, len(t), _FS, _size(rng, 0.05, 2.0), low, high), f"{low:.1f} to {high:.1f} Hz"


def _sine(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    hz = float(np.exp(rng.uniform(np.log(0.5), np.log(30))))
    return sine(rng, t, hz, _size(rng)) + white(rng, len(t), 0.004), f"{hz:.2f} Hz"


def _chirp(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    low, high = float(rng.uniform(0.3, 2)), float(rng.uniform(5, 60))
    phase = 2 * np.pi * (low * t + (high - low) * t**2 / (2 * _DURATION_S))
    return _size(rng) * np.sin(phase) + white(rng, len(t), 0.004), f"{low:.1f} to {high:.0f} Hz"


def _sawtooth(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    hz, slope = float(rng.uniform(0.6, 4)), float(rng.uniform(0.02, 0.98))
    phase = np.mod(t * hz, 1.0)
    saw = np.where(phase < slope, phase / slope, (1 - phase) / (1 - slope))
    return _size(rng) * saw + white(rng, len(t), 0.004), f"{hz:.2f} Hz, rises in {slope:.2f} of it"


def _tone_bursts(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    hz, beat = float(rng.uniform(6, 30)), float(rng.uniform(0.7, 2.5))
    envelope = np.maximum(0.0, np.sin(2 * np.pi * beat * t)) ** float(rng.uniform(1, 8))
    return sine(rng, t, hz, _size(rng)) * envelope + white(rng, len(t), 0.004), f"{hz:.0f} Hz at {beat:.2f} Hz"


def _walking(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    """Electrodes off a person who walks: steps as cable movement."""
    hz = float(rng.uniform(1.4, 3.0))
    steps = sum((sine(rng, t, k * hz, _size(rng) / k) for k in range(1, 5)), np.zeros(len(t)))
    return steps + coloured(rng, len(t), 0.1, 1.0), f"{60 * hz:.0f} steps a minute"


def _mains_only(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    hz = float(rng.choice([50.0, 60.0]))
    return mains(rng, t, hz, _size(rng, 0.1, 8.0)) + white(rng, len(t), 0.003), f"{hz:.0f} Hz"


def _toggling(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    step = float(rng.choice([0.005, 0.01, 0.05]))
    return np.round(coloured(rng, len(t), 0.6 * step, 1.0) / step) * step, f"steps of {1e3 * step:.0f} uV"


def _gated_noise(rng: np.random.Generator, t: FloatArray) -> tuple[FloatArray, str]:
    spans = random_spans(rng, _DURATION_S, (0.5, 5), (0.5, 5))
    return coloured(rng, len(t), _size(rng), 1.0) * gate(t, spans), "seconds of noise, seconds of none"


def _kind(name: str, draw: Draw) -> Kind:
    def make(rng: np.random.Generator) -> Situation:
        trace, about = draw(rng, times(_DURATION_S, _FS))
        channels: tuple[Channel, ...] = channel(trace, _FS)
        return Situation(channels, (Nothing(findings=STANDSTILL if name in _SILENT else ()),), about)

    return Kind(f"ecg_from_{name}", "ecg", IMPOSSIBLE, make)


#: Quiet inputs of which standstill may be said: nobody can tell them from a heart that stopped.
_SILENT = ("quantisation",)
_DRAWS: tuple[tuple[str, Draw], ...] = (
    ("noise_bursts", _noise_bursts),
    ("gated_mains", _gated_mains),
    ("mains", _mains_only),
    ("knocks", _knocks),
    ("rectangles", _rectangles),
    ("impulses", _impulses),
    ("steps", _steps),
    ("telegraph_noise", _telegraph),
    ("ecg_4_times_fast", _fast_ecg),
    ("pulse_wave", _pulse_wave),
    ("coloured_noise", _coloured),
    ("band_noise", _band_noise),
    ("gated_noise", _gated_noise),
    ("sine", _sine),
    ("chirp", _chirp),
    ("sawtooth", _sawtooth),
    ("tone_bursts", _tone_bursts),
    ("walking", _walking),
    ("quantisation", _toggling),
)
KINDS = tuple(_kind(name, draw) for name, draw in _DRAWS)
