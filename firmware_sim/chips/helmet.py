"""Fits the chips that a helmet has beside those of the reference board."""

from __future__ import annotations

from dataclasses import dataclass

from ..mcu.mcu import Mcu
from ..world.base import IMPACT, POSITION, World
from .gnss import Gnss
from .h3lis331dl import H3lis331dl
from .modem import Modem


@dataclass(frozen=True)
class HelmetWiring:
    """Where the chips are; `firmware/boards/helmet.py` says the same from its side, and a test compares them."""

    uart_gnss: int = 1
    uart_modem: int = 2
    spi_impact: int = 2
    impact_cs: int = 20
    impact_int1: int = 21
    button: int = 22
    buzzer: int = 23
    motor: int = 24


HELMET = HelmetWiring()


def fit_helmet(
    mcu: Mcu, world: World, modem: Modem | None, begin_us: int = 0, ppm: float = 0.0, wiring: HelmetWiring = HELMET
) -> None:
    """Attach the receiver and the accelerometer where the world has what they sense, and the modem if there is one."""
    clock = mcu.clock
    if IMPACT in world.groups:
        chip = H3lis331dl(clock, world, mcu.pin(wiring.impact_int1), begin_us, ppm)
        mcu.spi(wiring.spi_impact).attach(wiring.impact_cs, chip)
    if POSITION in world.groups:
        mcu.uart(wiring.uart_gnss).attach(Gnss(clock, world, begin_us, ppm))
    if modem is not None:
        mcu.uart(wiring.uart_modem).attach(modem)
