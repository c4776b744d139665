"""Light: front end → pulse, SpO2, perfusion and respiration, and the raw stream."""

from array import array

import micropython
from micropython import const

from .. import wire_gen as wire
from ..dsp.ppg.pipeline import PpgPipeline
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

    def _publish(self, window: "PpgWindow") -> None:
        self._explain(window)
        tick = self._time.tick(self._base + window.end - 1)  # its last sample: the device is not beyond it
        self._publisher.window(wire.READINGS_PPG, window, tick)
        self._contact[wire.STREAM_PPG] = window.pulse_rate.reason != wire.REASON_NOT_WORN

    def _explain(self, window: "PpgWindow") -> None:
        """Name what only the front end knows: a dead infrared LED, and ambient light that it cannot cancel."""
        control = self.driver.control
        reason = wire.REASON_AMBIENT_LIGHT if control.ambient else 0
        if control.dark & _DEAD_INFRARED:
            reason = wire.REASON_NO_SIGNAL
        if reason:
            for _, name in wire.READINGS_PPG:
                measure: "Measure" = getattr(window, name)
                if measure.value is None:
                    measure.refuse(reason)
                else:
                    measure.add_caution(reason)
