"""Impacts: the accelerometer for ±200 g → the greatest acceleration of late."""

from array import array

import micropython
from micropython import const

from ..drivers.h3lis331dl import MG
from ..kernels import root
from .sensor_chain import SensorChain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.h3lis331dl import H3lis331dl
    from .publisher import Publisher

_PERIOD_US = const(1000)  # drivers.h3lis331dl: PERIOD_US
_BATCH = const(64)
#: Batches in a row with a sample at the rail: no impact lasts half a second.
_MOST_RAILED = const(10)
#: Impacts in a row that another sensor saw, and this one not even half of, each (mg) well below that one's rail.
_MOST_MISSED = const(3)
_SEEN_MG = const(3000)
_BELOW_RAIL_MG = const(12_000)
# greatest |a|² (counts) since it was taken, batches at the rail in a row, impacts missed in a row
_LARGEST = const(0)
_RAILED = const(1)
_MISSED = const(2)


class ImpactChain(SensorChain):
    """From the H3LIS331DL to `take_peak`. It publishes no samples."""

    driver: "H3lis331dl"

    def __init__(self, driver: "H3lis331dl", publisher: "Publisher") -> None:
        super().__init__(driver, _PERIOD_US, _BATCH, ())
        self._publisher = publisher
        self._samples = array("h", bytes(2 * 3 * _BATCH))
        self._peaks = [0, 0, 0]

    def take_peak(self) -> int:
        """Greatest |a| (mg) since the last call; 0 where there was nothing."""
        numbers = self._peaks
        largest = numbers[_LARGEST]
        if not largest:
            return 0
        numbers[_LARGEST] = 0
        return root(largest) * MG

    def compare(self, own_mg: int, other_mg: int, now_us: int) -> None:
        """Greatest |a| of a second as this sensor and another one saw it: one that sees nothing has failed."""
        numbers = self._peaks
        if not self.works or not _SEEN_MG <= other_mg <= _BELOW_RAIL_MG:
            return
        numbers[_MISSED] = numbers[_MISSED] + 1 if 2 * own_mg < other_mg else 0
        if numbers[_MISSED] >= _MOST_MISSED:
            numbers[_MISSED] = 0
            self._fail(now_us)

    @micropython.native
    def _take(self) -> int:
        samples = self._samples
        n = self.driver.read(samples, _BATCH)
        if n:
            self._mark(n)
            numbers = self._peaks
            largest = numbers[_LARGEST]
            at = 0
            for _ in range(n):
                x = samples[at]
                y = samples[at + 1]
                z = samples[at + 2]
                square = x * x + y * y + z * z
                if square > largest:
                    largest = square
                at += 3
            numbers[_LARGEST] = largest
            numbers[_RAILED] = numbers[_RAILED] + 1 if self.driver.saturated else 0
            if numbers[_RAILED] >= _MOST_RAILED:
                numbers[_RAILED] = numbers[_LARGEST] = 0
                raise OSError("at the rail")
        return n

    def _begin(self) -> None:
        self._peaks[_LARGEST] = 0

    def _refuse(self, now_us: int) -> None:
        self._peaks[_LARGEST] = 0
