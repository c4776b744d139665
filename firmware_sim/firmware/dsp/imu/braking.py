"""Hard braking: a lasting horizontal pull while the attitude stays.

Thresholds are chosen, not published. They keep false alarms in SisFall's daily life (odd subjects, one trial of each
activity) to 4 in 2.4 h, at the price of missing the 12 aggressive brakings of a car in the Driver Behavior Dataset
(trips 17 and 21; 0.29 to 0.50 g over 0.5 s). 0.45 g finds 6 of them, with 12 false alarms. No set has braking riders.
"""

from micropython import const

from ..fixed import isqrt
from .steps import MASK, PER_S, SIZE, Attitude, Steps, Y

#: Horizontal acceleration (mg) of hard braking, and when it is over.
_PULL = const(600)
_OVER = const(300)
_FULL = const(1000)
#: Steps it must last (0.5 s), and steps after its end in which a blow makes it part of something greater.
_LASTING = const(4)
_WAIT = const(24)
#: Greatest length (2 s): what lasts longer is a tilt.
_LONGEST = const(16)
#: Vertical acceleration (mg) while braking: a tilt has less, a jump or a fall more or less.
_VERTICAL_LEAST = const(800)
_VERTICAL_MOST = const(1300)
#: Peak (mg) of a step that is a blow or a footfall.
_BLOW = const(2000)
#: Rotation (0.1 degrees) over the braking that makes it a turn of the body.
_TURNED = const(350)
#: Cosine (1/1000) of 18°, the attitude's greatest change; sine of 45°: riders sit or stand.
_KEPT = const(950)
_UPRIGHT = const(707)


class Brakes:
    """Finds hard braking; the last find is in `index` (its middle) and `peak` (mg, horizontal)."""

    def __init__(self) -> None:
        self.index = 0
        self.peak = 0
        self._attitude = Attitude()
        self._later = Attitude()
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
        return 1 if self.peak >= _FULL else 0

    def look(self, steps: "Steps", gait: bool) -> bool:
        """Take the newest step; True when braking ended `_WAIT` steps ago without anything worse."""
        at = steps.count - 1
        if gait or steps.peak[at & MASK] >= _BLOW:
            self._run = 0
            self._wait = 0
            return False
        if self._wait:
            self._wait -= 1
            if not self._wait:
                return self._kept_attitude(steps)
        if at < 4 * PER_S:
            return False
        if not self._run and not self._wait:
            self._attitude.take(steps, at - 3 * PER_S, at - PER_S // 2)
        self._follow(steps, at)
        return False

    def _kept_attitude(self, steps: "Steps") -> bool:
        self._later.take(steps, steps.count - PER_S, steps.count)
        return self._attitude.cosine(self._later) >= _KEPT

    def _follow(self, steps: "Steps", at: int) -> None:
        pull = self._pull(steps, at)
        if pull >= _PULL:
            if not self._run:
                self.peak = 0
                self._turned = 0
            self._run += 1
            self._turned += steps.turned[at & MASK]
            if pull > self.peak:
                self.peak = pull
                self.index = steps.peak_at[at & MASK]
            return
        if pull < _OVER and _LASTING <= self._run <= _LONGEST and self._turned < _TURNED:
            self._wait = _WAIT
        if self._run and (pull < _OVER or self._run > _LONGEST):
            self._run = 0

    def _pull(self, steps: "Steps", at: int) -> int:
        """Horizontal acceleration (mg) of a step; 0 where the vertical is not about 1 g."""
        k = at & MASK
        x = steps.x[k]
        y = steps.y[k]
        z = steps.z[k]
        up = self._attitude.along(x, y, z)
        mean = self._attitude.mean
        if mean[Y] * 1000 < _UPRIGHT * mean[SIZE] or not _VERTICAL_LEAST <= up <= _VERTICAL_MOST:
            return 0
        return isqrt(max(0, x * x + y * y + z * z - up * up))
