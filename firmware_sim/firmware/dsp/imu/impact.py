"""Impacts: their kind by what came before and after.

Every segment (1/8 s) with the largest peak within a second is judged 3 s later, when posture and movement after it are
known. Thresholds on |a| follow Bourke et al. 2007 (Gait & Posture 26: lower and upper fall thresholds on the trunk)
in kind: a dip towards weightlessness, then a peak; their values, and those of posture and stillness, were set on half
of the subjects of SisFall (Sucerquia et al. 2017, Sensors 17:198). Those of potholes, drops and severities
are chosen, and checked on synthetic motion only.

Where the signal ends earlier, what is there decides, if it shows 1 s of posture and movement after the impact. If it
does not, there is no fall, accident, drop or pothole: an impact, or what has come out of a fall's dip, is an impact.

Impacts of about the same size are judged alike (`repeats.py`): each is an event of its own if they are more than
0.75 s apart, and none is where three others come in the 2.5 s before or after it. A clearly smaller one within 3 s
before or 4 s after belongs to the larger.
"""

from array import array

from micropython import const

from ...kernels import ring_max, ring_mean, ring_min
from ...wire_gen import EVENT_KIND_ACCIDENT, EVENT_KIND_DROP, EVENT_KIND_FALL, EVENT_KIND_IMPACT, EVENT_KIND_POTHOLE
from ..fixed import isqrt
from . import repeats
from .segments import MASK, Attitude, Segments, X, Y, Z

