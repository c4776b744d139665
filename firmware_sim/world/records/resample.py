"""Band-limited interpolation of a recorded channel at any times, streaming."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..base import FloatArray
from ..pulses import as_converted, pulse_reach, take_out

#: Taps of the windowed sinc where nothing is decimated, and its Kaiser window (about 80 dB).
_TAPS = 32
_BETA = 8.0
#: Fractional delays in the table; between them the weights are interpolated linearly (error under 1e-5).
_PHASES = 512
#: Where a rate is lowered, the kernel's corner as a fraction of the new Nyquist frequency.
_CORNER = 0.9
#: Part of the new rate from which on a pulse of one sample is distinguished from a complex.
_PULSES_FROM = 0.75
_BLOCK = 16384
_PIECE = 4096

Reader = Callable[[int, int], FloatArray]


class Resampler:
    """A channel as a function of time: `read(start, stop)` gives its samples, `fs` a second, `length` in all.

    Gaps (NaN) stay exactly as long as they are: the kernel sees them bridged by a straight line, then they are cut
    out again. What comes out depends on the time asked for only, not on the pieces that it is asked in. With `pulses`
    those of pacemakers look as the front end's converter shows them, unless the rate is raised by much.
    """

    def __init__(self, read: Reader, fs: float, length: int, target_hz: float, pulses: bool = False) -> None:
        self._read = read
        self._fs = fs
        self._length = length
        cutoff = min(1.0, _CORNER * target_hz / fs) if fs > target_hz else 1.0
        self._table = _kernel_table(round(cutoff, 6))
        self._half = self._table.shape[1] // 2
        # how far around a time what is there has to be known: twice the kernel's reach, so that bridging a gap looks
        # the same from wherever it is seen, and whether there is a pulse
        self._reach = 2 * self._half
        self._pulses = pulses and fs > _PULSES_FROM * target_hz
        if self._pulses:
            self._reach += 2 * pulse_reach(fs)
        self._blocks: dict[int, FloatArray] = {}

    def at(self, t: FloatArray) -> FloatArray:
        """Values at increasing record times `t` (s), shape (n,); NaN in gaps and outside the recording."""
        if len(t) <= _PIECE:
            return self._piece(t)
        return np.concatenate([self._piece(t[at : at + _PIECE]) for at in range(0, len(t), _PIECE)])

    def _piece(self, t: FloatArray) -> FloatArray:
        out = np.full(len(t), np.nan)
        position = t * self._fs
        nearest = np.rint(position)
        # times that are meant to fall on a sample do so in spite of rounding
        position = np.where(np.abs(position - nearest) < 1e-5, nearest, position)
        low, high = np.searchsorted(position, (0.0, float(self._length)))
        if high > low:
            out[low:high] = self._interpolate(position[low:high])
        return out

    def _interpolate(self, position: FloatArray) -> FloatArray:
        base = np.floor(position).astype(np.int64)
        fraction = position - base
        first = int(base[0]) - self._reach
        raw = self._window(first, int(base[-1]) + self._reach + 2)
        if self._pulses:
            raw, samples, areas = take_out(raw, self._fs)
        known = np.isfinite(raw)
        whole = bool(known.all())
        bridged = raw if whole else _bridge(raw, known, self._half + 1)
        at = base - first
        phase = fraction * _PHASES
        row = phase.astype(np.int64)
        taps = np.lib.stride_tricks.sliding_window_view(bridged, 2 * self._half)[at - self._half + 1]
        left = np.einsum("ij,ij->i", taps, self._table[row])
        right = np.einsum("ij,ij->i", taps, self._table[row + 1])
        out: FloatArray = left + (phase - row) * (right - left)
        if self._pulses:
            out += as_converted(position / self._fs, (samples + first) / self._fs, areas)
        if not whole:
            # the last sample stands for its whole period
            after = np.where((fraction > 0) & (base + 1 < self._length), at + 1, at)
            out[~(known[at] & known[after])] = np.nan
        return out

    def _window(self, first: int, last: int) -> FloatArray:
        """Samples [first, last), NaN outside the recording."""
        out = np.full(last - first, np.nan)
        for number in range(max(first, 0) // _BLOCK, (min(last, self._length) - 1) // _BLOCK + 1):
            start = number * _BLOCK
            block = self._block(number)
            low, high = max(first, start), min(last, start + len(block))
            out[low - first : high - first] = block[low - start : high - start]
        return out

    def _block(self, number: int) -> FloatArray:
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) >= 2:
                del self._blocks[next(iter(self._blocks))]
            start = number * _BLOCK
            block = self._blocks[number] = self._read(start, min(start + _BLOCK, self._length))
        return block


def _bridge(raw: FloatArray, known: NDArray[np.bool_], reach: int) -> FloatArray:
    """Unknown samples on straight lines between known ones no further off than `reach`, else held, else 0."""
    index = np.arange(len(raw))
    before = np.maximum.accumulate(np.where(known, index, -1))
    after = np.minimum.accumulate(np.where(known, index, len(raw))[::-1])[::-1]
    has_before = (before >= 0) & (index - before <= reach)
    has_after = (after < len(raw)) & (after - index <= reach)
    left = np.where(has_before, raw[np.maximum(before, 0)], 0.0)
    right = np.where(has_after, raw[np.minimum(after, len(raw) - 1)], 0.0)
    fraction = (index - before) / np.maximum(after - before, 1)
    return np.where(has_before & has_after, left + fraction * (right - left), np.where(has_before, left, right))


@lru_cache(maxsize=16)
def _kernel_table(cutoff: float) -> FloatArray:
    """Weights (phases + 1, taps) of a Kaiser-windowed sinc with its corner at `cutoff` of the Nyquist frequency."""
    half = int(np.ceil(_TAPS / 2 / cutoff))
    fraction = np.arange(_PHASES + 1)[:, None] / _PHASES
    x = np.arange(1 - half, half + 1)[None, :] - fraction
    window = np.i0(_BETA * np.sqrt(np.maximum(1.0 - (x / half) ** 2, 0.0))) / np.i0(_BETA)
    weights = cutoff * np.sinc(cutoff * x) * window
    table: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return table
