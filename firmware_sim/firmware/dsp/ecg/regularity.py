"""How irregular the rhythm is, 0 to 100: the evidence for atrial fibrillation in RR intervals and missing P waves.

In fibrillation successive RR intervals differ at random (Tateno and Glass 2001; Sarkar et al. 2008; Lake and Moorman
2011). The 35th percentile of their differences ignores single early beats, which make two large ones each; the smallest
of it at a lag of one, two and three beats ignores bigeminy and trigeminy, which come back; slow sinus arrhythmia has
small differences anyway. Intervals beside a ventricular beat are left out while enough others remain.
"""

from array import array

import micropython
from micropython import const

from ...kernels import rr_differences, sort_words
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in

#: Beats looked back on (about half a minute).
_DEPTH = const(32)
#: An interval in ms is a multiple of 4: its last two bits say what else is known of the beat; 0 is no interval.
_ECTOPIC = const(1)
_HAS_P = const(2)
_FACTS = const(3)
_MAX_RR_MS = const(65532)
#: Differences needed without ectopic beats, and at smallest.
_MIN_CLEAN = const(8)
_MIN_ANY = const(4)
_MAX_PERCENT = const(100)
#: Percent of beats without P up to which the steps between RR count least, and how much they count then; beyond it,
#: five quarters of a percent more for each. What remains is scaled by ten thirteenths of a tenth of a percent.
_FEW_WITHOUT = const(30)
_LEAST_WEIGHT = const(25)
_SCALE = const(690)

# Behind the intervals: beats known, index of the next.
_KNOWN = const(_DEPTH)
_NEXT = const(_DEPTH + 1)


class Regularity:
    """The latest RR intervals; `SIGNAL` and `SHAPE` are its work memory."""

    def __init__(self) -> None:
        self._state = array("H", bytes(2 * _DEPTH + 4))

    def forget(self) -> None:
        """Begin without beats."""
        self._state[_KNOWN] = 0

    def add(self, rr_ms: "int | None", ectopic: bool, has_p: bool) -> None:
        """Take the next beat; `rr_ms` None where the one before is not known."""
        state = self._state
        facts = (_ECTOPIC if ectopic else 0) | (_HAS_P if has_p else 0)
        # of the first beat after `forget` the interval leads back to what was forgotten
        known = rr_ms if rr_ms is not None and state[_KNOWN] else 0
        state[state[_NEXT]] = min(known, _MAX_RR_MS) & ~_FACTS | facts
        state[_NEXT] = (state[_NEXT] + 1) % _DEPTH
        state[_KNOWN] = min(state[_KNOWN] + 1, _DEPTH)

    @works_in("SIGNAL", "SHAPE")
    @micropython.native
    def irregularity(self) -> "int | None":
        """0 to 100, None for too few beats; from 50 on fibrillation is suspected."""
        known = self._unroll()
        middle = self._middle(known)
        clean = 1 if rr_differences(SHAPE, known, 1, 1, SIGNAL) >= _MIN_CLEAN else 0
        if not middle or (not clean and rr_differences(SHAPE, known, 1, 0, SIGNAL) < _MIN_ANY):
            return None
        near = self._part(known, 1, clean, middle)
        smallest = min(near, self._part(known, 2, clean, middle), self._part(known, 3, clean, middle))
        # so many ventricular beats may be bigeminy: then only what does not come back counts
        lag_one = near if clean else smallest
        steps = 7 * min(_MAX_PERCENT, lag_one) + 3 * min(_MAX_PERCENT, smallest)
        return min(_MAX_PERCENT, steps * self._weight(known) // _SCALE)

    @works_in("SHAPE")
    def turns(self) -> bool:
        """Does RR grow and shrink in turn like chance, and not as slowly as breath?"""
        known = self._unroll()
        turns = of = 0
        last = before = 0
        for i in range(known):
            rr = SHAPE[i] & ~_FACTS
            if rr and last and before:
                of += 1
                turns += (rr - last) * (last - before) < 0
            before = last
            last = rr
        return turns * 2 >= of

    def _unroll(self) -> int:
        """Bring the beats in order into `SHAPE`; their number."""
        state = self._state
        known = state[_KNOWN]
        for i in range(known):
            SHAPE[i] = state[(state[_NEXT] - known + i) % _DEPTH]
        return known

    def _middle(self, known: int) -> int:
        """Median RR (ms), 0 where there is none."""
        n = 0
        for i in range(known):
            if SHAPE[i] > _FACTS:
                SIGNAL[n] = SHAPE[i] & ~_FACTS
                n += 1
        sort_words(SIGNAL, n)
        return SIGNAL[n >> 1] if n else 0

    def _part(self, known: int, lag: int, clean: int, middle: int) -> int:
        """35th percentile of the differences in thousandths of the median RR; very large where there are too few."""
        n = rr_differences(SHAPE, known, lag, clean, SIGNAL)
        if n < _MIN_ANY:
            return _MAX_RR_MS
        sort_words(SIGNAL, n)
        return SIGNAL[35 * (n - 1) // 100] * 1000 // middle

    def _weight(self, known: int) -> int:
        """Percent: how far beats without P, among those that are not ectopic, speak for fibrillation."""
        n = without = 0
        for i in range(known):
            if not SHAPE[i] & _ECTOPIC:
                n += 1
                if not SHAPE[i] & _HAS_P:
                    without += 1
        if not n:
            return _MAX_PERCENT
        percent = _MAX_PERCENT * without // n
        return min(_MAX_PERCENT, max(_LEAST_WEIGHT, _LEAST_WEIGHT + (percent - _FEW_WITHOUT) * 5 // 4))
