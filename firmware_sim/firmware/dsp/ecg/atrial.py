"""Atrial waves between the complexes: P before every beat, P without a complex, and P that beats do not depend on.

Between the end of T and the next complex waves of the width of a P are looked for once a beat. Once a window
`flutter_rhythm.py` looks whether they are flutter waves, and `conduction.py` how complexes stand to them.
"""

from array import array

import micropython
from micropython import const

from ...kernels import atrial_waves
from ...wire_gen import BEAT_KIND_PACED, RHYTHM_ATRIAL_FLUTTER
from ..fixed import isqrt, median
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in
from .conduction import CHANGING, gather_waves
from .conduction import judge as judge_conduction
from .filters import MASK
from .flutter import FLUTTER, FREE
from .flutter_rhythm import FlutterRhythm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Beats looked back on, and waves kept of each.
_DEPTH = const(32)
_EACH = const(4)
#: Where the waves begin behind what is known of the beats.
_WAVES = const(_EACH * _DEPTH)
#: Smallest wave (µV).
_MIN_UV = const(12)
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
#: How far apart two waves are that may be those of flutter (160 to 288 ms).
_NEAREST_TWO = const(_RATE_HZ * 160 // 1000)
_FARTHEST_TWO = const(_RATE_HZ * 288 // 1000)
#: Bits of what is known of a beat: a P, or a pacemaker's; two waves before it as far apart as those of flutter.
_HAS_P = const(1)
_HAS_TWO = const(2)
#: Of a silence: what is looked at (5 s), most waves in it, how large each must be (µV), and how far apart (360 ms).
_SILENCE = const(_RATE_HZ * 5)
_IN_SILENCE = const(16)
_CLEAR_UV = const(24)
_SHORTEST_PERIOD = const(_RATE_HZ * 360 // 1000)
#: Samples at the edges of a stretch where no wave is seen.
_UNSEEN = const(8)
#: Beats of the last ones that must have the same distance, and at least at the beginning.
_RECENT = const(8)
_AGREEING = const(5)
_FEWEST = const(3)
#: Intervals from P to P that must be the same within a sixteenth, of the last eight.
_IN_TIME = const(5)
#: Of `SIGNAL`: spans (begin, end), R.
_SPANS = const(128)  # dsp.ecg.atrial_period: _SPANS
_R = const(192)  # dsp.ecg.conduction: _R
#: Indices of the state, behind the last intervals from P to P: beats known, R and end of T of the latest one.
_KNOWN = const(_RECENT)
_LAST_R = const(_RECENT + 1)
_LAST_T = const(_RECENT + 2)
#: The last wave before the latest beat, 0 for none; intervals from P to P ever taken.
_LAST_P = const(_RECENT + 3)
_INTERVALS = const(_RECENT + 4)
#: The first beat of the window that is judged.
_FIRST = const(_RECENT + 5)
#: End of the latest QRS.
_LAST_QRS = const(_RECENT + 6)
#: Whether P waves went on in the latest silence.
_SILENT_P = const(_RECENT + 7)
#: The first beat from which on none is lacking.
_WHOLE = const(_RECENT + 8)
_STATE = const(_RECENT + 9)
#: What `AtrialWaves.add` says of a beat; and that no recent one has a P.
CONDUCTED = const(1)
IN_TIME = const(2)
NO_P = const(4)


class AtrialWaves:
    """Waves before the latest beats; what they say of a window stands in its attributes after `judge`."""

    def __init__(self, uv: "array[int]") -> None:
        self._uv = uv
        # of each beat: R, begin and end of the stretch before it, end of the QRS before; then waves; of each the low
        # 16 bits
        self._beats = array("H", bytes(4 * _EACH * _DEPTH))
        self._heights = array("h", bytes(2 * _EACH * _DEPTH))
        # of each beat what is known of it, then how far P is from R, 0 for none
        self._facts = bytearray(2 * _DEPTH)
        self.flutter = FlutterRhythm(uv, self._beats, self._facts)
        self._state = array("i", bytes(4 * _STATE))
        #: The sample before which the signal is known.
        self.now = 0
        #: Flags of the rhythm that was judged, and whether PR changes in it.
        self.flags = 0
        self.changing = False
        #: Whether the atria beat regularly, as far as is known.
        self.regular = False

    def forget(self) -> None:
        """Know no beats and say nothing."""
        self.say_nothing()
        for i in range(_STATE):
            self._state[i] = 0

    @works_in("SHAPE")
    @micropython.native
    def add(self, beat: "Beat", uv: "array[int]", lacks_one: bool) -> int:
        """Take the next beat; `CONDUCTED` if it has a P as far from R as the last ones have, `IN_TIME` if not early.

        Where the signal `lacks_one` before it, those before say nothing of how the next ones are conducted.
        """
        state = self._state
        slot = state[_KNOWN] % _DEPTH
        end = (beat.r - _ONSET if beat.qrs_on is None else beat.qrs_on) - _BEFORE_QRS
        begin = end
        if state[_KNOWN]:
            begin = max(self._t_end(beat.r - state[_LAST_R]) + _AFTER_T, beat.r - _LONGEST)
        n = atrial_waves(uv, MASK, begin, end, _MIN_UV, _EACH, SHAPE)
        for i in range(_EACH):
            self._beats[_WAVES + slot * _EACH + i] = SHAPE[2 * i] & 0xFFFF if i < n else 0
            self._heights[slot * _EACH + i] = max(-32768, min(SHAPE[2 * i + 1], 32767)) if i < n else 0
        self._beats[_EACH * slot] = beat.r & 0xFFFF
        self._beats[_EACH * slot + 1] = begin & 0xFFFF
        self._beats[_EACH * slot + 2] = end & 0xFFFF
        self._beats[_EACH * slot + 3] = (state[_LAST_QRS] if state[_KNOWN] else end) & 0xFFFF
        # a pacemaker beats beside flutter as beside any other rhythm: T and its own P come as regularly
        has_p = beat.p_peak is not None or beat.kind == BEAT_KIND_PACED
        self._facts[slot] = (_HAS_P if has_p else 0) | _two_waves(n)
        distance = beat.r - SHAPE[2 * n - 2] if n else 0
        self._facts[_DEPTH + slot] = distance if _NEAREST <= distance <= _FARTHEST else 0
        interval = self._interval(n)
        if lacks_one:
            state[_WHOLE] = state[_KNOWN]
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
        usual = median(state, known, SHAPE) if known else 0
        same = 0
        for i in range(known):
            if abs(state[i] - usual) << 4 <= usual:
                same += 1
        if interval:
            state[state[_INTERVALS] % _RECENT] = interval
            state[_INTERVALS] += 1
        if not self._facts[_DEPTH + slot]:
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
        own = self._facts[_DEPTH + slot]
        known = min(_RECENT, self._state[_KNOWN])
        same = 0
        for i in range(known):
            if abs(self._facts[_DEPTH + (slot - i) % _DEPTH] - own) <= _SAME:
                same += 1
        return own > 0 and same >= min(_AGREEING, max(_FEWEST, known - 1))

    def say_nothing(self) -> None:
        """The window says nothing of conduction."""
        self.flags = 0
        self.changing = False
        self.regular = False
        self.flutter.free = self.flutter.may_hide = False

    @works_in("SHAPE")
    def has_p_in_silence(self, until: int) -> bool:
        """Do P waves go on after the latest beat, which is a while before sample `until`?"""
        state = self._state
        silence = until - state[_LAST_R]
        if silence < 2 * _SHORTEST_PERIOD:
            # the beat that ended it is known already
            return state[_SILENT_P] > 0
        begin = max(self._t_end(silence) + _AFTER_T, until - _SILENCE)
        state[_SILENT_P] = 0
        n = atrial_waves(self._uv, MASK, begin, until - _ONSET, _CLEAR_UV, _IN_SILENCE, SHAPE)
        if n < _FEWEST:
            return False
        shortest = _SILENCE
        longest = 0
        for i in range(1, n):
            interval = SHAPE[2 * i] - SHAPE[2 * i - 2]
            shortest = min(shortest, interval)
            longest = max(longest, interval)
        if shortest >= _SHORTEST_PERIOD and 4 * (longest - shortest) <= longest:
            state[_SILENT_P] = 1
            return True
        return False

    @works_in("SIGNAL", "SHAPE")
    def judge(self, start: int, end: int) -> None:
        """Say how the beats from sample `start` to before `end` are conducted."""
        before = FLUTTER if self.flags == RHYTHM_ATRIAL_FLUTTER else FREE if self.flutter.free else 0
        was_regular = self.regular
        self.say_nothing()
        beats = self._gather_beats(start, end)
        # so few say neither this nor the contrary
        self.regular = was_regular and beats < _AGREEING
        first = self._state[_FIRST]
        if self.flutter.is_possible(first, beats):
            if self.flutter.is_there(start, end, first, beats, self.now, before):
                self.flags = RHYTHM_ATRIAL_FLUTTER
                self.regular = True
                return
            # its signal took the place of the beats
            beats = self._gather_beats(start, end)
        waves = gather_waves(self._beats, self._heights, first, beats, start)
        found = judge_conduction(waves, beats, end - start)
        self.flags = found & ~CHANGING
        self.regular = self.regular or found > 0
        self.changing = found >= CHANGING

    @micropython.native
    def _gather_beats(self, start: int, end: int) -> int:
        """Bring the beats, latest last, into `SIGNAL`, times from `start` on; their number."""
        known = self._state[_KNOWN]
        beats = 0
        for i in range(max(known - _DEPTH, self._state[_WHOLE]), known):
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


def _two_waves(n: int) -> int:
    """`_HAS_TWO` where two of the `n` waves in `SHAPE` are as far from each other as flutter waves, else 0."""
    found = 0
    for i in range(1, n):
        if _NEAREST_TWO <= SHAPE[2 * i] - SHAPE[2 * i - 2] <= _FARTHEST_TWO:
            found = _HAS_TWO
    return found
