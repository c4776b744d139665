"""Maxim MAX17048 fuel gauge (data sheet 19-6171): 16-bit registers over a simple discharging cell."""

from __future__ import annotations

import numpy as np

from ..mcu.clock import Clock
from ..mcu.fidelity import Aspect, Fidelity, Register
from .draw import Draw

VCELL, SOC, MODE, VERSION, HIBRT, CONFIG, VALRT, CRATE, VRESET, STATUS, CMD = (
    0x02, 0x04, 0x06, 0x08, 0x0A, 0x0C, 0x14, 0x16, 0x18, 0x1A, 0xFE,
)  # fmt: skip
CHIP_VERSION = 0x0012
_RESET_VALUES = {MODE: 0x0000, HIBRT: 0x8030, CONFIG: 0x971C, VALRT: 0x00FF, VRESET: 0x9600, STATUS: 0x0100}
VCELL_LSB_V = 78.125e-6
_CRATE_LSB_PERCENT_H = 0.208
_RESET_COMMAND = 0x5400
# open-circuit voltage of a lithium-polymer cell at rest, a generic curve
_CHARGE = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
_VOLT = (3.27, 3.61, 3.69, 3.74, 3.80, 3.89, 4.02, 4.10, 4.20)


FIDELITY = Fidelity(
    part="MAX17048",
    sheet="Maxim 19-6171",
    component="gauge",
    aspects=(Aspect("VCELL, SOC and CRATE of a cell", "Register summary", "test_gauge_discharges_over_time"),),
    registers=(
        Register("MODE", 0x06, 0x0000, 0x7000),
        Register("VERSION", 0x08, 0x0012),
        Register("HIBRT", 0x0A, 0x8030, 0xFFFF),
        Register("CONFIG", 0x0C, 0x971C, 0xFFFF),
        Register("VALRT", 0x14, 0x00FF, 0xFFFF),
        Register("VRESET", 0x18, 0x9600, 0xFFFF),
        Register("STATUS", 0x1A, 0x0100, 0x7F00),
    ),
    left_out=(
        "hibernation and sleep",
        "alerts",
        "quick start and the custom model",
        "error of the gauge",
        "the cell: discharge is even in time, its voltage is a generic curve at rest, whatever is drawn",
    ),
)


class Max17048:
    """The chip on I2C 0x36, fed by a cell that empties evenly in `runtime_h` hours from `charge` (0 to 1)."""

    def __init__(self, clock: Clock, charge: float = 0.9, runtime_h: float = 48.0) -> None:
        self.draw = Draw(clock, "max17048")
        self.draw.enter("active")
        self._clock = clock
        self._charge = charge
        self._runtime_h = runtime_h
        self._from = clock.now
        self._pointer = 0
        self._registers = dict(_RESET_VALUES)
        #: What the cell has at most, 0 to 1: less than that of one that is worn, or cold.
        self.most = 1.0

    @property
    def charge(self) -> float:
        """Charge left, 0 to 1."""
        hours = (self._clock.now - self._from) / 3.6e9
        return min(max(self._charge - hours / self._runtime_h, 0.0), self.most)

    def write(self, data: bytes) -> None:
        """Set the register pointer, then 16-bit registers; an odd byte is dropped."""
        if not data:
            return
        self._pointer = data[0]
        for at in range(1, len(data) - 1, 2):
            value = data[at] << 8 | data[at + 1]
            if self._pointer == CMD and value == _RESET_COMMAND:
                self._registers = dict(_RESET_VALUES)
            elif self._pointer in self._registers:
                self._registers[self._pointer] = value
            self._pointer = self._pointer + 2 & 0xFF

    def read(self, count: int) -> bytes:
        """Read on from the register pointer, high byte first."""
        out = bytearray()
        while len(out) < count:
            word = self._word(self._pointer & 0xFE)
            out.append(word & 0xFF if self._pointer & 1 else word >> 8)
            self._pointer = self._pointer + 1 & 0xFF
        return bytes(out)

    def _word(self, register: int) -> int:
        if register == VCELL:
            return int(float(np.interp(self.charge, _CHARGE, _VOLT)) / VCELL_LSB_V)
        if register == SOC:
            return int(self.charge * 100 * 256)
        if register == VERSION:
            return CHIP_VERSION
        if register == CRATE:
            rate = -100 / self._runtime_h / _CRATE_LSB_PERCENT_H if self.charge else 0.0
            return round(rate) & 0xFFFF
        return self._registers.get(register, 0)
