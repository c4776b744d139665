"""Respiration rate from the modulation of the pulse wave: of its baseline and of its amplitude."""

from array import array

from micropython import const

from ...kernels import correlate, find_period, normalise, smooth_breath
from ...wire_gen import REASON_INCONSISTENT, REASON_NOISE, REASON_OUT_OF_RANGE, REASON_UNCERTAIN
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
#: Values summed to one of the breath signals (4.17/s), and the number of those in 32 s.
FOLD = const(6)
WINDOW = const((_VALUE_RATE_HZ * 32 + FOLD) // FOLD)
_SMOOTHED = const(WINDOW - 4)
#: Values a breath signal needs before it is free of the start (3.4 s).
SETTLE = const((_VALUE_RATE_HZ * 3400 // 1000) // FOLD)
#: Lags of 83 and 5.8 a minute: what is left of the pulse must be seen for what it is.
_MIN_LAG = const(3)
_MAX_LAG = const(43)
#: Ratio (Q8) to the highest peak from which on a shorter period is the true one.
_SHORTER_Q8 = const(90)
#: Rate (0.1/min) times period (Q8 breath values); limits of the rate (0.1/min).
_RATE_X10_PERIOD_Q8 = const(_VALUE_RATE_HZ * 600 * 256 // FOLD)
_MIN_RATE_X10 = const(60)
_MAX_RATE_X10 = const(400)
#: Correlation (Q10) that shows a breath in both signals together, and in one single.
_TOGETHER_Q10 = const(280)
_SINGLE_Q10 = const(450)
#: Difference of the signals up to which they agree: 0.1/min, and percent.
_MAX_DIFFERENCE_X10 = const(20)
_MAX_DIFFERENCE_PERCENT = const(15)


class Modulation:
    """One thing that breath modulates: 32 s of it and its autocorrelation."""

    def __init__(self) -> None:
        self._ring = array("h", [0] * WINDOW)
        self.curve = array("i", [0] * (_MAX_LAG + 2))
        self.rate = 0
        self.strength = 0

    def fold(self, index: int, sums: int) -> None:
        """Put a breath value, the sum of `FOLD` values, into the ring at `index`."""
        self._ring[index] = max(-32767, min(32767, sums // FOLD))

    @works_in("SIGNAL")
    def find(self, index: int) -> None:
        """Rate (0.1/min, 0: none) and strength (Q10) of the ring that begins at `index`."""
        # a mean of three twice removes what is left of the pulse
        smooth_breath(self._ring, index, WINDOW, _SMOOTHED, SIGNAL)
        normalise(SIGNAL, _SMOOTHED)
        correlate(SIGNAL, _SMOOTHED, _MIN_LAG - 1, _MAX_LAG + 1, self.curve)
        self.rate, self.strength = read(self.curve)


def read(curve: "array[int]") -> "tuple[int, int]":
    """Rate (0.1/min, 0: none) and strength (Q10) of an autocorrelation."""
    lag = find_period(curve, _MIN_LAG, _MAX_LAG, _SHORTER_Q8)
    if not lag:
        return 0, 0
    return rounded(_RATE_X10_PERIOD_Q8, refine(curve, lag, _MAX_LAG)), curve[lag]


class Respiration:
    """Two modulations that must agree."""

    def __init__(self) -> None:
        self.baseline = Modulation()
        self.amplitude = Modulation()
        self._count = 0
        self._index = 0
        # sums of baseline and amplitude since the latest breath value, and their number
        self._sums = array("i", bytes(4 * 3))

    def restart(self) -> None:
        """Nothing was added yet."""
        self._sums[0] = self._sums[1] = 0
        self._index = 0
        self.begin()

    def begin(self) -> None:
        """Forget what was: the signal begins."""
        self._count = 0
        self._sums[2] = 0

    def add(self, baseline: int, pulse: int) -> None:
        """Take the baseline and the pulse of a value, 25 a second."""
        sums = self._sums
        sums[0] += baseline
        sums[1] += pulse if pulse > 0 else -pulse
        sums[2] += 1
        if sums[2] == FOLD:
            self.baseline.fold(self._index, sums[0])
            self.amplitude.fold(self._index, sums[1])
            sums[0] = sums[1] = sums[2] = 0
            self._index = (self._index + 1) % WINDOW
            self._count += 1

    @property
    def ready(self) -> bool:
        """Is there a whole window?"""
        return self._count >= WINDOW + SETTLE

    def find(self, out: "Measure") -> None:
        """Set `out` from the latest 32 s with the rate in 0.1/min, 6 to 40/min, or the reason."""
        self.baseline.find(self._index)
        self.amplitude.find(self._index)
        rate, strength = self._read_both()
        base = self.baseline
        amplitude = self.amplitude
        single = not _close(rate, base.rate) and not _close(rate, amplitude.rate)
        split = not _close(base.rate, amplitude.rate) and min(base.strength, amplitude.strength) > _SINGLE_Q10
        if single or split:
            out.refuse(REASON_INCONSISTENT)
        elif strength < _TOGETHER_Q10 or max(base.strength, amplitude.strength) < _SINGLE_Q10:
            out.refuse(REASON_NOISE)
        elif not _MIN_RATE_X10 <= rate <= _MAX_RATE_X10:
            out.refuse(REASON_OUT_OF_RANGE)
        else:
            u95 = self._u95(rate)
            if u95 > RESPIRATION_LIMIT_X10:
                out.refuse(REASON_UNCERTAIN)
            else:
                out.set(rate, min(100, strength * 100 >> 10), 0, u95)

    def _u95(self, rate: int) -> int:
        """Expanded uncertainty of `rate`, both in 0.1/min."""
        period_q8 = _RATE_X10_PERIOD_Q8 // rate
        curve = self.baseline.curve
        half = (period_q8 + 256) >> 9
        return respiration_u95(rate, curve[(period_q8 + 128) >> 8], max(curve[half - 1], curve[half], curve[half + 1]))

    @works_in("SHAPE")
    def _read_both(self) -> "tuple[int, int]":
        """Rate and strength of the mean of both."""
        for lag in range(_MIN_LAG - 1, _MAX_LAG + 2):
            SHAPE[lag] = (self.baseline.curve[lag] + self.amplitude.curve[lag]) >> 1
        return read(SHAPE)


def _close(one: int, other: int) -> bool:
    return one > 0 and other > 0 and abs(one - other) <= max(_MAX_DIFFERENCE_X10, one * _MAX_DIFFERENCE_PERCENT // 100)
