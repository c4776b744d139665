"""Blows: what came before and after one tells what happened.

Every step (1/8 s) that is the greatest within a second is looked at again 3 s later, when posture and movement after it
are known. Thresholds on |a| follow Bourke et al. 2007 (Gait & Posture 26: lower and upper fall thresholds on the trunk)
in kind: a dip towards weightlessness, then a peak; their values, and those of posture and stillness, were set on half
of the subjects of SisFall (Sucerquia et al. 2017, Sensors 17:198). Those of potholes, drops and severities
are chosen, and checked on made-up motion only.
"""

from micropython import const

from ...kernels import ring_max, ring_mean, ring_min
from ...wire_gen import EVENT_KIND_ACCIDENT, EVENT_KIND_DROP, EVENT_KIND_FALL, EVENT_KIND_IMPACT, EVENT_KIND_POTHOLE
from ..fixed import isqrt
from .steps import MASK, Attitude, Steps, X, Y, Z

#: Steps: seen before and after a blow, and within which it must be the greatest.
BEFORE = const(20)
AFTER = const(24)
_ALONE = const(8)
_SETTLED = const(12)
#: Steps after which a hard blow that was not followed by calm is looked at again (6 s), and length of that calm.
_LATER = const(48)
_CALM_STEPS = const(16)
#: Steps after an event in which further blows belong to it (4 s).
_SAME = const(32)
#: Least peak (mg) of a fall, of an impact, of an accident, of a pothole; and greatest of a pothole.
_FALL_PEAK = const(2500)
_IMPACT_PEAK = const(4000)
_ACCIDENT_PEAK = const(6000)
_POTHOLE_PEAK = const(2000)
_POTHOLE_MOST = const(4000)
#: |a| (mg) of the dip before a fall's blow.
_DIP = const(900)
#: Cosine (1/1000) of the least change of attitude in a fall.
_TILTED = const(800)
#: Mean dynamic acceleration (mg) below which the wearer lies still, and the device itself.
_CALM = const(160)
_DEAD = const(15)
#: Weightless samples of a dropped device (0.25 s: 31 cm).
_FLOAT = const(26)
#: Rotation (0.1 degrees) of a tumble: more than any fall to the ground needs.
_TUMBLE = const(2700)
#: Change of velocity (mg times steps of 1/8 s) within 5/8 s: 8 m/s, more than a fall from standing gives.
_VELOCITY = const(6520)
#: Road vibration before and after a pothole (mg), the blow's share (1/1000) along gravity, tilt it may leave.
_ROAD_LEAST = const(30)
_ROAD_MOST = const(450)
_NEAR = const(3)
_VERTICAL = const(800)
_LEVEL = const(900)
#: Regularity of steps (1/1000) from which blows are footfalls.
_GAIT = const(400)
#: Steps (1/8 s) with half the peak, of 2 s, that make the blow a footfall.
_MANY = const(3)
#: Peaks (mg) from which severity rises by one.
_SEVERITIES = (5000, 8000, 12000)