#: Segments seen before and after an impact, those within which there is none as large, and none that is clearly larger,
#: and until posture has settled.
BEFORE_SEGMENTS = const(20)
AFTER_SEGMENTS = const(24)
_LARGEST_SEGMENTS = const(6)
_CLEARLY_LARGEST_SEGMENTS = const(8)
_SETTLED_SEGMENTS = const(12)
#: Segments after which a hard impact that was not followed by calm is judged again (6 s), and length of that calm.
_LATER_SEGMENTS = const(48)
_CALM_SEGMENTS = const(16)
#: Segments after the settling without which posture and movement are not known (1 s).
_SEEN_SEGMENTS = const(8)
#: Segments after an event in which further impacts belong to it (4 s), equal ones after an impact excepted.
_SAME_EVENT_SEGMENTS = const(32)
#: Length of what `repeats.is_impact` keeps, in front of the peak of the latest event.
_KEPT_OF_LAST = const(3)
#: Peak that nothing equals.
_ANY_PEAK_MG = const(1 << 20)
#: Minimum peak of a fall, of an accident, of a pothole; and maximum of a pothole.
_MIN_FALL_MG = const(2500)
_MIN_ACCIDENT_MG = const(6000)
_MIN_POTHOLE_MG = const(2000)
_MAX_POTHOLE_MG = const(4000)
_RATE_HZ = const(104)  # frontends.imu: RATE_HZ
#: |a| of the dip before a fall's impact, at most.
_MAX_DIP_MG = const(900)
#: Cosine (1/1000) of the smallest change of attitude in a fall.
_TILTED_COS_X1000 = const(800)
#: Mean dynamic acceleration up to which the wearer lies still, and the device itself.
_CALM_MG = const(160)
_RESTING_MG = const(15)
#: Weightless samples of a dropped device (0.25 s: 31 cm).
_MIN_FREE_FALL_SAMPLES = const(_RATE_HZ * 250 // 1000)
#: Rotation (0.1 degrees) of a tumble: more than any fall to the ground needs.
_TUMBLE_X10 = const(2700)
#: Change of velocity (mg times segments of 1/8 s) within 5/8 s: 8 m/s, more than a fall from standing gives.
_MIN_VELOCITY_MG_SEGMENTS = const(6520)
#: Road vibration before and after a pothole, segments between it and them; vertical part of the impact, and the cosine
#: of the tilt that it may leave (1/1000).
_MIN_ROAD_MG = const(30)
_MAX_ROAD_MG = const(450)
_NEAR_SEGMENTS = const(3)
_MIN_VERTICAL_X1000 = const(800)
_LEVEL_COS_X1000 = const(900)
#: Regularity of steps (1/1000) from which impacts are footfalls.
_GAIT_X1000 = const(400)
#: Segments (1/8 s) with half the peak, of 2 s, that make the impact a footfall.
_MIN_FOOTFALLS = const(3)
#: Peaks from which severity rises by one.
_SEVERITIES_MG = (5000, 8000, 12000)


class ImpactDetector:
    """Finds impacts and judges their kind; the latest event is in `kind`, `index`, `peak`, `severity`."""

    def restart(self) -> None:
        """Forget what was: the signal begins anew."""
        self._quiet_until = 0
        self._unseen_from = 0
        self._pending = 0
        for k in range(_KEPT_OF_LAST + 1):
            self._last[k] = 0

    def __init__(self) -> None:
        self.kind = 0
        self.index = 0
        self.peak = 0
        self.severity = 0
        self.low = 0
        self.calm = 0
        self.cosine = 1000
        self.turned = 0
        self.free_fall = 0
        self.velocity = 0
        self._before = Attitude()
        self._after = Attitude()
        #: For `is_impact`, then the peak of the latest event.
        self._last = array("i", bytes(4 * (_KEPT_OF_LAST + 1)))
        self._quiet_until = 0
        self._unseen_from = 0
        self._pending = 0

    def update(self, segments: "Segments", regularity: int) -> bool:
        """Judge the segment `AFTER_SEGMENTS` before the newest; True when it was an event. `regularity` in 1/1000."""
        if self._pending:
            return segments.count - 1 - self._pending >= _LATER_SEGMENTS and self._decide_later(segments)
        at = segments.count - 1 - AFTER_SEGMENTS
        if at < 1 or not self._is_candidate(segments, at):
            return False
        first = max(0, at - BEFORE_SEGMENTS)
        self._measure(segments, at, first)
        kind = 0
        if not self._is_footfall(segments, at, first):
            if self._is_hard() and self.calm > _CALM_MG:
                self._pending = at
                return False
            kind = self._mishap()
        return self._report(at, kind or self._decide(segments, at, first, regularity))

    def finish(self, segments: "Segments", regularity: int) -> bool:
        """The signal has ended: judge all segments that wait with what is there; True for an event, then call again."""
        if self._pending:
            return self._decide_later(segments)
        for at in range(max(1, self._unseen_from, segments.count - AFTER_SEGMENTS), segments.count):
            self._unseen_from = at + 1
            if self._is_candidate(segments, at) and self._report(at, self._decide_now(segments, at, regularity)):
                return True
        return False

    def _is_candidate(self, segments: "Segments", at: int) -> bool:
        peak = segments.peak[at & MASK]
        if peak < _MIN_POTHOLE_MG or (at < self._quiet_until and not repeats.equal(peak, self._last[_KEPT_OF_LAST])):
            return False
        first = max(0, at - BEFORE_SEGMENTS)
        return self._is_largest(segments, at, first) and repeats.stands_out(
            segments, at, first, _CLEARLY_LARGEST_SEGMENTS
        )

    def _report(self, at: int, kind: int) -> bool:
        """What segment `at` was, 0 for no event; True when it was one: later impacts of it are none of their own."""
        self.kind = kind
        if not kind:
            return False
        self._quiet_until = at + _SAME_EVENT_SEGMENTS
        alone = kind in (EVENT_KIND_IMPACT, EVENT_KIND_POTHOLE)
        self._last[_KEPT_OF_LAST] = self.peak if alone else _ANY_PEAK_MG
        self._rate()
        return True

    def _is_footfall(self, segments: "Segments", at: int, first: int) -> bool:
        """One impact among many similar ones that go on afterwards."""
        after = self._similar(segments, at + _CLEARLY_LARGEST_SEGMENTS, segments.count)
        return after >= _MIN_FOOTFALLS or (after >= 1 and self._similar(segments, first, at - 2) >= _MIN_FOOTFALLS)

    def _similar(self, segments: "Segments", start: int, end: int) -> int:
        """Segments with more than half the peak."""
        half = self.peak >> 1
        count = 0
        for i in range(start, end):
            count += segments.peak[i & MASK] > half
        return count

    def _is_hard(self) -> bool:
        return self.peak >= _MIN_ACCIDENT_MG and (
            self.turned >= _TUMBLE_X10 or self.velocity >= _MIN_VELOCITY_MG_SEGMENTS
        )

    def _decide_later(self, segments: "Segments") -> bool:
        """A hard impact without calm after it: an accident if it is calm by now."""
        self.calm = ring_mean(segments.moved, segments.count - _CALM_SEGMENTS, segments.count, MASK)
        at = self._pending
        self._pending = 0
        return self._report(at, EVENT_KIND_ACCIDENT if self.calm <= _CALM_MG else EVENT_KIND_IMPACT)

    def _decide_now(self, segments: "Segments", at: int, regularity: int) -> int:
        """Kind of the candidate at `at`, with fewer segments after it than there should be."""
        first = max(0, at - BEFORE_SEGMENTS)
        if segments.count < at + _SETTLED_SEGMENTS + 2 + _SEEN_SEGMENTS:
            return self._decide_unseen(segments, at, first)
        self._measure(segments, at, first)
        kind = 0
        if not self._is_footfall(segments, at, first):
            if self._is_hard() and self.calm > _CALM_MG:
                return EVENT_KIND_IMPACT
            kind = self._mishap()
        return kind or self._decide(segments, at, first, regularity)

    def _decide_unseen(self, segments: "Segments", at: int, first: int) -> int:
        """Kind of a candidate of which nothing is known but what came before: an impact unless it may be a footfall."""
        self._measure_impact(segments, at, first)
        if self._similar(segments, first, at - 2) >= _MIN_FOOTFALLS:
            return 0
        if not repeats.stands_out(segments, at, first, AFTER_SEGMENTS) or repeats.in_series(segments, at):
            return 0
        fallen = self.peak >= _MIN_FALL_MG and self.low <= _MAX_DIP_MG
        return EVENT_KIND_IMPACT if fallen or repeats.is_impact(self._last, at, self.peak) else 0

    def _is_largest(self, segments: "Segments", at: int, first: int) -> bool:
        peak = segments.peak[at & MASK]
        last = min(at + 1 + _LARGEST_SEGMENTS, segments.count)
        return (
            ring_max(segments.peak, max(first, at - _LARGEST_SEGMENTS), at, MASK) < peak
            and ring_max(segments.peak, at + 1, last, MASK) <= peak
        )

    def _measure_impact(self, segments: "Segments", at: int, first: int) -> None:
        self.peak = segments.peak[at & MASK]
        self.index = segments.peak_index(at)
        self.low = ring_min(segments.low, max(first, at - 8), at + 1, MASK)

    def _measure(self, segments: "Segments", at: int, first: int) -> None:
        self._measure_impact(segments, at, first)
        self.calm = ring_mean(segments.moved, at + _SETTLED_SEGMENTS + 2, segments.count, MASK)
        self._before.take(segments, first, max(first + 1, at - 8))
        self._after.take(segments, at + _SETTLED_SEGMENTS, segments.count)
        self.cosine = self._before.cosine(self._after)
        self.free_fall = ring_max(segments.free_fall, max(first, at - 4), at + 1, MASK)
        self.turned = 0
        for i in range(max(first, at - 4), min(at + AFTER_SEGMENTS, segments.count)):
            self.turned += segments.turned[i & MASK]
        self._measure_velocity(segments, at, first)

    def _measure_velocity(self, segments: "Segments", at: int, first: int) -> None:
        """Change of velocity across the impact, gravity as before it until it, as after it from then on."""
        x = y = z = 0
        for i in range(max(first, at - 2), at + 3):
            gravity = self._before.mean if i < at else self._after.mean
            x += segments.x[i & MASK] - gravity[X]
            y += segments.y[i & MASK] - gravity[Y]
            z += segments.z[i & MASK] - gravity[Z]
        self.velocity = isqrt(x * x + y * y + z * z)

    def _mishap(self) -> int:
        """Kind of what was measured, if it is more than an impact, else 0."""
        if self.free_fall >= _MIN_FREE_FALL_SAMPLES and self.calm <= _RESTING_MG:
            return EVENT_KIND_DROP
        if self.calm <= _CALM_MG:
            if self._is_hard():
                return EVENT_KIND_ACCIDENT
            if self.peak >= _MIN_FALL_MG and self.low <= _MAX_DIP_MG and self.cosine <= _TILTED_COS_X1000:
                return EVENT_KIND_FALL
        return 0

    def _decide(self, segments: "Segments", at: int, first: int, regularity: int) -> int:
        """Whether what is no mishap was an impact or a pothole; 0 for neither."""
        if (
            regularity >= _GAIT_X1000
            or not repeats.stands_out(segments, at, first, AFTER_SEGMENTS)
            or repeats.in_series(segments, at)
        ):
            return 0
        # footfalls, each counted once
        half = self.peak >> 1
        if repeats.count_peaks(segments, at + _CLEARLY_LARGEST_SEGMENTS + 1, segments.count, half) >= _MIN_FOOTFALLS:
            return 0
        if self._is_pothole(segments, at, first):
            return EVENT_KIND_POTHOLE
        return EVENT_KIND_IMPACT if repeats.is_impact(self._last, at, self.peak) else 0

    def _is_pothole(self, segments: "Segments", at: int, first: int) -> bool:
        if self.peak > _MAX_POTHOLE_MG or self.cosine < _LEVEL_COS_X1000 or at - first < 8:
            return False
        k = at & MASK
        along = self._before.along(segments.peak_x[k], segments.peak_y[k], segments.peak_z[k])
        if abs(along) * 1000 < _MIN_VERTICAL_X1000 * self.peak:
            return False
        return self._is_road(segments, first, at - _NEAR_SEGMENTS) and self._is_road(
            segments, at + _NEAR_SEGMENTS + 1, segments.count
        )

    def _is_road(self, segments: "Segments", start: int, end: int) -> bool:
        """Vibration that neither stops nor has impacts of its own."""
        return (
            ring_min(segments.moved, start, end, MASK) >= _MIN_ROAD_MG
            and ring_max(segments.moved, start, end, MASK) <= _MAX_ROAD_MG
            and ring_max(segments.peak, start, end, MASK) < 600 + self.peak // 2
        )

    def _rate(self) -> None:
        severity = 0
        for limit in _SEVERITIES_MG:
            if self.peak >= limit:
                severity += 1
        if self.kind == EVENT_KIND_ACCIDENT or self.kind == EVENT_KIND_FALL:
            severity += 1
        if self.kind == EVENT_KIND_ACCIDENT and self.turned >= _TUMBLE_X10:
            severity += 1
        self.severity = min(4, severity)
