"""The period of the atria: on which do waves between the complexes lie, hardly one of them missing?

Works on waves and beats as `conduction.py` has gathered them in `SIGNAL`; its answers are in `SHAPE`.
"""

from micropython import const

from ...kernels import follow_waves, sort_words
from ..scratch import SHAPE, SIGNAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Periods of P waves (167 to 38 a minute), how many are tried, and parts of the waves found: missed, and outside, most.
_SHORTEST_PERIOD = const(_RATE_HZ * 360 // 1000)
_LONGEST_PERIOD = const(_RATE_HZ * 1600 // 1000)
_PERIODS = const(12)
_MISSED_PART = const(8)
_OUTSIDE_PART = const(6)
#: Distances from P to R: a range (160 ms) that no conduction has.
_WIDE_RANGE = const(_RATE_HZ * 160 // 1000)
#: Positions at most in what `follow_waves` says.
_POSITIONS = const(80)
#: Of `SIGNAL`: times of waves, spans (begin, end), distance from P to R.
_TIMES = const(0)  # dsp.ecg.conduction: _TIMES
_SPANS = const(128)
_PR = const(224)  # dsp.ecg.conduction: _PR
#: Of `SHAPE`, behind what `follow_waves` says: periods.
_PERIOD = const(96)
_DEPTH = const(32)  # dsp.ecg.atrial: _DEPTH
#: A part of the work memory as kernels take it.
_SPAN_VIEW: "array[int]" = SIGNAL[_SPANS : _SPANS + 2 * _DEPTH]


def follow(waves: int, beats: int, length: int) -> int:
    """The longest period on which the waves lie, 0 where there is none; `SHAPE` says where the atria beat by it."""
    periods = _list_periods(waves)
    for i in range(periods):
        period = SHAPE[_PERIOD + i]
        if _fits(waves, beats, length, period):
            return period
    return 0


def follow_half(waves: int, beats: int, length: int, period: int) -> bool:
    """Is half of the `period` that was found the right one? Twice it fits, too, where every other P is hidden.

    Then `SHAPE` says where the atria beat by it. Distances from P to R are in `SIGNAL` already.
    """
    known = sort_distances(beats)
    wide = known > 2 and SHAPE[known - 1] - SHAPE[0] >= _WIDE_RANGE
    return wide and period >= 2 * _SHORTEST_PERIOD and _fits(waves, beats, length, period >> 1)


def _list_periods(waves: int) -> int:
    """Put distances of neighbouring waves, and half of them, into `SHAPE`, the longest first; their number."""
    n = 0
    for i in range(1, waves):
        distance = SIGNAL[_TIMES + i] - SIGNAL[_TIMES + i - 1]
        for period in (distance, distance >> 1):
            if _SHORTEST_PERIOD <= period <= _LONGEST_PERIOD and n < _PERIODS:
                n = _insert_period(period, n)
    return n


def _insert_period(period: int, n: int) -> int:
    """Insert a period among `n` unless one is within a twentieth of it; how many there are then."""
    for i in range(n):
        if 20 * abs(SHAPE[_PERIOD + i] - period) < period:
            return n
    i = n
    while i and SHAPE[_PERIOD + i - 1] < period:
        SHAPE[_PERIOD + i] = SHAPE[_PERIOD + i - 1]
        i -= 1
    SHAPE[_PERIOD + i] = period
    return n + 1


def _fits(waves: int, beats: int, length: int, period: int) -> bool:
    """Do nearly all waves lie on this period, hardly one missing, from one of them on?"""
    for anchor in (waves >> 1, waves // 3, 0):
        follow_waves(SIGNAL, waves, _SPAN_VIEW, beats, period, anchor, 0, length - 1, SHAPE, _POSITIONS)
        found = SHAPE[0]
        if SHAPE[1] * _MISSED_PART <= found and (waves - found) * _OUTSIDE_PART <= found:
            return True
    return False


def sort_distances(beats: int) -> int:
    """Sort the distances from P to R into `SHAPE`, but for beats without one; how many there are."""
    n = 0
    for i in range(beats):
        if SIGNAL[_PR + i]:
            SHAPE[n] = SIGNAL[_PR + i]
            n += 1
    sort_words(SHAPE, n)
    return n
