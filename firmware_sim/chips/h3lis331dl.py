"""ST H3LIS331DL high-g accelerometer (data sheet DocID023111): registers over SPI, data-ready line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..mcu.clock import Clock
from ..mcu.fidelity import Aspect, Fidelity, Register
from ..mcu.line import Line
from ..world.base import IMPACT, FloatArray, World
from .conversions import Conversions
from .sampler import Sampler

CHIP_ID = 0x32
WHO_AM_I, CTRL_REG1, CTRL_REG3, CTRL_REG4, STATUS_REG, OUT_X_L, OUT_Z_H = 0x0F, 0x20, 0x22, 0x23, 0x27, 0x28, 0x2D
CTRL_REG2 = 0x21
#: Rates by DR in normal mode, by PM less 2 in low power.
RATES_HZ = (50.0, 100.0, 400.0, 1000.0)
LOW_POWER_HZ = (0.5, 1.0, 2.0, 5.0, 10.0)
#: g a count of 12 bits, by FS; FS 2 is not to be used.
LSB_G = (0.049, 0.098, 0.195, 0.195)
AVAILABLE, OVERRUN = 0x0F, 0xF0
_READ_ONLY = frozenset((WHO_AM_I, *range(STATUS_REG, OUT_Z_H + 1), 0x31, 0x35))
_DATA_READY = 0x02


FIDELITY = Fidelity(
    part="H3LIS331DL",
    sheet="ST DocID023111",
    component="impact",
    aspects=(
        Aspect(
            "outputs of 12 bits to the left",
            "Register description",
            "test_outputs_are_counts_of_twelve_bits_to_the_left",
        ),
        Aspect("read-only registers", "Register mapping", "test_registers_after_power_up_and_read_only_ones"),
        Aspect("power modes and rates", "CTRL_REG1", "test_rates"),
        Aspect("status, overrun, data ready on INT1", "STATUS_REG, CTRL_REG3", "test_status_line_and_overrun"),
    ),
    registers=(
        Register("WHO_AM_I", 0x0F, 0x32),
        Register("CTRL_REG1", 0x20, 0x07, 0xFF),
        Register("CTRL_REG3", 0x22, 0x00, 0xFF),
        Register("CTRL_REG4", 0x23, 0x00, 0xF1),
    ),
    left_out=("high-pass filter", "threshold interrupts", "INT2", "self-test", "block data update", "noise", "I2C"),
    on_emulated_cores=False,
)


class H3lis331dl:
    """The chip: `exchange` is its SPI, `int1` its line."""

    mode = (1, 1)

    def __init__(self, clock: Clock, world: World, int1: Line, begin_us: int = 0, ppm: float = 0.0) -> None:
        self.baudrate = 0
        self.sampler = Sampler(clock, world, IMPACT, begin_us, ppm)
        self._int1 = int1
        self._conversions = Conversions(clock, self.sampler, self._render, self._convert)
        self._outputs = np.zeros((0, 3), np.int16)
        self._command = -1
        self._pointer = 0
        int1.held = True
        self._power_up()

    def _power_up(self) -> None:
        self._registers = bytearray(0x40)
        self._registers[WHO_AM_I] = CHIP_ID
        self._registers[CTRL_REG1] = 0x07
        self._run()

    # ------------------------------------------------------------------ serial interface

    def exchange(self, mosi: bytes) -> bytes:
        """Shift bytes: a command, then registers."""
        return bytes(self._byte(byte) for byte in mosi)

    def deselect(self) -> None:
        """See `SpiChip.deselect`."""
        self._command = -1

    def _byte(self, byte: int) -> int:
        if self._command < 0:
            self._command = byte
            self._pointer = byte & 0x3F
            return 0
        out = 0
        if self._command & 0x80:
            out = self._read(self._pointer)
        else:
            self._write(self._pointer, byte)
        if self._command & 0x40:
            self._pointer = self._pointer + 1 & 0x3F
        return out

    def _read(self, register: int) -> int:
        value = self._registers[register]
        if register == OUT_Z_H:
            self._registers[STATUS_REG] = 0
            self._int1.drive(0)
        return value

    def _write(self, register: int, value: int) -> None:
        if register in _READ_ONLY:
            return
        if register == CTRL_REG2:
            value &= 0x7F  # BOOT ends by itself
        self._registers[register] = value
        if register == CTRL_REG1:
            self._run()
        elif register == CTRL_REG4:
            self._render()

    # ------------------------------------------------------------------ conversions

    def rate_hz(self) -> float:
        """As CTRL_REG1 says; 0: powered down."""
        setting = self._registers[CTRL_REG1]
        power = setting >> 5
        if power < 2:
            return RATES_HZ[setting >> 3 & 3] * power
        return LOW_POWER_HZ[power - 2] if power < 7 else 0.0

    def _run(self) -> None:
        rate = self.rate_hz()
        if rate:
            self._conversions.start(rate)
        else:
            self._conversions.stop()

    def _render(self) -> None:
        self._outputs = outputs(self.sampler.raw, self._registers[CTRL_REG4])

    def _convert(self, at: int) -> None:
        if np.isnan(self.sampler.raw[at]).any():
            return
        registers = self._registers
        registers[OUT_X_L : OUT_Z_H + 1] = self._outputs[at].tobytes()
        registers[STATUS_REG] = AVAILABLE | (OVERRUN if registers[STATUS_REG] & AVAILABLE else 0)
        if registers[CTRL_REG3] & 0x03 == _DATA_READY:
            self._int1.drive(1)


def outputs(raw: FloatArray, setting: int) -> NDArray[np.int16]:
    """Output words, shape (n, 3), of accelerations in g at the full scale of CTRL_REG4, clipped; NaN is 0."""
    counts = np.clip(np.rint(np.nan_to_num(raw) / LSB_G[setting >> 4 & 3]), -2048, 2047)
    words: NDArray[np.int16] = (counts * 16).astype("<i2")
    return words
