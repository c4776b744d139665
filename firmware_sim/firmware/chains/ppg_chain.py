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
    from ..dsp.result import PpgWindow

_PERIOD_US = const(10_000)  # frontends.ppg: PERIOD_US
_NO_CONTACT = const(1)  # wire: STATUS_NO_CONTACT
_BATCH = const(32)


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

    @micropython.native
    def _take(self) -> int:
        n = self.driver.read(self._samples, _BATCH)
        if n:
            self._mark(n)
            status = 0 if self._contact[wire.STREAM_PPG] else _NO_CONTACT
            self.blocks.add(self._samples, n, self._time, status)
            results = self._dsp.push(self._samples, n, self._motion_mg[0])
            while results:
                window = self._dsp.next_window()
                if window is None:
                    break
                self._publish(window)
        return n

    def _begin(self) -> None:
        self._dsp.restart()

    def _refuse(self, now_us: int) -> None:
        self._publisher.refusals(wire.READINGS_PPG, now_us)

    def _publish(self, window: "PpgWindow") -> None:
        tick = self._time.tick(self._base + window.end - 1)  # its last sample: the device is not beyond it
        self._publisher.window(wire.READINGS_PPG, window, tick)
        self._contact[wire.STREAM_PPG] = window.pulse_rate.reason != wire.REASON_NOT_WORN
