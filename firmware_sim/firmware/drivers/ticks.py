"""Device time that does not wrap, from the port's wrapping microsecond ticks."""

from array import array

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .wiring import SleepMs, TicksDiff, TicksUs

# Indices in the state of a `Pace`: raw time of the last look and samples that it left; raw time of the last reading
# and its samples.
_LOOKED = const(0)
_LEFT = const(1)
_NOTED = const(2)
_COUNT = const(3)


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
        # in an array, because MicroPython takes ten times as long to set an attribute
        self._state = array("i", (0, 0, 0, 1))

    def restart(self) -> None:
        """The FIFO is empty now."""
        self.looked(0)

    def expected(self) -> int:
        """Samples that should be there now: left behind by the last look, and taken since."""
        ticks = self._ticks
        state = self._state
        return state[_LEFT] + ticks.diff(ticks.raw(), state[_LOOKED]) // self._period_us

    def looked(self, left: int) -> None:
        """A look was had just now and left so many samples behind."""
        state = self._state
        state[_LOOKED] = self._ticks.raw()
        state[_LEFT] = left

    def note(self, count: int) -> None:
        """`count` samples are being read now."""
        state = self._state
        state[_NOTED] = self._ticks.raw()
        state[_COUNT] = count

    def first_us(self) -> int:
        """Time of the oldest of the samples that were noted: the newest was half a period old on the average."""
        state = self._state
        period_us = self._period_us
        return self._ticks.widen(state[_NOTED], (state[_COUNT] - 1) * period_us + period_us // 2)
