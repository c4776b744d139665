"""Recordings of light and acceleration with the heart rate beside them, as the device has them; others made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.evaluation.ppg.datasets.matlab import array_of

from .network import NO_RATE
from .signals import Ints, resample_motion

Floats = NDArray[np.float64]
_HZ = 125
#: Of TROIKA's windows.
_WINDOW_S, _STEP_S = 8, 2
#: The device's sensors: samples a second, counts of the light's level, g a count of acceleration.
_LIGHT_HZ, _LIGHT_COUNTS = 100, 130_000
_MOTION_HZ, _G_PER_COUNT = 104, 0.000488
_SETTING_S = 10
_PULSE_FRACTION = 0.02
#: Of what is made up: how much faster time goes, taps and corner of the path from acceleration to light, how large
#: its motion is, and rates that may be learned from.
_STRETCH = (0.82, 1.22)
_TAPS, _CORNER_HZ, _ROUGHNESS = 31, 6.0, 0.03
_AMOUNTS = (0.0, 0.3, 0.6, 1.0)
_RECTIFIED = 0.3
_BPM = (45.0, 212.0)
#: Of light without a pulse: how much of the path is bent, how much it sways, how large motion is, and noise beside it,
#: with the power by which that falls with the frequency.
_BENDS = (0.0, 0.0, 0.5, 2.0)
_SWAY = 0.4
_NO_PULSE_AMOUNTS = (0.0, 1.0, 1.0, 1.0, 1.0)
_NOISE = (0.01, 1.0)
_COLOURS = (0.0, 1.0, 2.0)


@dataclass(frozen=True)
class Recording:
    """Of one person: lights (n, samples) of any scale, axes (3, samples) in g, both 125 Hz; heart rate of each window.

    Window k is of [2k, 2k + 8] s; a rate that is not known is NaN.
    """

    person: str
    lights: Floats
    axes: Floats
    rates: Floats


def troika(folder: Path) -> list[Recording]:
    """The recordings of TROIKA, in order; one a person. CaseError where one cannot be read."""
    return [_troika(path) for path in sorted(folder.glob("DATA_*_TYPE0?.mat"))]


def _troika(path: Path) -> Recording:
    rows = array_of(path, "sig", rows=6)
    rates = array_of(path.with_name(f"{path.stem}_BPMtrace.mat"), "BPM0").ravel()
    windows = (rows.shape[1] // _HZ - _WINDOW_S) // _STEP_S + 1
    return Recording(path.stem, rows[1:3], rows[3:6], rates[:windows])


def made_up(recording: Recording, chance: np.random.Generator) -> Recording:
    """The same pulse in other time, with other motion: a random path from the acceleration, at times rectified."""
    pace = chance.uniform(*_STRETCH)
    n = recording.axes.shape[1]
    times = np.arange(int(n / pace)) * pace
    lights, axes = (_stretched(signals, times) for signals in (recording.lights, recording.axes))
    windows = np.arange((len(times) // _HZ - _WINDOW_S) // _STEP_S + 1)
    rates = np.interp(windows * pace, np.arange(len(recording.rates)), recording.rates) * pace
    rates[(rates < _BPM[0]) | (rates > _BPM[1])] = np.nan
    lights = np.array([light + _motion(axes, chance) * light.std() for light in lights])
    return Recording(recording.person, lights, axes, rates)


def without_pulse(recording: Recording, chance: np.random.Generator) -> Recording:
    """The same movement in other time, and light in which it leaves its traces, and noise its own, but no pulse."""
    pace = chance.uniform(*_STRETCH)
    n = recording.axes.shape[1]
    times = np.arange(int(n / pace)) * pace
    axes = _stretched(recording.axes, times)
    windows = (len(times) // _HZ - _WINDOW_S) // _STEP_S + 1
    lights = np.array([_moved(axes, chance) for _ in recording.lights])
    return Recording(recording.person, lights, axes, np.full(windows, NO_RATE))


def _moved(axes: Floats, chance: np.random.Generator) -> Floats:
    """Light that only movement and noise move."""
    total = _path(axes, chance)
    total /= total.std() + 1e-9
    bend = chance.choice(_BENDS)
    total = total + bend * (np.abs(total) if chance.random() < 0.5 else total * np.abs(total))
    total = total * (1 + chance.uniform(0, _SWAY) * _noise(len(total), 2.0, chance))
    noise = _noise(len(total), chance.choice(_COLOURS), chance)
    moved = chance.choice(_NO_PULSE_AMOUNTS) * total / (total.std() + 1e-9)
    return np.asarray(moved + np.exp(chance.uniform(*np.log(_NOISE))) * noise)


def _noise(n: int, power: float, chance: np.random.Generator) -> Floats:
    """Noise whose power falls with the frequency to this `power`, level under 0.1 Hz; its standard deviation is 1."""
    spectrum = np.fft.rfft(chance.normal(size=n))
    hz = np.fft.rfftfreq(n, 1 / _HZ)
    found = np.fft.irfft(spectrum * np.maximum(hz, 0.1) ** (-power / 2), n)
    return np.asarray(found / found.std())


def _stretched(signals: Floats, times: Floats) -> Floats:
    return np.array([np.interp(times, np.arange(signals.shape[1]), signal) for signal in signals])


def _motion(axes: Floats, chance: np.random.Generator) -> Floats:
    total = _path(axes, chance)
    if chance.random() < _RECTIFIED:
        total *= np.abs(total)
    motion: Floats = chance.choice(_AMOUNTS) * total / (total.std() + 1e-9)
    return motion


def _path(axes: Floats, chance: np.random.Generator) -> Floats:
    """What a random path makes of acceleration."""
    from scipy.signal import firwin

    low_pass = firwin(_TAPS, _CORNER_HZ, fs=_HZ)
    total = np.zeros(axes.shape[1])
    for axis in axes:
        path = low_pass * chance.normal() + chance.normal(size=_TAPS) * _ROUGHNESS
        total += np.convolve((axis - axis.mean()) / (axis.std() + 1e-9), path, "same")
    return total


def light_values(light: Floats) -> Ints:
    """`PpgChannel.relative` of every 40 ms, of a light of any scale that rises with blood."""
    low, high = np.percentile(light[: _SETTING_S * _HZ], (5, 95))
    level = 1 - _PULSE_FRACTION * (light - (low + high) / 2) / max(high - low, 1e-9)
    counts = np.clip(np.round(_LIGHT_COUNTS * _at(level, _LIGHT_HZ)), 0, (1 << 18) - 1).astype(np.int64)
    sums = counts[: len(counts) // 4 * 4].reshape(-1, 4).sum(1)
    return np.fromiter(_relative(sums.tolist()), np.int64, len(sums))


def _relative(sums: list[int]) -> Iterator[int]:
    """As the kernel `filter_ppg` has it."""
    level, rest = sums[0], 0
    for value in sums:
        beside = value - level
        rest += beside
        level += rest >> 6
        rest &= 63
        most = level >> 3
        yield min(max((min(max(beside, -most), most) << 12) // (level >> 6), -32767), 32767)


def motion_values(axis: Floats) -> Ints:
    """Acceleration along one axis (g) every 40 ms, in counts."""
    counts = np.clip(np.round(_at(axis, _MOTION_HZ) / _G_PER_COUNT), -32768, 32767)
    return resample_motion(counts.astype(np.int64))


def _at(signal: Floats, rate_hz: int) -> Floats:
    n = int(len(signal) * rate_hz / _HZ)
    return np.interp(np.arange(n) * (_HZ / rate_hz), np.arange(len(signal)), signal)
