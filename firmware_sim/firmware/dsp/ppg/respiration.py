"""Respiration rate from what breath does to the pulses: their baseline and their height."""

from array import array

from micropython import const

from ...kernels import correlate, find_period, normalise, smooth_breath
from ...wire_gen import REASON_INCONSISTENT, REASON_NOISE, REASON_OUT_OF_RANGE
from ..fixed import rounded
from ..scratch import SHAPE, SIGNAL
from .pulse_period import PARTS, refine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Measure

#: Values (25/s) folded to one of the breath signals, 4.17/s, and their number in 32 s.
FOLD = const(6)
WINDOW = const(134)
_SMOOTHED = const(WINDOW - 4)
#: Values a breath signal needs before it is free of the start (3.4 s).
SETTLE = const(14)
#: Lags of 83 and 5.8 a minute: what is left of the pulse must be seen for what it is.
_LOW = const(3)
_HIGH = const(43)
#: Share (of 256) of the highest peak at which a shorter period is the true one.
_SHORTER = const(90)
#: A tenth of a breath a minute times the period in 1/256 value.
_RATE = 25 * 600 * PARTS // FOLD
_SLOWEST = const(60)
_FASTEST = const(400)
#: Correlation (of 1024) that shows a breath in both signals together, and in one alone.
_TOGETHER = const(280)
_ALONE = const(450)
#: Tenths of a breath a minute, and percent, by which the signals may differ.
_AGREE = const(20)
_AGREE_PERCENT = const(15)


class Mode:
    """One thing that breath modulates: 32 s of it and its autocorrelation."""

    def __init__(self) -> None:
        self._ring = array("h", [0] * WINDOW)
        self.curve = array("i", [0] * (_HIGH + 2))
        self.rate = 0
        self.strength = 0

    def fold(self, place: int, gathered: int) -> None:
        """Put a breath value, the sum of `FOLD` values, into the ring at `place`."""
        self._ring[place] = max(-32767, min(32767, gathered // FOLD))

    def find(self, place: int) -> None:
        """Rate (0.1/min, 0: none) and strength (1/1024) of the ring that begins at `place`."""
        # a mean of three twice rids it of what is left of the pulse
        smooth_breath(self._ring, place, WINDOW, _SMOOTHED, SIGNAL)
        normalise(SIGNAL, _SMOOTHED)
        correlate(SIGNAL, _SMOOTHED, _LOW - 1, _HIGH + 1, self.curve)
        self.rate, self.strength = read(self.curve)


def read(curve: "array[int]") -> "tuple[int, int]":
    """Rate (0.1/min, 0: none) and strength (1/1024) of an autocorrelation."""
    lag = find_period(curve, _LOW, _HIGH, _SHORTER)
    if not lag:
        return 0, 0
    return rounded(_RATE, refine(curve, lag, _HIGH)), curve[lag]


class Respiration:
    """Two modes that must tell the same."""

    def __init__(self) -> None:
        self.baseline = Mode()
        self.height = Mode()
        self._count = 0
        self._place = 0
        # sums of baseline and height since the latest breath value, and their number
        self._gathered = array("i", bytes(4 * 3))

    def restart(self) -> None:
        """Nothing was added yet."""
        self._gathered[0] = self._gathered[1] = 0
        self._place = 0
        self.begin()

    def begin(self) -> None:
        """Forget what was: the signal begins."""
        self._count = 0
        self._gathered[2] = 0

    def add(self, baseline: int, pulse: int) -> None:
        """Take the baseline and the pulse of a value, 25 a second."""
        gathered = self._gathered
        gathered[0] += baseline
        gathered[1] += pulse if pulse > 0 else -pulse
        gathered[2] += 1
        if gathered[2] == FOLD:
            self.baseline.fold(self._place, gathered[0])
            self.height.fold(self._place, gathered[1])
            gathered[0] = gathered[1] = gathered[2] = 0
            self._place = (self._place + 1) % WINDOW
            self._count += 1

    @property
    def ready(self) -> bool:
        """Is there a whole window?"""
        return self._count >= WINDOW + SETTLE

    def find(self, out: "Measure") -> None:
        """Answer from the latest 32 s with the rate in 0.1/min, 6 to 40/min, or the reason."""
        self.baseline.find(self._place)
        self.height.find(self._place)
        for lag in range(_LOW - 1, _HIGH + 2):
            SHAPE[lag] = (self.baseline.curve[lag] + self.height.curve[lag]) >> 1
        rate, strength = read(SHAPE)
        base = self.baseline
        height = self.height
        alone = not _close(rate, base.rate) and not _close(rate, height.rate)
        split = not _close(base.rate, height.rate) and min(base.strength, height.strength) > _ALONE
        if alone or split:
            out.refuse(REASON_INCONSISTENT)
        elif strength < _TOGETHER or max(base.strength, height.strength) < _ALONE:
            out.refuse(REASON_NOISE)
        elif not _SLOWEST <= rate <= _FASTEST:
            out.refuse(REASON_OUT_OF_RANGE)
        else:
            out.set(rate, min(100, strength * 100 >> 10))


def _close(one: int, other: int) -> bool:
    return one > 0 and other > 0 and abs(one - other) <= max(_AGREE, one * _AGREE_PERCENT // 100)
