"""Spooled counts as EDF signals: 16 bits over the range that was seen, gaps held, all padded to one length."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from edfio import EdfSignal
from numpy.typing import NDArray

from ..models import IntArray, StreamSpec
from .samples import read_chunks
from .wfdb_format import UNITS

_LOWEST, _HIGHEST = -32768, 32767
_FIELD_CHARS = 8


@dataclass(frozen=True, slots=True)
class Spooled:
    """A stream's samples on disk, as `SampleFile` writes them."""

    path: Path
    spec: StreamSpec
    first_tick_us: int

    @property
    def width(self) -> int:
        """Bytes a value."""
        return self.spec.sample_bytes + 1

    @property
    def length(self) -> int:
        """Whole samples in the file."""
        return self.path.stat().st_size // (self.width * len(self.spec.channels))

    def ahead(self, start_us: int) -> int:
        """Samples between the recording's start and the stream's first."""
        return round((self.first_tick_us - start_us) * self.spec.rate_hz / 1e6)

    def unsensed(self, reported: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Stretches [first, stop) of samples at which nothing was measured, without the `reported` ones (in order)."""
        at, begun, due = 0, None, 0
        for _, valid in self.chunks(0):
            there = valid.copy()
            while due < len(reported) and reported[due][0] < at + len(there):
                first, stop = reported[due]
                there[max(0, first - at) : max(0, stop - at)] = True
                if stop > at + len(there):
                    break  # it goes on in the next piece
                due += 1
            for edge in np.flatnonzero(np.diff(there, prepend=begun is None)).tolist():
                if begun is None:
                    begun = at + edge
                else:
                    yield begun, at + edge
                    begun = None
            at += len(there)
        if begun is not None:
            yield begun, at

    def chunks(self, channel: int) -> Iterator[tuple[IntArray, NDArray[np.bool_]]]:
        """Counts of a channel, and which of them are there, piece by piece."""
        for piece in read_chunks(self.path, self.width, len(self.spec.channels)):
            counts = piece[:, channel]
            yield counts, counts != -(1 << (8 * self.width - 1))


def lengths(spooled: list[Spooled], start_us: int) -> tuple[int, int]:
    """Seconds a data record, and of the whole file: every stream fills a whole number of records."""
    record_s = math.lcm(*(Fraction(stream.spec.rate_hz).limit_denominator(1000).denominator for stream in spooled))
    total_s = max((stream.ahead(start_us) + stream.length) / stream.spec.rate_hz for stream in spooled)
    return record_s, max(1, math.ceil(total_s / record_s)) * record_s


def make_signals(spooled: list[Spooled], start_us: int) -> tuple[int, list[EdfSignal]]:
    """Seconds a data record, and every channel as a signal of the same whole number of records."""
    record_s, padded_s = lengths(spooled, start_us)
    signals = [
        _signal(stream, channel, stream.ahead(start_us), round(padded_s * stream.spec.rate_hz))
        for stream in spooled
        for channel in range(len(stream.spec.channels))
    ]
    return record_s, signals


def _signal(stream: Spooled, channel: int, ahead: int, total: int) -> EdfSignal:
    low, high = _physical_range(stream, channel)
    digital = np.empty(total, dtype=np.int16)
    scale = (_HIGHEST - _LOWEST) / (high - low)
    at, held = ahead, 0
    for counts, valid in stream.chunks(channel):
        steps = np.rint((counts * stream.spec.lsb - low) * scale).astype(np.int64) + _LOWEST
        at_end = at + len(counts)
        digital[at:at_end] = _hold(np.clip(steps, _LOWEST, _HIGHEST), valid, held)
        if at == ahead:
            digital[:ahead] = digital[ahead]
        held, at = int(digital[at_end - 1]), at_end
    digital[at:] = held
    return EdfSignal.from_digital(
        digital,
        stream.spec.rate_hz,
        label=stream.spec.channels[channel],
        physical_dimension=UNITS.get(stream.spec.unit, ""),
        physical_range=(low, high),
        digital_range=(_LOWEST, _HIGHEST),
    )


def _hold(steps: NDArray[np.int64], valid: NDArray[np.bool_], held: int) -> NDArray[np.int64]:
    """Steps with the last valid one in the place of each that is not there."""
    if valid.all():
        return steps
    last = np.maximum.accumulate(np.where(valid, np.arange(len(steps)), -1))
    return np.where(last >= 0, steps[np.maximum(last, 0)], held)


def _physical_range(stream: Spooled, channel: int) -> tuple[float, float]:
    """Range of a channel as EDF's eight characters can say it, never narrower than what was seen."""
    ends = [
        (int(counts[valid].min()), int(counts[valid].max())) for counts, valid in stream.chunks(channel) if valid.any()
    ]
    # of a channel at which nothing was ever measured, any range will do
    low, high = min((low for low, _ in ends), default=0), max((high for _, high in ends), default=0)
    lsb = stream.spec.lsb
    # One count of room on both sides: a flat channel has a range too.
    return _outward((low - 1) * lsb, math.floor), _outward((high + 1) * lsb, math.ceil)


def _outward(value: float, rounding: Callable[[float], int]) -> float:
    for digits in range(_FIELD_CHARS - 2, -1, -1):
        rounded = rounding(value * 10**digits) / 10**digits
        if len(f"{rounded:.{digits}f}") <= _FIELD_CHARS:
            return float(rounded)
    return float(rounding(value))
