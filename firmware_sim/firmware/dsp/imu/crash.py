"""After a hard impact: has whoever wears the unit crashed? Judged 1.75 s later, or within 4 s where that is not clear.

A crash leaves its marks at once, however long the slide and the tumble last that a judgement by stillness waits for:
the unit has turned by more than a head does, it points elsewhere, or the speed that it had is gone. What knocks against
a helmet leaves none of them. A helmet that falls from a hand turns, too; it was weightless before, had no speed, and
then lies still.
Limits are chosen by simulated rides of other seeds than those that they are scored on (docs/alarm.md).
"""

from array import array

from micropython import const

from ...kernels import ring_max, ring_mean
from .segments import MASK, SEGMENT_SAMPLES, Attitude

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .segments import Segments

#: What `judge` says: nothing to judge, or not yet; the impact was none that matters; the unit itself fell; a crash.
NOTHING = const(0)
HARMLESS = const(1)
DROPPED = const(2)
CRASHED = const(3)

_RATE_HZ = const(104)  # frontends.imu: RATE_HZ
#: Segments of 1/8 s: until the judgement and, where that is not clear, the last one; of the attitude before (ending
#: half a second before the impact) and after.
_JUDGED_SEGMENTS = const(14)
_LATEST_SEGMENTS = const(32)
_BEFORE_SEGMENTS = const(12)
_GAP_SEGMENTS = const(4)
_AFTER_SEGMENTS = const(4)
#: Cosine (1/1000) of a change of attitude that no rider makes within two seconds: 45 degrees.
_TILTED_COS_X1000 = const(707)
#: Rotation (0.1 degrees) from half a second before the impact to the judgement: more than a look over the shoulder.
_TURNED_X10 = const(1800)
#: Speed (km/h) from which on a loss of half of it means something, and below which nobody rides.
_RIDING_KMH = const(12)
#: Weightless samples of a unit that falls by itself (0.2 s: 20 cm).
_FREE_FALL_SAMPLES = const(_RATE_HZ * 200 // 1000)
#: Mean dynamic acceleration (mg) of a unit that nobody wears.
_STILL_MG = const(20)
#: Peaks (mg) from which on severity is 2, 3 and 4.
_SEVERITIES_MG = (15_000, 40_000, 80_000)
# numbers: first segment after the impact (0: nothing is judged), greatest |a| in mg, weightless samples before it,
# whether the attitude before is known, first segment after the latest impact, also once that is judged (0: none)
_AT = const(0)
_PEAK = const(1)
_FREE_FALL = const(2)
_IS_KNOWN = const(3)
_LATEST_AT = const(4)


class CrashDetector:
    """`notice` an impact, then ask `judge` each step; `peak_mg` and `severity` are of the latest one."""

    def __init__(self, segments: "Segments") -> None:
        self._segments = segments
        self._before = Attitude()
        self._after = Attitude()
        self._numbers = array("i", bytes(4 * 5))

    @property
    def peak_mg(self) -> int:
        """Greatest |a| since the impact, as far as any sensor had it."""
        return self._numbers[_PEAK]

    def peak_of(self, index: int) -> int:
        """Greatest |a| (mg) of the latest impact where sample `index` is of it; 0 where that is of another one."""
        at = self._numbers[_LATEST_AT]
        since = index // SEGMENT_SAMPLES + 1 - at
        return self._numbers[_PEAK] if at and -_GAP_SEGMENTS <= since < _LATEST_SEGMENTS else 0

    @property
    def severity(self) -> int:
        """1 to 4, by the peak."""
        severity = 1
        for limit in _SEVERITIES_MG:
            severity += self._numbers[_PEAK] >= limit
        return severity

    def notice(self, peak_mg: int) -> bool:
        """An impact of that size, now; True where it is the first one, and not one of those that follow it."""
        numbers, segments = self._numbers, self._segments
        if numbers[_AT]:
            numbers[_PEAK] = max(numbers[_PEAK], peak_mg)
            return False
        end = segments.count - _GAP_SEGMENTS
        first = max(0, end - _BEFORE_SEGMENTS)
        numbers[_IS_KNOWN] = end > first
        if end > first:
            self._before.take(segments, first, end)
        numbers[_FREE_FALL] = ring_max(segments.free_fall, max(0, segments.count - _GAP_SEGMENTS), segments.count, MASK)
        numbers[_AT] = numbers[_LATEST_AT] = segments.count + 1
        numbers[_PEAK] = peak_mg
        return True

    def judge(self, before_kmh: "int | None", now_kmh: "int | None") -> int:
        """What the impact was, once, with the speeds before it and now (None: not known)."""
        at, segments = self._numbers[_AT], self._segments
        if segments.count + 1 < self._numbers[_LATEST_AT]:
            self._numbers[_LATEST_AT] = 0  # the signal began anew, and its samples are counted from there
        if not at:
            return NOTHING
        kmh = before_kmh or 0
        is_riding = kmh >= _RIDING_KMH
        since = segments.count + 1 - at
        if since < 0 or not self._numbers[_IS_KNOWN]:  # samples were lost, and the signal began anew
            verdict = CRASHED if before_kmh is None or is_riding else HARMLESS
        elif since < _JUDGED_SEGMENTS:
            self._take_peak(at - 1)
            return NOTHING
        elif is_riding and now_kmh is not None and 2 * now_kmh <= kmh:
            verdict = CRASHED
        else:
            verdict = self._judge_attitude(at - 1, since, is_riding)
        if verdict != NOTHING:
            self._numbers[_AT] = 0
        return verdict

    def _judge_attitude(self, at: int, since: int, is_riding: bool) -> int:
        """What the motion shows so far; `NOTHING`: what follows will show it."""
        is_late = since >= _LATEST_SEGMENTS
        if since > _JUDGED_SEGMENTS and is_riding and not is_late:
            return NOTHING  # turns of the road tilt a rider, too: only speed counts now
        if not self._is_tilted(at):
            return HARMLESS if is_late else NOTHING
        if is_riding or self._free_fall(at) < _FREE_FALL_SAMPLES:
            return HARMLESS if is_riding and is_late else CRASHED
        if self._is_still():
            return DROPPED
        return CRASHED if is_late else NOTHING

    def _take_peak(self, at: int) -> None:
        """What this sensor has seen of it; one that is at its rail has seen at least that."""
        segments = self._segments
        if segments.count > at:
            latest = segments.peak[(segments.count - 1) & MASK]
            self._numbers[_PEAK] = max(self._numbers[_PEAK], latest)

    def _free_fall(self, at: int) -> int:
        """Weightless samples just before the impact: the segment that has it closes after it was noticed."""
        return max(self._numbers[_FREE_FALL], self._segments.free_fall[at & MASK])

    def _is_still(self) -> bool:
        segments = self._segments
        return ring_mean(segments.moved, segments.count - _AFTER_SEGMENTS, segments.count, MASK) <= _STILL_MG

    def _is_tilted(self, at: int) -> bool:
        """Whether it points elsewhere than before, or turned by much until the first judgement."""
        segments = self._segments
        self._after.take(segments, segments.count - _AFTER_SEGMENTS, segments.count)
        turned = 0
        for i in range(max(0, at - _GAP_SEGMENTS), min(segments.count, at + _JUDGED_SEGMENTS)):
            turned += segments.turned[i & MASK]
        return self._before.cosine(self._after) <= _TILTED_COS_X1000 or turned >= _TURNED_X10