class Blows:
    """Finds blows and names what happened; the last find is in `kind`, `index`, `peak`, `severity`."""

    def restart(self) -> None:
        """Forget what was: the signal begins anew."""
        self._quiet_until = 0
        self._pending = 0

    def __init__(self) -> None:
        self.kind = 0
        self.index = 0
        self.peak = 0
        self.severity = 0
        self.low = 0
        self.calm = 0
        self.cosine = 1000
        self.turned = 0
        self.floated = 0
        self.velocity = 0
        self._before = Attitude()
        self._after = Attitude()
        self._quiet_until = 0
        self._pending = 0

    def look(self, steps: "Steps", regularity: int) -> bool:
        """Judge the step `AFTER` steps ago; True when it was an event. `regularity` of gait in 1/1000."""
        if self._pending:
            return self._decide_later(steps)
        at = steps.count - 1 - AFTER
        if at < 1 or at < self._quiet_until:
            return False
        peak = steps.peak[at & MASK]
        first = max(0, at - BEFORE)
        if peak < _POTHOLE_PEAK or not self._is_greatest(steps, at, first, _ALONE):
            return False
        self._measure(steps, at, first, peak)
        self.index = steps.peak_at[at & MASK]
        if self._is_footfall(steps, at, first):
            return False
        if self._is_hard() and self.calm > _CALM:
            self._pending = at
            return False
        self.kind = self._decide(steps, at, first, regularity)
        if not self.kind:
            return False
        self._quiet_until = at + _SAME
        self._rate()
        return True

    def _is_footfall(self, steps: "Steps", at: int, first: int) -> bool:
        """One blow among many alike that go on afterwards."""
        half = self.peak >> 1
        before = after = 0
        for i in range(first, at - 2):
            before += steps.peak[i & MASK] > half
        for i in range(at + _ALONE, at + 1 + AFTER):
            after += steps.peak[i & MASK] > half
        return after >= _MANY or (before >= _MANY and after >= 1)

    def _is_hard(self) -> bool:
        return self.peak >= _ACCIDENT_PEAK and (self.turned >= _TUMBLE or self.velocity >= _VELOCITY)

    def _decide_later(self, steps: "Steps") -> bool:
        """A hard blow after which nothing was calm yet: an accident when it is by now."""
        if steps.count - 1 - self._pending < _LATER:
            return False
        self.calm = ring_mean(steps.moved, steps.count - _CALM_STEPS, steps.count, MASK)
        self.kind = EVENT_KIND_ACCIDENT if self.calm <= _CALM else EVENT_KIND_IMPACT
        self._quiet_until = self._pending + _SAME
        self._pending = 0
        self._rate()
        return True

    def _is_greatest(self, steps: "Steps", at: int, first: int, reach: int) -> bool:
        peak = steps.peak[at & MASK]
        return (
            ring_max(steps.peak, max(first, at - reach), at, MASK) < peak
            and ring_max(steps.peak, at + 1, min(at + 1 + reach, steps.count), MASK) <= peak
        )

    def _measure(self, steps: "Steps", at: int, first: int, peak: int) -> None:
        self.peak = peak
        self.low = ring_min(steps.low, max(first, at - 8), at + 1, MASK)
        self.calm = ring_mean(steps.moved, at + _SETTLED + 2, at + 1 + AFTER, MASK)
        self._before.take(steps, first, max(first + 1, at - 8))
        self._after.take(steps, at + _SETTLED, at + 1 + AFTER)
        self.cosine = self._before.cosine(self._after)
        self.floated = ring_max(steps.floated, max(first, at - 4), at + 1, MASK)
        self.turned = 0
        for i in range(max(first, at - 4), at + AFTER):
            self.turned += steps.turned[i & MASK]
        self._measure_velocity(steps, at, first)

    def _measure_velocity(self, steps: "Steps", at: int, first: int) -> None:
        """Change of velocity across the blow, gravity as before it until it, as after it from then on."""
        x = y = z = 0
        for i in range(max(first, at - 2), at + 3):
            gravity = self._before.mean if i < at else self._after.mean
            x += steps.x[i & MASK] - gravity[X]
            y += steps.y[i & MASK] - gravity[Y]
            z += steps.z[i & MASK] - gravity[Z]
        self.velocity = isqrt(x * x + y * y + z * z)

    def _decide(self, steps: "Steps", at: int, first: int, regularity: int) -> int:
        if self.floated >= _FLOAT and self.calm <= _DEAD:
            return EVENT_KIND_DROP
        if self.calm <= _CALM:
            if self._is_hard():
                return EVENT_KIND_ACCIDENT
            if self.peak >= _FALL_PEAK and self.low <= _DIP and self.cosine <= _TILTED:
                return EVENT_KIND_FALL
        if regularity >= _GAIT or not self._is_greatest(steps, at, first, AFTER):
            return 0
        if self._is_pothole(steps, at, first):
            return EVENT_KIND_POTHOLE
        return EVENT_KIND_IMPACT if self.peak >= _IMPACT_PEAK else 0

    def _is_pothole(self, steps: "Steps", at: int, first: int) -> bool:
        if self.peak > _POTHOLE_MOST or self.cosine < _LEVEL or at - first < 8:
            return False
        k = at & MASK
        along = self._before.along(steps.peak_x[k], steps.peak_y[k], steps.peak_z[k])
        if abs(along) * 1000 < _VERTICAL * self.peak:
            return False
        return self._is_road(steps, first, at - _NEAR) and self._is_road(steps, at + _NEAR + 1, at + 1 + AFTER)

    def _is_road(self, steps: "Steps", start: int, end: int) -> bool:
        """Vibration that neither stops nor has blows of its own."""
        return (
            ring_min(steps.moved, start, end, MASK) >= _ROAD_LEAST
            and ring_max(steps.moved, start, end, MASK) <= _ROAD_MOST
            and ring_max(steps.peak, start, end, MASK) < 600 + self.peak // 2
        )

    def _rate(self) -> None:
        severity = 0
        for limit in _SEVERITIES:
            if self.peak >= limit:
                severity += 1
        if self.kind == EVENT_KIND_ACCIDENT or self.kind == EVENT_KIND_FALL:
            severity += 1
        if self.kind == EVENT_KIND_ACCIDENT and self.turned >= _TUMBLE:
            severity += 1
        self.severity = min(4, severity)
