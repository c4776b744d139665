"""What the wearer is doing: strength of movement and regularity of steps."""

from array import array

from micropython import const

from ...kernels import product, ring_mean
from ...wire_gen import (
    ACTIVITY_LIGHT,
    ACTIVITY_RUNNING,
    ACTIVITY_STILL,
    ACTIVITY_VIGOROUS,
    ACTIVITY_WALKING,
)
from ..result import Measure
from .steps import LEVEL_RATE, LEVELS, MASK, PER_S, Steps

#: Seconds looked at.
SPAN_S = const(3)
#: Mean dynamic acceleration (mg) below which nobody moves, from which steps are looked for, from which regular steps
#: are running (by cadence, and whatever the cadence), and from which irregular movement is vigorous; set on SisFall's
#: activities (Sucerquia et al. 2017, Sensors 17:198) and on synthetic gait.
_STILL = const(25)
_STEPPING = const(60)
_RUNNING = const(480)
_HARD_RUNNING = const(800)
_VIGOROUS = const(350)
#: Steps a minute from which, and strides a minute up to which, such movement is running.
_RUNNING_STEPS = const(145)
_RUNNING_STRIDES = const(95)
#: Step periods looked for, in values of |a| at 26/s: 3.7 to 1.2 steps a second.
_SHORTEST = const(7)
_NEAREST = const(3)
_LONGEST = const(21)
#: Autocorrelation (1/1000) from which movement has a cadence.
_REGULAR = const(400)
#: Least variance of |a| (1/16 of squared 0.976 mg): 25 mg; a mere turn leaves nothing but noise in |a|.
_SWING = const(40)
#: How much (1/1000) of it must have come back since the trough before.
_RETURN = const(300)


class Activity:
    """Class of activity once a second from the last 3 s."""

    def restart(self) -> None:
        """Forget what was: the signal begins anew."""
        self.regularity = 0
        self.cadence = 0

    def __init__(self) -> None:
        #: Regularity of steps (1/1000) and steps a minute at the last look.
        self.regularity = 0
        self.cadence = 0
        self._parts = array("i", bytes(4 * 2))

    def find(self, out: "Measure", steps: "Steps") -> None:
        """Set `out` to the activity; at least 3 s of steps must be there."""
        moved = ring_mean(steps.moved, steps.count - SPAN_S * PER_S, steps.count, MASK)
        self.regularity = 0
        self.cadence = 0
        if moved < _STILL:
            out.set(ACTIVITY_STILL, 100 - 50 * moved // _STILL)
            return
        if moved >= _STEPPING:
            self._correlate(steps)
        if self.regularity >= _REGULAR:
            out.set(ACTIVITY_RUNNING if self._runs(moved) else ACTIVITY_WALKING, min(100, self.regularity // 10 + 20))
        elif moved >= _VIGOROUS:
            out.set(ACTIVITY_VIGOROUS, 70)
        else:
            out.set(ACTIVITY_LIGHT, 70)

    def _runs(self, moved: int) -> bool:
        """Running has another cadence than quick walking of the same strength; its strides may be what was found."""
        if moved < _RUNNING:
            return False
        return moved >= _HARD_RUNNING or self.cadence >= _RUNNING_STEPS or self.cadence <= _RUNNING_STRIDES

    def _correlate(self, steps: "Steps") -> None:
        """Greatest autocorrelation of |a| at a step's period."""
        n = SPAN_S * LEVEL_RATE
        first = steps.levels - n
        middle = ring_mean(steps.level, first, first + n, LEVELS - 1)
        whole = self._product(steps, first, n, 0, middle)
        if whole < _SWING * n:
            return
        best_lag = 0
        best = 0
        trough = whole
        for lag in range(_NEAREST, _LONGEST + 1):
            total = self._product(steps, first, n, lag, middle)
            if total < trough:
                trough = total
            # a single bump is like itself at every short lag: only steps come back after a trough
            if lag >= _SHORTEST and total > best and (total - trough) * 1000 >= _RETURN * whole:
                best = total
                best_lag = lag
        if best_lag:
            self.regularity = min(1000, best * 1000 // whole)
            self.cadence = 60 * LEVEL_RATE // best_lag

    def _product(self, steps: "Steps", first: int, n: int, lag: int, middle: int) -> int:
        """Sum of products of |a| with itself `lag` values before, as if there were `n` of them."""
        parts = self._parts
        product(steps.level, first + lag, n - lag, LEVELS - 1, lag, middle, parts)
        return ((parts[0] << 16) + parts[1]) * n // (n - lag)
