"""Light: front end → pulse, SpO2, perfusion and respiration, and the raw stream."""

from array import array

import micropython
from micropython import const

from .. import wire_gen as wire
from ..dsp.acceleration import TICKS
from ..dsp.ppg.pipeline import PpgPipeline
from ..dsp.ppg.spo2_curves_gen import CURVES
from .blocks import BlockWriter
from .publisher import Publisher
from .pulses import PulsePublisher
from .sensor_chain import BASE, LAST_READ_US, SAMPLES, SensorChain
from .wear import Wear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.max30102 import Max30102
    from ..dsp.result import Measure, PpgWindow
    from ..settings import Settings

_PERIOD_US = const(10_000)  # frontends.ppg: PERIOD_US
_NO_CONTACT = const(1)  # wire: STATUS_NO_CONTACT
_GAIN_CHANGED = const(4)  # wire: STATUS_GAIN_CHANGED
_BATCH = const(32)
_STATUS = const(0)
_RESTS = const(1)
_OFF = const(2)
_BATCHES = const(3)
_PERIOD = const(4)
_PHASE = const(5)
_CALIBRATED = const(5)  # of a row of CURVES
# Why it rests: nobody wears it; its next measurement is still to come.
_NOT_WORN = const(1)
_PAUSED = const(2)
#: Batches from one look at the light's level to the next (300 ms).
_EVERY = const(3)
_PROXIMITY = const(4)  # drivers.light_control: PROXIMITY
_AMBIENT = const(5)  # drivers.light_control: AMBIENT
_DARK = const(6)  # drivers.light_control: DARK
_DEAD_RED = const(1)
_DEAD_INFRARED = const(2)
#: Highest quality of a number where an accelerometer at fault cannot say whether the wearer moves.
_UNCERTAIN_QUALITY = const(30)  # dsp.result: UNCERTAIN_QUALITY
#: Polls for which the chip is off between two looks whether somebody wears it (0.9 s, so that silence is no fault).
_OFF_POLLS = const(9)
#: Polls (10 a second) of a measurement, where light is measured from time to time. Own: respiration needs 32 s of
#: signal (dsp.ppg.pipeline), which begin when the light has settled.
_MEASURE_POLLS = const(400)
_POLLS_A_MIN = const(600)
#: Polls of a pause after which it is said again that wear is not known (10 s, as chains.wear has).
_REPEAT_POLLS = const(100)


