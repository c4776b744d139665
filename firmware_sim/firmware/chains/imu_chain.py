"""Motion: sensor → events, activity and posture, and the raw streams."""

from array import array

from .. import wire_gen as wire
from ..dsp.imu import ImuPipeline
from ..services.frame_ring import FrameRing
from .blocks import BlockWriter
from .publisher import Publisher
from .timebase import Timebase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.lsm6dso import Lsm6dso

RATE_MHZ = 104_000
PERIOD_US = 9_615
ACCEL_LSB_NANO = 488_000
GYRO_LSB_NANO = 70_000_000
BLOCK = 26
_BATCH = 32


class ImuChain:
    """Everything from the LSM6DSO to published events and activity."""

    def __init__(self, driver: "Lsm6dso", ring: FrameRing, publisher: Publisher) -> None:
        self.driver = driver
        self.accel_blocks = BlockWriter(ring, wire.STREAM_ACCEL, 3, 2, BLOCK)
        self.gyro_blocks = BlockWriter(ring, wire.STREAM_GYRO, 3, 2, BLOCK)
        self._publisher = publisher
        self._dsp = ImuPipeline()
        self._accel = array("h", [0] * (3 * _BATCH))
        self._gyro = array("h", [0] * (3 * _BATCH))
        self._time = Timebase(PERIOD_US)
        driver.start()

    @property
    def motion_mg(self) -> int:
        """How much the wearer moves now."""
        return self._dsp.motion_mg

    def poll(self) -> None:
        """Process what the sensor has and publish what came of it."""
        while True:
            n = self.driver.read(self._accel, self._gyro, _BATCH)
            if not n:
                return
            tick = self.driver.tick_us
            self._time.mark(tick)
            self.accel_blocks.add(self._accel, n, tick, PERIOD_US, 0)
            self.gyro_blocks.add(self._gyro, n, tick, PERIOD_US, 0)
            self._dsp.push(self._accel, self._gyro, n)
            self._time.advance(n)
            self._publish()

    def _publish(self) -> None:
        while True:
            event = self._dsp.next_event()
            if event is None:
                break
            self._publisher.event(event, self._time.tick(event.index))
        while True:
            window = self._dsp.next_window()
            if window is None:
                return
            tick = self._time.tick(window.end)
            self._publisher.reading(wire.READING_KIND_ACTIVITY, tick, window.span_ms, window.activity)
            self._publisher.reading(wire.READING_KIND_POSTURE, tick, window.span_ms, window.posture)
