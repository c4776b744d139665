"""Pulse rate from eight seconds of infrared pulses."""

from array import array

from micropython import const

from ...kernels import correlate, find_period, normalise, ring_peak_to_peak, unroll
from ...wire_gen import (
    REASON_LOW_PERFUSION,
    REASON_MOTION,
    REASON_NO_PULSE_WAVE,
    REASON_NO_SIGNAL,
    REASON_NOISE,
    REASON_OUT_OF_RANGE,
    REASON_UNCERTAIN,
)
from ..fixed import rounded
from ..scratch import SIGNAL
from ..scratch_use import works_in
from .channel import MASK, ONE_Q18, PULSE_DELAY
from .plausibility import NO_PULSE, UNCERTAIN, PulseWave
from .pulse_beats import PulseBeats
from .pulse_period import ONE_Q8, refine, vertex
from .uncertainty import FOLLOWED_X10, PULSE_LIMIT_X10, pulse_u95

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Measure
    from .channel import PpgChannel

_RATE_HZ = const(100)  # frontends.ppg: RATE_HZ
#: Of values, each the sum of four samples.
_VALUE_RATE_HZ = const(_RATE_HZ // 4)
#: Values of a window (8 s), and the fewest (5 s) that give a reading.
WINDOW_VALUES = const(_VALUE_RATE_HZ * 8)
MIN_VALUES = const(_VALUE_RATE_HZ * 5)
#: Lags of 250 and 24 a minute.
_MIN_LAG = const(_VALUE_RATE_HZ * 240 // 1000)
_MAX_LAG = const(_VALUE_RATE_HZ * 2440 // 1000)
#: Ratio (Q8) to the highest peak from which on a shorter period is the true one: twice the period repeats, too, and
#: half a period, where the second wave of a pulse lies, reaches less.
_SHORTER_Q8 = const(179)
#: Rate (0.1/min) times period (Q8 values); limits of the rate (0.1/min).
_BPM_X10_PERIOD_Q8 = const(_VALUE_RATE_HZ * 600 * 256)
_MIN_BPM_X10 = const(250)
_MAX_BPM_X10 = const(2400)
#: Correlation (Q10) of a signal that is a pulse, of one that is a pulse if its upstrokes agree, of one that is so
#: whatever its upstrokes say, and of one that can be trusted while the wearer moves.
_PERIODIC_Q10 = const(560)
_WITH_UPSTROKES_Q10 = const(300)
_CERTAIN_Q10 = const(768)
_IN_MOTION_Q10 = const(700)
#: Percent by which period and upstrokes may differ, and template correlation of upstrokes that are believed alone.
_MAX_DIFFERENCE_PERCENT = const(10)
_CORRELATED_PERCENT = const(75)
_SHORT_CORRELATED_PERCENT = const(60)
#: Percent of the power of waves in their mean from which on they are one wave.
_ONE_WAVE_PERCENT = const(80)
#: The least, and by how much more than of single upstrokes, from which on the waves of whole periods are the true ones.
_WHOLE_PERCENT = const(72)
_MORE_PERCENT = const(5)
#: Minimum distance of upstrokes (320 ms: 190 a minute) where the period is not shorter.
_MIN_DISTANCE = const(_VALUE_RATE_HZ * 320 // 1000)
#: Perfusion (0.01 %) under which there is no pulse, and under which noise is for lack of perfusion.
MIN_PERFUSION_X100 = const(3)
_FAINT_X100 = const(30)
#: Highest quality of a wave that may be none of a pulse.
_UNCERTAIN_QUALITY = const(30)  # dsp.result: UNCERTAIN_QUALITY
#: A rate is certain under this uncertainty (0.1/min), known after so many windows that were certain one after the
#: other, each within this percentage of the last, and remembered for so many values (20 s).
_CERTAIN_X10 = const(50)
_KNOWN_WINDOWS = const(5)
_STEADY_PERCENT = const(12)
_REMEMBERED_VALUES = const(_VALUE_RATE_HZ * 20)
#: Percent from the known rate within which an uncertain window is looked at, and correlation (Q10) that counts there.
_NEAR_PERCENT = const(10)
_NEAR_Q10 = const(250)
# Behind the curve: the latest certain period (Q8 values), the number of the value it ended before, and how many windows
# were certain one after the other.
_LATEST = const(_MAX_LAG + 2)
_AT = const(_MAX_LAG + 3)
_CERTAIN = const(_MAX_LAG + 4)


class PulseFinder:
    """Finds period and upstrokes in a window; its attributes describe the latest one."""

    def __init__(self) -> None:
        self._curve = array("i", [0] * (_MAX_LAG + 5))
        self.beats = PulseBeats()
        self.wave = PulseWave()
        #: Perfusion of the latest window in 0.01 %.
        self.perfusion = 0

    def forget(self) -> None:
        """The rate of before says nothing."""
        self._curve[_CERTAIN] = 0

    @works_in("SIGNAL")
    def find(self, out: "Measure", infrared: "PpgChannel", end: int, n: int, moving: bool) -> None:
        """Set `out` from the `n` values before number `end` with the rate in 0.1/min, 25 to 240/min, or the reason."""
        values = SIGNAL
        unroll(infrared.pulses, end - n, n, MASK, values)
        self.perfusion = 0
        if not normalise(values, n):
            out.refuse(REASON_NO_SIGNAL)
            return
        correlate(values, n, _MIN_LAG - 1, _MAX_LAG + 1, self._curve)
        lag = find_period(self._curve, _MIN_LAG, _MAX_LAG, _SHORTER_Q8)
        strength = self._curve[lag] if lag else 0
        self.beats.find(
            values, n, max(_MIN_LAG, min(lag * 9 >> 4, _MIN_DISTANCE)) if strength >= _PERIODIC_Q10 else _MIN_DISTANCE
        )
        self.perfusion = perfusion = self._amplitude(infrared, end - n - PULSE_DELAY, n) * 10000 // ONE_Q18
        verdict = self.wave.look(self.beats, infrared, end, n, perfusion)
        period = refine(self._curve, lag, _MAX_LAG) if lag else 0
        counted = self.beats.period()
        if strength >= _PERIODIC_Q10 and self.wave.coherence < _ONE_WAVE_PERCENT and _differ(counted, period):
            # second waves were counted: with the waves of whole periods it shows whether the period is the true one
            coherence = self.wave.coherence
            whole = self.wave.look(self.beats.by_period(period, n), infrared, end, n, perfusion)
            if self.wave.coherence >= max(_WHOLE_PERCENT, coherence + _MORE_PERCENT):
                verdict = whole
                counted = period
        if moving:
            self.forget()
        self._judge(out, period, counted, strength, moving, verdict, end)

    def _judge(
        self, out: "Measure", period: int, counted: int, strength: int, moving: bool, verdict: int, end: int
    ) -> None:
        quality = min(100, strength * 100 >> 10)
        u95 = pulse_u95(quality, period, counted, self.beats.template_correlation)
        if period and strength >= _WITH_UPSTROKES_Q10 and not _differ(counted, period):
            period = (period + counted) >> 1 if strength < _PERIODIC_Q10 else period
        elif self._believes_upstrokes(counted, period, strength):
            period = counted
            quality = self.beats.template_correlation >> 1
        elif strength >= _PERIODIC_Q10:
            quality = quality * 6 // 10
        else:
            period = 0
        caution = REASON_MOTION if moving else REASON_NO_PULSE_WAVE if verdict == UNCERTAIN else 0
        if not moving and verdict != NO_PULSE:
            if period and u95 < _CERTAIN_X10:
                self._learn(period, end)
            elif self._curve[_CERTAIN] >= _KNOWN_WINDOWS and end - self._curve[_AT] <= _REMEMBERED_VALUES:
                # what contradicts the rate of just before is an artefact more often than a new rate
                near = self._near(counted)
                u95 = FOLLOWED_X10 if near else PULSE_LIMIT_X10 + 1
                period = near or period
                caution = caution or REASON_UNCERTAIN
        if self.perfusion < MIN_PERFUSION_X100:
            out.refuse(REASON_LOW_PERFUSION)
        elif moving and (not period or strength < _IN_MOTION_Q10):
            out.refuse(REASON_MOTION)
        elif not period:
            out.refuse(REASON_LOW_PERFUSION if self.perfusion < _FAINT_X100 else REASON_NOISE)
        elif verdict == NO_PULSE:
            out.refuse(REASON_MOTION if moving else REASON_NO_PULSE_WAVE)
        elif u95 > PULSE_LIMIT_X10:
            out.refuse(REASON_UNCERTAIN)
        else:
            self._report(out, rounded(_BPM_X10_PERIOD_Q8, period), quality, caution, u95)

    def _learn(self, period: int, end: int) -> None:
        """Take the certain `period` of a window that ends before value `end`."""
        curve = self._curve
        latest = curve[_LATEST]
        steady = abs(period - latest) * 100 < latest * _STEADY_PERCENT
        curve[_CERTAIN] = min(curve[_CERTAIN] + 1, _KNOWN_WINDOWS) if steady else 0
        curve[_LATEST] = period
        curve[_AT] = end

    def _near(self, counted: int) -> int:
        """Mean of the latest certain period and what is near it: a peak of the curve, else `counted`; 0 for none."""
        curve = self._curve
        latest = curve[_LATEST]
        margin = latest * _NEAR_PERCENT // 100
        best = 0
        for lag in range(max(_MIN_LAG, (latest - margin) >> 8), min(_MAX_LAG, (latest + margin >> 8) + 1) + 1):
            if curve[lag] > curve[best]:
                best = lag
        found = counted
        if best and curve[best] >= _NEAR_Q10 and curve[best - 1] <= curve[best] >= curve[best + 1]:
            peak = best * ONE_Q8 + vertex(curve[best - 1], curve[best], curve[best + 1])
            found = peak if abs(peak - latest) < margin else counted
        return (found + latest) >> 1 if abs(found - latest) < margin else 0

    def _believes_upstrokes(self, counted: int, period: int, strength: int) -> bool:
        """Are the upstrokes to be believed more than the period that they contradict?"""
        correlation = self.beats.template_correlation if counted else 0
        if strength >= _CERTAIN_Q10:
            return False
        # a period of several beats shows up by chance, one shorter than the beats does not
        if counted * 4 < period * 3:
            return correlation >= _SHORT_CORRELATED_PERCENT
        return correlation >= _CORRELATED_PERCENT and strength < _PERIODIC_Q10

    def _report(self, out: "Measure", rate: int, quality: int, caution: int, u95: int) -> None:
        if not _MIN_BPM_X10 <= rate <= _MAX_BPM_X10:
            out.refuse(REASON_OUT_OF_RANGE)
            return
        if caution == REASON_NO_PULSE_WAVE:
            quality = min(quality, _UNCERTAIN_QUALITY)
            u95 = PULSE_LIMIT_X10
        elif caution:
            quality >>= 1
        out.set(rate, quality, caution, u95)

    def _amplitude(self, infrared: "PpgChannel", first: int, n: int) -> int:
        """Mean peak-to-peak of the pulses between upstrokes, of the whole window where there are none."""
        beats = self.beats
        relative = infrared.relative
        if beats.count < 2:
            return ring_peak_to_peak(relative, first, first + n, MASK)
        total = 0
        for k in range(1, beats.count):
            begin = first + beats.indices_q8[k - 1] // ONE_Q8
            total += ring_peak_to_peak(relative, begin, first + beats.indices_q8[k] // ONE_Q8, MASK)
        return total // (beats.count - 1)


def _differ(counted: int, period: int) -> bool:
    """Do upstrokes and period contradict each other?"""
    return abs(counted - period) * 100 > period * _MAX_DIFFERENCE_PERCENT
