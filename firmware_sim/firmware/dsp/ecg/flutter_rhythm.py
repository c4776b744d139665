"""Do beats stand to flutter waves as those of flutter do, two to four waves a beat or multiples of their period?"""

import micropython
from micropython import const

from ...kernels import sort_words
from ..scratch import SHAPE, SIGNAL
from .filters import RING
from .flutter import FLUTTER, SURE_PARTS_OFF, FlutterSignal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_DEPTH = const(32)  # dsp.ecg.atrial: _DEPTH
_EACH = const(4)  # dsp.ecg.atrial: _EACH
_LONGEST = const(_RATE_HZ * 2400 // 1000)
#: Beats that flutter needs, and part of them that may have a P.
_FEW_BEATS = const(4)
_PARTS_WITH_P = const(8)
#: RR in samples from which on waves are looked for between T and the next complex alone (640 ms), too; where a beat
#: has the end of the T wave before it, and that of the QRS complex, and the begin of its own.
_SLOW_RR = const(_RATE_HZ * 640 // 1000)
_LAST_T_AT = const(1)
_QRS_AT = const(2)
_LAST_QRS_AT = const(3)
#: RR in samples at which two flutter waves may make a beat whose T covers one of them (163 to 111 beats a minute).
_FASTEST_TWO = const(_RATE_HZ * 368 // 1000)
_SLOWEST_TWO = const(_RATE_HZ * 540 // 1000)
#: RR in samples from which on three or four flutter waves, if they have something like a P, show two between T and QRS
#: (800 ms).
_SHOWS_TWO_RR = const(_RATE_HZ * 800 // 1000)
#: RR in samples over which they can be told from late T and P (720 ms).
_WITH_P_RR = const(_RATE_HZ * 720 // 1000)
#: Mean width of complexes (160 ms) whose T is so slow and high that it comes back after half of RR, or by half: beside
#: them waves must come back clearly, and two and a half a beat or more (halves).
_WIDE = const(_RATE_HZ * 160 // 1000)
_MORE_THAN_TWO = const(5)
#: Bits of what is known of a beat.
_HAS_P = const(1)  # dsp.ecg.atrial: _HAS_P
_HAS_TWO = const(2)  # dsp.ecg.atrial: _HAS_TWO
#: How far its period may be from the one that was found (samples).
_STEP_LENGTH = const(4)
#: Samples at the ring's end that the filter's surroundings take.
_BEHIND = const(32)
#: Where `SIGNAL` has R of each beat.
_R = const(192)  # dsp.ecg.conduction: _R


class FlutterRhythm(FlutterSignal):
    """Judges the beats that `AtrialWaves` keeps; works in all of `WORDS`."""

    def __init__(self, uv: "array[int]", beats: "array[int]", facts: bytearray) -> None:
        super().__init__()
        self._uv = uv
        self._beats = beats
        self._facts = facts
        #: Whether waves come back that do not know of the beats: tremor, or flutter whose RR vary as in fibrillation.
        self.free = False
        #: Whether a regular rhythm without P is as fast as that of two flutter waves a beat: T may hide one.
        self.may_hide = False

    def is_possible(self, first: int, beats: int) -> bool:
        """Is it worth to look about the `beats` from the `first` on, R in `SIGNAL`? Not if they have only a P."""
        if beats < _FEW_BEATS:
            return False
        mean = (SIGNAL[_R + beats - 1] - SIGNAL[_R]) // (beats - 1)
        if mean < _SHOWS_TWO_RR or _PARTS_WITH_P * self._count(first, beats, _HAS_P) <= beats:
            return True
        return 2 * self._count(first, beats, _HAS_TWO) >= beats

    def is_there(self, start: int, end: int, first: int, beats: int, now: int, before: int) -> bool:
        """Are there flutter waves about these `beats` from sample `start` to `end`, clear ones beside P?

        The signal is known to before sample `now`; if little of it is left, it is as in the window `before`
        (`FLUTTER`, `FREE` or 0). `SIGNAL` is lost.
        """
        has_p = _PARTS_WITH_P * self._count(first, beats, _HAS_P) > beats
        for i in range(1, beats):
            SHAPE[i - 1] = SIGNAL[_R + i] - SIGNAL[_R + i - 1]
        sort_words(SHAPE, beats - 1)
        rr = SHAPE[beats - 1 >> 1]
        # one early beat is not what varies
        few = beats >> 3
        varies = (SHAPE[beats - 2 - few] - SHAPE[few]) * 4 > rr
        two = not varies and _FASTEST_TWO <= rr <= _SLOWEST_TWO
        self.may_hide = two and not has_p
        if has_p and rr < _WITH_P_RR:
            return two and self._has_equal_halves(start, first, beats, rr, now, True)
        if not self._gather_signal(start, end, first, beats, now, _LAST_QRS_AT):
            return before == FLUTTER and not has_p
        period = self.period(rr, varies, has_p)
        clear = varies or has_p or (self.parts_off < SURE_PARTS_OFF and 2 * rr >= _MORE_THAN_TWO * period)
        if period and not clear and self._mean_width(first, beats) >= _WIDE:
            period = 0
        if (
            not period
            and not has_p
            and rr >= _SLOW_RR
            and self._gather_signal(start, end, first, beats, now, _LAST_T_AT)
        ):
            period = self.period_alone()
        if not period:
            return two and self._has_equal_halves(start, first, beats, rr, now, False)
        if not self._are_multiples(first, beats, period, self.parts_off):
            self.free = self.parts_off < SURE_PARTS_OFF
            return False
        sure = varies and self._are_multiples(first, beats, period, SURE_PARTS_OFF)
        self.free = not (sure or self.is_locked(self._beats, first, beats, period, before))
        return varies or not self.free

    def _has_equal_halves(self, start: int, first: int, beats: int, usual: int, now: int, has_p: bool) -> bool:
        """Are the halves of beats from the `first` on, about `usual` apart, equal? Surely so where one `has_p`."""
        self.clear_halves()
        for i in range(first + 1, first + beats):
            at = _EACH * (i % _DEPTH)
            r = self._beats[at]
            rr = (r - self._beats[_EACH * ((i - 1) % _DEPTH)]) & 0xFFFF
            if abs(rr - usual) << 3 <= usual:
                at_r = start + ((r - start + 32768) & 0xFFFF) - 32768
                begin = at_r - ((r - self._beats[at + _LAST_QRS_AT]) & 0xFFFF)
                if begin >= now - RING:
                    self.add_halves(self._uv, rr, begin, at_r - ((r - self._beats[at + _QRS_AT]) & 0xFFFF))
        return self.has_equal_halves(has_p)

    def _gather_signal(self, start: int, end: int, first: int, beats: int, now: int, edge: int) -> bool:
        """Gather the signal between complexes for flutter waves, from the `edge` of each on; False for too little."""
        begin = max(start, now - RING + _BEHIND)
        if not self.clear(begin, end):
            return False
        for i in range(first, first + beats):
            slot = i % _DEPTH
            last = start + ((self._beats[_EACH * slot + _QRS_AT] - start + 32768) & 0xFFFF) - 32768
            length = (self._beats[_EACH * slot + _QRS_AT] - self._beats[_EACH * slot + edge]) & 0xFFFF
            # none before the first beat of a signal, and not where the ring has gone on
            if 0 < length < _LONGEST and last - length >= begin - _LONGEST:
                self.add(self._uv, max(last - length, now - RING), last)
        return True

    def _mean_width(self, first: int, beats: int) -> int:
        """Mean width of the complexes of `beats` but the last, from the `first` on, with what is kept before them."""
        total = 0
        for i in range(first + 1, first + beats):
            end = self._beats[_EACH * (i % _DEPTH) + _LAST_QRS_AT]
            total += (end - self._beats[_EACH * ((i - 1) % _DEPTH) + _QRS_AT]) & 0xFFFF
        return total // (beats - 1)

    def _are_multiples(self, first: int, beats: int, period: int, parts: int) -> bool:
        """Are RR of `beats` from the `first` on multiples of about this `period`? Those of fibrillation are not.

        They may be off by one of so many `parts` of it in the mean.
        """
        for length in range(period - _STEP_LENGTH, period + _STEP_LENGTH + 1):
            off = 0
            for i in range(first + 1, first + beats):
                rr = (self._beats[_EACH * (i % _DEPTH)] - self._beats[_EACH * ((i - 1) % _DEPTH)]) & 0xFFFF
                rest = rr % length
                off += min(rest, length - rest)
            if off * parts <= length * (beats - 1):
                return True
        return False

    @micropython.native
    def _count(self, first: int, beats: int, fact: int) -> int:
        """Of how many of the `beats` in `SIGNAL` is that known?"""
        n = 0
        for i in range(first, first + beats):
            if self._facts[i % _DEPTH] & fact:
                n += 1
        return n
