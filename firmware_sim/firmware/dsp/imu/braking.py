"""Hard braking: a lasting horizontal acceleration while the attitude stays.

Thresholds are chosen, not published. They keep false alarms in SisFall's daily life (odd subjects, one trial of each
activity) to 4 in 2.4 h, at the price of missing the 12 aggressive brakings of a car in the Driver Behavior Dataset
(trips 17 and 21; 0.29 to 0.50 g over 0.5 s). 0.45 g finds 6 of them, with 12 false alarms. No set has braking riders.
"""

from micropython import const

from ..fixed import isqrt
from .segments import MAGNITUDE, MASK, PER_S, Attitude, Segments, Y

#: Horizontal acceleration from which on it is hard braking, under which it is over, and of full braking.
_HARD_MG = const(600)
_OVER_MG = const(300)
_FULL_MG = const(1000)
#: Minimum duration (0.5 s), and segments after its end in which an impact makes it part of a greater event.
_MIN_SEGMENTS = const(4)
_WAIT_SEGMENTS = const(24)
#: Maximum duration (2 s): what lasts longer is a tilt.
_MAX_SEGMENTS = const(16)
#: Vertical acceleration while braking: a tilt has less, a jump or a fall more or less.
_MIN_VERTICAL_MG = const(800)
_MAX_VERTICAL_MG = const(1300)
#: Peak of a segment that is an impact or a footfall.
_IMPACT_MG = const(2000)
#: Rotation (0.1 degrees) over the braking that makes it a turn of the body.
_TURNED_X10 = const(350)
#: Cosine (1/1000) of 18°, the attitude's largest change; sine of 45°: riders sit or stand.
_KEPT_COS_X1000 = const(950)
_UPRIGHT_SIN_X1000 = const(707)


class BrakingDetector:
    """Finds hard braking; the latest event is in `index` (its middle) and `peak` (mg, horizontal)."""

    def __init__(self, work: Attitude) -> None:
        """`work` is overwritten whenever braking is judged."""
        self.index = 0
        self.peak = 0
        self._attitude = Attitude()
        self._later = work
        self._run = 0
        self._turned = 0
        self._wait = 0

    def restart(self) -> None:
        """Forget what was: the signal begins anew."""
        self._run = 0
        self._wait = 0

    @property
    def severity(self) -> int:
        """1 from full braking on dry road (1 g), else 0."""
        return 1 if self.peak >= _FULL_MG else 0

    def update(self, segments: "Segments", gait: bool) -> bool:
        """Take the newest segment; True when braking ended `_WAIT_SEGMENTS` segments ago without anything worse."""
        at = segments.count - 1
        if gait or segments.peak[at & MASK] >= _IMPACT_MG:
            self._run = 0
            self._wait = 0
            return False
        if self._wait:
            self._wait -= 1
            if not self._wait:
                return self._kept_attitude(segments)
        if at < 4 * PER_S:
            return False
        if not self._run and not self._wait:
            self._attitude.take(segments, at - 3 * PER_S, at - PER_S // 2)
        self._follow(segments, at)
        return False

    def finish(self, segments: "Segments") -> bool:
        """The signal has ended: True when braking is over, nothing worse came and attitude is known for 1 s since."""
        waited = _WAIT_SEGMENTS - self._wait
        return bool(self._wait) and waited >= PER_S and self._kept_attitude(segments)

    def _kept_attitude(self, segments: "Segments") -> bool:
        self._later.take(segments, segments.count - PER_S, segments.count)
        return self._attitude.cosine(self._later) >= _KEPT_COS_X1000

    def _follow(self, segments: "Segments", at: int) -> None:
        horizontal = self._horizontal(segments, at)
        if horizontal >= _HARD_MG:
            if not self._run:
                self.peak = 0
                self._turned = 0
            self._run += 1
            self._turned += segments.turned[at & MASK]
            if horizontal > self.peak:
                self.peak = horizontal
                self.index = segments.peak_index(at)
            return
        if horizontal < _OVER_MG and _MIN_SEGMENTS <= self._run <= _MAX_SEGMENTS and self._turned < _TURNED_X10:
            self._wait = _WAIT_SEGMENTS
        if self._run and (horizontal < _OVER_MG or self._run > _MAX_SEGMENTS):
            self._run = 0

    def _horizontal(self, segments: "Segments", at: int) -> int:
        """Horizontal acceleration (mg) of a segment; 0 where the vertical is not about 1 g."""
        k = at & MASK
        x = segments.x[k]
        y = segments.y[k]
        z = segments.z[k]
        up = self._attitude.along(x, y, z)
        mean = self._attitude.mean
        if mean[Y] * 1000 < _UPRIGHT_SIN_X1000 * mean[MAGNITUDE] or not _MIN_VERTICAL_MG <= up <= _MAX_VERTICAL_MG:
            return 0
        return isqrt(max(0, x * x + y * y + z * z - up * up))
