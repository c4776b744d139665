"""TI ADS1292R ECG front end (data sheet SBAS502C): SPI commands, registers, DRDY, lead-off, saturation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..mcu.clock import Clock
from ..mcu.fidelity import Aspect, Fidelity, Register
from ..mcu.line import Line
from ..world.base import ECG, FloatArray, World
from .conversions import Conversions
from .draw import Draw
from .sampler import Sampler

ID = 0x73
CONFIG1, CONFIG2, LOFF, CH1SET, CH2SET, LOFF_SENS, LOFF_STAT = 1, 2, 3, 4, 5, 7, 8
RESET_VALUES = bytes((ID, 0x02, 0x80, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x0C))
# bits that a write reaches; the others are fixed
WRITABLE = bytes((0x00, 0x87, 0x7B, 0xED, 0xFF, 0xFF, 0xFF, 0x3F, 0x40, 0xFE, 0x87, 0x0F))
RATES_HZ = (125, 250, 500, 1000, 2000, 4000, 8000)
GAINS = (6, 1, 2, 3, 4, 8, 12)
FRAME = 9
FULL = (1 << 23) - 1
SETTLE_PERIODS = 4.0  # sinc³ settles in three conversions, the fourth is the first one shown
CLOCK_HZ = 512_000

_WAKEUP, _STANDBY, _RESET, _START, _STOP = 0x02, 0x04, 0x06, 0x08, 0x0A
_RDATAC, _SDATAC, _RDATA, _RREG, _WREG = 0x10, 0x11, 0x12, 0x20, 0x40


FIDELITY = Fidelity(
    part="ADS1292R",
    sheet="TI SBAS502C",
    component="ecg",
    aspects=(
        Aspect("register access only after SDATAC", "SPI command definitions", "test_registers_are_deaf_until_sdatac"),
        Aspect(
            "decode time of commands of several bytes",
            "Sending multi-byte commands",
            "test_commands_of_several_bytes_need_a_slow_clock",
        ),
        Aspect("a command ends with /CS", "Chip select", "test_a_command_is_forgotten_when_cs_rises"),
        Aspect(
            "rates, DRDY and its clearing",
            "Data retrieval",
            "test_data_ready_comes_at_the_rate_and_clears_by_reading",
        ),
        Aspect(
            "RDATA, START, STANDBY and WAKEUP",
            "SPI command definitions",
            "test_data_by_command_start_command_and_standby",
        ),
        Aspect("saturation at the rail", "Data format", "test_saturation"),
        Aspect("gain, reference, power-down", "PGA settings, reference", "test_gain_reference_and_power_down_matter"),
        Aspect("lead-off comparators", "Lead-off detection", "test_lead_off_shows_only_through_its_comparator"),
    ),
    registers=(
        Register("ID", 0x00, 0x73),
        Register("CONFIG1", 0x01, 0x02, 0x87),
        Register("CONFIG2", 0x02, 0x80, 0x7B),
        Register("LOFF", 0x03, 0x10, 0xED),
        Register("CH1SET", 0x04, 0x00, 0xFF),
        Register("CH2SET", 0x05, 0x00, 0xFF),
        Register("RLD_SENS", 0x06, 0x00, 0xFF),
        Register("LOFF_SENS", 0x07, 0x00, 0x3F),
        Register("LOFF_STAT", 0x08, 0x00, 0x40),
        Register("RESP1", 0x09, 0x00, 0xFE),
        Register("RESP2", 0x0A, 0x02, 0x87),
        Register("GPIO", 0x0B, 0x0C, 0x0F),
    ),
    left_out=(
        "delay and droop of the sinc³ filter",
        "noise",
        "test signals, respiration and GPIO",
        "channel 2 and inputs other than the electrodes, which convert 0 V",
    ),
)


class Ads1292r:
    """The chip: `exchange` is its SPI, `drdy` its data-ready line (low: a conversion is there)."""

    mode = (0, 1)

    def __init__(
        self, clock: Clock, world: World, drdy: Line, start: Line, begin_us: int = 0, ppm: float = 0.0
    ) -> None:
        self.baudrate = 0
        self.draw = Draw(clock, "ads1292r")
        self._drdy = drdy
        self._start = start
        self.sampler = Sampler(clock, world, ECG, begin_us, ppm)
        self._conversions = Conversions(clock, self.sampler, self._render, self._convert)
        self._frames = b""
        self._frame = bytes(FRAME)
        self._shifted = 0
        self._at = 0
        drdy.level = 1
        drdy.held = True
        start.watch(self._start_pin)
        self._power_up()

    def _power_up(self) -> None:
        self._registers = bytearray(RESET_VALUES)
        self._continuous = True
        self._standby = False
        self._commanded = False
        self._by_command = False
        self._operands = bytearray()
        self._expected = 0
        self._answer = bytearray()
        self._run()

    # ------------------------------------------------------------------ conversions

    def _start_pin(self, level: int) -> None:
        self._run()

    def _run(self) -> None:
        """Start, restart or stop conversions, whichever pin and commands ask for."""
        self._drdy.drive(1)
        rate = self._registers[CONFIG1] & 7
        is_on = not self._standby and (self._start.level or self._commanded)
        if is_on and rate < len(RATES_HZ) and not self._registers[CONFIG1] & 0x80:
            self._conversions.start(RATES_HZ[rate], SETTLE_PERIODS)
        else:
            self._conversions.stop()
        self._supply()

    def _supply(self) -> None:
        """Which current it takes now."""
        channels = sum(not self._registers[channel] & 0x80 for channel in (CH1SET, CH2SET))
        self.draw.enter("standby" if self._standby else "two_channels" if channels > 1 else "one_channel")

    def _render(self) -> None:
        self._frames = frames(self.sampler.raw[:, 0], self._registers)

    def _convert(self, sample: int) -> None:
        at = sample * FRAME
        self._at = at
        self._frame = self._frames[at : at + FRAME]
        self._shifted = 0
        drdy = self._drdy
        if not drdy.level:
            drdy.drive(1)  # not read in time: the line pulses
        drdy.drive(0)

    def _reconvert(self) -> None:
        """A setting changed: what follows is converted with it."""
        if len(self.sampler.raw):
            self._render()

    # ------------------------------------------------------------------ serial interface

    def exchange(self, mosi: bytes) -> bytes:
        """Shift bytes; the first clock of any transfer clears DRDY."""
        self._drdy.drive(1)
        if self._continuous and not self._expected and mosi.count(0) == len(mosi):
            return self._shift(len(mosi))
        return bytes(self._byte(byte) for byte in mosi)

    def deselect(self) -> None:
        """CS high: a command begun is forgotten."""
        self._operands.clear()
        self._expected = 0
        self._answer.clear()
        self._by_command = False

    def _shift(self, count: int) -> bytes:
        at = self._shifted
        self._shifted = at + count
        out = self._frame[at : at + count]
        return out if len(out) == count else out + bytes(count - len(out))

    def _byte(self, byte: int) -> int:
        out = self._answer.pop(0) if self._answer else 0
        if self._continuous or self._by_command:
            out = self._shift(1)[0]
        if self._expected:
            self._operand(byte)
        else:
            self._command(byte)
        return out

    def _command(self, byte: int) -> None:
        if byte & 0xE0 in (_RREG, _WREG):
            # the interface needs 4 clocks to decode before the next byte: faster, it misses it
            if not self._continuous and self.baudrate <= 2 * CLOCK_HZ:
                self._operands[:] = bytes((byte,))
                self._expected = 1
        elif byte == _SDATAC:
            self._continuous = False
        elif byte == _RDATAC:
            self._continuous = True
        elif byte == _RDATA and not self._continuous:
            self._by_command = True
            self._shifted = 0
        elif byte == _RESET:
            self._power_up()
        elif byte in (_WAKEUP, _STANDBY):
            self._standby = byte == _STANDBY
            self._run()
        elif byte in (_START, _STOP):
            self._commanded = byte == _START
            self._run()

    def _operand(self, byte: int) -> None:
        self._operands.append(byte)
        self._expected -= 1
        command = self._operands[0]
        first = command & 0x1F
        if len(self._operands) == 2:
            count = (byte & 0x1F) + 1
            if command & 0xE0 == _WREG:
                self._expected = count
            else:
                seen = bytearray(self._registers)
                seen[LOFF_STAT] |= (self._frame[0] & 0x0F) << 1 | self._frame[1] >> 7
                self._answer += seen[first : first + count]
        else:
            self._write(first + len(self._operands) - 3, byte)

    def _write(self, register: int, value: int) -> None:
        if register >= len(self._registers):
            return
        mask = WRITABLE[register]
        self._registers[register] = self._registers[register] & ~mask & 0xFF | value & mask
        if register == CONFIG1:
            self._run()
        else:
            self._reconvert()
            self._supply()


def frames(lead_mv: FloatArray, registers: bytes | bytearray) -> bytes:
    """Output frames of 9 bytes (status, channel 1, channel 2), one after the other.

    `lead_mv` electrode voltage in mV, shape (n,), NaN where an electrode is off; beyond the range the code
    stays at the rail.
    """
    off = np.isnan(lead_mv)
    codes = np.where(off, FULL, _codes(lead_mv, registers))
    setting = registers[CH1SET]
    if setting & 0x80 or setting & 0x0F:
        codes = np.zeros(len(lead_mv), np.int64)
    # electrodes off pull IN1P to the rail: its comparator trips where it is switched on and looked at
    seen = registers[CONFIG2] & 0x40 and registers[LOFF_SENS] & 0x01
    out = np.zeros((len(lead_mv), FRAME), np.uint8)
    out[:, 0] = 0xC0
    out[:, 1] = np.where(off, 0x80 if seen else 0, 0)
    for byte in range(3):
        out[:, 3 + byte] = codes >> (16 - 8 * byte) & 0xFF
    return out.tobytes()


def _codes(lead_mv: FloatArray, registers: bytes | bytearray) -> NDArray[np.int64]:
    gain = registers[CH1SET] >> 4 & 7
    # no supply gives a kilovolt: what claims more is at the rail, and does not overflow
    volt = np.clip(np.nan_to_num(lead_mv), -1e6, 1e6) * 1e-3 * (GAINS[gain] if gain < len(GAINS) else GAINS[0])
    if not registers[CONFIG2] & 0x20:
        # no reference buffer, no reference: every input is out of range
        return np.where(volt >= 0, FULL, -FULL - 1)
    reference = 4.033 if registers[CONFIG2] & 0x10 else 2.42
    codes: NDArray[np.int64] = np.clip(np.rint(volt / reference * FULL), -FULL - 1, FULL).astype(np.int64)
    return codes
