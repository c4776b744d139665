"""Candidates for QRS complexes: peaks of the energy, each with its steepest slope and that of what comes before it."""

from array import array

import micropython
from micropython import const

from ...kernels import clear_words, next_peak, slopes
from .filters import ENERGY_DELAY

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Samples either side of a candidate in which its slopes are measured (100 ms).
_REACH_SAMPLES = const(_RATE_HZ * 100 // 1000)
#: Before these its P wave is steep (280 to 100 ms before the candidate).
_P_SAMPLES = const(_RATE_HZ * 180 // 1000)
#: Delay of `low`, and samples of it that are kept: but for two, which the first slope needs.
_LOW_DELAY_SAMPLES = const(4)
_LOW_KEPT = const(126)
_CAPACITY = const(32)
_PEAK = const(0)
_PEAK_AT = const(1)


class Candidates:
    """The latest candidates, oldest first; `pos` in input samples.

    A `slope` is the steepest of a complex, 0 of a step of the baseline, which has one in one direction only; `before`
    it is the steepest where its P wave may be.
    """

    def __init__(self) -> None:
        self.pos = array("i", bytes(4 * _CAPACITY))
        self.energy = array("i", bytes(4 * _CAPACITY))
        self.slope = array("i", bytes(4 * _CAPACITY))
        self.before = array("i", bytes(4 * _CAPACITY))
        self.n = 0

    def add(self, pos: int, energy: int, slope: int, before: int) -> None:
        """Append; the oldest goes when there is no room."""
        if self.n == _CAPACITY:
            self.drop(1)
        n = self.n
        self.pos[n] = pos
        self.energy[n] = energy
        self.slope[n] = slope
        self.before[n] = before
        self.n = n + 1

    def drop(self, count: int) -> None:
        """Forget the `count` oldest."""
        left = self.n - count
        for i in range(left):
            j = i + count
            self.pos[i] = self.pos[j]
            self.energy[i] = self.energy[j]
            self.slope[i] = self.slope[j]
            self.before[i] = self.before[j]
        self.n = left

    def drop_until(self, pos: int) -> None:
        """Forget all at or before `pos`."""
        count = 0
        while count < self.n and self.pos[count] <= pos:
            count += 1
        self.drop(count)

    def drop_between(self, first: int, last: int) -> None:
        """Forget all from `first` to `last`."""
        kept = 0
        for i in range(self.n):
            if not first <= self.pos[i] <= last:
                self.pos[kept] = self.pos[i]
                self.energy[kept] = self.energy[i]
                self.slope[kept] = self.slope[i]
                self.before[kept] = self.before[i]
                kept += 1
        self.n = kept

    def drop_from(self, pos: int) -> None:
        """Forget all at or after `pos`."""
        while self.n and self.pos[self.n - 1] >= pos:
            self.n -= 1


class PeakFinder:
    """Finds the peaks of the energy as it comes."""

    def __init__(self) -> None:
        self.found = Candidates()
        self._state = array("i", bytes(4 * 3))
        self._slopes = array("i", bytes(4 * 3))

    def restart(self) -> None:
        """Forget the peak under way and all that were found."""
        self.found.n = 0
        clear_words(self._state, 3)

    @micropython.native
    def block(self, energy: "array[int]", low: "array[int]", n: int, first: int) -> None:
        """Look through `n` energies from position `first` on; peaks that ended are added to `found`."""
        state = self._state
        end = first + n
        at = next_peak(energy, first, end, state)
        while at >= 0:
            self._emit(low, state[_PEAK_AT] - ENERGY_DELAY, state[_PEAK], end)
            state[_PEAK] = 0
            at = next_peak(energy, at, end, state)

    @micropython.native
    def _emit(self, low: "array[int]", pos: int, energy: int, end: int) -> None:
        found = self._slopes
        first = pos - _REACH_SAMPLES + _LOW_DELAY_SAMPLES
        slopes(low, first, 2 * _REACH_SAMPLES + 1, min(_P_SAMPLES, first + _LOW_KEPT - end), found)
        slope = max(found[0], found[1])
        self.found.add(pos, energy, 0 if min(found[0], found[1]) < slope >> 3 else slope, found[2])
