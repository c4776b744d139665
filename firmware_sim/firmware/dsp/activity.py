"""What the wearer is doing: strength of movement and regularity of steps."""

from ..wire_gen import (
    ACTIVITY_LIGHT,
    ACTIVITY_RUNNING,
    ACTIVITY_STILL,
    ACTIVITY_VIGOROUS,
    ACTIVITY_WALKING,
)
from .imu_steps import LEVEL_RATE, LEVELS, PER_S, Steps, mean
from .result import Measure

TYPE_CHECKING = False

#: Seconds looked at.
SPAN_S = 3
#: Mean dynamic acceleration (mg) below which nobody moves, from which steps are looked for, from which regular steps
#: are running, and from which irregular movement is vigorous; set on SisFall's activities and on synthetic gait.
_STILL = 25
_STEPPING = 60
_RUNNING = 480
_VIGOROUS = 350
#: Step periods looked for, in values of |a| at 26/s: 3.7 to 1.2 steps a second.
_SHORTEST = 7
_LONGEST = 21
#: Autocorrelation (1/1000) from which movement has a cadence.
_REGULAR = 400


class Activity:
    """Class of activity once a second from the last 3 s."""

    def __init__(self) -> None:
        #: Regularity of steps (1/1000) and steps a minute at the last look.
        self.regularity = 0
        self.cadence = 0

    def find(self, out: "Measure", steps: "Steps") -> None:
        """Set `out` to the activity; at least 3 s of steps must be there."""
        moved = mean(steps.moved, steps.count - SPAN_S * PER_S, steps.count)
        self.regularity = 0
        self.cadence = 0
        if moved < _STILL:
            out.set(ACTIVITY_STILL, 100 - 50 * moved // _STILL)
            return
        if moved >= _STEPPING:
            self._correlate(steps)
        if self.regularity >= _REGULAR:
            out.set(ACTIVITY_RUNNING if moved >= _RUNNING else ACTIVITY_WALKING, min(100, self.regularity // 10 + 20))
        elif moved >= _VIGOROUS:
            out.set(ACTIVITY_VIGOROUS, 70)
        else:
            out.set(ACTIVITY_LIGHT, 70)

    def _correlate(self, steps: "Steps") -> None:
        """Greatest autocorrelation of |a| at a step's period."""
        level = steps.level
        n = SPAN_S * LEVEL_RATE
        first = steps.levels - n
        middle = 0
        for i in range(first, first + n):
            middle += level[i & (LEVELS - 1)]
        middle //= n
        whole = 0
        for i in range(first, first + n):
            value = (level[i & (LEVELS - 1)] - middle) >> 2
            whole += value * value
        best_lag = 0
        best = 0
        for lag in range(_SHORTEST, _LONGEST + 1):
            total = 0
            for i in range(first + lag, first + n):
                total += ((level[i & (LEVELS - 1)] - middle) >> 2) * ((level[(i - lag) & (LEVELS - 1)] - middle) >> 2)
            total = total * n // (n - lag)
            if total > best:
                best = total
                best_lag = lag
        if best_lag and whole > 0:
            self.regularity = min(1000, best * 1000 // whole)
            self.cadence = 60 * LEVEL_RATE // best_lag
