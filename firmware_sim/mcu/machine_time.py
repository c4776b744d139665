"""`machine.Timer`, `machine.RTC` and `machine.WDT`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

from .clock import Event
from .fidelity import Aspect, Fidelity
from .mcu import Mcu
from .reset import WDT_RESET, McuReset

EPOCH = datetime(2000, 1, 1)


FIDELITY = Fidelity(
    part="timers, watchdog, calendar",
    sheet="MicroPython's machine.Timer, WDT and RTC",
    component="firmware",
    aspects=(
        Aspect("timers", "machine.Timer", "test_timers"),
        Aspect("a watchdog that bites", "machine.WDT", "test_a_starved_watchdog_bites_through_a_sleep"),
        Aspect("a calendar that outlives a reset", "machine.RTC", "test_reset_restarts_ticks_and_keeps_the_calendar"),
    ),
    left_out=("drift of the calendar against the clock", "alarms of the RTC"),
)


class Timer:
    """A virtual timer on the MCU's clock."""

    ONE_SHOT: ClassVar[int] = 0
    PERIODIC: ClassVar[int] = 1
    mcu: ClassVar[Mcu]
    running: ClassVar[set[Timer]]

    def __init__(
        self,
        id: int = -1,
        *,
        mode: int = PERIODIC,
        freq: float = -1,
        period: int = -1,
        callback: Callable[[Timer], object] | None = None,
    ) -> None:
        self._event: Event | None = None
        self._callback: Callable[[Timer], object] | None = None
        self._period_us = 0
        self._periodic = False
        if freq > 0 or period > 0:
            self.init(mode=mode, freq=freq, period=period, callback=callback)

    def init(
        self,
        *,
        mode: int = PERIODIC,
        freq: float = -1,
        period: int = -1,
        callback: Callable[[Timer], object] | None = None,
    ) -> None:
        """Start: `period` in ms, or `freq` in Hz instead."""
        self.deinit()
        self._period_us = round(1e6 / freq) if freq > 0 else period * 1000
        if self._period_us <= 0:
            raise ValueError("timer needs a period or a frequency")
        self._callback = callback
        self._periodic = mode == Timer.PERIODIC
        self.running.add(self)
        self._arm(self.mcu.clock.now + self._period_us)

    def deinit(self) -> None:
        """Stop."""
        if self._event is not None:
            self.mcu.clock.cancel(self._event)
            self._event = None
        self.running.discard(self)

    def _arm(self, due: int) -> None:
        def fire() -> None:
            if self._periodic:
                self._arm(due + self._period_us)
            else:
                self.deinit()
            if self.mcu.interrupts.enabled:
                self._serve()
            else:
                self.mcu.interrupts.defer(self._serve)

        self._event = self.mcu.clock.call_at(due, fire)

    def _serve(self) -> None:
        if self._callback is not None:
            self._callback(self)


class RTC:
    """The calendar; it survives a reset and begins at 2000-01-01."""

    mcu: ClassVar[Mcu]

    def __init__(self, id: int = 0) -> None:
        self._id = id

    def datetime(self, datetimetuple: tuple[int, ...] | None = None) -> tuple[int, ...] | None:
        """(year, month, day, weekday, hours, minutes, seconds, microseconds), or set it."""
        mcu = self.mcu
        if datetimetuple is None:
            now = EPOCH + timedelta(microseconds=mcu.clock.now + mcu.rtc_offset_us)
            return (now.year, now.month, now.day, now.weekday(), now.hour, now.minute, now.second, now.microsecond)
        year, month, day, _, hours, minutes, seconds, sub = datetimetuple
        wanted = datetime(year, month, day, hours, minutes, seconds, sub)
        mcu.rtc_offset_us = (wanted - EPOCH) // timedelta(microseconds=1) - mcu.clock.now
        return None


class WDT:
    """A watchdog: once started it cannot be stopped, and starved it resets the MCU."""

    mcu: ClassVar[Mcu]
    awake: ClassVar[list[Event]]

    def __init__(self, id: int = 0, timeout: int = 5000) -> None:
        if timeout < 1:
            raise ValueError("watchdog timeout too short")
        self._timeout_us = timeout * 1000
        self.feed()

    def feed(self) -> None:
        """Feed the watchdog: `timeout` ms more."""
        clock = self.mcu.clock
        while self.awake:
            clock.cancel(self.awake.pop())
        self.awake.append(clock.call_at(clock.now + self._timeout_us, self._bite))

    def _bite(self) -> None:
        self.mcu.reset(WDT_RESET)
        raise McuReset(WDT_RESET)
