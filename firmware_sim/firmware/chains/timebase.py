"""Device time of a sample index, from the last tick that the driver told."""

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
        self._period_us = period_us
        self._at = 0
        self.index = 0

    def mark(self) -> None:
        """The driver has just read a batch; it begins with the next sample."""
        self._at = self.index

    def advance(self, n: int) -> None:
        """`n` samples were taken in."""
        self.index += n

    def of(self, k: int) -> int:
        """Device time of sample `k` of the newest batch, in µs."""
        return self._driver.tick_us + k * self._period_us

    def tick(self, index: int) -> int:
        """Device time of a sample near the newest batch, in µs."""
        return max(0, self.of(index - self._at))