class PpgChain(SensorChain):
    """Everything from the MAX30102 to published pulse and SpO2."""

    driver: "Max30102"

    def __init__(self, driver: "Max30102", publisher: Publisher) -> None:
        self.blocks = BlockWriter(publisher.samples, wire.STREAM_PPG)
        #: Green counts of the samples last read, where the front end has such an LED.
        self._green: "array[int] | None" = getattr(driver, "green", None)
        writers = [self.blocks]
        if self._green is not None:
            writers.append(BlockWriter(publisher.samples, wire.STREAM_PPG_GREEN))
        super().__init__(driver, _PERIOD_US, _BATCH, tuple(writers))
        self._publisher = publisher
        self._dsp = PpgPipeline(publisher.vitals.acceleration, publisher.vitals.heart)
        self._contact = publisher.vitals.contact
        self._motion_mg = publisher.vitals.motion_mg
        # in an array, because MicroPython takes ten times as long to set an attribute: status of the next block;
        # why the chip rests (0: it does not), polls until it is on again, batches since the last decision, polls of a
        # period (0: it measures all the time) and those since it began
        self._state = array("i", bytes(4 * 6))
        self._wear = Wear(publisher, driver)
        self._intervals = PulsePublisher(publisher)

    @micropython.native
    def _take(self) -> int:
        state = self._state
        if state[_RESTS]:
            return self._rest()
        if state[_PERIOD]:
            state[_PHASE] += 1
            if state[_PHASE] > _MEASURE_POLLS:
                return self._pause()
        n = self.driver.read(SAMPLES, _BATCH)
        if n:
            self._mark(n)
            status = state[_STATUS]
            state[_STATUS] = 0
            if not self._contact[wire.STREAM_PPG]:
                status |= _NO_CONTACT
            self.blocks.add(SAMPLES, n, self._time, status)
            if self._green is not None:
                self.writers[1].add(self._green, n, self._time, status)
            if self._dsp.push(SAMPLES, n, self._motion_mg[0], self._time.of(0) & TICKS):
                self._publish()
            state[_BATCHES] += 1
            if state[_BATCHES] == _EVERY:
                state[_BATCHES] = 0
                if self.driver.regulate(SAMPLES, n):
                    self._change_gain()
        return n

    def _change_gain(self) -> None:
        """The light has another level from the next sample on: no block and no window has both."""
        self._skip(0)
        self._state[_STATUS] = _GAIN_CHANGED
        self._numbers[BASE] = self._time.index
        self._begin()
        if self.driver.control.state[_PROXIMITY]:
            self._switch_off(_NOT_WORN, _OFF_POLLS)

    def _skip(self, n: int) -> None:
        """Close the blocks that are open; the next `n` samples are in none."""
        for writer in self.writers:
            writer.skip(n)

    def _switch_off(self, why: int, polls: int) -> None:
        self.driver.stop()
        self._interrupt()
        self._state[_RESTS] = why
        self._state[_OFF] = polls

    def _pause(self) -> int:
        """A measurement has ended: publish what there is, and rest until the next one."""
        self._end()
        self._skip(0)
        tick = self._time.tick(self._time.index - 1)
        self._refuse_all(tick, wire.REASON_PAUSED)
        self._wear.refuse(tick, wire.REASON_PAUSED)
        self._contact[wire.STREAM_PPG] = 0
        self._switch_off(_PAUSED, max(self._state[_PERIOD] - _MEASURE_POLLS, 1))
        return 0

    def _rest(self) -> int:
        """Nobody wears it: look once a second whether somebody does. What is seen then is no part of the stream.

        Or wait for the next measurement.
        """
        state = self._state
        polled_us = self._numbers[LAST_READ_US]
        self._numbers[LAST_READ_US] = -1  # that nothing comes is no fault
        if state[_OFF]:
            state[_OFF] -= 1
            if not state[_OFF]:
                state[_PHASE] = 0
                if state[_RESTS] == _PAUSED:
                    state[_RESTS] = 0
                    self._contact[wire.STREAM_PPG] = 1  # as at the start, until the first window says
                self.driver.start()
            elif state[_RESTS] == _PAUSED and not state[_OFF] % _REPEAT_POLLS:
                self._wear.refuse(polled_us, wire.REASON_PAUSED)
            return 0
        n = self.driver.read(SAMPLES, _BATCH)
        if n:
            self._mark(n)
            self._skip(n)
            tick = self._time.tick(self._time.index - 1)
            self._refuse_all(tick, wire.REASON_NOT_WORN)
            self._contact[wire.STREAM_PPG] = 0
            self._wear.judge(None, -1, tick)
            self._wear.publish(tick)
            if self.driver.regulate(SAMPLES, n):
                state[_RESTS] = 0
                self._change_gain()
            else:
                self._switch_off(_NOT_WORN, _OFF_POLLS)
        return 0

    def apply_settings(self, settings: "Settings") -> None:
        """Measure light as often, and read saturation by the curve, as is set.

        Another period begins with a measurement now; the same one goes on as it is.
        """
        curve = settings.get(wire.SETTING_SPO2_CURVE)
        self._dsp.choose_curve(curve)
        self._publisher.uncalibrated = 0 if CURVES[curve][_CALIBRATED] else wire.READING_KIND_SPO2
        state = self._state
        period = settings.get(wire.SETTING_LIGHT_PERIOD) * _POLLS_A_MIN
        if period == state[_PERIOD]:
            return
        state[_PERIOD] = period
        if state[_RESTS] == _PAUSED and state[_OFF] > 1:
            state[_OFF] = 1
        state[_PHASE] = 0

    def _begin(self) -> None:
        self._dsp.restart()

    def _refuse(self, now_us: int) -> None:
        self._state[_RESTS] = self._state[_PHASE] = 0
        self._refuse_all(now_us, wire.REASON_SENSOR_FAULT)
        self._wear.refuse(now_us)

    def _refuse_all(self, tick: int, reason: int) -> None:
        self._publisher.refusals(wire.READINGS_PPG, tick, reason)
        self._publisher.refusals(wire.READINGS_PULSES, tick, reason)

    def _end(self) -> None:
        self._dsp.flush()
        self._publish()

    def _publish(self) -> None:
        while True:
            window = self._dsp.next_window()
            if window is None:
                return
            self._publish_window(window)

    def _publish_window(self, window: "PpgWindow") -> None:
        tick = self._time.tick(self._numbers[BASE] + window.end - 1)  # its last sample: the device is not beyond it
        self._explain(window)
        unseen = window.pulse_rate.reason == wire.REASON_NOT_WORN
        wear = self._wear.judge(None if unseen else window.pulse_rate, _perfusion(window), tick)
        vitals = self._publisher.vitals
        if vitals.fitted[wire.STREAM_ACCEL] and not vitals.knows_movement():
            # steps pass for pulses: no rate is sure, but either shows a wearer
            self._name(window, wire.REASON_SENSOR_FAULT, False, _UNCERTAIN_QUALITY)
        elif window.spo2.value is not None and _walks(vitals.value(wire.READING_KIND_ACTIVITY)):
            # gentle steps move the blood, too, and each light as much: that is no oxygen
            window.spo2.add_caution(wire.REASON_MOTION)
            window.spo2.quality = min(window.spo2.quality, _UNCERTAIN_QUALITY)
        if wear == wire.WEAR_POOR_CONTACT:
            self._name(window, wire.REASON_POOR_CONTACT, False)
        elif wear == wire.WEAR_EXCESS_PRESSURE:
            self._name(window, wire.REASON_EXCESS_PRESSURE, window.pulse_rate.reason == wire.REASON_LOW_PERFUSION)
        self._publisher.window(wire.READINGS_PPG, window, tick)
        self._intervals.publish(window, tick)
        self._contact[wire.STREAM_PPG] = not (unseen or wear == wire.WEAR_NOT_WORN)
        self._wear.publish(tick)

    def _explain(self, window: "PpgWindow") -> None:
        """Name what only the front end knows: a dead LED, and ambient light that it cannot cancel."""
        found = self.driver.control.state
        if found[_DARK] == _DEAD_RED and window.pulse_rate.value is not None:
            window.spo2.refuse(wire.REASON_NO_SIGNAL)
        if found[_DARK] == _DEAD_INFRARED:
            self._name(window, wire.REASON_NO_SIGNAL, True)
        elif found[_AMBIENT]:
            self._name(window, wire.REASON_AMBIENT_LIGHT, True)

    def _name(self, window: "PpgWindow", reason: int, refuse: bool, best: int = 100) -> None:
        """Have every number be read with caution for this reason, with a quality of `best` at most.

        With `refuse`, each refusal is for it, too.
        """
        for _, name in wire.READINGS_PPG:
            measure: "Measure" = getattr(window, name)
            if measure.value is not None:
                measure.add_caution(reason)
                measure.quality = min(measure.quality, best)
            elif refuse:
                measure.refuse(reason)


def _walks(activity: "int | None") -> bool:
    return activity is not None and wire.ACTIVITY_WALKING <= activity <= wire.ACTIVITY_VIGOROUS


def _perfusion(window: "PpgWindow") -> int:
    """In 0.01 %: 0 where it is too little for a reading, -1 where nobody knows."""
    value = window.perfusion_index.value
    if value is not None:
        return value
    return 0 if window.perfusion_index.reason == wire.REASON_LOW_PERFUSION else -1
