"""TI TMP117 temperature sensor (data sheet SNOSD82): 16-bit registers, conversion cycle, averaging, data-ready flag.

Before the first conversion the result register reads 8000h (-256 °C).
"""

from __future__ import annotations

import numpy as np

from ..mcu.clock import Clock
from ..mcu.fidelity import Aspect, Fidelity, Register
from ..world.base import SKIN, World
from .draw import Draw
from .sampler import Sampler

TEMP_RESULT, CONFIGURATION, THIGH_LIMIT, TLOW_LIMIT, EEPROM_UL, TEMP_OFFSET, DEVICE_ID = (
    0x00, 0x01, 0x02, 0x03, 0x04, 0x07, 0x0F,
)  # fmt: skip
CHIP_ID = 0x0117
LSB_C = 7.8125e-3
NO_RESULT = 0x8000
HIGH_ALERT, LOW_ALERT, DATA_READY, SOFT_RESET = 0x8000, 0x4000, 0x2000, 0x0002
_RESET_VALUES = {CONFIGURATION: 0x0220, THIGH_LIMIT: 0x6000, TLOW_LIMIT: 0x8000, TEMP_OFFSET: 0, DEVICE_ID: CHIP_ID}
_WRITABLE = {CONFIGURATION: 0x0FFE, THIGH_LIMIT: 0xFFFF, TLOW_LIMIT: 0xFFFF, TEMP_OFFSET: 0xFFFF}
_SHUTDOWN, _ONE_SHOT = 1, 3
#: Conversions that are averaged, by AVG; one takes 15.5 ms.
_AVERAGED = (1, 8, 32, 64)
_CONVERSION_S = 15.5e-3
#: Cycle in s by CONV when nothing is averaged; averaging takes at least its own time (data sheet table 7-7).
_CYCLE_S = (15.5e-3, 0.125, 0.25, 0.5, 1.0, 4.0, 8.0, 16.0)
_LEAST_S = (15.5e-3, 0.125, 0.5, 1.0)


FIDELITY = Fidelity(
    part="TMP117",
    sheet="TI SNOSD82",
    component="temperature",
    aspects=(
        Aspect(
            "two's complement of 7.8125 m°C",
            "Temperature register",
            "test_result_is_two_s_complement_of_7_8125_millidegrees",
        ),
        Aspect("cycle by CONV and AVG", "Averaging, conversion cycle", "test_cycle_time"),
        Aspect("Data_Ready", "Configuration register", "test_data_ready_is_set_by_a_conversion_and_cleared_by_reading"),
        Aspect("one-shot mode", "One-shot mode", "test_one_shot_converts_once_and_shuts_down"),
        Aspect("soft reset, shutdown", "Configuration register", "test_soft_reset_and_shutdown"),
        Aspect("offset and alert flags", "Offset register, alert mode", "test_offset_and_alerts"),
    ),
    registers=(
        Register("TEMP_RESULT", 0x00, 0x8000),
        Register("CONFIGURATION", 0x01, 0x0220, 0x0FFC),
        Register("THIGH_LIMIT", 0x02, 0x6000, 0xFFFF),
        Register("TLOW_LIMIT", 0x03, 0x8000, 0xFFFF),
        Register("TEMP_OFFSET", 0x07, 0x0000, 0xFFFF),
        Register("DEVICE_ID", 0x0F, 0x0117),
    ),
    left_out=("ALERT pin", "therm mode", "EEPROM programming", "noise"),
)


