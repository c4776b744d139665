"""Atrial waves between the complexes: P before every beat, P without a complex, and P that beats do not depend on.

Between the end of T and the next complex waves of the width of a P are looked for once a beat. Once a window those of
one direction are followed at the period of the atria (`follow_waves`); where nearly all of them lie on it and hardly
one is missing, they are P waves, and where complexes stand to them says how they are conducted.
"""

from array import array

import micropython
from micropython import const

from ...kernels import atrial_waves, follow_waves, sort_words, waves_before
from ...wire_gen import (
    BEAT_KIND_PACED,
    RHYTHM_ATRIAL_FLUTTER,
    RHYTHM_AV_BLOCK_COMPLETE,
    RHYTHM_AV_BLOCK_SECOND_DEGREE,
    RHYTHM_P_WITHOUT_QRS,
)
from ..fixed import isqrt, median
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in
from .filters import MASK, RING
from .flutter import FlutterSignal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Beats looked back on, and waves kept of each.
_DEPTH = const(32)
_EACH = const(4)
#: Smallest wave (µV), and part of the median of the largest of each beat (Q8) under which one is left out.
_MIN_UV = const(12)
_SMALL_Q8 = const(115)
#: Longest stretch before a complex that is looked at (2.4 s), and samples that the edges of T and QRS keep.
_LONGEST = const(_RATE_HZ * 2400 // 1000)
_AFTER_T = const(4)
_BEFORE_QRS = const(2)
#: Of a beat without T or QRS edges: QT over the root of RR in samples, in samples Q4, and QRS onset before R (48 ms).
_QT_Q4 = const(111)
_ONSET = const(_RATE_HZ * 48 // 1000)
#: Distance from P to R (60 to 440 ms) within which it may be conducted, and by which two are the same (20 ms).
_NEAREST = const(_RATE_HZ * 60 // 1000)
_FARTHEST = const(_RATE_HZ * 440 // 1000)
_SAME = const(_RATE_HZ * 20 // 1000)
#: Beats that flutter needs, and part of them that may have a P.
_FEW_BEATS = const(4)
_PARTS_WITH_P = const(8)
#: RR in samples from which on waves are looked for between T and the next complex alone (640 ms), too; where a beat
#: has the end of the T wave before it, and that of the QRS complex.
_SLOW_RR = const(_RATE_HZ * 640 // 1000)
_LAST_T_AT = const(1)
_LAST_QRS_AT = const(3)
#: RR in samples at which two flutter waves may make a beat whose T covers one of them (156 to 111 beats a minute).
_FASTEST_TWO = const(_RATE_HZ * 384 // 1000)
_SLOWEST_TWO = const(_RATE_HZ * 540 // 1000)
#: RR in samples from which on three or four flutter waves, if they have something like a P, show two between T and QRS
#: (800 ms), as far apart as that (160 to 288 ms).
_SHOWS_TWO_RR = const(_RATE_HZ * 800 // 1000)
_NEAREST_TWO = const(_RATE_HZ * 160 // 1000)
_FARTHEST_TWO = const(_RATE_HZ * 288 // 1000)
#: RR in samples over which they can be told from late T and P (720 ms).
_WITH_P_RR = const(_RATE_HZ * 720 // 1000)
#: Bits of what is known of a beat: a P, or a pacemaker's; two waves before it as far apart as those of flutter.
_HAS_P = const(1)
_HAS_TWO = const(2)
#: How far its period may be from the one that was found (samples).
_STEP_LENGTH = const(4)
#: Of a silence: what is looked at (5 s), most waves in it, and how large each must be (µV).
_SILENCE = const(_RATE_HZ * 5)
_IN_SILENCE = const(16)
_CLEAR_UV = const(24)
#: Samples at the edges of a stretch where no wave is seen.
_UNSEEN = const(8)
#: Samples at the ring's end that the filter's surroundings take.
_BEHIND = const(32)
#: Beats of the last ones that must have the same distance, and at least at the beginning.
_RECENT = const(8)
_AGREEING = const(5)
_FEWEST = const(3)
#: Intervals from P to P that must be the same within a sixteenth, of the last eight.
_IN_TIME = const(5)
#: Periods of P waves (167 to 38 a minute), waves needed, and parts of those found: missed, and outside, at most.
_SHORTEST_PERIOD = const(_RATE_HZ * 360 // 1000)
_LONGEST_PERIOD = const(_RATE_HZ * 1600 // 1000)
_MIN_WAVES = const(5)
_MISSED_PART = const(8)
_OUTSIDE_PART = const(6)
#: Distances from P to R: a range (160 ms) that no conduction has, and an interquartile range (40 ms) of a steady one.
_WIDE_RANGE = const(_RATE_HZ * 160 // 1000)
_STEADY_RANGE = const(_RATE_HZ * 40 // 1000)
#: The same where P waves are blocked (24 ms): it grows from beat to beat until one is.
_SMALL_RANGE = const(_RATE_HZ * 24 // 1000)
#: Waves that must all lie on the period before those on top of T are taken for blocked ones.
_SURE_WAVES = const(7)
_TOO_NEAR = const(_RATE_HZ * 88 // 1000)
_WORDS_OUT = const(4)
_POSITIONS = const(80)
_PERIODS = const(12)
#: Of `SIGNAL`: times of waves, their heights, spans (begin, end), R, distance from P to R; of `SHAPE`: what
#: `follow_waves` says, periods, what is sorted.
_TIMES = const(0)
_HEIGHTS = const(64)
_SPANS = const(128)
_R = const(192)
_PR = const(224)
_PERIOD = const(96)
_SORTED = const(112)
_MOST_WAVES = const(64)
#: Indices of the state: beats known, R and end of T of the latest one.
_KNOWN = const(0)
_LAST_R = const(1)
_LAST_T = const(2)
#: The last wave before the latest beat, 0 for none; intervals from P to P ever taken.
_LAST_P = const(3)
_INTERVALS = const(4)
#: The first beat of the window that is judged.
_FIRST = const(5)
#: End of the latest QRS.
_LAST_QRS = const(6)
#: What `AtrialWaves.add` says of a beat; and that no recent one has a P.
CONDUCTED = const(1)
IN_TIME = const(2)
NO_P = const(4)


class AtrialWaves:
    """Waves before the latest beats; what they say of a window stands in its attributes after `judge`."""

    def __init__(self, uv: "array[int]") -> None:
        self._uv = uv
        # of each beat: R, begin and end of the stretch before it, end of the QRS before, the low 16 bits of each; waves
        self._beats = array("H", bytes(2 * _EACH * _DEPTH))
        self._at = array("H", bytes(2 * _EACH * _DEPTH))
        self._heights = array("h", bytes(2 * _EACH * _DEPTH))
        self._distances = bytearray(_DEPTH)
        self._facts = bytearray(_DEPTH)
        self.flutter = FlutterSignal()
        # from P to P of the last beats
        self._intervals = array("i", bytes(4 * _RECENT))
        self._state = array("i", bytes(28))
        #: The sample before which the signal is known.
        self.now = 0
        #: Flags of the rhythm that was judged, and whether PR changes in it.
        self.flags = 0
        self.changing = False
        self._silent_p = False

    def forget(self) -> None:
        """Know no beats and say nothing."""
        self.say_nothing()
        for i in range(len(self._state)):
            self._state[i] = 0

    @works_in("SHAPE")
    @micropython.native
    def add(self, beat: "Beat", uv: "array[int]") -> int:
        """Take the next beat; `CONDUCTED` if it has a P as far from R as the last ones have, `IN_TIME` if not early."""
        state = self._state
        slot = state[_KNOWN] % _DEPTH
        end = (beat.r - _ONSET if beat.qrs_on is None else beat.qrs_on) - _BEFORE_QRS
        begin = end
        if state[_KNOWN]:
            begin = max(self._t_end(beat.r - state[_LAST_R]) + _AFTER_T, beat.r - _LONGEST)
        n = atrial_waves(uv, MASK, begin, end, _MIN_UV, _EACH, SHAPE)
        for i in range(_EACH):
            self._at[slot * _EACH + i] = SHAPE[2 * i] & 0xFFFF if i < n else 0
            self._heights[slot * _EACH + i] = min(SHAPE[2 * i + 1], 32767) if i < n else 0
        self._beats[_EACH * slot] = beat.r & 0xFFFF
        self._beats[_EACH * slot + 1] = begin & 0xFFFF
        self._beats[_EACH * slot + 2] = end & 0xFFFF
        self._beats[_EACH * slot + 3] = (state[_LAST_QRS] if state[_KNOWN] else end) & 0xFFFF
        # a pacemaker beats beside flutter as beside any other rhythm: T and its own P come as regularly
        has_p = beat.p_peak is not None or beat.kind == BEAT_KIND_PACED
        self._facts[slot] = (_HAS_P if has_p else 0) | _two_waves(n)
        distance = beat.r - SHAPE[2 * n - 2] if n else 0
        self._distances[slot] = distance if _NEAREST <= distance <= _FARTHEST else 0
        interval = self._interval(n)
        state[_KNOWN] += 1
        state[_LAST_R] = beat.r
        state[_LAST_QRS] = beat.r + _ONSET if beat.qrs_off is None else beat.qrs_off
        state[_LAST_T] = -1 if beat.t_off is None else beat.t_off
        return (CONDUCTED if self._is_conducted(slot) else 0) | (IN_TIME if self._is_in_time(slot, interval) else 0)

    def lacks_p(self) -> bool:
        """Has hardly one of the last beats a P, found or as far from R as others?"""
        known = self._state[_KNOWN]
        if known < _RECENT:
            return False
        with_p = 0
        for i in range(known - _RECENT, known):
            with_p += self._facts[i % _DEPTH] & _HAS_P
        return with_p <= 1

    def _interval(self, n: int) -> int:
        """From the wave before to the last of the `n` in `SHAPE`, 0 where one is not known."""
        state = self._state
        if not n:
            state[_LAST_P] = 0
            return 0
        before = SHAPE[2 * n - 4] if n > 1 else state[_LAST_P]
        state[_LAST_P] = SHAPE[2 * n - 2]
        return SHAPE[2 * n - 2] - before if before else 0

    def _is_in_time(self, slot: int, interval: int) -> bool:
        """Does the P of the beat at `slot` come as usual, an `interval` after the one before? Takes the interval.

        In a block it may be later, too; elsewhere the atria must have been regular.
        """
        state = self._state
        known = min(state[_INTERVALS], _RECENT)
        usual = median(self._intervals, known, SHAPE) if known else 0
        same = 0
        for i in range(known):
            if abs(self._intervals[i] - usual) << 4 <= usual:
                same += 1
        if interval:
            self._intervals[state[_INTERVALS] % _RECENT] = interval
            state[_INTERVALS] += 1
        if not self._distances[slot]:
            return False
        if self.flags:
            return interval << 4 >= 15 * usual
        return same >= _IN_TIME and abs(interval - usual) << 4 <= usual

    def _t_end(self, rr: int) -> int:
        """Sample at which T of the latest beat has ended, `rr` before the next one."""
        state = self._state
        if state[_LAST_T] > state[_LAST_R]:
            return state[_LAST_T]
        return state[_LAST_R] + min(isqrt(rr * _RATE_HZ) * _QT_Q4 >> 8, 3 * rr >> 2)

    def _is_conducted(self, slot: int) -> bool:
        """Has the beat at `slot` the distance from P to R that most of the last ones have?"""
        own = self._distances[slot]
        known = min(_RECENT, self._state[_KNOWN])
        same = 0
        for i in range(known):
            if abs(self._distances[(slot - i) % _DEPTH] - own) <= _SAME:
                same += 1
        return own > 0 and same >= min(_AGREEING, max(_FEWEST, known - 1))

    def say_nothing(self) -> None:
        """The window says nothing of conduction."""
        self.flags = 0
        self.changing = False

    @works_in("SHAPE")
    def has_p_in_silence(self, until: int) -> bool:
        """Do P waves go on after the latest beat, which is a while before sample `until`?"""
        silence = until - self._state[_LAST_R]
        if silence < 2 * _SHORTEST_PERIOD:
            # the beat that ended it is known already
            return self._silent_p
        begin = max(self._t_end(silence) + _AFTER_T, until - _SILENCE)
        self._silent_p = False
        n = atrial_waves(self._uv, MASK, begin, until - _ONSET, _CLEAR_UV, _IN_SILENCE, SHAPE)
        if n < _FEWEST:
            return False
        shortest = _SILENCE
        longest = 0
        for i in range(1, n):
            interval = SHAPE[2 * i] - SHAPE[2 * i - 2]
            shortest = min(shortest, interval)
            longest = max(longest, interval)
        self._silent_p = shortest >= _SHORTEST_PERIOD and 4 * (longest - shortest) <= longest
        return self._silent_p

    @works_in("SIGNAL", "SHAPE")
    def judge(self, start: int, end: int) -> None:
        """Say how the beats from sample `start` to before `end` are conducted."""
        was_flutter = self.flags == RHYTHM_ATRIAL_FLUTTER
        self.say_nothing()
        beats = self._gather_beats(start, end)
        if beats >= _FEW_BEATS and self._may_be_flutter(beats):
            if self._has_flutter(start, end, beats, was_flutter):
                self.flags = RHYTHM_ATRIAL_FLUTTER
                return
            # its signal took the place of the beats
            beats = self._gather_beats(start, end)
        waves = self._gather_waves(start, beats)
        if beats < 3 or waves < _MIN_WAVES:
            return
        period = _follow(waves, beats, end - start)
        if period:
            self._judge_conduction(waves, beats, period)

    @micropython.native
    def _count(self, beats: int, fact: int) -> int:
        """Of how many of the `beats` in `SIGNAL` is that known?"""
        first = self._state[_FIRST]
        n = 0
        for i in range(first, first + beats):
            if self._facts[i % _DEPTH] & fact:
                n += 1
        return n

    def _may_be_flutter(self, beats: int) -> bool:
        """Is it worth to look for flutter about the `beats` in `SIGNAL`, or have they a P and no other wave?"""
        mean = (SIGNAL[_R + beats - 1] - SIGNAL[_R]) // (beats - 1)
        if mean < _SHOWS_TWO_RR or _PARTS_WITH_P * self._count(beats, _HAS_P) <= beats:
            return True
        return 2 * self._count(beats, _HAS_TWO) >= beats

    def _has_flutter(self, start: int, end: int, beats: int, before: bool) -> bool:
        """Are there flutter waves about the `beats` in `SIGNAL`, clear ones beside P? As `before` if little is left."""
        first = self._state[_FIRST]
        has_p = _PARTS_WITH_P * self._count(beats, _HAS_P) > beats
        for i in range(1, beats):
            SHAPE[i - 1] = SIGNAL[_R + i] - SIGNAL[_R + i - 1]
        sort_words(SHAPE, beats - 1)
        rr = SHAPE[beats - 1 >> 1]
        # one early beat is not what varies
        few = beats >> 3
        varies = (SHAPE[beats - 2 - few] - SHAPE[few]) * 4 > rr
        two = not varies and _FASTEST_TWO <= rr <= _SLOWEST_TWO
        if has_p and rr < _WITH_P_RR:
            return two and self._has_equal_halves(start, first, beats, rr, True)
        if not self._gather_signal(start, end, beats, _LAST_QRS_AT):
            return before and not has_p
        period = self.flutter.period(rr, varies, has_p)
        if not period and not has_p and rr >= _SLOW_RR and self._gather_signal(start, end, beats, _LAST_T_AT):
            period = self.flutter.period_alone()
        if not period:
            return two and self._has_equal_halves(start, first, beats, rr, False)
        return self._are_multiples(first, beats, period, self.flutter.parts_off)

    def _has_equal_halves(self, start: int, first: int, beats: int, usual: int, has_p: bool) -> bool:
        """Are the halves of beats from the `first` on, about `usual` apart, equal? Surely so where one `has_p`."""
        self.flutter.clear_halves()
        for i in range(first + 1, first + beats):
            at = _EACH * (i % _DEPTH)
            r = self._beats[at]
            rr = (r - self._beats[_EACH * ((i - 1) % _DEPTH)]) & 0xFFFF
            if abs(rr - usual) << 3 <= usual:
                now = start + ((r - start + 32768) & 0xFFFF) - 32768
                begin = now - ((r - self._beats[at + _LAST_QRS_AT]) & 0xFFFF)
                if begin >= self.now - RING:
                    self.flutter.add_halves(self._uv, rr, begin, now - ((r - self._beats[at + 2]) & 0xFFFF))
        return self.flutter.has_equal_halves(has_p)

    def _gather_signal(self, start: int, end: int, beats: int, edge: int) -> bool:
        """Gather the signal between complexes for flutter waves, from the `edge` of each on; False for too little."""
        begin = max(start, self.now - RING + _BEHIND)
        if not self.flutter.clear(begin, end):
            return False
        first = self._state[_FIRST]
        for i in range(first, first + beats):
            slot = i % _DEPTH
            last = start + ((self._beats[_EACH * slot + 2] - start + 32768) & 0xFFFF) - 32768
            length = (self._beats[_EACH * slot + 2] - self._beats[_EACH * slot + edge]) & 0xFFFF
            # none before the first beat of a signal, and not where the ring has gone on
            if 0 < length < _LONGEST and last - length >= begin - _LONGEST:
                self.flutter.add(self._uv, max(last - length, self.now - RING), last)
        return True

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
    def _gather_beats(self, start: int, end: int) -> int:
        """Bring the beats, latest last, into `SIGNAL`, times from `start` on; their number."""
        known = self._state[_KNOWN]
        n = min(known, _DEPTH)
        beats = 0
        for i in range(known - n, known):
            slot = i % _DEPTH
            r = (self._beats[_EACH * slot] - start) & 0xFFFF
            if r < end - start:
                if not beats:
                    self._state[_FIRST] = i
                SIGNAL[_R + beats] = r
                # a stretch may begin before the window, and no wave is seen at its edges
                for edge in range(2):
                    SIGNAL[_SPANS + 2 * beats + edge] = (
                        r
                        - ((self._beats[_EACH * slot] - self._beats[_EACH * slot + 1 + edge]) & 0xFFFF)
                        + (-_UNSEEN if edge else _UNSEEN)
                    )
                beats += 1
        return beats

    @micropython.native
    def _gather_waves(self, start: int, beats: int) -> int:
        """Bring the waves of one direction into `SIGNAL`, but for small ones; their number."""
        first = self._state[_FIRST]
        total = 0
        for i in range(first * _EACH, (first + beats) * _EACH):
            total += self._heights[i % (_DEPTH * _EACH)]
        sign = 1 if total >= 0 else -1
        for k in range(beats):
            SHAPE[_SORTED + k] = 0
            for i in range(_EACH):
                height = sign * self._heights[(first + k) % _DEPTH * _EACH + i]
                SHAPE[_SORTED + k] = max(SHAPE[_SORTED + k], height)
        least = max(_MIN_UV, _middle(_SORTED, beats) * _SMALL_Q8 >> 8)
        waves = 0
        for i in range(first * _EACH, (first + beats) * _EACH):
            at = i % (_DEPTH * _EACH)
            time = (self._at[at] - start) & 0xFFFF
            height = sign * self._heights[at]
            if height >= least and time < 32768 and waves < _MOST_WAVES:
                SIGNAL[_TIMES + waves] = time
                SIGNAL[_HEIGHTS + waves] = height
                waves += 1
        return waves

    def _judge_conduction(self, waves: int, beats: int, period: int) -> None:
        """Set the flags, now that P waves are followed; `SHAPE` has their positions."""
        positions = SHAPE[3]
        hidden = _count_hidden(waves, beats, positions, period)
        waves_before(SHAPE, _WORDS_OUT, positions, SIGNAL, _R, beats, SIGNAL, _PR)
        blocked = _beats_with_two(waves, beats, period)
        steady_rr = _is_steady(beats)
        known = _sort_distances(beats)
        if known < 3:
            return
        shortest = SHAPE[_SORTED]
        longest = SHAPE[_SORTED + known - 1]
        spread = SHAPE[_SORTED + known - 1 - (known >> 2)] - SHAPE[_SORTED + (known >> 2)]
        dissociated = (
            spread > _STEADY_RANGE
            and longest - shortest >= _WIDE_RANGE
            and (steady_rr or (shortest < _TOO_NEAR and longest * 8 > 5 * period))
        )
        if dissociated and 8 * positions > 9 * beats:
            self.changing = True
            self.flags = RHYTHM_AV_BLOCK_COMPLETE | (RHYTHM_P_WITHOUT_QRS if blocked else 0)
        elif max(blocked, hidden) > 1 and spread > (_SMALL_RANGE if blocked > 1 else _STEADY_RANGE):
            self.changing = True
            self.flags = RHYTHM_AV_BLOCK_SECOND_DEGREE | RHYTHM_P_WITHOUT_QRS
        elif spread <= _STEADY_RANGE and blocked and _are_similar(waves):
            self.flags = RHYTHM_AV_BLOCK_SECOND_DEGREE | RHYTHM_P_WITHOUT_QRS


def _two_waves(n: int) -> int:
    """`_HAS_TWO` where two of the `n` waves in `SHAPE` are as far from each other as flutter waves, else 0."""
    found = 0
    for i in range(1, n):
        if _NEAREST_TWO <= SHAPE[2 * i] - SHAPE[2 * i - 2] <= _FARTHEST_TWO:
            found = _HAS_TWO
    return found


def _middle(first: int, n: int) -> int:
    """Median of `n` >= 1 words of `SHAPE` from `first` on, which it sorts to its begin."""
    for i in range(n):
        SHAPE[i] = SHAPE[first + i]
    sort_words(SHAPE, n)
    return SHAPE[n >> 1]


def _follow(waves: int, beats: int, length: int) -> int:
    """The longest period on which the waves lie, 0 where there is none; `SHAPE` says where the atria beat by it."""
    periods = _list_periods(waves)
    found = 0
    for i in range(periods):
        period = SHAPE[_PERIOD + i]
        if _fits(waves, beats, length, period):
            found = period
            break
    if not found:
        return 0
    # twice the period fits as well where every other P is hidden
    waves_before(SHAPE, _WORDS_OUT, SHAPE[3], SIGNAL, _R, beats, SIGNAL, _PR)
    known = _sort_distances(beats)
    wide = known > 2 and SHAPE[_SORTED + known - 1] - SHAPE[_SORTED] >= _WIDE_RANGE
    if wide and found >= 2 * _SHORTEST_PERIOD and _fits(waves, beats, length, found >> 1):
        return found >> 1
    _fits(waves, beats, length, found)
    return found


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


def _sort_distances(beats: int) -> int:
    """Sort the distances from P to R into `SHAPE`, but for beats without one; how many there are."""
    n = 0
    for i in range(beats):
        if SIGNAL[_PR + i]:
            SHAPE[n + _SORTED] = SIGNAL[_PR + i]
            n += 1
    sort_words(_SORT_VIEW, n)
    return n


def _beats_with_two(waves: int, beats: int, period: int) -> int:
    """How many beats have two waves before them that are a period apart."""
    several = 0
    for k in range(1, beats):
        first = last = 0
        for i in range(waves):
            if SIGNAL[_R + k - 1] < SIGNAL[_TIMES + i] < SIGNAL[_R + k]:
                last = SIGNAL[_TIMES + i]
                first = first or last
        if 5 * (last - first) > 4 * period:
            several += 1
    return several


def _count_hidden(waves: int, beats: int, positions: int, period: int) -> int:
    """How many beats have two of the `positions` in `SHAPE` before them, some hidden in T; 0 if it is not sure.

    Beats after one that came before the atria were due are not counted: an early beat blocks the next P by itself.
    """
    if SHAPE[0] < _SURE_WAVES or SHAPE[1] or SHAPE[0] < waves:
        return 0
    several = 0
    for k in range(1, beats):
        if k > 1 and SIGNAL[_R + k - 1] - SIGNAL[_R + k - 2] < period - (period >> 3):
            continue
        inside = 0
        for i in range(_WORDS_OUT, _WORDS_OUT + positions):
            if SIGNAL[_R + k - 1] < SHAPE[i] < SIGNAL[_R + k]:
                inside += 1
        if inside > 1:
            several += 1
    return several


def _are_similar(waves: int) -> bool:
    """Are waves that are conducted, all at one distance from R, as high as the others? U waves are not."""
    conducted = other = n = m = 0
    for i in range(waves):
        distance = 0
        for k in range(_DEPTH):
            distance = SIGNAL[_R + k] - SIGNAL[_TIMES + i]
            if distance > 0:
                break
        if distance <= SHAPE[_SORTED] + 2 * _SAME:
            conducted += SIGNAL[_HEIGHTS + i]
            n += 1
        else:
            other += SIGNAL[_HEIGHTS + i]
            m += 1
    return n > 0 and m > 0 and 5 * conducted * m <= 7 * other * n and 5 * other * n <= 7 * conducted * m


def _is_steady(beats: int) -> bool:
    """Is RR the same within an eighth?"""
    low = _LONGEST
    high = 0
    for k in range(1, beats):
        rr = SIGNAL[_R + k] - SIGNAL[_R + k - 1]
        low = min(low, rr)
        high = max(high, rr)
    return 8 * (high - low) <= high


#: Parts of the work memory as kernels take them.
_SPAN_VIEW: "array[int]" = SIGNAL[_SPANS : _SPANS + 2 * _DEPTH]
_SORT_VIEW: "array[int]" = SHAPE[_SORTED : _SORTED + _DEPTH]
