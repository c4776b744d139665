"""Pulse rate from eight seconds of infrared pulses."""

from array import array

from micropython import const

from ...kernels import correlate, find_period, normalise, ring_peak_to_peak, unroll
from ...wire_gen import REASON_LOW_PERFUSION, REASON_MOTION, REASON_NO_SIGNAL, REASON_NOISE, REASON_OUT_OF_RANGE
from ..fixed import rounded
from ..scratch import SIGNAL
from .channel import MASK, PULSE_DELAY, UNIT
from .pulse_beats import PulseBeats
from .pulse_period import PARTS, refine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Measure
    from .channel import Light

#: Values of a window (8 s at 25/s) and the fewest (5 s) that give an answer.
WINDOW = const(200)
LEAST = const(125)
#: Lags of 250 and 24 a minute.
_LOW = const(6)
_HIGH = const(61)
#: Share (of 256) of the highest peak at which a shorter period is the true one: twice the period repeats, too, and
#: half a period, where the second wave of a pulse lies, reaches less.
_SHORTER = const(179)
#: A tenth of a beat a minute times the period in 1/256 value.
_RATE = 25 * 600 * PARTS
_SLOWEST = const(250)
_FASTEST = const(2400)
#: Correlation (of 1024) of a signal that is a pulse, of one that is a pulse if its upstrokes agree, of one that is so
#: whatever its upstrokes say, and of one that can be trusted while the wearer moves.
_PERIODIC = const(560)
_HARDLY = const(300)
_CERTAIN = const(768)
_THROUGH_MOTION = const(700)
#: Percent by which period and upstrokes may differ, and the likeness of upstrokes that stand for themselves.
_AGREE = const(10)
_ALIKE = const(75)
_RATHER_ALIKE = const(60)
#: Least distance of upstrokes (values) where the period is not shorter: 190 a minute.
_GAP = const(8)
#: Perfusion (0.01 %) under which there is no pulse, and under which noise is for lack of perfusion.
_NO_PULSE = const(3)
_FAINT = const(30)


class PulseFinder:
    """Finds period and upstrokes in a window; what it saw last is in its attributes."""

    def __init__(self) -> None:
        self._curve = array("i", [0] * (_HIGH + 2))
        self.beats = PulseBeats()
        #: Perfusion of the latest window in 0.01 %, and why it has no pulse (0: it has).
        self.perfusion = 0
        self.reason = 0

    def find(self, out: "Measure", infrared: "Light", end: int, n: int, moving: bool) -> None:
        """Answer from the `n` values before number `end` with the rate in 0.1/min, 25 to 240/min, or the reason."""
        values = SIGNAL
        unroll(infrared.pulses, end - n, n, MASK, values)
        self.perfusion = 0
        if not normalise(values, n):
            self._refuse(out, REASON_NO_SIGNAL)
            return
        correlate(values, n, _LOW - 1, _HIGH + 1, self._curve)
        lag = find_period(self._curve, _LOW, _HIGH, _SHORTER)
        strength = self._curve[lag] if lag else 0
        self.beats.find(values, n, max(_LOW, min(lag * 9 >> 4, _GAP)) if strength >= _PERIODIC else _GAP)
        self.perfusion = self._height(infrared, end - n - PULSE_DELAY, n) * 10000 // UNIT
        period = refine(self._curve, lag, _HIGH) if lag else 0
        self._answer(out, period, strength, moving)

    def _answer(self, out: "Measure", period: int, strength: int, moving: bool) -> None:
        counted = self.beats.period()
        quality = min(100, strength * 100 >> 10)
        if period and strength >= _HARDLY and abs(counted - period) * 100 <= period * _AGREE:
            period = (period + counted) >> 1 if strength < _PERIODIC else period
        elif self._count_wins(counted, period, strength):
            period = counted
            quality = self.beats.likeness >> 1
        elif strength >= _PERIODIC:
            quality = quality * 6 // 10
        else:
            period = 0
        if self.perfusion < _NO_PULSE:
            self._refuse(out, REASON_LOW_PERFUSION)
        elif moving and (not period or strength < _THROUGH_MOTION):
            self._refuse(out, REASON_MOTION)
        elif not period:
            self._refuse(out, REASON_LOW_PERFUSION if self.perfusion < _FAINT else REASON_NOISE)
        else:
            self._tell(out, rounded(_RATE, period), quality, moving)

    def _count_wins(self, counted: int, period: int, strength: int) -> bool:
        """Are the upstrokes to be believed more than the period that they contradict?"""
        alike = self.beats.likeness if counted else 0
        if strength >= _CERTAIN:
            return False
        # a period of several beats shows up by chance, one shorter than the beats does not
        if counted * 4 < period * 3:
            return alike >= _RATHER_ALIKE
        return alike >= _ALIKE and strength < _PERIODIC

    def _tell(self, out: "Measure", rate: int, quality: int, moving: bool) -> None:
        if not _SLOWEST <= rate <= _FASTEST:
            self._refuse(out, REASON_OUT_OF_RANGE)
            return
        self.reason = 0
        out.set(rate, quality >> 1 if moving else quality, REASON_MOTION if moving else 0)

    def _refuse(self, out: "Measure", reason: int) -> None:
        self.reason = reason
        out.refuse(reason)

    def _height(self, infrared: "Light", first: int, n: int) -> int:
        """Mean height of the pulses between upstrokes, of the whole window where there are none."""
        beats = self.beats
        light = infrared.light
        if beats.count < 2:
            return ring_peak_to_peak(light, first, first + n, MASK)
        total = 0
        for k in range(1, beats.count):
            begin = first + beats.places[k - 1] // PARTS
            total += ring_peak_to_peak(light, begin, first + beats.places[k] // PARTS, MASK)
        return total // (beats.count - 1)
