"""Samples of one stream on disk: every value at its place, gaps marked, nothing kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..counts import pack, unpack
from ..models import IntArray, SampleBlock, StreamSpec
from .files import WholeFile

_CHUNK = 65536


class SampleTotals:
    """What a header says of a file of samples: how many, their sum and first of each channel."""

    def __init__(self, spec: StreamSpec) -> None:
        self.spec = spec
        self.width = spec.sample_bytes + 1
        self.invalid = -(1 << (8 * self.width - 1))
        self.length = 0
        self.sums = np.zeros(len(spec.channels), dtype=np.int64)
        self.first_values: list[int] = [self.invalid] * len(spec.channels)

    def count(self, counts: IntArray) -> None:
        """Samples that follow those before them."""
        if self.length == 0:
            self.first_values = counts[0].tolist()
        self.length += len(counts)
        self.sums += counts.sum(axis=0, dtype=np.int64)

    @classmethod
    def of(cls, path: Path, spec: StreamSpec) -> SampleTotals:
        """Those of a file that is there."""
        totals = cls(spec)
        for counts in read_chunks(path, totals.width, len(spec.channels)):
            totals.count(counts)
        return totals


class SampleFile(SampleTotals):
    """Channel-interleaved counts in `width` bytes, little-endian; a missing value is the smallest number.

    One byte wider than the converter's counts, so no real sample is the mark of a gap. These are the WFDB formats
    24 and 32. A block is there whole or not at all.
    """

    def __init__(self, path: Path, spec: StreamSpec) -> None:
        super().__init__(spec)
        self.path = path
        self.first_tick_us: int | None = None
        self._base = 0
        self._file = WholeFile(path)

    def add(self, block: SampleBlock) -> None:
        """Write a block at its place, and the gap before it; raises OSError."""
        if self.first_tick_us is None:
            self.first_tick_us = block.tick_us
            self._base = block.first_index
        position = block.first_index - self._base
        counts: IntArray = np.where(block.sensed, block.counts, self.invalid)
        if block.late and 0 <= position <= self.length - len(counts):
            self._replace(position, counts)
            return
        if position < self.length:
            raise ValueError(f"{self.path.name}: sample {block.first_index} is there already")
        self._mark_gap(position)
        self._append(counts)

    def index_in_file(self, index: int) -> int | None:
        """Where a sample of the stream stands in the file; None: before its beginning."""
        return index - self._base if self.first_tick_us is not None and index >= self._base else None

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _mark_gap(self, position: int) -> None:
        while self.length < position:
            n = min(position - self.length, _CHUNK)
            self._append(np.full((n, len(self.spec.channels)), self.invalid, dtype=np.int32))

    def _append(self, counts: IntArray) -> None:
        self._file.append(pack(counts, self.width))
        self.count(counts)

    def _replace(self, position: int, counts: IntArray) -> None:
        self._file.write_at(position * self.width * counts.shape[1], pack(counts, self.width))
        self.sums += counts.sum(axis=0, dtype=np.int64) - self.invalid * len(counts)


def read_chunks(path: Path, width: int, channels: int) -> Iterator[IntArray]:
    """Samples of a file in order, in pieces of shape (n, channels), gaps as the smallest number of `width` bytes.

    A sample cut short at the end, as a killed process may leave it, is left out.
    """
    with path.open("rb") as file:
        while raw := file.read(_CHUNK * width * channels):
            whole = len(raw) // (width * channels) * width * channels
            if whole:
                yield unpack(raw[:whole], width).reshape(-1, channels)


def read_counts(path: Path, width: int, channels: int, first: int, stop: int) -> IntArray:
    """Samples [first, stop) of a file, of shape (samples, channels); the smallest number where there are none."""
    counts: IntArray = np.full((stop - first, channels), -(1 << (8 * width - 1)), dtype=np.int32)
    begin = max(0, first)
    if begin < stop:
        with path.open("rb") as file:
            file.seek(begin * width * channels)
            raw = file.read((stop - begin) * width * channels)
        there = len(raw) // (width * channels)
        values = unpack(raw[: there * width * channels], width).reshape(-1, channels)
        counts[begin - first : begin - first + there] = values
    return counts
