"""Fits the chips of the reference board: those whose signals the world has, fuel gauge and NOR flash."""

from __future__ import annotations

from dataclasses import dataclass

from ..mcu.mcu import Mcu
from ..world.base import ECG, MOTION, PPG, SKIN, World
from .ads1292r import Ads1292r
from .lsm6dso import Lsm6dso
from .max17048 import Max17048
from .max30102 import Max30102
from .tmp117 import Tmp117
from .w25q64jv import W25q64jv


@dataclass(frozen=True)
class Wiring:
    """Where the chips are; firmware/boards say the same from their side, and a test compares them."""

    ecg_cs: int = 10
    ecg_start: int = 11
    ecg_drdy: int = 12
    flash_cs: int = 16
    spi_ecg: int = 0
    spi_flash: int = 1
    i2c_sensors: int = 0
    uart_host: int = 0
    uart_baud: int = 921600


REFERENCE = Wiring()
ADDRESS_PPG, ADDRESS_IMU, ADDRESS_SKIN, ADDRESS_GAUGE = 0x57, 0x6A, 0x48, 0x36


def fit(
    mcu: Mcu,
    world: World,
    begin_us: int = 0,
    ppm: float = 0.0,
    wiring: Wiring = REFERENCE,
    optics: type[Max30102] = Max30102,
    flash: W25q64jv | None = None,
) -> None:
    """Attach the chips; the world's time 0 is the clock's `begin_us`, chip clocks are fast by `ppm`.

    `optics` is the chip of the light. `flash` None: the socket of the NOR flash is empty.
    """
    clock = mcu.clock
    if flash is not None:
        mcu.spi(wiring.spi_flash).attach(wiring.flash_cs, flash)
    i2c = mcu.i2c(wiring.i2c_sensors)
    i2c.attach(ADDRESS_GAUGE, Max17048(clock))
    if ECG in world.groups:
        chip = Ads1292r(clock, world, mcu.pin(wiring.ecg_drdy), mcu.pin(wiring.ecg_start), begin_us, ppm)
        mcu.spi(wiring.spi_ecg).attach(wiring.ecg_cs, chip)
    if PPG in world.groups:
        i2c.attach(ADDRESS_PPG, optics(clock, world, begin_us, ppm))
    if MOTION in world.groups:
        i2c.attach(ADDRESS_IMU, Lsm6dso(clock, world, begin_us, ppm))
    if SKIN in world.groups:
        i2c.attach(ADDRESS_SKIN, Tmp117(clock, world, begin_us, ppm))
