"""A NOR flash chip with its driver, and a supply that fails in an operation of choice."""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.chips.w25q64jv import W25q64jv
from firmware_sim.firmware.drivers.nor_flash import NorFlash
from firmware_sim.firmware.drivers.ticks import Ticks
from firmware_sim.mcu import Clock, Mcu
from firmware_sim.mcu.modules import modules_of

_NEVER = 1 << 40
#: How much of an operation is done when the supply fails.
FRACTIONS = (0.0, 0.02, 0.09, 0.3, 0.5, 0.7, 0.95, 1.0)


class PowerCutError(Exception):
    """The supply failed."""


class FlashRig:
    """The driver over the chip, and a supply that fails in an operation of choice."""

    def __init__(self, seed: int = 0) -> None:
        self.mcu = Mcu(Clock())
        self.chip = W25q64jv(self.mcu.clock, seed, size=1 << 22)
        self.mcu.spi(0).attach(1, self.chip)
        self.driver = self._driver()

    def _driver(self) -> NorFlash:
        modules = modules_of(self.mcu)
        machine, time = modules["machine"], modules["time"]
        ticks = Ticks(time.ticks_us, time.ticks_diff, time.sleep_ms, time.sleep_us)
        spi = machine.SPI(0, 8_000_000, polarity=0, phase=0)
        driver = NorFlash(spi, machine.Pin(1, machine.Pin.OUT, value=1), ticks)
        driver.configure()
        return driver

    def cut(self, operation: int, fraction: float, action: Callable[[], object]) -> bool:
        """Whether the supply failed in it; it is back then."""

        def fail() -> None:
            raise PowerCutError

        self.chip.cut_power_in(operation, fraction, fail)
        try:
            action()
            self.mcu.clock.run_until(self.mcu.clock.now + 1_000_000)
        except PowerCutError:
            self.mcu.pin(1).drive(1)
            self.chip.power_on()
            self.driver = self._driver()
            return True
        self.chip.cut_power_in(_NEVER, 0, fail)
        return False
