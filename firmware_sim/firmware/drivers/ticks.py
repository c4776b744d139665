"""Device time that does not wrap, from the port's wrapping microsecond ticks."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .wiring import SleepMs, TicksDiff, TicksUs


class Ticks:
    """µs since start; `now_us` must be called at least once in eight minutes (half a wrap of 2³⁰ µs)."""

    def __init__(self, ticks_us: "TicksUs", ticks_diff: "TicksDiff", sleep_ms: "SleepMs") -> None:
        self.raw = ticks_us
        self.diff = ticks_diff
        self.sleep_ms = sleep_ms
        # raw and wide time when last asked for; a list, because MicroPython takes ten times as long to set an attribute
        self._then = [ticks_us()] * 2

    def now_us(self) -> int:
        """Now; may allocate, so not from an interrupt (take `raw()` there)."""
        then = self._then
        raw = self.raw()
        now = then[1] + self.diff(raw, then[0])
        then[0] = raw
        then[1] = now
        return now

    def widen(self, raw: int, before: int = 0) -> int:
        """The time `before` µs before a recent `raw()`."""
        then = self._then
        return then[1] + (self.diff(raw, then[0]) - before)


class Pace:
    """What must be in a polled FIFO by the clock, where the chip itself cannot say how much it lost."""

    def __init__(self, ticks: Ticks, period_us: int) -> None:
        self._ticks = ticks
        self._period_us = period_us
        self._noted = 0
        self._left = 0
        self._count = 1

    def restart(self) -> None:
        """The FIFO is empty now."""
        self._noted = self._ticks.raw()
        self._left = 0

    def expected(self) -> int:
        """Samples that should be there now: left behind by the last reading, and taken since."""
        ticks = self._ticks
        return self._left + ticks.diff(ticks.raw(), self._noted) // self._period_us

    def leave(self, left: int) -> None:
        """So many of the samples that were noted are left behind."""
        self._left = left

    def note(self, count: int) -> None:
        """`count` samples are there now."""
        self._noted = self._ticks.raw()
        self._count = count

    def first_us(self) -> int:
        """Time of the oldest of the samples that were noted: the newest was half a period old on the average."""
        return self._ticks.widen(self._noted, (self._count - 1) * self._period_us + self._period_us // 2)
