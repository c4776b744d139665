"""Samples of one stream on disk: every value at its place, gaps marked, nothing kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..models import Gap, IntArray, SampleBlock, StreamSpec

_CHUNK = 65536


class SampleFile:
    """Channel-interleaved counts in `width` bytes, little-endian; a missing value is the smallest number.

    One byte wider than the converter's counts, so no real sample is the mark of a gap. These are the WFDB formats
    24 and 32. Blocks go straight to the operating system: a killed process loses none that it was given.
    """

    def __init__(self, path: Path, spec: StreamSpec) -> None:
        self.spec = spec
        self.path = path
        self.width = spec.sample_bytes + 1
        self.invalid = -(1 << (8 * self.width - 1))
        self.length = 0
        self.first_tick_us: int | None = None
        self.last_tick_us = 0
        self.restarts = 0
        self.sums = np.zeros(len(spec.channels), dtype=np.int64)
        self.first_values: list[int] = [self.invalid] * len(spec.channels)
        self._base = 0
        self._file: BinaryIO = path.open("w+b", buffering=0)

    def add(self, block: SampleBlock) -> Gap | None:
        """Write a block at its place; returns the gap it left before it."""
        if self.first_tick_us is None:
            self.first_tick_us = block.tick_us
            self._base = block.first_index
        place = block.first_index - self._base
        counts: IntArray = np.where(block.sensed, block.counts, self.invalid)
        if block.late and 0 <= place <= self.length - len(counts):
            self._replace(place, counts)
            return None
        if place < self.length:
            # The device began anew: what it sends now follows what is here.
            self.restarts += 1
            self._base = block.first_index - self.length
            place = self.length
        gap = self._mark_gap(place, block)
        self._write(counts)
        self.last_tick_us = block.tick_us
        return gap

    def place(self, index: int) -> int | None:
        """Where a sample of the stream stands in the file; None: before its beginning."""
        return index - self._base if self.first_tick_us is not None and index >= self._base else None

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _mark_gap(self, place: int, block: SampleBlock) -> Gap | None:
        missing = place - self.length
        if missing <= 0:
            return None
        left = missing
        while left:
            n = min(left, _CHUNK)
            self._append(np.full((n, len(self.spec.channels)), self.invalid, dtype=np.int32))
            left -= n
        first = place - missing
        return Gap(block.stream, first, missing, block.tick_us, missing / self.spec.rate_hz)

    def _write(self, counts: IntArray) -> None:
        if self.length == 0:
            self.first_values = counts[0].tolist()
        self._append(counts)

    def _append(self, counts: IntArray) -> None:
        self._file.seek(0, 2)
        self._put(counts)
        self.length += len(counts)

    def _put(self, counts: IntArray) -> None:
        raw = memoryview(_pack(counts, self.width))
        while raw:  # an unbuffered file may take less than it is given
            raw = raw[self._file.write(raw) :]
        self.sums += counts.sum(axis=0, dtype=np.int64)

    def _replace(self, place: int, counts: IntArray) -> None:
        self._file.seek(place * self.width * counts.shape[1])
        self._put(counts)
        self.sums -= self.invalid * len(counts)


def read_chunks(path: Path, width: int, channels: int) -> Iterator[IntArray]:
    """Samples of a file in order, in pieces of shape (n, channels), gaps as the smallest number of `width` bytes.

    A sample cut short at the end, as a killed process may leave it, is left out.
    """
    with path.open("rb") as file:
        while raw := file.read(_CHUNK * width * channels):
            whole = len(raw) // (width * channels) * width * channels
            if whole:
                yield _unpack(raw[:whole], width).reshape(-1, channels)


def _pack(counts: IntArray, width: int) -> bytes:
    raw = np.ascontiguousarray(counts, dtype="<i4").view(np.uint8).reshape(-1, 4)
    return raw[:, :width].tobytes()


def _unpack(raw: bytes, width: int) -> IntArray:
    out = np.zeros((len(raw) // width, 4), dtype=np.uint8)
    out[:, 4 - width :] = np.frombuffer(raw, dtype=np.uint8).reshape(-1, width)
    shifted: IntArray = out.view("<i4").ravel() >> (8 * (4 - width))
    return shifted
