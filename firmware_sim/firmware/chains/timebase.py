"""Device time of a sample index, from the last tick that the driver told."""


class Timebase:
    """Counts samples and remembers when the newest batch began."""

    def __init__(self, period_us: int) -> None:
        self._period_us = period_us
        self._tick_us = 0
        self._at = 0
        self.index = 0

    def mark(self, tick_us: int) -> None:
        """The next sample was taken at `tick_us`."""
        self._tick_us = tick_us
        self._at = self.index

    def advance(self, n: int) -> None:
        """`n` samples were taken in."""
        self.index += n

    def tick(self, index: int) -> int:
        """Device time of a sample near the newest batch, in µs."""
        return max(0, self._tick_us + (index - self._at) * self._period_us)
