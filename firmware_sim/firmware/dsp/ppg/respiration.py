"""Respiration rate from the baseline of the light, which the breath moves.

What is correlated is how it rises and falls within a second, and not its level: slower waves of the vessels, which are
as large as those of the breath, count for less then. Correlations of a minute are averaged, the latest most.
"""

from array import array

import micropython
from micropython import const

from ...kernels import breath_slopes, correlate, find_period, normalise
from ...wire_gen import REASON_NOISE, REASON_OUT_OF_RANGE, REASON_UNCERTAIN
from ..fixed import rounded
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in
from .pulse_period import refine
from .uncertainty import RESPIRATION_LIMIT_X10, respiration_u95

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Measure

_RATE_HZ = const(100)  # frontends.ppg: RATE_HZ
#: Of values, each the sum of four samples.
_VALUE_RATE_HZ = const(_RATE_HZ // 4)
#: Values summed to one of the breath signal (4.17/s), the number of those in 32 s, and of their slopes.
FOLD = const(6)
WINDOW = const((_VALUE_RATE_HZ * 32 + FOLD) // FOLD)
_SLOPES = const(WINDOW - 8)
#: Values a breath signal needs before it is free of the start (3.4 s).
SETTLE = const((_VALUE_RATE_HZ * 3400 // 1000) // FOLD)
#: Lags of 83 and 5.8 a minute: what is left of the pulse must be seen for what it is.
_MIN_LAG = const(3)
_MAX_LAG = const(43)
#: Ratio (Q8) to the highest peak from which on a shorter period is the true one.
_SHORTER_Q8 = const(75)
#: Rate (0.1/min) times period (Q8 breath values); limits of the rate (0.1/min).
_RATE_X10_PERIOD_Q8 = const(_VALUE_RATE_HZ * 600 * 256 // FOLD)
_MIN_RATE_X10 = const(60)
_MAX_RATE_X10 = const(400)
#: Correlation (Q10) that shows a breath.
_PERIODIC_Q10 = const(280)
#: Part of a new correlation in their mean (a power of two), which comes every 4 s.
_NEW_LOG2 = const(2)
# Sum of the baseline since the latest breath value, and how many values it has; breath values, and where the next lies;
# how many correlations the mean has.
_SUM = const(0)
_SUMMED = const(1)
_COUNT = const(2)
_INDEX = const(3)
_MEANS = const(4)
_STATE = const(5)


class Respiration:
    """32 s of the baseline, and the mean of its autocorrelations."""

    def __init__(self) -> None:
        self._ring = array("h", bytes(2 * WINDOW))
        self._curve = array("i", bytes(4 * (_MAX_LAG + 2)))
        self._state = array("i", bytes(4 * _STATE))

    def restart(self) -> None:
        """Nothing was added yet."""
        for i in range(_STATE):
            self._state[i] = 0

    def begin(self) -> None:
        """Forget what was: the signal begins."""
        state = self._state
        state[_COUNT] = state[_SUMMED] = state[_SUM] = state[_MEANS] = 0

    @micropython.native
    def add(self, baseline: int) -> None:
        """Take the baseline of a value, 25 a second."""
        state = self._state
        state[_SUM] += baseline
        state[_SUMMED] += 1
        if state[_SUMMED] == FOLD:
            index = state[_INDEX]
            self._ring[index] = max(-32767, min(32767, state[_SUM] // FOLD))
            state[_SUM] = state[_SUMMED] = 0
            state[_INDEX] = (index + 1) % WINDOW
            state[_COUNT] += 1

    @property
    def ready(self) -> bool:
        """Is there a whole window?"""
        return self._state[_COUNT] >= WINDOW + SETTLE

    def find(self, out: "Measure") -> None:
        """Set `out` from the latest 32 s, and those before, with the rate in 0.1/min, 6 to 40/min, or the reason."""
        self._correlate()
        curve = self._curve
        lag = find_period(curve, _MIN_LAG, _MAX_LAG, _SHORTER_Q8)
        if not lag or curve[lag] < _PERIODIC_Q10:
            out.refuse(REASON_NOISE)
            return
        rate = rounded(_RATE_X10_PERIOD_Q8, refine(curve, lag, _MAX_LAG))
        half = lag >> 1
        # nothing but a breath is opposite to itself after half a period
        contrast = curve[lag] - min(curve[half - 1], curve[half], curve[half + 1]) if lag > _MIN_LAG else 0
        u95 = respiration_u95(rate, contrast)
        if not _MIN_RATE_X10 <= rate <= _MAX_RATE_X10:
            out.refuse(REASON_OUT_OF_RANGE)
        elif u95 > RESPIRATION_LIMIT_X10:
            out.refuse(REASON_UNCERTAIN)
        else:
            out.set(rate, max(0, min(100, contrast * 100 >> 11)), 0, u95)

    @works_in("SIGNAL", "SHAPE")
    def _correlate(self) -> None:
        """Take the autocorrelation of the latest 32 s into the mean."""
        state = self._state
        breath_slopes(self._ring, state[_INDEX], WINDOW, _SLOPES, SIGNAL)
        normalise(SIGNAL, _SLOPES)
        correlate(SIGNAL, _SLOPES, _MIN_LAG - 1, _MAX_LAG + 1, SHAPE)
        curve = self._curve
        shift = min(state[_MEANS], _NEW_LOG2)
        state[_MEANS] = shift + 1
        for lag in range(_MIN_LAG - 1, _MAX_LAG + 2):
            curve[lag] += SHAPE[lag] - curve[lag] >> shift
