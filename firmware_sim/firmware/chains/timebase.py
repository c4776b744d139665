"""Device time of a sample index, from the last tick that the driver told."""

from array import array

import micropython
from micropython import const

# Index of the next sample, and of the first of the newest batch; what a sample takes, µs.
_INDEX = const(0)
_AT = const(1)
_PERIOD_US = const(2)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Ticking(Protocol):
        """The part of a driver that knows when its newest batch began."""

        @property
        def tick_us(self) -> int:
            """Device time of the batch's first sample."""
            ...


class Timebase:
    """Counts samples. The driver is asked for times only where one is needed: they do not fit small integers."""

    def __init__(self, driver: "Ticking", period_us: int) -> None:
        self._driver = driver
        # in an array, because MicroPython takes ten times as long to set an attribute
        self._state = array("I", (0, 0, period_us))

    @property
    def index(self) -> int:
        """Samples taken in."""
        return self._state[_INDEX]

    @micropython.native
    def take(self, n: int) -> None:
        """The driver has just read a batch of `n` samples."""
        state = self._state
        state[_AT] = state[_INDEX]
        state[_INDEX] += n

    def skip(self, lost: int) -> None:
        """`lost` samples are missing before the next batch."""
        self._state[_INDEX] += lost

    @micropython.native
    def of(self, k: int) -> int:
        """Device time of sample `k` of the newest batch, in µs."""
        return self._driver.tick_us + k * self._state[_PERIOD_US]

    def tick(self, index: int) -> int:
        """Device time of a sample near the newest batch, in µs."""
        return max(0, self.of(index - self._state[_AT]))
