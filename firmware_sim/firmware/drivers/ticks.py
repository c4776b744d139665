"""Device time that does not wrap, from the port's wrapping microsecond ticks."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .wiring import I2C, Sleep, TicksDiff, TicksUs

_LONGEST_RESET_MS = const(10)
_ETIMEDOUT = const(110)


class Ticks:
    """µs since start; `now_us` must be called at least once in eight minutes (half a wrap of 2³⁰ µs)."""

    def __init__(self, ticks_us: "TicksUs", ticks_diff: "TicksDiff", sleep_ms: "Sleep", sleep_us: "Sleep") -> None:
        self.raw = ticks_us
        self.diff = ticks_diff
        self.sleep_ms = sleep_ms
        self.sleep_us = sleep_us
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

    def await_low(self, i2c: "I2C", address: int, register: int, bit: int) -> None:
        """Until a chip has cleared a bit of a register, as at the end of a reset; OSError where that takes 10 ms."""
        for _ in range(_LONGEST_RESET_MS):
            if not i2c.readfrom_mem(address, register, 1)[0] & bit:
                return
            self.sleep_ms(1)
        raise OSError(_ETIMEDOUT)


#: State of a `Pace`: when the FIFO was looked at, what was left in it; when something was in it last, and how much;
#: and how much there was at the last look.
_NOTED = const(0)
_LEFT = const(1)
_FOUND = const(2)
_COUNT = const(3)
_LAST = const(4)


class Pace:
    """What must be in a polled FIFO by the clock, where the chip itself cannot say how much it lost."""

    def __init__(self, ticks: Ticks, period_us: int) -> None:
        self._ticks = ticks
        self._period_us = period_us
        # a list, because MicroPython takes ten times as long to set an attribute
        self._state = [0, 0, 0, 0, 0]

    def restart(self) -> None:
        """The FIFO is empty now."""
        state = self._state
        state[_NOTED] = self._ticks.raw()
        state[_LEFT] = state[_COUNT] = state[_LAST] = 0

    def expected(self) -> int:
        """Samples that should be there now: left behind by the last reading, and taken since."""
        return self._since(_NOTED)

    def overrun(self, count: int) -> int:
        """Samples that were lost, at least one, where `count` are there and the chip says that some were."""
        self._state[_COUNT] = 0
        return max(self._since(_NOTED) - count, 1)

    def note(self, count: int, left: int) -> int:
        """`count` samples are there now, `left` of them stay; how many were not taken since there were some before.

        Looked for where there are less than at the last look, and after one that found some missing or nothing there;
        none are, where rates that differ may explain it.
        """
        state = self._state
        last = state[_LAST]
        missing = self._missing(count) if count and (count + 1 < last or not last) else 0
        state[_NOTED] = now = self._ticks.raw()
        state[_LEFT] = left
        state[_LAST] = 0 if missing else count
        if count:
            state[_FOUND] = now
            state[_COUNT] = count
        return missing

    def first_us(self) -> int:
        """Time of the oldest of the samples that were noted: the newest was half a period old on the average."""
        state = self._state
        return self._ticks.widen(state[_FOUND], (state[_COUNT] - 1) * self._period_us + self._period_us // 2)

    def _missing(self, count: int) -> int:
        if not self._state[_COUNT]:
            return 0
        expected = self._since(_FOUND)
        lost = expected - count
        return lost if lost > 1 + (expected >> 5) else 0

    def _since(self, moment: int) -> int:
        ticks = self._ticks
        return self._state[_LEFT] + ticks.diff(ticks.raw(), self._state[moment]) // self._period_us
