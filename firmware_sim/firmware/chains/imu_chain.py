"""Motion: sensor → events, activity and posture, and the raw streams."""

from array import array

import micropython
from micropython import const

from .. import wire_gen as wire
from ..dsp.imu.pipeline import ImuPipeline
from .blocks import BlockWriter
from .publisher import Publisher
from .sensor_chain import BASE, SensorChain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.lsm6dso import Lsm6dso
    from ..dsp.result import Event

_PERIOD_US = const(9_615)  # frontends.imu: PERIOD_US
_BATCH = const(16)


class ImuChain(SensorChain):
    """Everything from the LSM6DSO to published events and activity."""

    driver: "Lsm6dso"

    def __init__(self, driver: "Lsm6dso", publisher: Publisher) -> None:
        self.accel_blocks = BlockWriter(publisher.samples, wire.STREAM_ACCEL)
        self.gyro_blocks = BlockWriter(publisher.samples, wire.STREAM_GYRO)
        super().__init__(driver, _PERIOD_US, _BATCH, (self.accel_blocks, self.gyro_blocks))
        self._publisher = publisher
        self._motion_mg = publisher.vitals.motion_mg
        self._acceleration = publisher.vitals.acceleration
        self._dsp = ImuPipeline()
        self._accel = array("h", [0] * (3 * _BATCH))
        self._gyro = array("h", [0] * (3 * _BATCH))

    @micropython.native
    def _take(self) -> int:
        n = self.driver.read(self._accel, self._gyro, _BATCH)
        if n:
            self._mark(n)
            self.accel_blocks.add(self._accel, n, self._time, 0)
            self.gyro_blocks.add(self._gyro, n, self._time, 0)
            self._acceleration.add(self._accel, n, self._time.of(n))
            results = self._dsp.push(self._accel, self._gyro, n)
            self._motion_mg[0] = self._dsp.motion_mg
            if results:
                if self._acceleration.repeats(self._accel, n):
                    raise OSError("always the same samples")
                self._publish()
        return n

    def _begin(self) -> None:
        self._dsp.restart()
        self._motion_mg[0] = self._dsp.motion_mg
        self._acceleration.interrupt()

    def _end(self) -> None:
        self._dsp.flush()
        self._publish()
        self._numbers[BASE] = self._time.index
        self._begin()

    def _refuse(self, now_us: int) -> None:
        self._motion_mg[0] = 0  # it cannot tell
        self._acceleration.interrupt()
        self._publisher.refusals(wire.READINGS_IMU, now_us)

    def _announce(self, event: "Event") -> None:
        self._publisher.event(event, self._time.tick(self._numbers[BASE] + event.index))

    def _publish(self) -> None:
        while True:
            event = self._dsp.next_event()
            if event is None:
                break
            self._announce(event)
        while True:
            window = self._dsp.next_window()
            if window is None:
                return
            self._publisher.window(wire.READINGS_IMU, window, self._time.tick(self._numbers[BASE] + window.end))
