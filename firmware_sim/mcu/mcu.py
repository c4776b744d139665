"""One simulated MCU: its pins, buses, UARTs, flash files and heap budget, and its reset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING

from .buses import I2cBus, SpiBus
from .clock import Clock
from .files import Files
from .heap import DEFAULT_BUDGET, Heap
from .line import Interrupts, Line
from .reset import HARD_RESET, PWRON_RESET
from .uart import SimUart

if TYPE_CHECKING:
    from .radio import Radio


class Mcu:
    """Owns what hangs on one chip; `modules.modules_of` gives MicroPython's modules meaning this one."""

    def __init__(
        self,
        clock: Clock,
        seed: int = 0,
        storage: Path | None = None,
        radio: Radio | None = None,
        heap_budget: int = DEFAULT_BUDGET,
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.radio = radio
        self.files = Files(storage)
        self.heap = Heap(clock, heap_budget)
        self.interrupts = Interrupts()
        self.unique_id = Random(f"unique_id {seed}").randbytes(8)
        self.entropy = Random(f"entropy {seed}")
        self.frequency = 64_000_000
        self.reset_cause = PWRON_RESET
        self.resets = 0
        self.booted_at = clock.now
        #: calendar minus clock, µs; the calendar counts from 2000-01-01 and survives a reset
        self.rtc_offset_us = 0
        self._lines: dict[int, Line] = {}
        self._i2c: dict[int, I2cBus] = {}
        self._spi: dict[int, SpiBus] = {}
        self._uarts: dict[int, SimUart] = {}
        self._at_reset: list[Callable[[], object]] = []
        #: what `modules_of` has built for this MCU, kept over resets
        self.modules: dict[str, ModuleType] = {}

    def pin(self, number: int) -> Line:
        """The line of a pin: drive it from outside."""
        line = self._lines.get(number)
        if line is None:
            line = self._lines[number] = Line(number, self.interrupts)
        return line

    def i2c(self, id: int) -> I2cBus:
        """An I2C bus: `attach(address, chip)`."""
        return self._i2c.setdefault(id, I2cBus())

    def spi(self, id: int) -> SpiBus:
        """An SPI bus: `attach(cs_pin, chip)`."""
        return self._spi.setdefault(id, SpiBus(self.pin))

    def uart(self, id: int) -> SimUart:
        """The cable end of a UART."""
        return self._uarts.setdefault(id, SimUart())

    def at_reset(self, fn: Callable[[], object]) -> None:
        """Have a peripheral's `fn` called at every reset, to return to its power-on state."""
        self._at_reset.append(fn)

    def reset(self, cause: int = HARD_RESET) -> None:
        """Put everything on the chip to its power-on state; chips beside it keep their power."""
        for line in self._lines.values():
            line.release()
        for uart in self._uarts.values():
            uart.close()
        self.interrupts.clear()
        for fn in self._at_reset:
            fn()
        self.heap.clear()
        self.reset_cause = cause
        self.resets += 1
        self.booted_at = self.clock.now
