"""Pulses far shorter than a conversion of the ECG's front end, as its converter shows them.

Its sinc³ filter averages over three conversions. An ideal low-pass in its place would ring beside a pacemaker's pulse
as high as a small QRS complex, which no front end does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .base import FloatArray

#: Conversions of the front end, s.
_CONVERSION_S = 1 / 250
#: Longest pulse (ANSI/AAMI EC13: 0.1 to 2 ms); at both sides of it the signal is quiet for so long, and for so many
#: samples; and the pulse is so many times as high as what goes on there. The narrowest R waves reach 2.
_LONGEST_S = 0.002
_QUIET_S = 0.010
_QUIET_SAMPLES = 8
_RATIO = 2.5
#: Samples at both sides that are looked at first.
_NEAR = 4


def as_converted(t: FloatArray, times: FloatArray, areas: FloatArray) -> FloatArray:
    """Pulses at increasing `times` (s), each of an area (mV s), at the times `t`: mV, shape (n,).

    The impulse response is a quadratic B-spline of three conversions; that it also comes later is not modelled.
    """
    shown = np.zeros(len(t))
    first = np.searchsorted(t, times - 1.5 * _CONVERSION_S)
    last = np.searchsorted(t, times + 1.5 * _CONVERSION_S)
    for low, high, time, area in zip(first, last, times, areas, strict=True):
        away = np.abs(t[low:high] - time) / _CONVERSION_S
        shape = np.where(away < 0.5, 0.75 - away**2, np.maximum(1.5 - away, 0.0) ** 2 / 2)
        shown[low:high] += area / _CONVERSION_S * shape
    return shown


def pulse_reach(fs: float) -> int:
    """Samples before and behind one that decide whether it is part of a pulse, at `fs` a second."""
    return _longest(fs) + _resting(fs)


def take_out(values: FloatArray, fs: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """`values` (`fs` a second, NaN where unknown) without their pulses; of each pulse its sample, and its area.

    Samples are fractions where a pulse is longer than one of them; areas are what stands out of a straight line, times
    seconds.
    """
    width = _longest(fs)
    left = values.copy()
    pulses: list[tuple[float, float]] = []
    for start in _starts(values, width, _resting(fs)):
        pulse = _above(values[start - 1 : start + width + 1], width)[:, 0]
        left[start : start + width] -= pulse
        middle = start + float(np.average(np.arange(width), weights=np.abs(pulse)))
        pulses.append((middle, float(pulse.sum()) / fs))
    samples, areas = np.array(pulses).reshape(-1, 2).T
    return left, samples, areas


def _starts(values: FloatArray, width: int, rest: int) -> list[int]:
    """Where `width` samples begin in which there is a pulse, with it in the middle as far as it shows."""
    count = len(values) - width - 2 * rest + 1
    if count <= 0:
        return []
    height = np.abs(_above(values[rest - 1 : rest + count + width], width)).max(axis=0)
    # most samples are none, as a few beside them already show
    near = _peak_to_peak(values, _NEAR)[rest - _NEAR :]
    maybe = np.flatnonzero(height > _RATIO * np.maximum(near[:count], near[_NEAR + width :][:count]))
    restless = np.maximum(_peak_to_peak(values, rest, maybe), _peak_to_peak(values, rest, maybe + rest + width))
    found = height[maybe] > _RATIO * restless
    maybe, restless = maybe[found], restless[found]
    # windows that overlap have the same pulse in them: the one that leaves least of it beside it
    of_one = np.split(np.arange(len(maybe)), np.flatnonzero(np.diff(maybe) > width) + 1)
    return [rest + int(maybe[each[np.argmin(restless[each])]]) for each in of_one if len(each)]


def _above(values: FloatArray, width: int) -> FloatArray:
    """Of each `width` samples with one at both sides what is above the line between these two, (width, n)."""
    count = len(values) - width - 1
    before, after = values[:count], values[width + 1 :]
    return np.stack([values[i:][:count] - before - (after - before) * i / (width + 1) for i in range(1, width + 1)])


def _peak_to_peak(values: FloatArray, n: int, at: NDArray[np.int_] | slice = slice(None)) -> FloatArray:
    """Of each `n` samples in a row, those that begin `at` some."""
    windows = np.lib.stride_tricks.sliding_window_view(values, n)[at]
    return np.asarray(windows.max(axis=1) - windows.min(axis=1))


def _longest(fs: float) -> int:
    """Samples that the longest pulse falls on at most; one of them is looked for in as many."""
    return int(np.ceil(_LONGEST_S * fs)) + 1


def _resting(fs: float) -> int:
    return max(_QUIET_SAMPLES, int(np.ceil(_QUIET_S * fs)))
