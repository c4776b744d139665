"""Flutter waves: the signal between the complexes comes back 240 to 340 times a minute.

The signal in which atrial waves stand out, without QRS complexes, is compared with itself 176 to 256 ms and twice as
long before. In flutter it is the same again and again; T and P come once a beat, and waves of fibrillation do not come
back.
"""

from array import array

from micropython import const

from ...kernels import atrial_signal, clear_words, lag_products
from ..fixed import isqrt
from ..scratch import WORDS
from .filters import MASK

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Samples that the signal has every fourth of, and most and fewest values.
_STEP = const(4)
_MOST = const(512)
_FEWEST = const(120)
#: Samples that a QRS complex keeps to either side.
_BESIDE_QRS = const(4)
#: Lags in values: of flutter (176 to 256 ms), and the shortest where two waves make a beat (208 ms): T and P of a
#: rhythm over 150 a minute come as fast.
_FIRST_LAG = const(11)
_LAST_LAG = const(16)
_FIRST_LAG_TWO = const(13)
#: Beats' RR over the lag (Q4): two to one from 1.9 to 2.2; not so many under 2.45; from 3 on nothing passes for it.
_TWO_Q4 = const(30)
_ABOVE_TWO_Q4 = const(36)
_THREE_Q4 = const(39)
_MANY_Q4 = const(48)
#: Least correlation (Q8): two to one, about three to one, slower; at twice the lag in the first, and in the others; and
#: one that no noise has.
_MIN_TWO_Q8 = const(141)
_MIN_THREE_Q8 = const(184)
_MIN_MANY_Q8 = const(154)
_MIN_TWICE_TWO_Q8 = const(180)
_MIN_TWICE_Q8 = const(38)
_SURE_Q8 = const(205)
#: Least root mean square (µV), and what values are limited to for it; pairs that a correlation needs.
_MIN_UV = const(12)
_LIMIT_UV = const(1400)
_MIN_PAIRS = const(30)


class FlutterSignal:
    """The latest stretches between complexes; works in all of `WORDS`."""

    def __init__(self) -> None:
        self._sums = array("i", bytes(16))
        #: Whether no noise comes back like that.
        self.sure = False

    def clear(self, begin: int, end: int) -> bool:
        """Begin with the signal from sample `begin` to before `end`; False where that is too short."""
        self._begin = begin
        self._end = min(end, begin + _STEP * _MOST)
        clear_words(WORDS, _MOST)
        return self._end - begin >= _STEP * _FEWEST

    def add(self, uv: "array[int]", first: int, last: int) -> None:
        """Take the stretch between two complexes, from sample `first` to `last`."""
        atrial_signal(uv, MASK, first + _BESIDE_QRS, last - _BESIDE_QRS, self._begin, self._end, WORDS)

    def is_flutter(self, rr: int) -> bool:
        """Does it come back as flutter waves do, while beats are `rr` samples apart?"""
        sums = self._sums
        lag_products(WORDS, _MOST, 0, _LIMIT_UV, sums)
        rms = isqrt(sums[1] // sums[3]) if sums[3] >= _FEWEST >> 1 else 0
        if rms < _MIN_UV:
            return False
        limit = (5 * rms >> 2) + 1
        lag, highest = self._highest(_FIRST_LAG, _LAST_LAG, limit)
        _, twice = self._highest(2 * lag - 1, 2 * lag + 1, limit)
        self.sure = highest >= _SURE_Q8
        ratio_q4 = (rr << 4) // (_STEP * lag)
        if ratio_q4 < _THREE_Q4:
            two_to_one = lag >= _FIRST_LAG_TWO and _TWO_Q4 <= ratio_q4 <= _ABOVE_TWO_Q4
            return two_to_one and highest >= _MIN_TWO_Q8 and twice >= _MIN_TWICE_TWO_Q8
        return highest >= (_MIN_THREE_Q8 if ratio_q4 < _MANY_Q4 else _MIN_MANY_Q8) and twice >= _MIN_TWICE_Q8

    def _highest(self, first: int, last: int, limit: int) -> "tuple[int, int]":
        """The lag from `first` to `last` at which the correlation is highest, and that in Q8."""
        best = first
        highest = -256
        for lag in range(first, last + 1):
            value = self._correlation(lag, limit)
            if value > highest:
                best, highest = lag, value
        return best, highest

    def _correlation(self, lag: int, limit: int) -> int:
        """With the values `lag` before, Q8; 0 where there are too few."""
        sums = self._sums
        lag_products(WORDS, _MOST, lag, limit, sums)
        if sums[3] < _MIN_PAIRS:
            return 0
        return sums[0] // max(isqrt(sums[1]) * isqrt(sums[2]) >> 8, 1)
