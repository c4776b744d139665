"""ST LSM6DSO motion sensor (data sheet DS12140, application note AN5192): registers and tagged FIFO.

The true rate is the nominal one; AN5192 gives 6667/64 = 104.17 Hz for 104, which `ppm` 1603 reproduces.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..mcu.clock import Clock
from ..mcu.fidelity import Aspect, Fidelity, Register
from ..world.base import MOTION, FloatArray, World
from .draw import Draw
from .sampler import Sampler

WHO_AM_I = 0x6C
FIFO_CTRL1, FIFO_CTRL2, FIFO_CTRL3, FIFO_CTRL4 = 0x07, 0x08, 0x09, 0x0A
CTRL1_XL, CTRL2_G, CTRL3_C = 0x10, 0x11, 0x12
STATUS, OUT_GYRO, FIFO_STATUS1, FIFO_STATUS2, FIFO_TAG, FIFO_END = 0x1E, 0x22, 0x3A, 0x3B, 0x78, 0x7E
DEPTH = 512
WORD = 7
TAG_GYRO, TAG_ACCEL = 1, 2
RATES_HZ = (0.0, 12.5, 26.0, 52.0, 104.0, 208.0, 417.0, 833.0, 1667.0, 3333.0, 6667.0)
ACCEL_LSB_G = (0.061e-3, 0.488e-3, 0.122e-3, 0.244e-3)
GYRO_LSB_DPS = (8.75e-3, 17.5e-3, 35e-3, 70e-3)
_WTM, _OVR, _FULL, _OVR_LATCHED = 0x80, 0x40, 0x20, 0x08
# tag bytes by time slot (2-bit counter) and sensor; the lowest bit makes the parity even
_TAGS = np.array(
    [[(tag := s << 3 | slot << 1) | tag.bit_count() & 1 for s in (TAG_GYRO, TAG_ACCEL)] for slot in range(4)],
    np.uint8,
)
_READ_ONLY = frozenset((0x0F, *range(0x1A, 0x40), *range(FIFO_TAG, FIFO_END + 1)))


FIDELITY = Fidelity(
    part="LSM6DSO",
    sheet="ST DS12140, AN5192",
    component="motion",
    aspects=(
        Aspect("words with tag, slot and parity", "AN5192: FIFO", "test_fifo_words_carry_tag_slot_and_parity"),
        Aspect(
            "roll-over of the FIFO's window",
            "Register map, auto-increment",
            "test_byte_wise_reading_gives_the_same_words",
        ),
        Aspect(
            "512 words, FIFO and continuous mode, overrun",
            "AN5192: FIFO modes",
            "test_overrun_keeps_the_newest_or_stops_when_full",
        ),
        Aspect("an empty FIFO", "AN5192: FIFO", "test_silent_sensor_leaves_the_fifo_empty"),
        Aspect(
            "full scales and output registers",
            "Mechanical characteristics",
            "test_output_registers_clip_at_full_scale",
        ),
        Aspect("bypass, rates, software reset", "CTRL3_C", "test_bypass_different_rates_and_software_reset"),
    ),
    registers=(
        Register("FIFO_CTRL1", 0x07, 0x00, 0xFF),
        Register("FIFO_CTRL2", 0x08, 0x00, 0x01),
        Register("FIFO_CTRL3", 0x09, 0x00, 0xFF),
        Register("FIFO_CTRL4", 0x0A, 0x00, 0x07),
        Register("WHO_AM_I", 0x0F, 0x6C),
        Register("CTRL1_XL", 0x10, 0x00, 0xFC),
        Register("CTRL2_G", 0x11, 0x00, 0xFE),
        Register("CTRL3_C", 0x12, 0x04, 0x44),
        Register("STATUS_REG", 0x1E, 0x00),
        Register("FIFO_STATUS1", 0x3A, 0x00),
    ),
    left_out=(
        "filters",
        "noise",
        "temperature",
        "compression",
        "embedded functions",
        "interrupt pins",
        "low-power modes",
    ),
)


class Lsm6dso:
    """The chip on I2C 0x6A or 0x6B."""

    def __init__(self, clock: Clock, world: World, begin_us: int = 0, ppm: float = 0.0) -> None:
        self.sampler = Sampler(clock, world, MOTION, begin_us, ppm)
        self.draw = Draw(clock, "lsm6dso")
        self._pointer = 0
        self._power_up()

    def _power_up(self) -> None:
        self._registers = bytearray(128)
        self._registers[0x0F] = WHO_AM_I
        self._registers[CTRL3_C] = 0x04
        self._fifo = bytearray()
        self._word = bytearray(WORD)
        self._overrun = False
        self._latched = False
        self._words = b""
        self._ends: list[int] = []
        self._sensed: list[bool] = []
        self.sampler.stop()
        self.draw.enter("power_down")

    # ------------------------------------------------------------------ bus

    def write(self, data: bytes) -> None:
        """Set the register pointer, then registers."""
        if not data:
            return
        if len(data) > 1:
            self._advance()
        self._pointer = data[0] & 0x7F
        for value in data[1:]:
            self._write_register(self._pointer, value)
            self._next()

    def read(self, count: int) -> bytes:
        """Read on from the register pointer; the FIFO window rolls over for bursts."""
        self._advance()
        if self._pointer == FIFO_TAG and count % WORD == 0 and self._registers[CTRL3_C] & 0x04:
            return self._pop(count // WORD)
        out = bytearray()
        for _ in range(count):
            out.append(self._read_register(self._pointer))
            self._next()
        return bytes(out)

    def _next(self) -> None:
        if self._registers[CTRL3_C] & 0x04:
            self._pointer = FIFO_TAG if self._pointer == FIFO_END else self._pointer + 1 & 0x7F

    def _read_register(self, register: int) -> int:
        if register == FIFO_STATUS1:
            return len(self._fifo) // WORD & 0xFF
        if register == FIFO_STATUS2:
            return self._fifo_status()
        if register == FIFO_TAG:
            self._word[:] = self._pop(1)
        if FIFO_TAG <= register <= FIFO_END:
            return self._word[register - FIFO_TAG]
        if OUT_GYRO <= register < OUT_GYRO + 12:
            self._registers[STATUS] = 0
        return self._registers[register]

    def _fifo_status(self) -> int:
        count = len(self._fifo) // WORD
        watermark = self._registers[FIFO_CTRL1] | (self._registers[FIFO_CTRL2] & 1) << 8
        status = count >> 8
        status |= _WTM if watermark and count >= watermark else 0
        status |= _OVR if self._overrun else 0
        status |= _FULL if count >= DEPTH - 1 else 0
        status |= _OVR_LATCHED if self._latched else 0
        self._latched = False
        return status

    def _write_register(self, register: int, value: int) -> None:
        if register in _READ_ONLY:
            return
        if register == CTRL3_C and value & 0x01:
            self._power_up()
            return
        self._registers[register] = value
        if register in (CTRL1_XL, CTRL2_G, FIFO_CTRL3):
            self._run()
        elif register == FIFO_CTRL4 and not value & 7:
            self._fifo.clear()
            self._overrun = False

    def _pop(self, words: int) -> bytes:
        """Words from the FIFO; an empty one gives zeros (tag 0: nothing)."""
        size = words * WORD
        out = bytes(self._fifo[:size])
        if out:
            del self._fifo[:size]
            self._overrun = False
        return out + bytes(size - len(out))

    # ------------------------------------------------------------------ conversions

    def _rates(self) -> tuple[float, float]:
        """What gyroscope and accelerometer convert at."""
        registers = self._registers
        return _rate(registers[CTRL2_G] >> 4), _rate(registers[CTRL1_XL] >> 4)

    def _run(self) -> None:
        gyro, accel = self._rates()
        rate = max(gyro, accel)
        if rate:
            self.sampler.start(rate)
        else:
            self.sampler.stop()
        self.draw.enter("gyroscope" if gyro else "accelerometer" if accel else "power_down")

    def _advance(self) -> None:
        sampler = self.sampler
        due = sampler.due()
        while due:
            if not sampler.left:
                sampler.refill()
                self._convert()
            taken = sampler.take(min(due, sampler.left))
            due -= taken.stop - taken.start
            self._push(taken.start, taken.stop)

    def _convert(self) -> None:
        """Words of the chunk, and where each time slot ends in them."""
        raw = self.sampler.raw
        self._outputs = outputs(raw, self._registers)
        gyro, accel = self._rates()
        fastest = max(gyro, accel)
        slot = self.sampler.taken + np.arange(len(raw))
        batch = self._registers[FIFO_CTRL3]
        rates = min(gyro, _rate(batch >> 4)), min(accel, _rate(batch & 15))
        batched = np.stack([_due(slot, fastest, rate) for rate in rates], axis=1)
        sensed = ~np.isnan(raw).any(axis=1)
        self._sensed = sensed.tolist()
        batched &= sensed[:, None]
        self._words = _tagged(self._outputs, slot)[batched].tobytes()
        self._ends = [0, *(np.cumsum(batched.sum(axis=1)) * WORD).tolist()]

    def _push(self, start: int, stop: int) -> None:
        if self._sensed[stop - 1]:
            self._registers[OUT_GYRO : OUT_GYRO + 12] = self._outputs[stop - 1].tobytes()
            self._registers[STATUS] = 0x03
        mode = self._registers[FIFO_CTRL4] & 7
        if mode not in (1, 6):
            return
        new = self._words[self._ends[start] : self._ends[stop]]
        excess = len(self._fifo) + len(new) - DEPTH * WORD
        self._fifo += new
        if excess > 0:
            self._overrun = self._latched = True
            if mode == 6:
                del self._fifo[:excess]
            else:
                del self._fifo[DEPTH * WORD :]


def outputs(raw: FloatArray, registers: bytes | bytearray) -> NDArray[np.int16]:
    """Output words, shape (n, 2, 3): gyroscope then accelerometer, at the set full scales, clipped."""
    accel = ACCEL_LSB_G[registers[CTRL1_XL] >> 2 & 3]
    gyro = GYRO_LSB_DPS[registers[CTRL2_G] >> 2 & 3] if not registers[CTRL2_G] & 2 else 4.375e-3
    both = np.stack((raw[:, 3:] / gyro, raw[:, :3] / accel), axis=1)
    # fmax, not maximum: it takes the number where the other is NaN (such rows are never shown)
    words: NDArray[np.int16] = np.fmin(np.fmax(np.rint(both), -32768), 32767).astype("<i2")
    return words


def _rate(code: int) -> float:
    return RATES_HZ[code] if code < len(RATES_HZ) else 0.0


def _due(slot: NDArray[np.int64], fastest: float, rate: float) -> NDArray[np.bool_]:
    """Which time slots hold a word of a sensor batched at `rate`."""
    if not rate:
        return np.zeros(len(slot), bool)
    due: NDArray[np.bool_] = slot % round(fastest / rate) == 0
    return due


def _tagged(words: NDArray[np.int16], slot: NDArray[np.int64]) -> NDArray[np.uint8]:
    """FIFO words, shape (n, 2, 7): tag byte (sensor, slot counter, even parity) and data."""
    out = np.empty((len(slot), 2, WORD), np.uint8)
    out[:, :, 0] = _TAGS[slot & 3]
    out[:, :, 1:] = words.view(np.uint8).reshape(len(slot), 2, 6)
    return out