class Tmp117:
    """The chip on I2C 0x48; the first byte of a write sets the register pointer."""

    def __init__(self, clock: Clock, world: World, begin_us: int = 0, ppm: float = 0.0) -> None:
        self.sampler = Sampler(clock, world, SKIN, begin_us, ppm)
        self.draw = Draw(clock, "tmp117")
        self._pointer = 0
        self._power_up()

    def _power_up(self) -> None:
        self._registers = {**_RESET_VALUES, TEMP_RESULT: NO_RESULT}
        self._start()

    def write(self, data: bytes) -> None:
        """Set the register pointer, then that register; bytes of a second word are not taken."""
        if not data:
            return
        self._advance()
        self._pointer = data[0]
        if len(data) >= 3:
            self._write_register(data[0], data[1] << 8 | data[2])

    def read(self, count: int) -> bytes:
        """The register that the pointer names, high byte first, over and over: the pointer stays."""
        self._advance()
        word = self._read_register(self._pointer)
        return (bytes((word >> 8, word & 0xFF)) * (count // 2 + 1))[:count]

    def _read_register(self, register: int) -> int:
        value = self._registers.get(register, 0)
        if register in (TEMP_RESULT, CONFIGURATION):
            self._registers[CONFIGURATION] &= ~DATA_READY
        if register == CONFIGURATION:
            self._registers[CONFIGURATION] &= ~(HIGH_ALERT | LOW_ALERT)
        return value

    def _write_register(self, register: int, value: int) -> None:
        mask = _WRITABLE.get(register)
        if mask is None:
            return
        if register == CONFIGURATION and value & SOFT_RESET:
            self._power_up()
            return
        before = self._registers[register]
        self._registers[register] = before & ~mask | value & mask
        if register == CONFIGURATION:
            self._start()

    # ------------------------------------------------------------------ conversions

    @property
    def _mode(self) -> int:
        return self._registers[CONFIGURATION] >> 10 & 3

    def cycle_s(self) -> float:
        """Time from one result to the next, as CONV and AVG say."""
        setting = self._registers[CONFIGURATION]
        averaging = setting >> 5 & 3
        return max(_CYCLE_S[setting >> 7 & 7], _LEAST_S[averaging])

    def _start(self) -> None:
        """Begin to convert as the configuration says; what is under way is given up."""
        if self._mode == _SHUTDOWN:
            self.sampler.stop()
            self.draw.enter("shutdown")
            return
        averaged = _AVERAGED[self._registers[CONFIGURATION] >> 5 & 3]
        one_shot = self._mode == _ONE_SHOT
        cycle_s = averaged * _CONVERSION_S if one_shot else self.cycle_s()
        active = averaged * _CONVERSION_S / cycle_s
        self.sampler.start(1.0 / cycle_s, active)
        if one_shot:
            self.draw.enter("shutdown")
            self.draw.add("conversion", cycle_s * 1e6)
        else:
            ma = self.draw.ma
            self.draw.enter("converting", active * ma["conversion"] + (1.0 - active) * ma["standby"])

    def _advance(self) -> None:
        """Take in every conversion that is ready by now; only the newest result stays."""
        sampler = self.sampler
        due = min(sampler.due(), 1) if self._mode == _ONE_SHOT else sampler.due()
        while due:
            if not sampler.left:
                sampler.refill()
            taken = sampler.take(min(due, sampler.left))
            due -= taken.stop - taken.start
            self._result(sampler.raw[taken.stop - 1, 0])
            if self._mode == _ONE_SHOT:
                sampler.stop()
                self._registers[CONFIGURATION] = self._registers[CONFIGURATION] & ~0x0C00 | _SHUTDOWN << 10

    def _result(self, celsius: float) -> None:
        """A conversion ended; where the world has no temperature (NaN) it gives no result."""
        if np.isnan(celsius):
            return
        registers = self._registers
        registers[CONFIGURATION] |= DATA_READY
        counts = round(celsius / LSB_C) + _signed(registers[TEMP_OFFSET])
        counts = min(max(counts, -0x8000), 0x7FFF)
        registers[TEMP_RESULT] = counts & 0xFFFF
        if counts > _signed(registers[THIGH_LIMIT]):
            registers[CONFIGURATION] |= HIGH_ALERT
        if counts < _signed(registers[TLOW_LIMIT]):
            registers[CONFIGURATION] |= LOW_ALERT


def _signed(word: int) -> int:
    return word - 0x10000 if word & 0x8000 else word
