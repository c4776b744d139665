"""Skin temperature: sensor → reading, and the raw stream."""

from array import array

from micropython import const

from .. import wire_gen as wire
from ..dsp.result import Measure
from .blocks import BlockWriter
from .publisher import Publisher
from .sensor_chain import SensorChain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.tmp117 import Tmp117

_PERIOD_US = const(1_000_000)  # frontends.skin: PERIOD_US
#: More than the chip ever has, which is its newest result.
_BATCH = const(2)
#: Samples of a window.
_WINDOW = const(10)
_SPAN_MS = const(10_000)
#: A change within a window above which skin and sensor have not settled (0.1 °C), and one that no skin makes (2 °C).
_SETTLED_COUNTS = const(13)
_MOST_COUNTS = const(256)
#: Accuracy of the TMP117 between -20 and 50 °C, at most (data sheet SNOSD82: ±0.1 °C), in 0.01 °C.
_SENSOR_U95_X100 = const(10)
#: Outside 10 to 45 °C the sensor lies on no living skin.
_MIN_COUNTS = const(1280)
_MAX_COUNTS = const(5760)


class SkinChain(SensorChain):
    """Everything from the TMP117 to the published skin temperature, the mean of 10 s."""

    driver: "Tmp117"

    def __init__(self, driver: "Tmp117", publisher: Publisher) -> None:
        self.blocks = BlockWriter(publisher.samples, wire.STREAM_SKIN_TEMPERATURE)
        super().__init__(driver, _PERIOD_US, _BATCH, (self.blocks,))
        self._publisher = publisher
        self._sample = array("h", [0])
        self._window = array("h", [0] * _WINDOW)
        self._n = 0
        self._measure = Measure()

    def _take(self) -> int:
        n = self.driver.read(self._sample, 1)
        if n:
            self._mark(n)
            self.blocks.add(self._sample, n, self._time, 0)
            self._window[self._n] = self._sample[0]
            self._n += 1
            if self._n == _WINDOW:
                self._publish(_WINDOW)
        return n

    def _begin(self) -> None:
        self._n = 0

    def _end(self) -> None:
        if self._n:
            self._publish(self._n)

    def _refuse(self, now_us: int) -> None:
        self._publisher.refusals(wire.READINGS_SKIN, now_us)

    def _publish(self, n: int) -> None:
        """Publish the mean of the `n` samples of this window, or why there is none; the next window begins."""
        total = 0
        low = high = self._window[0]
        for i in range(n):
            counts = self._window[i]
            total += counts
            low = min(low, counts)
            high = max(high, counts)
        self._n = 0
        measure = self._measure
        if low < _MIN_COUNTS or high > _MAX_COUNTS:
            measure.refuse(wire.REASON_OUT_OF_RANGE)
        elif high - low > _MOST_COUNTS:
            measure.refuse(wire.REASON_INCONSISTENT)
        else:
            settled = high - low <= _SETTLED_COUNTS
            # 128 counts a degree, 0.01 °C; what is still changing adds to what the sensor is uncertain by
            u95 = _SENSOR_U95_X100 + ((high - low) * 100 >> 7)
            reason = 0 if settled else wire.REASON_WARMING_UP
            measure.set((total * 100 // n + 64) >> 7, 90 if settled else 50, reason, u95)
        tick = self._time.tick(self._time.index - 1)  # its last sample
        self._publisher.reading(wire.READING_KIND_SKIN_TEMPERATURE, tick, _SPAN_MS * n // _WINDOW, measure)
