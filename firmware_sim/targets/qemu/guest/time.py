"""`time` of the emulated board: the simulator's virtual clock."""

import bridge
from bridged import ops
from bridged.link import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ticks_us = bridge.ticks_us
ticks_cpu = bridge.ticks_us
ticks_diff = bridge.ticks_diff
_PERIOD = 1 << 30


def ticks_add(ticks: int, delta: int) -> int:
    """A tick value `delta` later, wrapped."""
    return (ticks + delta) & (_PERIOD - 1)


def ticks_ms() -> int:
    """Milliseconds since start, wrapped."""
    return call("time.ticks_ms")


def sleep_us(us: int) -> None:
    """Nothing to do for `us`, or until there is input."""
    bridge.wait(ops.IDLE, us)


def sleep_ms(ms: int) -> None:
    """Nothing to do for `ms`."""
    bridge.wait(ops.SLEEP, ms * 1000)


def sleep(seconds: float) -> None:
    """Nothing to do for `seconds`."""
    bridge.wait(ops.SLEEP, int(seconds * 1000000))


def time() -> int:
    """Seconds since 2000."""
    return call("time.time")


def time_ns() -> int:
    """Nanoseconds since 2000."""
    return call("time.time_ns")


def gmtime(secs: "int | None" = None) -> "tuple[int, ...]":
    """(year, month, mday, hour, minute, second, weekday, yearday)."""
    return call("time.gmtime", secs)


localtime = gmtime


def mktime(t: "Any") -> int:
    """Seconds since 2000 of a time tuple."""
    return call("time.mktime", t)
