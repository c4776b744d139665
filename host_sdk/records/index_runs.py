"""Where numbered samples stand in a file that has them in the order in which they came, with gaps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


class IndexRuns:
    """Runs of rows with consecutive sample numbers, relative to the first row's."""

    def __init__(self) -> None:
        #: (sample number, row, how many) of each run.
        self._runs: list[tuple[int, int, int]] = []
        self._base = 0
        self._rows = 0
        self.length = 0

    def add(self, index: NDArray[np.int64]) -> bool:
        """Take the numbers of the next rows; False where one lies before the first row's."""
        if not len(index):
            return True
        if not self._rows:
            self._base = int(index[0])
        relative = index - self._base
        if relative.min() < 0:
            return False
        breaks = np.flatnonzero(np.diff(relative) != 1) + 1
        for first, stop in zip([0, *breaks.tolist()], [*breaks.tolist(), len(index)], strict=True):
            self._append(int(relative[first]), self._rows + first, stop - first)
        self._rows += len(index)
        self.length = max(self.length, int(relative.max()) + 1)
        return True

    def _append(self, sample: int, row: int, count: int) -> None:
        if self._runs:
            last_sample, last_row, last_count = self._runs[-1]
            if sample == last_sample + last_count:
                self._runs[-1] = (last_sample, last_row, last_count + count)
                return
        self._runs.append((sample, row, count))

    def within(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """(sample, row, how many) of what there is of samples [start, stop), in the order in which it came."""
        for sample, row, count in self._runs:
            first, last = max(sample, start), min(sample + count, stop)
            if first < last:
                yield first, row + first - sample, last - first
