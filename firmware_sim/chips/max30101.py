"""Maxim MAX30101 (from its data sheet): a MAX30102 with a green LED, whose samples come in slots of multi-LED mode."""

from __future__ import annotations

import numpy as np

from ..mcu.clock import Clock
from ..mcu.fidelity import Aspect, Fidelity, Register
from ..world.base import GREEN, FloatArray, World
from .max30102 import WRITABLE, Max30102
from .sampler import Sampler

FIDELITY = Fidelity(
    part="MAX30101",
    sheet="Maxim 19-8304",
    aspects=(
        Aspect(
            "slots of multi-LED mode",
            "Multi-LED mode control",
            "test_slots_are_read_in_order_up_to_the_first_that_is_off",
        ),
        Aspect("the current of each LED", "LED pulse amplitude", "test_each_led_has_its_own_current"),
        Aspect("overflow with three LEDs", "FIFO", "test_a_full_fifo_counts_what_it_loses"),
    ),
    registers=(Register("LED3_PA", 0x0E, 0x00, 0xFF), Register("LED4_PA", 0x0F, 0x00, 0xFF)),
    left_out=("LED4, a second green one on some modules: its slots stay dark", "what the MAX30102 lacks"),
    on_emulated_cores=False,
)


class Max30101(Max30102):
    """The chip on I2C 0x57, with the part ID of a MAX30102; in a world without green light that LED is dark."""

    WRITABLE = WRITABLE | {0x0E, 0x0F}
    LEDS = 4
    NAME = "max30101"

    def __init__(self, clock: Clock, world: World, begin_us: int = 0, ppm: float = 0.0) -> None:
        super().__init__(clock, world, begin_us, ppm)
        self._green: Sampler | None = None
        if GREEN in world.groups:
            self._green = Sampler(clock, world, GREEN, begin_us, ppm)
            self.sampler.followers.append(self._green)

    def _sense(self) -> FloatArray:
        """Red, infrared, green, LED4, ambient."""
        raw = super()._sense()
        out = np.full((len(raw), 5), np.nan)
        out[:, :2] = raw[:, :2]
        out[:, 4] = raw[:, 2]
        if self._green is not None:
            out[:, 2] = self._green.raw[:, 0]
        return out
