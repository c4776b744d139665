"""Light: front end → pulse, SpO2, perfusion and respiration, and the raw stream."""

from array import array

import micropython
from micropython import const

from .. import wire_gen as wire
from ..dsp.ppg.pipeline import PpgPipeline
from ..dsp.wear import WearDetector
from .blocks import BlockWriter
from .publisher import Publisher
from .sensor_chain import SensorChain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.max30102 import Max30102
    from ..dsp.result import Measure, PpgWindow

_PERIOD_US = const(10_000)  # frontends.ppg: PERIOD_US
_NO_CONTACT = const(1)  # wire: STATUS_NO_CONTACT
_GAIN_CHANGED = const(4)  # wire: STATUS_GAIN_CHANGED
_BATCH = const(32)
_DEAD_INFRARED = const(2)
#: Time for which a heart beat shows a wearer, and seconds after which the state of wear is published again.
_BEAT_US = const(7_000_000)
_REPEAT_S = const(10)
_SECOND_MS = const(1000)


class PpgChain(SensorChain):
    """Everything from the MAX30102 to published pulse and SpO2."""

    def __init__(self, driver: "Max30102", publisher: Publisher) -> None:
        self.driver = driver
        self.blocks = BlockWriter(publisher.samples, wire.STREAM_PPG)
        super().__init__(driver, _PERIOD_US, _BATCH, (self.blocks,))
        self._publisher = publisher
        self._dsp = PpgPipeline()
        self._samples = array("i", [0] * (2 * _BATCH))
        self._contact = publisher.vitals.contact
        self._motion_mg = publisher.vitals.motion_mg
        # status of the next block: in an array, because MicroPython takes ten times as long to set an attribute
        self._status = bytearray(1)
        self._wear = WearDetector()
        # value and reason of wear as published, and seconds since
        self._published = array("h", [0, 0, _REPEAT_S])

    @micropython.native
    def _take(self) -> int:
        n = self.driver.read(self._samples, _BATCH)
        if n:
            self._mark(n)
            status = self._status[0]
            self._status[0] = 0
            if not self._contact[wire.STREAM_PPG]:
                status |= _NO_CONTACT
            self.blocks.add(self._samples, n, self._time, status)
            results = self._dsp.push(self._samples, n, self._motion_mg[0])
            while results:
                window = self._dsp.next_window()
                if window is None:
                    break
                self._publish(window)
            if self.driver.regulate(self._samples, n):
                self._change_gain()
        return n

    def _change_gain(self) -> None:
        """The light has another level from the next sample on: no block and no window has both."""
        self.blocks.skip(0)
        self._status[0] = _GAIN_CHANGED
        self._base = self._time.index
        self._begin()

    def _begin(self) -> None:
        self._dsp.restart()

    def _refuse(self, now_us: int) -> None:
        self._publisher.refusals(wire.READINGS_PPG, now_us)
        self._publisher.refusals(wire.READINGS_WEAR, now_us)
        self._wear.restart()
        self._published[2] = _REPEAT_S

    def _publish(self, window: "PpgWindow") -> None:
        tick = self._time.tick(self._base + window.end - 1)  # its last sample: the device is not beyond it
        self._explain(window)
        self._judge_wear(window.pulse_rate, tick)
        wear = self._wear.measure
        if wear.value == wire.WEAR_POOR_CONTACT:
            self._name(window, wire.REASON_POOR_CONTACT, False)
        self._publisher.window(wire.READINGS_PPG, window, tick)
        not_worn = window.pulse_rate.reason == wire.REASON_NOT_WORN or wear.value == wire.WEAR_NOT_WORN
        self._contact[wire.STREAM_PPG] = not not_worn
        self._publish_wear(tick)

    def _judge_wear(self, pulse: "Measure", tick: int) -> None:
        """One more second of what shows a wearer."""
        vitals = self._publisher.vitals
        control = self.driver.control
        skin, activity = wire.READING_KIND_SKIN_TEMPERATURE, wire.READING_KIND_ACTIVITY
        still = vitals.fitted[wire.STREAM_ACCEL] and vitals.reason(activity) != wire.REASON_SENSOR_FAULT
        beat_us = vitals.beat_us[0]
        heart = bool(beat_us and vitals.contact[wire.STREAM_ECG] and tick - beat_us < _BEAT_US)
        cold = vitals.reason(skin) == wire.REASON_OUT_OF_RANGE
        self._wear.update(
            0 if pulse.reason == wire.REASON_NOT_WORN else control.light,
            pulse,
            control.ambient,
            heart,
            vitals.motion_mg[0] if still else -1,
            0 if cold else vitals.value(skin),
        )

    def _publish_wear(self, tick: int) -> None:
        """Publish the state of wear when it changed, and now and then."""
        measure, published = self._wear.measure, self._published
        published[2] += 1
        if published[0] == (measure.value or 0) and published[1] == measure.reason and published[2] < _REPEAT_S:
            return
        published[0] = measure.value or 0
        published[1] = measure.reason
        published[2] = 0
        self._publisher.reading(wire.READING_KIND_WEAR, tick, _SECOND_MS, measure)

    def _explain(self, window: "PpgWindow") -> None:
        """Name what only the front end knows: a dead infrared LED, and ambient light that it cannot cancel."""
        control = self.driver.control
        if control.dark & _DEAD_INFRARED:
            self._name(window, wire.REASON_NO_SIGNAL, True)
        elif control.ambient:
            self._name(window, wire.REASON_AMBIENT_LIGHT, True)

    def _name(self, window: "PpgWindow", reason: int, refuse: bool) -> None:
        """Have every number be read with caution for this reason and, with `refuse`, each refusal be for it."""
        for _, name in wire.READINGS_PPG:
            measure: "Measure" = getattr(window, name)
            if measure.value is not None:
                measure.add_caution(reason)
            elif refuse:
                measure.refuse(reason)
