"""Where numbered samples stand in a file that has them in the order in which they came, with gaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..models import FloatArray

#: Whole numbers up to here are exact as floats.
_LARGEST = 2.0**53


@dataclass(frozen=True)
class Fault:
    """What is wrong with the number of a row; with what lies before it nothing is, where `cuts` is set."""

    row: int
    what: str
    cuts: bool = False


class IndexRuns:
    """Runs of rows with consecutive sample numbers, relative to the first row's.

    A number more than `longest_gap` above all before it is no gap but a fault.
    """

    def __init__(self, longest_gap: int) -> None:
        self._longest_gap = longest_gap
        self._parts: list[NDArray[np.int64]] = []
        self._runs: NDArray[np.int64] | None = None
        self._base = 0
        self._rows = 0
        self.length = 0

    def add(self, index: FloatArray) -> Fault | None:
        """Take the numbers of the next rows, those before a fault; returns the fault."""
        if not len(index):
            return None
        if not self._rows and np.isfinite(index[0]):
            self._base = int(index[0])
        fault = self._fault(index)
        good = len(index) if fault is None else fault.row - self._rows
        if good:
            self._append(index[:good].astype(np.int64) - self._base)
        return fault

    def _fault(self, index: FloatArray) -> Fault | None:
        whole = np.isfinite(index) & (np.abs(index) < _LARGEST)
        whole &= np.equal(index, np.rint(index), where=whole, out=np.zeros(len(index), bool))
        if not whole.all():
            row = int(np.argmin(whole))
            return Fault(self._rows + row, f"its number {index[row]:.17g} is no whole number")
        if index.min() < self._base:
            row = int(np.argmax(index < self._base))
            return Fault(self._rows + row, f"its number {index[row]:.0f} lies before the first row's")
        relative = index - self._base
        highest = np.maximum.accumulate(np.concatenate(([float(self.length - 1)], relative)))
        ahead = relative - highest[:-1] - 1
        if ahead.max() > self._longest_gap:
            row = int(np.argmax(ahead > self._longest_gap))
            return Fault(
                self._rows + row, f"its number {index[row]:.0f} lies {ahead[row]:.0f} samples ahead", cuts=True
            )
        return None

    def _append(self, relative: NDArray[np.int64]) -> None:
        starts = np.concatenate(([0], np.flatnonzero(np.diff(relative) != 1) + 1))
        counts = np.diff(np.append(starts, len(relative)))
        self._parts.append(np.stack([relative[starts], self._rows + starts, counts], axis=1))
        self._rows += len(relative)
        self.length = max(self.length, int(relative.max()) + 1)

    def close(self) -> Fault | None:
        """All rows are there; returns a fault where two of them have the same number."""
        runs = np.concatenate(self._parts)
        self._parts = []
        self._runs = runs = runs[np.lexsort((runs[:, 1], runs[:, 0]))]
        overlaps = runs[:-1, 0] + runs[:-1, 2] > runs[1:, 0]
        if not overlaps.any():
            return None
        first = int(np.argmax(overlaps))
        row = int(max(runs[first, 1] + runs[first + 1, 0] - runs[first, 0], runs[first + 1, 1]))
        return Fault(row, f"its number {runs[first + 1, 0] + self._base} was there before")

    def within(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """(sample, row, how many) of what there is of samples [start, stop), after `close`."""
        runs = self._runs
        assert runs is not None, "close() comes first"
        low = max(0, int(np.searchsorted(runs[:, 0], start, side="right")) - 1)
        high = int(np.searchsorted(runs[:, 0], stop))
        for sample, row, count in runs[low:high].tolist():
            first, last = max(sample, start), min(sample + count, stop)
            if first < last:
                yield first, row + first - sample, last - first
