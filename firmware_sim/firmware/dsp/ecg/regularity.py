"""How irregular the rhythm is, 0 to 100: the evidence for atrial fibrillation in RR intervals and missing P waves.

In fibrillation successive RR intervals differ at random (Tateno and Glass 2001; Sarkar et al. 2008; Lake and Moorman
2011). The 35th percentile of their differences ignores single early beats, which make two large ones each; the smallest
of it at a lag of one, two and three beats ignores what comes back. An ectopic beat and the pause behind it are two
cycles of the sinus node, which goes on beneath: each counts as their mean. What the two intervals before say of the
next one (an autoregression of second order, by Yule and Walker) is no chance: breath, and beats that alternate.
"""

from array import array

import micropython
from micropython import const

from ...kernels import correlate, normalise, rr_differences, sort_words
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in

#: Beats looked back on (about half a minute).
_DEPTH = const(32)
#: An interval in ms is a multiple of 4, and is kept in halves of one: its last three bits say what else is known of the
#: beat; 0 is no interval.
_ECTOPIC = const(1)
_HAS_P = const(2)
_UNLIKE = const(4)
_FACTS = const(7)
_MAX_RR = const(65528)
#: Agreement of a beat with those before under which it may be none.
_AGREEING = const(60)
#: Differences needed.
_MIN_DIFFERENCES = const(4)
#: An ectopic beat lies between two of the sinus node where its interval and the next one are together under eleven
#: eighths of the usual one.
_BETWEEN_Q3 = const(11)
#: Of so many intervals' worth (Q10) chance foretells the next one in fibrillation.
_FORETOLD_BY_CHANCE = const(4 << 10)
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

    def add(self, rr_ms: "int | None", ectopic: bool, has_p: bool, agreement: int) -> None:
        """Take the next beat; `rr_ms` None where that is not known; `agreement` with those before, 0 to 100."""
        state = self._state
        facts = (_ECTOPIC if ectopic else 0) | (_HAS_P if has_p else 0) | (_UNLIKE if agreement < _AGREEING else 0)
        # of the first beat after `forget` the interval leads back to what was forgotten
        known = rr_ms if rr_ms is not None and state[_KNOWN] else 0
        state[state[_NEXT]] = min(known << 1, _MAX_RR) & ~_FACTS | facts
        state[_NEXT] = (state[_NEXT] + 1) % _DEPTH
        state[_KNOWN] = min(state[_KNOWN] + 1, _DEPTH)

    def keep_agreeing(self, beats: int) -> None:
        """Of the latest `beats` know only intervals between two that agree with those before: others may be none."""
        state = self._state
        last = 0
        for i in range(state[_NEXT] - min(beats, state[_KNOWN]), state[_NEXT]):
            facts = state[i % _DEPTH] & _FACTS
            if (facts | last) & _UNLIKE:
                state[i % _DEPTH] = facts
            last = facts

    @works_in("SIGNAL", "SHAPE")
    @micropython.native
    def irregularity(self) -> "int | None":
        """0 to 100, None for too few beats; from 50 on fibrillation is suspected."""
        known = self._unroll()
        weight = _weight(known)
        n = _fold(known, _middle(known))
        middle = _middle(n)
        near = _part(n, 1, middle)
        if near == _MAX_RR:
            return None
        smallest = min(near, _part(n, 2, middle), _part(n, 3, middle))
        steps = 7 * min(_MAX_PERCENT, near) + 3 * min(_MAX_PERCENT, smallest)
        steps = steps * (1024 - _foretold_q10(n, middle)) >> 10
        return min(_MAX_PERCENT, steps * weight // _SCALE)

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


def _middle(n: int) -> int:
    """Median of the `n` intervals in `SHAPE`, 0 where there is none."""
    known = 0
    for i in range(n):
        if SHAPE[i] > _FACTS:
            SIGNAL[known] = SHAPE[i] & ~_FACTS
            known += 1
    sort_words(SIGNAL, known)
    return SIGNAL[known >> 1] if known else 0


@micropython.native
def _fold(known: int, middle: int) -> int:
    """Make the `known` beats in `SHAPE` cycles of the sinus node (0 where not known); how many they are.

    One ectopic beat and the interval behind it are two of them, or one if together they are about the `middle` one.
    """
    n = total = beats = 0
    whole = True
    for i in range(known):
        rr = SHAPE[i] & ~_FACTS
        total += rr
        beats += 1
        whole = whole and rr > 0
        if SHAPE[i] & _ECTOPIC:
            continue
        if not whole or beats > 2:
            total = 0
        elif beats == 2 and total << 3 >= middle * _BETWEEN_Q3:
            total = total >> 1 & ~_FACTS
        SHAPE[n] = total
        n += 1
        total = beats = 0
        whole = True
    return n


def _part(n: int, lag: int, middle: int) -> int:
    """35th percentile of the differences in thousandths of the `middle` one; very large where there are too few."""
    n = rr_differences(SHAPE, n, lag, SIGNAL)
    if n < _MIN_DIFFERENCES:
        return _MAX_RR
    sort_words(SIGNAL, n)
    return SIGNAL[35 * (n - 1) // 100] * 1000 // middle


def _foretold_q10(n: int, middle: int) -> int:
    """Which part of the variance of `n` intervals in `SHAPE`, which are lost, the two before each foretell; Q10.

    Of it what chance may do is left out. An interval counts as a quarter off the `middle` one at most.
    """
    quarter = middle >> 2
    for i in range(n):
        SIGNAL[i] = max(middle - quarter, min(SHAPE[i] or middle, middle + quarter))
    if not normalise(SIGNAL, n):
        return 0
    correlate(SIGNAL, n, 1, 2, SHAPE)
    # as of all intervals: of few, products vary too much
    once = SHAPE[1] * (n - 1) // n
    twice = SHAPE[2] * (n - 2) // n
    square = once * once >> 10
    part = (square - (square * twice >> 9) + (twice * twice >> 10) << 10) // max(1024 - square, 1)
    return max(0, min(1024, part) - _FORETOLD_BY_CHANCE // n)


def _weight(known: int) -> int:
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
