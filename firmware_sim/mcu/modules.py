"""Builds the modules that mean one MCU: machine, time, gc, os, micropython, vfs, cryptolib and bluetooth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType

from . import littlefs, machine, micropython
from .cryptolib import aes
from .machine_time import EPOCH
from .mcu import Mcu

TICKS_PERIOD = 1 << 30  # what the 32-bit ports wrap at
SCHEDULE_DEPTH = 8


def modules_of(mcu: Mcu) -> dict[str, ModuleType]:
    """MicroPython modules bound to an MCU, by name, the same at each call; no `bluetooth` on one without radio."""
    if not mcu.modules:
        mcu.modules.update(_build(mcu))
    return mcu.modules


def _build(mcu: Mcu) -> dict[str, ModuleType]:
    modules = {
        "machine": machine.build(mcu),
        "time": _time(mcu),
        "gc": _gc(mcu),
        "os": _os(mcu),
        "micropython": _micropython(mcu),
        "cryptolib": _module("cryptolib", aes=aes),
        "vfs": littlefs.build(),
    }
    if mcu.radio is not None:
        from . import bluetooth  # bumble takes a second to load: only for an MCU with a radio

        modules["bluetooth"] = bluetooth.build(mcu, mcu.radio)
    return modules


def _module(name: str, **members: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(members)
    return module


def ticks_add(ticks: int, delta: int) -> int:
    """A tick value `delta` later, wrapped."""
    return (ticks + delta) & (TICKS_PERIOD - 1)


def ticks_diff(ticks1: int, ticks2: int) -> int:
    """Signed distance of two tick values less than half a period apart."""
    half = TICKS_PERIOD // 2
    return ((ticks1 - ticks2 + half) & (TICKS_PERIOD - 1)) - half


def gmtime(secs: int) -> tuple[int, ...]:
    """(year, month, mday, hour, minute, second, weekday, yearday) of seconds since 2000."""
    t = EPOCH + timedelta(seconds=secs)
    return (t.year, t.month, t.day, t.hour, t.minute, t.second, t.weekday(), t.timetuple().tm_yday)


def mktime(t: tuple[int, ...]) -> int:
    """Seconds since 2000 of a time tuple."""
    return (datetime(*t[:6]) - EPOCH) // timedelta(seconds=1)  # type: ignore[arg-type]


def _time(mcu: Mcu) -> ModuleType:
    clock = mcu.clock

    def ticks_us() -> int:
        return (clock.now - mcu.booted_at) & (TICKS_PERIOD - 1)

    def ticks_ms() -> int:
        return (clock.now - mcu.booted_at) // 1000 & (TICKS_PERIOD - 1)

    def sleep_us(us: int) -> None:
        clock.run_until(clock.now + max(us, 0))

    def calendar_us() -> int:
        return clock.now + mcu.rtc_offset_us

    def calendar(secs: int | None = None) -> tuple[int, ...]:
        return gmtime(calendar_us() // 1_000_000 if secs is None else secs)

    return _module(
        "time",
        ticks_us=ticks_us,
        ticks_ms=ticks_ms,
        ticks_cpu=ticks_us,
        ticks_add=ticks_add,
        ticks_diff=ticks_diff,
        sleep=lambda seconds: sleep_us(round(seconds * 1_000_000)),
        sleep_ms=lambda ms: sleep_us(ms * 1000),
        sleep_us=sleep_us,
        time=lambda: calendar_us() // 1_000_000,
        time_ns=lambda: calendar_us() * 1000,
        gmtime=calendar,
        localtime=calendar,
        mktime=mktime,
    )


def _gc(mcu: Mcu) -> ModuleType:
    heap = mcu.heap
    return _module(
        "gc",
        collect=lambda: None,
        enable=lambda: None,
        disable=lambda: None,
        isenabled=lambda: True,
        mem_free=lambda: heap.free,
        mem_alloc=lambda: heap.used,
    )


def _os(mcu: Mcu) -> ModuleType:
    files = mcu.files

    def stat(name: str) -> tuple[int, ...]:
        return (0x8000, 0, 0, 0, 0, 0, len(files.read(name)), 0, 0, 0)

    return _module(
        "os",
        listdir=lambda path="/": files.names(),
        remove=files.remove,
        rename=files.rename,
        stat=stat,
        sync=lambda: None,
        urandom=lambda n: mcu.entropy.randbytes(n),
    )


def _micropython(mcu: Mcu) -> ModuleType:
    waiting: list[object] = []

    def schedule(func: Callable[[object], object], arg: object) -> None:
        if len(waiting) >= SCHEDULE_DEPTH:
            raise RuntimeError("schedule queue full")
        waiting.append(func)

        def run() -> None:
            waiting.remove(func)
            func(arg)

        mcu.clock.call_at(mcu.clock.now, run)

    public = {name: value for name, value in vars(micropython).items() if not name.startswith("_")}
    return _module("micropython", **{**public, "schedule": schedule})
