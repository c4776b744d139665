"""Flutter waves: the signal between the complexes comes back 240 to 340 times a minute.

The signal in which atrial waves stand out, without QRS complexes, is compared with itself 176 to 256 ms and twice as
long before. In flutter it is the same again and again; T and P come once a beat, and waves of fibrillation do not come
back.
"""

from array import array

from micropython import const

from ...kernels import add_covariance, atrial_signal, beat_products, clear_words, lag_products
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
#: Lags in values: of flutter (176 to 256 ms), and the longest (272 ms), at which the T wave comes after many a complex:
#: what it finds must be as clear as beside P waves.
_FIRST_LAG = const(11)
_LAST_LAG = const(16)
_SLOWEST_LAG = const(17)
#: RR in samples over which two waves may make a beat (416 ms): T and P of a faster rhythm come as fast; and over which
#: three may (560 ms): T and P of a rhythm of 107 to 125 a minute lie a third of it apart.
_TWO_RR = const(_RATE_HZ * 416 // 1000)
_THREE_RR = const(_RATE_HZ * 560 // 1000)
#: Beats' RR over the lag (Q4): two to one from 1.8 to 2.2; not so many under 2.45.
_TWO_Q4 = const(29)
_ABOVE_TWO_Q4 = const(36)
_THREE_Q4 = const(39)
#: Least correlation (Q8) with the signal a lag before, and twice that: two to one, and three to one in a fast rhythm.
_MIN_TWO_Q8 = const(141)
_MIN_TWICE_TWO_Q8 = const(180)
_MIN_THREE_Q8 = const(192)
_MIN_TWICE_THREE_Q8 = const(77)
#: Slower: the least of the first, and of both together; where RR varies by multiples of the lag.
_MIN_Q8 = const(128)
_MIN_BOTH_Q8 = const(261)
_MIN_BOTH_VARYING_Q8 = const(218)
#: Least of stretches without T waves.
_MIN_ALONE_Q8 = const(180)
_MIN_ALONE_UV = const(16)
#: Parts of the period, and what both correlations are together where RR may be off by a sixth of it, and by any.
SURE_PARTS_OFF = const(12)
_PARTS_OFF_CLEAR = const(6)
_CLEAR_Q8 = const(290)
_SURE_BOTH_Q8 = const(384)
#: Least of either where the beats have something like a P: T and P of sinus rhythm hardly reach 130.
_MIN_WITH_P_Q8 = const(164)
#: One that no noise has.
_SURE_Q8 = const(205)
#: Waves that drive the ventricles lie before every beat alike. How much of what comes back (Q8) does so before other
#: beats, at least, and times the beats, of which the less is chance the more they are; in a few; after flutter in the
#: window before, and after waves that did not. What values are shifted to, so that the sums of all products fit.
_MIN_LOCKED_Q8 = const(128)
_MIN_LOCKED_BEATS_Q8 = const(1152)
_SURE_LOCKED_Q8 = const(240)
_FEW_LOCKED = const(4)
_STILL_LOCKED_Q8 = const(90)
_AFTER_FREE_Q8 = const(230)
_MOST_PRODUCT = const(127)
#: What was found in the window before: flutter, or waves that do not know of the beats.
FLUTTER = const(1)
FREE = const(2)
#: Words between two beats in the ring of beats, and beats in it.
_EACH = const(4)  # dsp.ecg.atrial: _EACH
_DEPTH = const(32)  # dsp.ecg.atrial: _DEPTH
#: Two to one again: half a beat is compared with the other half of it where a complex is in neither. Its least length
#: (40 ms), the correlation of all of them, the least standard deviation (µV), and how many times one half varies as
#: much as the other at most: T alone varies much more than what is level, and T and P of a faster rhythm are alike.
_LEAST_HALF = const(_RATE_HZ * 40 // 1000)
_MIN_HALVES_Q8 = const(236)
_MIN_HALVES_WITH_P_Q8 = const(246)
_MIN_HALF_UV = const(15)
_MOST_UNLIKE = const(3)
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
        #: Which part of the period RR may be off its multiples by: an AV node that conducts every second or third wave
        #: does so with some delay, and chance is off by a fifth.
        self.parts_off = SURE_PARTS_OFF

    def clear(self, begin: int, end: int) -> bool:
        """Begin with the signal from sample `begin` to before `end`; False where that is too short."""
        self._begin = begin
        self._end = min(end, begin + _STEP * _MOST)
        clear_words(WORDS, _MOST)
        return self._end - begin >= _STEP * _FEWEST

    def add(self, uv: "array[int]", first: int, last: int) -> None:
        """Take the stretch between two complexes, from sample `first` to `last`."""
        atrial_signal(uv, MASK, first + _BESIDE_QRS, last - _BESIDE_QRS, self._begin, self._end, WORDS)

    def period(self, rr: int, varies: bool, has_p: bool) -> int:
        """Samples after which it comes back as flutter waves do while beats are `rr` apart; 0: it does not.

        Where RR `varies`, the caller must see that it does so by multiples of the period. Where `has_p`, the beats have
        something like a P wave before them: three or four flutter waves a beat look so, and those must be clear.
        """
        sums = self._sums
        lag_products(WORDS, _MOST, 0, _LIMIT_UV, sums)
        rms = isqrt(sums[1] // sums[3]) if sums[3] >= _FEWEST >> 1 else 0
        if rms < _MIN_UV:
            return 0
        lag, once, twice = self._best((5 * rms >> 2) + 1, _MIN_WITH_P_Q8 if has_p else -256)
        self.sure = once >= _SURE_Q8
        both = once + min(once, twice)
        self.parts_off = _PARTS_OFF_CLEAR if both < _SURE_BOTH_Q8 else 1
        if both < _CLEAR_Q8 or has_p:
            self.parts_off = SURE_PARTS_OFF
        ratio_q4 = (rr << 4) // (_STEP * lag)
        if has_p and (ratio_q4 < _THREE_Q4 or min(once, twice) < _MIN_WITH_P_Q8):
            return 0
        return _STEP * lag if _is_flutter(ratio_q4, rr, varies, once, twice) else 0

    def period_alone(self) -> int:
        """The same of the stretches between T waves and complexes, in which nothing else is."""
        sums = self._sums
        lag_products(WORDS, _MOST, 0, _LIMIT_UV, sums)
        rms = isqrt(sums[1] // sums[3]) if sums[3] >= _FEWEST >> 1 else 0
        if rms < _MIN_ALONE_UV:
            return 0
        best = _MIN_ALONE_Q8
        found = 0
        for lag in range(_FIRST_LAG, _LAST_LAG + 1):
            value = self._correlation(lag, 2 * rms)
            if value > best:
                best, found = value, lag
        self.sure = best >= _SURE_Q8
        self.parts_off = SURE_PARTS_OFF
        return _STEP * found

    def is_locked(self, r: "array[int]", first: int, beats: int, lag: int, before: int) -> bool:
        """Do waves that come back after `lag` samples lie alike before `beats` beats from the `first` on?

        `r` is the ring of their R. The tremor of a hand does not know where beats are. The window `before` had
        `FLUTTER`, after which less is enough, or `FREE` waves, after which more is needed.
        """
        sums = self._sums
        lag_products(WORDS, _MOST, 0, _LIMIT_UV, sums)
        limit = (5 * isqrt(sums[1] // max(sums[3], 1)) >> 2) + 1
        shift = 0
        while limit >> shift > _MOST_PRODUCT:
            shift += 1
        n = 0
        for i in range(first, first + beats):
            at = (((r[_EACH * (i % _DEPTH)] - self._begin + 32768) & 0xFFFF) - 32768) >> 2
            if 0 <= at < _MOST:
                WORDS[_MOST + n] = at
                n += 1
        beat_products(WORDS, _MOST, n, lag // _STEP, limit, shift, sums)
        own, pairs, others, other_pairs = sums
        if own <= 0 or not other_pairs:
            return before == FLUTTER
        locked = (others // other_pairs << 8) // max(own // pairs, 1)
        if before == FLUTTER:
            return locked >= _STILL_LOCKED_Q8
        enough = locked >= _MIN_LOCKED_Q8 and locked * (n - 1) >= _MIN_LOCKED_BEATS_Q8
        if before == FREE:
            return enough and locked >= _AFTER_FREE_Q8
        return enough or (locked >= _SURE_LOCKED_Q8 and n >= _FEW_LOCKED)

    def clear_halves(self) -> None:
        """Begin with no beats of which halves are compared."""
        self.sure = False
        for i in range(4):
            self._sums[i] = 0

    def add_halves(self, uv: "array[int]", rr: int, first: int, last: int) -> None:
        """Compare the halves of a beat of `rr`, between whose complexes there is the stretch from `first` to `last`."""
        first += _BESIDE_QRS
        n = last - _BESIDE_QRS - (rr >> 1) - first
        if n >= _LEAST_HALF:
            add_covariance(uv, MASK, first, n, rr >> 1, 0, self._sums)

    def has_equal_halves(self, has_p: bool) -> bool:
        """Are the halves of the beats equal, so that two flutter waves make one? Very much so where one `has_p`."""
        products, earlier, later, pairs = self._sums
        if pairs < _FEWEST or min(earlier, later) < pairs * _MIN_HALF_UV * _MIN_HALF_UV:
            return False
        one = isqrt(earlier)
        other = isqrt(later)
        if max(one, other) > _MOST_UNLIKE * min(one, other):
            return False
        return products // max(one * other >> 8, 1) >= (_MIN_HALVES_WITH_P_Q8 if has_p else _MIN_HALVES_Q8)

    def _best(self, limit: int, least: int) -> "tuple[int, int, int]":
        """Lag of the best correlation with itself that long before, from `least` on, and twice as long; both in Q8."""
        best = (_FIRST_LAG, -256, -256)
        highest = -1024
        for lag in range(_FIRST_LAG, _SLOWEST_LAG + 1):
            once = self._correlation(lag, limit)
            if once >= least and 2 * once > highest and (lag <= _LAST_LAG or once >= _SURE_Q8):
                twice = -256
                for about in range(2 * lag - 1, 2 * lag + 2):
                    twice = max(twice, self._correlation(about, limit))
                if once + min(once, twice) > highest:
                    highest = once + min(once, twice)
                    best = (lag, once, twice)
        return best

    def _correlation(self, lag: int, limit: int) -> int:
        """With the values `lag` before, Q8; 0 where there are too few."""
        sums = self._sums
        lag_products(WORDS, _MOST, lag, limit, sums)
        if sums[3] < _MIN_PAIRS:
            return 0
        return sums[0] // max(isqrt(sums[1]) * isqrt(sums[2]) >> 8, 1)


def _is_flutter(ratio_q4: int, rr: int, varies: bool, once: int, twice: int) -> bool:
    """Do correlations `once` and `twice` the lag speak for flutter with so many waves a beat (Q4)?"""
    both = once + min(once, twice)
    if varies:
        return ratio_q4 >= _TWO_Q4 and once >= _MIN_Q8 and both >= _MIN_BOTH_VARYING_Q8
    if ratio_q4 < _THREE_Q4:
        two_to_one = rr >= _TWO_RR and _TWO_Q4 <= ratio_q4 <= _ABOVE_TWO_Q4
        return two_to_one and once >= _MIN_TWO_Q8 and twice >= _MIN_TWICE_TWO_Q8
    if rr < _THREE_RR:
        return once >= _MIN_THREE_Q8 and twice >= _MIN_TWICE_THREE_Q8
    return once >= _MIN_Q8 and both >= _MIN_BOTH_Q8
