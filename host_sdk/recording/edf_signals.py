"""Spooled counts as EDF signals: 16 bits over a range, each value at its true time, what is not there held."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..models import IntArray, StreamSpec
from .edf_file import HIGHEST, LABELS, LOWEST, VALUE_BYTES, SignalHead, outward
from .samples import read_chunks, read_counts
from .wfdb_format import UNITS

#: The standard's advice on a record's length, and what a file may be longer than its signals for it.
_MOST_RECORD_BYTES = 61440
_LONGEST_S = 60.0
#: By so much at most a sample may stand away from its time at the end of a file, where a record's length allows it.
_AWAY_S = 0.005
#: Steps in which lengths of records are tried, s.
_STEP_S = 0.001

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spooled:
    """A stream's samples on disk, as `SampleFile` writes them; `rate_hz` is their true rate."""

    path: Path
    spec: StreamSpec
    first_tick_us: int
    rate_hz: float

    @property
    def width(self) -> int:
        """Bytes a value."""
        return self.spec.sample_bytes + 1

    @property
    def invalid(self) -> int:
        """The count of what is not there."""
        return -(1 << (8 * self.width - 1))

    @property
    def length(self) -> int:
        """Whole samples in the file."""
        return self.path.stat().st_size // (self.width * len(self.spec.channels))

    def ahead(self, start_us: int) -> int:
        """Samples between the recording's start and the stream's first."""
        return round((self.first_tick_us - start_us) * self.rate_hz / 1e6)

    def counts(self, first: int, stop: int) -> IntArray:
        """Samples [first, stop), of shape (samples, channels); `invalid` where there are none."""
        return read_counts(self.path, self.width, len(self.spec.channels), first, stop)

    def unsensed(self, reported: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Stretches [first, stop) of samples at which nothing was measured, without the `reported` ones (in order)."""
        at, begun, due = 0, None, 0
        for piece in read_chunks(self.path, self.width, len(self.spec.channels)):
            there = piece[:, 0] != self.invalid
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

    def ranges(self) -> list[Range]:
        """Physical range of each channel as a header can say it, never narrower than what was seen."""
        channels = len(self.spec.channels)
        low, high = np.full(channels, np.iinfo(np.int32).max), np.full(channels, np.iinfo(np.int32).min)
        for piece in read_chunks(self.path, self.width, channels):
            there = piece != self.invalid
            low = np.minimum(low, np.where(there, piece, low).min(axis=0))
            high = np.maximum(high, np.where(there, piece, high).max(axis=0))
        # of a channel at which nothing was ever measured, any range will do
        return [
            self.physical(int(a), int(b)) if a <= b else self.physical(0, 0) for a, b in zip(low, high, strict=True)
        ]

    def physical(self, low: int, high: int) -> Range:
        """The range of these counts; one more on both sides: a flat channel has a range too."""
        return outward((low - 1) * self.spec.lsb, math.floor), outward((high + 1) * self.spec.lsb, math.ceil)


class Records:
    """Streams as records of one length: `head` is what the header says of their signals."""

    def __init__(
        self, spooled: Sequence[Spooled], start_us: int, record_s: float, ranges: Sequence[Sequence[Range]]
    ) -> None:
        self.record_s = record_s
        self.streams = [(stream, stream.ahead(start_us), round(stream.rate_hz * record_s)) for stream in spooled]
        self._ranges = ranges
        self.signals = tuple(
            SignalHead(LABELS.get(name, name), UNITS.get(stream.spec.unit, ""), low, high, samples)
            for (stream, _, samples), bounds in zip(self.streams, ranges, strict=True)
            for name, (low, high) in zip(stream.spec.channels, bounds, strict=True)
        )
        #: Last values, which stand for those that are not there.
        self.held = [self._first(stream, bounds) for (stream, _, _), bounds in zip(self.streams, ranges, strict=True)]

    @property
    def count(self) -> int:
        """Records that hold all samples there are."""
        return max(1, *(-(-(ahead + stream.length) // samples) for stream, ahead, samples in self.streams))

    def rate_hz(self, number: int) -> float:
        """Rate of a stream in the file."""
        return self.streams[number][2] / self.record_s

    def take(self, first: int, stop: int, notes: Sequence[bytes], room: int) -> bytes:
        """Records [first, stop) with their annotations, each in `room` bytes; they are taken in order."""
        parts = [
            self._digital(number, first, stop).reshape(stop - first, samples, -1).transpose(0, 2, 1)
            for number, (_, _, samples) in enumerate(self.streams)
        ]
        texts = np.frombuffer(b"".join(text.ljust(room, b"\0") for text in notes), dtype="<i2")
        flat = [part.reshape(stop - first, -1) for part in parts] + [texts.reshape(stop - first, room // VALUE_BYTES)]
        return np.concatenate(flat, axis=1).astype("<i2").tobytes()

    def _digital(self, number: int, first: int, stop: int) -> NDArray[np.int16]:
        stream, ahead, samples = self.streams[number]
        counts = stream.counts(first * samples - ahead, stop * samples - ahead)
        digital = np.empty(counts.shape, dtype=np.int16)
        for channel, bounds in enumerate(self._ranges[number]):
            values = _digital(counts[:, channel], stream.spec.lsb, bounds)
            valid = counts[:, channel] != stream.invalid
            digital[:, channel] = _hold(values, valid, self.held[number][channel])
        self.held[number] = digital[-1].tolist()
        return digital

    def _first(self, stream: Spooled, bounds: Sequence[Range]) -> list[int]:
        first = stream.counts(0, 1)[0]
        counts = np.where(first == stream.invalid, 0, first)
        return [int(_digital(counts[n : n + 1], stream.spec.lsb, each)[0]) for n, each in enumerate(bounds)]


def record_length(spooled: Sequence[Spooled], total_s: float) -> float:
    """Seconds a record, so that every stream has a whole number of samples in it and keeps its true rate.

    The shortest with which no sample of the file stands away from its time, or the one with which it is least so.
    """
    rates = np.array([stream.rate_hz for stream in spooled])
    whole = [Fraction(rate).limit_denominator(1000) for rate in rates.tolist()]
    exact_s = math.lcm(*(rate.denominator for rate in whole))
    off_s = np.abs(np.array([float(rate) for rate in whole]) / rates - 1) * total_s
    if exact_s <= _LONGEST_S and off_s.max() < _AWAY_S:
        return float(exact_s)
    byte_rate = VALUE_BYTES * sum(stream.rate_hz * len(stream.spec.channels) for stream in spooled)
    least_s = float(1 / rates.min())
    most_s = max(min(_LONGEST_S, _MOST_RECORD_BYTES / byte_rate), 2 * least_s)
    lengths = np.arange(math.ceil(min(least_s, most_s) / _STEP_S), math.ceil(most_s / _STEP_S) + 1) * _STEP_S
    samples = np.maximum(1, np.rint(lengths[:, None] * rates))
    away_s = np.abs(samples / lengths[:, None] / rates - 1).max(axis=1) * total_s
    fits = np.flatnonzero(away_s < _AWAY_S)
    return round(float(lengths[fits[0] if len(fits) else np.argmin(away_s)]), 3)


def total_length(spooled: Sequence[Spooled], start_us: int) -> float:
    """Seconds from the first sample of all to the last."""
    return max((stream.ahead(start_us) + stream.length) / stream.rate_hz for stream in spooled)


def _digital(counts: IntArray, lsb: float, bounds: Range) -> NDArray[np.int64]:
    low, high = bounds
    steps = np.rint((counts * lsb - low) * ((HIGHEST - LOWEST) / (high - low))) + LOWEST
    clipped: NDArray[np.int64] = np.clip(steps, LOWEST, HIGHEST).astype(np.int64)
    return clipped


def _hold(steps: NDArray[np.int64], valid: NDArray[np.bool_], held: int) -> NDArray[np.int64]:
    """Steps with the last valid one in the place of each that is not there."""
    if valid.all():
        return steps
    last = np.maximum.accumulate(np.where(valid, np.arange(len(steps)), -1))
    return np.where(last >= 0, steps[np.maximum(last, 0)], held)
