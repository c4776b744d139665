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
from .segments import LEVEL_RATE_HZ, LEVELS, MASK, PER_S, Segments

#: Seconds looked at.
SPAN_S = const(3)
#: Mean dynamic acceleration below which nobody moves, from which steps are looked for, from which regular steps
#: are running (by cadence, and whatever the cadence), and from which irregular movement is vigorous; set on SisFall's
#: activities (Sucerquia et al. 2017, Sensors 17:198) and on synthetic gait.
_STILL_MG = const(25)
_STEPPING_MG = const(60)
_RUNNING_MG = const(480)
_HARD_RUNNING_MG = const(800)
_VIGOROUS_MG = const(350)
#: Steps a minute from which, and strides a minute up to which, such movement is running.
_MIN_RUNNING_STEPS_PER_MIN = const(145)
_MAX_RUNNING_STRIDES_PER_MIN = const(95)
#: Lags of step periods in values of |a| at 26/s, 3.7 to 1.2 steps a second; lag from which on a trough is looked for.
_MIN_LAG = const(7)
_TROUGH_LAG = const(3)
_MAX_LAG = const(21)
#: Autocorrelation (1/1000) from which movement has a cadence.
_REGULAR_X1000 = const(400)
#: Minimum variance of |a| (1/16 of squared 0.976 mg): 25 mg; a mere turn leaves nothing but noise in |a|.
_MIN_VARIANCE = const(40)
#: How much of it (1/1000) the peak must be above the trough before.
_MIN_RISE_X1000 = const(300)


class Activity:
    """Class of activity once a second from the last 3 s."""

    def restart(self) -> None:
        """Forget what was: the signal begins anew."""
        self.regularity = 0
        self.cadence = 0

    def __init__(self) -> None:
        #: Regularity of steps (1/1000) and steps a minute of the latest second.
        self.regularity = 0
        self.cadence = 0
        self._parts = array("i", bytes(4 * 2))

    def find(self, out: "Measure", segments: "Segments") -> None:
        """Set `out` to the activity; at least 3 s of segments must be there."""
        moved = ring_mean(segments.moved, segments.count - SPAN_S * PER_S, segments.count, MASK)
        self.regularity = 0
        self.cadence = 0
        if moved < _STILL_MG:
            out.set(ACTIVITY_STILL, 100 - 50 * moved // _STILL_MG)
            return
        if moved >= _STEPPING_MG:
            self._correlate(segments)
        if self.regularity >= _REGULAR_X1000:
            out.set(ACTIVITY_RUNNING if self._runs(moved) else ACTIVITY_WALKING, min(100, self.regularity // 10 + 20))
        elif moved >= _VIGOROUS_MG:
            out.set(ACTIVITY_VIGOROUS, 70)
        else:
            out.set(ACTIVITY_LIGHT, 70)

    def _runs(self, moved: int) -> bool:
        """Running has another cadence than quick walking of the same strength; its strides may be what was found."""
        if moved < _RUNNING_MG:
            return False
        return (
            moved >= _HARD_RUNNING_MG
            or self.cadence >= _MIN_RUNNING_STEPS_PER_MIN
            or self.cadence <= _MAX_RUNNING_STRIDES_PER_MIN
        )

    def _correlate(self, segments: "Segments") -> None:
        """Largest autocorrelation of |a| at a step's period."""
        n = SPAN_S * LEVEL_RATE_HZ
        first = segments.levels - n
        middle = ring_mean(segments.level, first, first + n, LEVELS - 1)
        variance = self._product(segments, first, n, 0, middle)
        if variance < _MIN_VARIANCE * n:
            return
        best_lag = 0
        best = 0
        trough = variance
        for lag in range(_TROUGH_LAG, _MAX_LAG + 1):
            total = self._product(segments, first, n, lag, middle)
            if total < trough:
                trough = total
            # a single bump is like itself at every short lag: only steps come back after a trough
            if lag >= _MIN_LAG and total > best and (total - trough) * 1000 >= _MIN_RISE_X1000 * variance:
                best = total
                best_lag = lag
        if best_lag:
            self.regularity = min(1000, best * 1000 // variance)
            self.cadence = 60 * LEVEL_RATE_HZ // best_lag

    def _product(self, segments: "Segments", first: int, n: int, lag: int, middle: int) -> int:
        """Sum of products of |a| with itself `lag` values before, as if there were `n` of them."""
        parts = self._parts
        product(segments.level, first + lag, n - lag, LEVELS - 1, lag, middle, parts)
        return ((parts[0] << 16) + parts[1]) * n // (n - lag)
