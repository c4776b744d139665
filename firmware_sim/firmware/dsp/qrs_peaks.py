"""Candidates for QRS complexes: peaks of the energy, each with its steepest rise and fall."""

from array import array

from .filters import ENERGY_DELAY, MASK

#: 96 ms without a new maximum ends a peak.
_QUIET = 24
#: Half the stretch around a candidate in which its slopes are looked for (100 ms).
_REACH = 25
_KEPT = 32


class Candidates:
    """The latest candidates, oldest first; `pos` in input samples."""

    def __init__(self) -> None:
        self.pos = array("i", [0] * _KEPT)
        self.height = array("i", [0] * _KEPT)
        self.rise = array("i", [0] * _KEPT)
        self.fall = array("i", [0] * _KEPT)
        self.n = 0

    def add(self, pos: int, height: int, rise: int, fall: int) -> None:
        """Append; the oldest goes when there is no room."""
        if self.n == _KEPT:
            self.drop(1)
        n = self.n
        self.pos[n] = pos
        self.height[n] = height
        self.rise[n] = rise
        self.fall[n] = fall
        self.n = n + 1

    def drop(self, count: int) -> None:
        """Forget the `count` oldest."""
        left = self.n - count
        for i in range(left):
            j = i + count
            self.pos[i] = self.pos[j]
            self.height[i] = self.height[j]
            self.rise[i] = self.rise[j]
            self.fall[i] = self.fall[j]
        self.n = left

    def drop_until(self, pos: int) -> None:
        """Forget all at or before `pos`."""
        count = 0
        while count < self.n and self.pos[count] <= pos:
            count += 1
        self.drop(count)


class PeakFinder:
    """Finds the peaks of the energy as it comes."""

    def __init__(self) -> None:
        self.found = Candidates()
        self._top = 0
        self._top_at = 0
        self._last = 0

    def restart(self) -> None:
        """Forget the peak under way and all that were found."""
        self.found.n = 0
        self._top = 0
        self._last = 0

    def block(self, energy: "array[int]", low: "array[int]", n: int, first: int) -> None:
        """Look through `n` energies from position `first` on; peaks that ended are added to `found`."""
        top = self._top
        top_at = self._top_at
        last = self._last
        for i in range(first, first + n):
            value = energy[i & MASK]
            if value > top and value > last:
                top = value
                top_at = i
            elif top and (value < top >> 1 or i - top_at > _QUIET):
                self._emit(low, top_at, top)
                top = 0
            last = value
        self._top = top
        self._top_at = top_at
        self._last = last

    def _emit(self, low: "array[int]", top_at: int, top: int) -> None:
        pos = top_at - ENERGY_DELAY
        rise = 0
        fall = 0
        # `low` lags the input by 4 samples
        before = low[(pos - _REACH + 2) & MASK]
        here = low[(pos - _REACH + 3) & MASK]
        for i in range(pos - _REACH + 4, pos + _REACH + 5):
            after = low[i & MASK]
            slope = after - before
            if slope > rise:
                rise = slope
            elif -slope > fall:
                fall = -slope
            before = here
            here = after
        self.found.add(pos, top, rise, fall)
