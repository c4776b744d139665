"""The PPG pipeline: red and infrared counts in, one window of readings a second out, in bounded memory.

All decisions fall on fixed steps of the sample index, so that results do not depend on block sizes.
"""

from array import array

import micropython
from micropython import const

from ...kernels import count_repeats, sum_ppg
from ...wire_gen import (
    REASON_INCONSISTENT,
    REASON_IRREGULAR,
    REASON_LOW_PERFUSION,
    REASON_MOTION,
    REASON_NO_PULSE_WAVE,
    REASON_NO_SIGNAL,
    REASON_NOT_WORN,
    REASON_SATURATED,
    REASON_UNCERTAIN,
    REASON_WARMING_UP,
)
from ..acceleration import Acceleration
from ..breath_series import HEART_SERIES, BreathSeries
from ..result import Measure, PpgWindow
from .channel import MASK, SETTLE_VALUES, PpgChannel
from .hand_over import hand_over
from .light_motion import LightMotion
from .motion_tracker import MotionTracker
from .pulse import MIN_PERFUSION_X100, MIN_VALUES, WINDOW_VALUES, PulseFinder
from .pulse_history import PulseHistory
from .pulse_intervals import PulseIntervals
from .pulse_rhythm import SUSPECTED_X10, PulseRhythm
from .respiration import Respiration
from .spo2 import Spo2Estimator
from .uncertainty import PULSE_LIMIT_X10, perfusion_u95

