"""Fits the chips of the reference board: the ones whose signals the world has, and the fuel gauge."""

from __future__ import annotations

from ..mcu.mcu import Mcu
from ..world.base import ECG, MOTION, PPG, World
from .ads1292r import Ads1292r
from .lsm6dso import Lsm6dso
from .max17048 import Max17048
from .max30102 import Max30102

# the board's wiring; firmware/board_reference.py says the same from its side, and a test compares them
PIN_ECG_CS, PIN_ECG_START, PIN_ECG_DRDY = 10, 11, 12
SPI_ECG = 0
I2C_SENSORS = 0
ADDRESS_PPG, ADDRESS_IMU, ADDRESS_GAUGE = 0x57, 0x6A, 0x36


def fit(mcu: Mcu, world: World, begin_us: int = 0, ppm: float = 0.0) -> None:
    """Attach the chips; the world's time 0 is the clock's `begin_us`, chip clocks are fast by `ppm`."""
    clock = mcu.clock
    i2c = mcu.i2c(I2C_SENSORS)
    i2c.attach(ADDRESS_GAUGE, Max17048(clock))
    if ECG in world.groups:
        chip = Ads1292r(clock, world, mcu.pin(PIN_ECG_DRDY), mcu.pin(PIN_ECG_START), begin_us, ppm)
        mcu.spi(SPI_ECG).attach(PIN_ECG_CS, chip)
    if PPG in world.groups:
        i2c.attach(ADDRESS_PPG, Max30102(clock, world, begin_us, ppm))
    if MOTION in world.groups:
        i2c.attach(ADDRESS_IMU, Lsm6dso(clock, world, begin_us, ppm))
