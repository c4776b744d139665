"""Waves as smooth bumps of compact support: where one begins, peaks and ends is exactly known."""

from __future__ import annotations

import numpy as np

from ..base import FloatArray

#: Columns of a wave: onset, peak and end in s, amplitude.
ON, PEAK, OFF, AMPLITUDE = range(4)


def add_waves(t: FloatArray, waves: FloatArray) -> FloatArray:
    """Sum of the bumps `waves` (k, 4) at increasing times `t` (n,), shape (n,).

    Each flank is sin^1.5 of a quarter turn: it leaves the baseline quickly enough that a reader's eye finds the end
    within a few ms of the truth (a raised cosine hides a twentieth of the wave), yet without a kink.
    """
    first = np.searchsorted(t, waves[:, ON])
    count = np.searchsorted(t, waves[:, OFF]) - first
    total = int(count.sum())
    if total == 0:
        return np.zeros(len(t))
    which = np.repeat(np.arange(len(waves)), count)
    index = np.arange(total) + np.repeat(first - np.cumsum(count) + count, count)
    on, peak, off, amplitude = waves[which].T
    at = t[index]
    flank = np.where(at < peak, (at - on) / (peak - on), (off - at) / (off - peak))
    sine = np.sin(np.maximum(flank, 0.0) * (np.pi / 2))
    bumps: FloatArray = amplitude * sine * np.sqrt(sine)
    summed: FloatArray = np.bincount(index, bumps, minlength=len(t)).astype(np.float64, copy=False)
    return summed
