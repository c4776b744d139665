"""Builds MicroPython's `machine` for one MCU."""

from __future__ import annotations

from types import ModuleType
from typing import NoReturn

from . import reset
from .clock import Event
from .machine_bus import I2C, SPI
from .machine_pin import Pin
from .machine_time import RTC, WDT, Timer
from .machine_uart import UART
from .mcu import Mcu
from .reset import McuReset

_CONSTANTS = ("PWRON_RESET", "HARD_RESET", "WDT_RESET", "DEEPSLEEP_RESET", "SOFT_RESET")


def build(mcu: Mcu) -> ModuleType:
    """A `machine` module whose every class and function means this MCU."""
    module = ModuleType("machine")
    running: set[Timer] = set()
    awake: list[Event] = []
    for cls in (Pin, I2C, SPI, UART, RTC):
        setattr(module, cls.__name__, type(cls.__name__, (cls,), {"mcu": mcu}))
    module.Timer = type("Timer", (Timer,), {"mcu": mcu, "running": running})  # type: ignore[attr-defined]
    module.WDT = type("WDT", (WDT,), {"mcu": mcu, "awake": awake})  # type: ignore[attr-defined]
    for name in _CONSTANTS:
        setattr(module, name, getattr(reset, name))
    _add_functions(module, mcu)

    def stop() -> None:
        for timer in list(running):
            timer.deinit()
        while awake:
            mcu.clock.cancel(awake.pop())

    mcu.at_reset(stop)
    return module


def _add_functions(module: ModuleType, mcu: Mcu) -> None:
    def restart(cause: int) -> NoReturn:
        mcu.reset(cause)
        raise McuReset(cause)

    def freq(hz: int | None = None) -> int | None:
        if hz is None:
            return mcu.frequency
        mcu.frequency = hz
        return None

    def idle() -> None:
        due = mcu.clock.next_at()
        if due is not None:
            mcu.clock.run_until(due)

    def lightsleep(time_ms: int | None = None) -> None:
        if time_ms is None:
            idle()
        else:
            mcu.clock.run_until(mcu.clock.now + time_ms * 1000)

    vars(module).update(
        reset=lambda: restart(reset.HARD_RESET),
        soft_reset=lambda: restart(reset.SOFT_RESET),
        reset_cause=lambda: mcu.reset_cause,
        unique_id=lambda: mcu.unique_id,
        freq=freq,
        idle=idle,
        lightsleep=lightsleep,
        disable_irq=mcu.interrupts.disable,
        enable_irq=mcu.interrupts.enable,
    )