_RATE_HZ = const(100)  # frontends.ppg: RATE_HZ
#: Seconds of a window.
_WINDOW_S = const(8)
#: Most sample pairs a push (1 s), and windows that can become ready in one: its own, and one that waited before it.
PUSH_LIMIT = const(100)
_QUEUE = const(2)
#: Counts from which on the converter is at its rail (18 bit).
_RAIL_COUNTS = const(262000)
#: Saturated samples a second up to which it can be used (5 %).
_MAX_SATURATED_SAMPLES = const(_RATE_HZ * 5 // 100)
#: Level under which no skin is there; sums of four counts under which none is, and under which red is dark.
_WORN_LEVEL = const(5000)
_WORN_COUNTS = const(4 * _WORN_LEVEL)
_DARK_COUNTS = const(4 * 1000)
#: Mean motion (mg) over a window above which the rate is followed, and above which the wearer moves.
_STILL_MG = const(25)
_MOVING_MG = const(100)
#: Mean motion (mg) over a window, as in running, above which steps pass for pulses.
_RUNNING_MG = const(400)
#: Correlation of red with infrared (percent) under which no blood moves both, and perfusion (0.01 %) that shows it.
_ONE_BLOOD = const(50)
_FAINT_X100 = const(30)
#: Perfusion (0.01 %) under which there is no saturation.
_NO_PERFUSION_X100 = const(10)  # dsp.ppg.spo2: _NONE_X100
#: Pulse rate (0.1/min) of steps in running, and ratio of ratios (0.001) of what moves the blood of veins, too.
_STEPS_X10 = const(1400)
_VENOUS_PERMILLE = const(750)
#: Highest quality of what comes from pulses whose rate is uncertain.
_UNCERTAIN_QUALITY = const(30)  # dsp.result: UNCERTAIN_QUALITY
#: Percent of the pulse rate over which a respiration rate is what is left of the pulse, or mirrored by it: a breath
#: that pulses sample is known up to half their rate.
_MOST_OF_PULSE = const(48)
#: Samples between two answers of respiration (4 s), which needs 32 s of signal, and of the rhythm.
_RESPIRATION_EVERY_SAMPLES = const(_RATE_HZ * 4)

#: A rate is followed every two seconds.
_FOLLOW_EVERY_SAMPLES = const(_RATE_HZ * 2)
#: Uncertainty (0.1/min) of a rate at rest under which motion begins with it.
_CERTAIN_X10 = const(50)
#: Samples (Q8) of a window, of which one that is doubted makes intervals doubtful.
_WINDOW_Q8 = const(_WINDOW_S * _RATE_HZ * 256)
#: Highest quality of saturation near to movement, whose ratio is its own.
_NEAR_MOVEMENT_QUALITY = const(29)
#: µs of a pair, and of a value; ticks are modulo 2^30.
_PERIOD_US = const(10_000)  # frontends.ppg: PERIOD_US
_VALUE_US = const(4 * _PERIOD_US)
_HALF_TICKS = const(1 << 29)
#: Pairs summed to one value; pairs are counted modulo so many, less 1, for the ring of values.
_DECIMATION = const(4)
_SAMPLES = const(1023)
# Sums of the counts since the latest value, red and infrared, and saturated ones of this second (as `sum_ppg` has
# them); counts that repeat (as `count_repeats` has them, up to 8); pairs pushed; values since the device was put on,
# the latest red sum, whether it was put on just now, whether a window waits, and the certain rate of the latest second
# at rest (0.1/min, 0 for none), and seconds for which windows reach into what was movement.
_RED = const(0)
_INFRARED = const(1)
_SATURATED_RED = const(2)
_SATURATED_INFRARED = const(3)
_REPEATED = const(4)
_DONE = const(9)
_NUMBER = const(10)
_LATEST_RED = const(11)
_BEGAN = const(12)
_HELD = const(13)
_REST = const(14)
_NEAR = const(15)
_STATE = const(16)
_AT_REST = const(1)
_IN_MOTION = const(2)
_BASELINE = const(4)  # dsp.ppg.channel: BASELINE


class PpgPipeline:
    """Streaming analysis of red and infrared, whose front end is that of frontends.ppg.

    Counts are 18-bit; indices in results count every sample pair pushed. Results are reused objects: empty the queue
    after each push and copy what is kept. Without `acceleration` there is no rate in motion, without `heart` (series of
    R amplitudes and RR) the light alone has the breath.
    """

    def __init__(self, acceleration: "Acceleration | None" = None, heart: "BreathSeries | None" = None) -> None:
        self._tracker = MotionTracker(acceleration or Acceleration())
        self._light_motion = LightMotion()
        self._red = PpgChannel()
        self._infrared = PpgChannel()
        self._pulse = PulseFinder()
        self._respiration = Respiration(heart or BreathSeries(HEART_SERIES))
        self._intervals = PulseIntervals(self._infrared.relative, self._respiration)
        self._history = PulseHistory()
        self._rhythm = PulseRhythm()
        self._irregularity = Measure()
        self._spo2 = Spo2Estimator()
        self._worn = False
        self._state = array("i", bytes(4 * _STATE))
        #: Of each second of the window: samples in which red says nothing beside infrared (saturated, or either cut
        #: off), saturated infrared ones, mean motion (mg).
        self._saturated_red = bytearray(_WINDOW_S)
        self._saturated_infrared = bytearray(_WINDOW_S)
        self._motion = array("i", [0] * _WINDOW_S)
        self._second = 0
        self._windows: "list[PpgWindow]" = [PpgWindow() for _ in range(_QUEUE)]
        self._first = 0
        self._n = 0

    def choose_curve(self, number: int) -> None:
        """Read saturation by this calibration curve (setting `spo2_curve`) from the next window on."""
        self._spo2.choose(number)

    def restart(self) -> None:
        """Begin anew, as a new pipeline would, with sample 0."""
        self._intervals.restart()
        self._respiration.begin()
        self._worn = False
        self._second = 0
        self._n = 0
        for i in range(len(self._state)):
            self._state[i] = 0
        for i in range(_WINDOW_S):
            self._saturated_red[i] = 0
            self._saturated_infrared[i] = 0
            self._motion[i] = 0

    @micropython.native
    def push(self, samples: "array[int]", n: int, motion_mg: int, tick_us: int = 0) -> bool:
        """Take the first `n` pairs (red, infrared) of `samples`; `motion_mg` holds for all. True: there are results.

        `tick_us` is the device time of the first (modulo 2^30), by which acceleration is found that belongs to it.
        ValueError for more than `PUSH_LIMIT` pairs.
        """
        if n > PUSH_LIMIT:
            raise ValueError("too many samples in one push")
        tick_us = (tick_us ^ _HALF_TICKS) - _HALF_TICKS  # signed: the last of the push, too, has 30 bits at most
        state = self._state
        done = state[_DONE]
        intervals = self._intervals
        start = 0
        taken = 0
        counted = 0
        while start < n:
            count = _DECIMATION - done % _DECIMATION
            if count > n - start:
                count = n - start
            sum_ppg(samples, start, count, _RAIL_COUNTS, state)
            start += count
            done += count
            if not done % _DECIMATION:
                self._add_value(state[_RED], state[_INFRARED], tick_us + start * _PERIOD_US)
                self._motion[self._second] += motion_mg
                state[_RED] = state[_INFRARED] = 0
                if state[_BEGAN]:
                    # what came before it was put on says nothing, whether pushed together with what comes now or not
                    state[_BEGAN] = 0
                    taken = start
                    count_repeats(samples, counted, start - counted, state)
                    counted = start
                    state[_REPEATED] = 0
                if state[_HELD] and not self._tracker.busy:
                    self._release()
                if not done % _FOLLOW_EVERY_SAMPLES:
                    self._follow()
                if not done % _RATE_HZ:
                    count_repeats(samples, counted, start - counted, state)
                    counted = start
                    intervals.take(samples, taken, start - taken, _DECIMATION * state[_NUMBER] & _SAMPLES)
                    taken = start
                    self._close_second(done)
        count_repeats(samples, counted, n - counted, state)
        intervals.take(samples, taken, n - taken, _DECIMATION * state[_NUMBER] + done % _DECIMATION & _SAMPLES)
        state[_DONE] = done
        return self._n > 0

    def flush(self) -> bool:
        """The signal has ended: finish the window that waits. True: there are results."""
        self._finish_window()
        return self._n > 0

    def next_window(self) -> "PpgWindow | None":
        """The next finished window, in order; None when there is none. Valid until the next push."""
        if not self._n:
            return None
        window = self._windows[self._first]
        self._first = (self._first + 1) % _QUEUE
        self._n -= 1
        return window

    @micropython.native
    def _add_value(self, red: int, infrared: int, tick_us: int) -> None:
        """Take the sums of four counts, the last of which ended at `tick_us`."""
        if infrared < _WORN_COUNTS:
            self._worn = False
            return
        state = self._state
        number = state[_NUMBER]
        if not self._worn:
            self._begin(red, infrared)
            number = 0
        self._red.add(red, number)
        same_level = self._infrared.add(infrared, number)
        # the value before: acceleration of its time has been read by now
        self._tracker.add(self._infrared.relative[(number - 1) & MASK], tick_us - _VALUE_US)
        state[_LATEST_RED] = red
        state[_NUMBER] = number + 1
        if same_level:
            self._respiration.add(self._infrared.state[_BASELINE])
        else:
            self._worn = False

    def _begin(self, red: int, infrared: int) -> None:
        self._worn = True
        self._red.begin(red)
        self._infrared.begin(infrared)
        self._respiration.begin()
        self._pulse.forget()
        self._tracker.restart()
        self._light_motion.begin()
        self._state[_REST] = self._state[_NEAR] = 0
        self._intervals.begin()
        self._state[_BEGAN] = 1
        for i in range(_WINDOW_S):
            self._saturated_red[i] = 0
        self._irregularity.refuse(REASON_WARMING_UP)

    def _close_second(self, done: int) -> None:
        self._finish_window()
        window = self._windows[(self._first + self._n) % _QUEUE]
        state = self._state
        self._saturated_red[self._second] = min(state[_SATURATED_RED] + state[_REPEATED], 255)
        self._saturated_infrared[self._second] = state[_SATURATED_INFRARED]
        state[_SATURATED_RED] = state[_SATURATED_INFRARED] = state[_REPEATED] = 0
        if not done % _RESPIRATION_EVERY_SAMPLES or self._respiration.rate.reason == REASON_WARMING_UP:
            self._respiration.begin_window()
        window.end = done
        window.span_ms = min(done * 1000 // _RATE_HZ, _WINDOW_S * 1000)
        reason = self._refusal()
        if reason:
            self._refuse(window, reason)
            if reason == REASON_SATURATED:
                self._intervals.mark_uncertain(_WINDOW_Q8, False)
        else:
            self._measure(window, done)
        window.n_intervals = self._intervals.read(window.intervals, _DECIMATION * state[_NUMBER] & _SAMPLES)
        self._second = (self._second + 1) % _WINDOW_S
        self._motion[self._second] = 0
        if not state[_HELD]:
            self._queue()

    def _queue(self) -> None:
        """The window behind the last one is finished."""
        if self._n < _QUEUE:
            self._n += 1
        else:
            self._first = (self._first + 1) % _QUEUE

    def _finish_window(self) -> None:
        """Have no window wait."""
        if self._state[_HELD]:
            self._tracker.finish()
            self._release()

    def _release(self) -> None:
        """The tracker has answered, or will not."""
        state = self._state
        self._hand_over(self._windows[(self._first + self._n) % _QUEUE], state[_HELD] == _IN_MOTION)
        state[_HELD] = 0
        self._queue()

    def _hand_over(self, window: "PpgWindow", moving: bool) -> None:
        rate = window.pulse_rate
        if hand_over(rate, self._tracker, moving, self._pulse.wave.coherence):
            if rate.value is None:
                self._refuse(window, rate.reason)
            _no_surer(window.spo2, rate.quality, rate.reason)
            _no_surer(window.respiration_rate, rate.quality, rate.reason)
            _no_surer(window.perfusion_index, rate.quality, rate.reason)

    def _follow(self) -> None:
        """Answer for a window in motion; at rest, be ready to begin with the rate that is known."""
        if sum(self._motion) > _STILL_MG * WINDOW_VALUES:
            self._tracker.begin_window()
        elif self._state[_REST]:
            self._tracker.expect(self._state[_REST])
        else:
            self._tracker.forget()

    def _refusal(self) -> int:
        """Reason why there can be no reading at all, 0 if there can."""
        if max(self._saturated_infrared) > _MAX_SATURATED_SAMPLES:
            return REASON_SATURATED
        if not self._worn:
            return REASON_NOT_WORN
        if self._state[_NUMBER] < MIN_VALUES + SETTLE_VALUES:
            return REASON_WARMING_UP
        return 0

    def _refuse(self, window: "PpgWindow", reason: int) -> None:
        window.pulse_rate.refuse(reason)
        window.spo2.refuse(reason)
        window.perfusion_index.refuse(reason)
        window.respiration_rate.refuse(reason)
        window.pulse_irregularity.refuse(reason)

    def _measure(self, window: "PpgWindow", done: int) -> None:
        n = min(self._state[_NUMBER] - SETTLE_VALUES, WINDOW_VALUES)
        motion = sum(self._motion)
        moving = motion > _MOVING_MG * WINDOW_VALUES
        pulse = self._pulse
        rate = window.pulse_rate
        pulse.find(rate, self._infrared, self._state[_NUMBER], n, moving)
        if rate.value is None and rate.reason == REASON_NO_PULSE_WAVE:
            self._intervals.mark_uncertain(_WINDOW_Q8, True)
        if motion > _RUNNING_MG * WINDOW_VALUES:
            self._intervals.forget()
            self._refuse(window, REASON_MOTION)
        else:
            looks_moved = not moving and self._looks_moved(n)
            self._measure_beats(window, done, n, moving)
            if looks_moved and rate.value is not None and not self._history.is_steady(self._intervals):
                self._refuse(window, REASON_MOTION)
        self._caution_near_movement(window)
        value = rate.value
        self._state[_REST] = value if value is not None and rate.u95 < _CERTAIN_X10 and not moving else 0
        if pulse.perfusion < MIN_PERFUSION_X100:
            return
        if self._tracker.busy:
            self._state[_HELD] = _IN_MOTION if moving else _AT_REST
        else:
            self._hand_over(window, moving)

    def _caution_near_movement(self, window: "PpgWindow") -> None:
        """Doubt saturation and intervals while windows reach into what was movement, whatever the pulse looks like."""
        state = self._state
        rate = window.pulse_rate
        if rate.value is None and (rate.reason == REASON_NO_PULSE_WAVE or rate.reason == REASON_MOTION):
            state[_NEAR] = _WINDOW_S
        elif state[_NEAR]:
            state[_NEAR] -= 1
        near = state[_NEAR]
        window.interval_reason = REASON_UNCERTAIN if near else 0
        if near:
            _no_surer(window.spo2, _NEAR_MOVEMENT_QUALITY, REASON_UNCERTAIN)

    def _looks_moved(self, n: int) -> bool:
        """Does the light look like movement, of which no accelerometer knows?"""
        end = self._state[_NUMBER]
        return self._light_motion.look(self._infrared, end, n, self._pulse.beats.template_correlation)

    def _measure_beats(self, window: "PpgWindow", done: int, n: int, moving: bool) -> None:
        """What is computed from single pulses."""
        pulse = self._pulse
        rate = window.pulse_rate
        quality = rate.quality
        reason = rate.reason if rate.value is None else 0
        self._look_back(rate, moving)
        if rate.value is not None:
            reason = 0
            quality = rate.quality
        elif not reason:
            # there is a pulse, but no rate
            quality = min(quality, _UNCERTAIN_QUALITY)
        red_reason = self._red_refusal()
        if not red_reason:
            self._spo2.compare(self._red, self._infrared, self._state[_NUMBER], n)
            if self._spo2.jumps():
                self._state[_NEAR] = _WINDOW_S + 1
            value = rate.value
            if value is not None and not moving and self._may_be_steps(value):
                quality = min(quality, _UNCERTAIN_QUALITY)
                rate.set(value, quality, REASON_NO_PULSE_WAVE, PULSE_LIMIT_X10)
        if (
            not (reason or red_reason or moving)
            and self._spo2.correlation < _ONE_BLOOD
            and pulse.perfusion > _FAINT_X100
        ):
            reason = REASON_NO_PULSE_WAVE
        if self._state[_NEAR] or (red_reason == REASON_SATURATED and quality <= _UNCERTAIN_QUALITY):
            # near to movement, or of light too coarse to show a pulse, as of a finger before the current fits it
            self._intervals.mark_uncertain(_WINDOW_Q8, False)
        if reason:
            self._refuse(window, reason)
            return
        u95 = perfusion_u95(pulse.perfusion, pulse.wave.coherence)
        window.perfusion_index.set(pulse.perfusion, quality, rate.reason, u95)
        if red_reason == REASON_SATURATED:
            _no_surer(window.perfusion_index, _UNCERTAIN_QUALITY, red_reason)
        if red_reason:
            window.spo2.refuse(red_reason)
        else:
            self._spo2.find(window.spo2, pulse.perfusion, moving)
            if rate.reason == REASON_NO_PULSE_WAVE:
                window.spo2.u95 = 0  # what else moves both lights has a ratio of its own: nobody knows how far off
        self._measure_respiration(window)
        _no_surer(window.spo2, quality, rate.reason)
        _no_surer(window.respiration_rate, quality, rate.reason)
        self._measure_rhythm(window, done, quality, moving)

    def _may_be_steps(self, rate: int) -> bool:
        """Do both colours move by as much, as steps move them, and no accelerometer says that the wearer rests?

        Of blood that dark a pulse is slow, and takes light where it rises.
        """
        if self._tracker.knows_motion or self._spo2.ratio() < _VENOUS_PERMILLE:
            return False
        return rate > _STEPS_X10 or not self._pulse.beats.takes_light

    def _look_back(self, pulse_rate: "Measure", moving: bool) -> None:
        """Take the intervals before this window into account."""
        beats = self._pulse.beats
        if moving:
            self._intervals.forget()
        else:
            self._intervals.orient(beats.takes_light, beats.template_correlation)
        self._history.look(self._intervals)
        self._history.answer(pulse_rate, beats.template_correlation, self._pulse.wave.sharp)

    def _red_refusal(self) -> int:
        """Reason why red says nothing, 0 where it does."""
        if self._state[_LATEST_RED] < _DARK_COUNTS:
            return REASON_NO_SIGNAL
        if max(self._saturated_red) <= _MAX_SATURATED_SAMPLES:
            return 0
        # a wave of a few counts has as many that repeat
        return REASON_LOW_PERFUSION if self._pulse.perfusion < _NO_PERFUSION_X100 else REASON_SATURATED

    def _measure_rhythm(self, window: "PpgWindow", done: int, quality: int, moving: bool) -> None:
        """Evidence for fibrillation, every 4 s, at most as sure as the pulse, and a caution of the pulse rate."""
        latest = self._irregularity
        if moving:  # no interval is known: it begins anew at rest
            latest.refuse(REASON_WARMING_UP)
            window.pulse_irregularity.refuse(REASON_MOTION)
            return
        if not done % _RESPIRATION_EVERY_SAMPLES:
            self._rhythm.find(latest, self._intervals)
        value = latest.value
        if value is None:
            window.pulse_irregularity.refuse(latest.reason)
            return
        window.pulse_irregularity.set(value, min(latest.quality, quality), window.pulse_rate.reason)
        if value >= SUSPECTED_X10 and window.pulse_rate.value is not None:
            window.pulse_rate.add_caution(REASON_IRREGULAR)

    def _measure_respiration(self, window: "PpgWindow") -> None:
        latest = self._respiration.rate
        out = window.respiration_rate
        pulse = window.pulse_rate.value
        if latest.value is None:
            out.refuse(latest.reason)
        elif pulse is not None and (
            latest.value * 100 > pulse * _MOST_OF_PULSE or self._respiration.is_mirrored(pulse)
        ):
            out.refuse(REASON_INCONSISTENT)
        else:
            out.set(latest.value, latest.quality, latest.reason, latest.u95)


def _no_surer(out: "Measure", quality: int, reason: int) -> None:
    """Doubt `out` at least as the pulse, from which it comes, with its `quality` and `reason`."""
    if out.value is None:
        return
    if out.quality > quality:
        out.quality = quality
    if reason:
        out.add_caution(reason)
