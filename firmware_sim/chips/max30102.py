"""Maxim MAX30102 pulse oximeter (data sheet 19-7740): registers, 32-deep FIFO, LED current, flags.

Reading an empty FIFO repeats what the read pointer points at.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..mcu.clock import Clock
from ..mcu.fidelity import Aspect, Fidelity, Register
from ..world.base import PPG, FloatArray, World
from .draw import Draw
from .sampler import Sampler

PART_ID = 0x15
STATUS1, ENABLE1, WR_PTR, OVF_COUNTER, RD_PTR, FIFO_DATA, FIFO_CONFIG, MODE, SPO2, LED1_PA, LED2_PA = (
    0x00, 0x02, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0C, 0x0D,
)  # fmt: skip
SLOTS_1_2, SLOTS_3_4 = 0x11, 0x12
MULTI_LED = 7
A_FULL, PPG_RDY, ALC_OVF, PWR_RDY = 0x80, 0x40, 0x20, 0x01
DEPTH = 32
MOST_LEDS = 4
LED_NAMES = ("red", "infrared", "green", "LED4")
FULL = 0x3FFFF
_BYTES = np.array((16, 8, 0), np.uint32)
RATES_HZ = (50, 100, 200, 400, 800, 1000, 1600, 3200)
# the fastest rate at which each pulse width fits, in SpO2 mode
FASTEST_HZ = (1600, 1000, 800, 400)
LSB_NA = (0.00781, 0.015625, 0.03125, 0.0625)
LED_STEP_MA = 0.2
#: What LED_PW stands for, µs.
PULSE_US = (69, 118, 215, 411)
DARK_COUNTS = 30  # electrical characteristics: dark current count, typical
AMBIENT_CANCELLED_NA = 200_000.0
WRITABLE = frozenset((0x02, 0x03, 0x04, 0x05, 0x06, 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x11, 0x12, 0x21))


FIDELITY = Fidelity(
    part="MAX30102",
    sheet="Maxim 19-7740",
    component="light",
    aspects=(
        Aspect(
            "rate, LED currents, FIFO pointers",
            "FIFO, LED pulse amplitude",
            "test_fifo_fills_at_the_rate_and_counts_current",
        ),
        Aspect("auto-increment, but on FIFO_DATA", "FIFO", "test_fifo_data_stays_on_its_register_and_others_move_on"),
        Aspect("overflow counter and roll-over", "FIFO configuration", "test_overflow_rolls_over_or_stops"),
        Aspect("interrupt flags clear by reading", "Interrupt status", "test_flags_clear_by_reading"),
        Aspect("resolution by pulse width", "SpO2 configuration", "test_short_pulses_give_fewer_bits"),
        Aspect(
            "dark counts, rail, ambient light cancellation",
            "Electrical characteristics",
            "test_dark_without_skin_bright_at_the_rail_and_too_much_sun",
        ),
        Aspect(
            "modes, averaging, shutdown, reset",
            "Mode configuration, FIFO configuration",
            "test_rate_averaging_modes_shutdown_and_reset",
        ),
        Aspect("currents act on later samples", "LED pulse amplitude", "test_current_changes_apply_to_later_samples"),
    ),
    registers=(
        Register("INT_STATUS1", 0x00, 0x01, is_cleared=True),
        Register("INT_ENABLE1", 0x02, 0x00, 0xE0),
        Register("INT_ENABLE2", 0x03, 0x00, 0x02),
        Register("FIFO_WR_PTR", 0x04, 0x00, 0x1F),
        Register("OVF_COUNTER", 0x05, 0x00, 0x1F),
        Register("FIFO_RD_PTR", 0x06, 0x00, 0x1F),
        Register("FIFO_CONFIG", 0x08, 0x00, 0xFF),
        Register("MODE_CONFIG", 0x09, 0x00, 0x87),
        Register("SPO2_CONFIG", 0x0A, 0x00, 0x7F),
        Register("LED1_PA", 0x0C, 0x00, 0xFF),
        Register("LED2_PA", 0x0D, 0x00, 0xFF),
        Register("MULTI_LED1", 0x11, 0x00, 0x77),
        Register("MULTI_LED2", 0x12, 0x00, 0x77),
        Register("REV_ID", 0xFE, 0x03),
        Register("PART_ID", 0xFF, 0x15),
    ),
    left_out=(
        "proximity registers",
        "die temperature",
        "noise",
        "INT pin",
        "reserved bits, which keep what is written",
    ),
)


class Max30102:
    """The chip on I2C 0x57; the first byte of a write sets the register pointer."""

    WRITABLE = WRITABLE
    #: LEDs that slots of multi-LED mode can name.
    LEDS = 2
    #: What its current is looked up by.
    NAME = "max30102"

    def __init__(self, clock: Clock, world: World, begin_us: int = 0, ppm: float = 0.0) -> None:
        self.sampler = Sampler(clock, world, PPG, begin_us, ppm)
        self.draw = Draw(clock, self.NAME)
        self._pointer = 0
        self._power_up()

    def _power_up(self) -> None:
        self._registers = bytearray(256)
        self._registers[STATUS1] = PWR_RDY
        self._registers[0xFE] = 0x03
        self._registers[0xFF] = PART_ID
        self._memory = bytearray(DEPTH * 3 * MOST_LEDS)
        self._read_at = 0
        self._unread = 0
        self._byte = 0
        self._lost = 0
        self._words = b""
        self._overrange: NDArray[np.bool_] = np.zeros(0, bool)
        self._stop()
        self._supply()

    # ------------------------------------------------------------------ bus

    def write(self, data: bytes) -> None:
        """Set the register pointer, then registers."""
        if not data:
            return
        if len(data) > 1:
            self._advance()
        self._pointer = data[0]
        for value in data[1:]:
            self._write_register(self._pointer, value)
            if self._pointer != FIFO_DATA:
                self._pointer = self._pointer + 1 & 0xFF

    def read(self, count: int) -> bytes:
        """Read on from the register pointer, which stays on FIFO_DATA."""
        self._advance()
        out = bytearray()
        while len(out) < count:
            if self._pointer == FIFO_DATA:
                out += self._pop(count - len(out))
            else:
                out.append(self._read_register(self._pointer))
                self._pointer = self._pointer + 1 & 0xFF
        return bytes(out)

    def _read_register(self, register: int) -> int:
        if register == WR_PTR:
            return (self._read_at + self._unread) % DEPTH
        if register == RD_PTR:
            return self._read_at
        if register == OVF_COUNTER:
            return self._lost
        value = self._registers[register]
        if register == STATUS1:
            self._registers[STATUS1] = 0
        return value

    def _write_register(self, register: int, value: int) -> None:
        if register not in self.WRITABLE:
            return
        if register in (WR_PTR, RD_PTR, OVF_COUNTER):
            self._point(register, value & 0x1F)
        elif register == MODE and value & 0x40:
            self._power_up()
        else:
            before = self._registers[register]
            self._registers[register] = value
            if register in (MODE, SPO2, FIFO_CONFIG) and value != before:
                self._run()
            elif register in range(LED1_PA, LED1_PA + MOST_LEDS):
                self._reconvert()
            self._supply()

    def _point(self, register: int, value: int) -> None:
        if register == OVF_COUNTER:
            self._lost = value
            return
        wrote_at = (self._read_at + self._unread) % DEPTH
        if register == RD_PTR:
            self._read_at = value
        else:
            wrote_at = value
        self._byte = 0
        self._unread = (wrote_at - self._read_at) % DEPTH

    # ------------------------------------------------------------------ conversions

    @property
    def _slots(self) -> tuple[int, ...]:
        """LEDs of a sample, in order (0 red, 1 infrared): one in heart-rate mode, two in SpO2 mode.

        In multi-LED mode those of Multi-LED Mode Control, up to the first that is off.
        """
        mode = self._registers[MODE] & 7
        if mode != MULTI_LED:
            return {2: (0,), 3: (0, 1)}.get(mode, ())
        low, high = self._registers[SLOTS_1_2], self._registers[SLOTS_3_4]
        found = []
        for code in (low & 7, low >> 4 & 7, high & 7, high >> 4 & 7):
            if not 1 <= code <= self.LEDS:
                break
            found.append(code - 1)
        return tuple(found)

    @property
    def _width(self) -> int:
        """Bytes of a sample."""
        return 3 * len(self._slots)

    def _sense(self) -> FloatArray:
        """Light of the chunk around the present: columns as the LEDs, and ambient light last."""
        return self.sampler.raw

    @property
    def _fold(self) -> int:
        return 1 << min(self._registers[FIFO_CONFIG] >> 5, 5)

    def _run(self) -> None:
        mode = self._registers[MODE]
        if mode & 0x80 or not self._slots:
            self._stop()
            return
        self._start(self._conversions_hz / self._fold)

    @property
    def _conversions_hz(self) -> int:
        """How often it lights its LEDs, a second; several of them may be averaged into a sample."""
        setting = self._registers[SPO2]
        return min(RATES_HZ[setting >> 2 & 7], FASTEST_HZ[setting & 3])

    def _supply(self) -> None:
        """Which current it takes now: its own, and of each LED as long as it is lit."""
        if self._registers[MODE] & 0x80:
            self.draw.enter("shutdown")
            return
        lit = self._conversions_hz * PULSE_US[self._registers[SPO2] & 3] * 1e-6
        leds_ma = sum(self._registers[LED1_PA + led] for led in self._slots) * LED_STEP_MA * lit
        names = [LED_NAMES[led] for led in self._slots if self._registers[LED1_PA + led]]
        self.draw.enter(" and ".join(names) or "dark", self.draw.ma["supply"] + leds_ma)

    def _start(self, rate_hz: float) -> None:
        self.sampler.start(rate_hz)

    def _stop(self) -> None:
        self.sampler.stop()

    def _refill(self) -> None:
        self.sampler.refill(self._fold)

    def _advance(self) -> None:
        """Let everything converted since the last access into the FIFO."""
        sampler = self.sampler
        due = sampler.due()
        while due:
            if not sampler.left:
                self._refill()
                self._reconvert()
            taken = sampler.take(min(due, sampler.left))
            due -= taken.stop - taken.start
            self._push(taken.start, taken.stop)

    def _reconvert(self) -> None:
        self._words, self._overrange = samples(self._sense(), self._registers, self._slots)

    def _push(self, start: int, stop: int) -> None:
        count = stop - start
        over = max(self._unread + count - DEPTH, 0)
        self._lost = min(self._lost + over, 0x1F)
        if over and not self._registers[FIFO_CONFIG] & 0x10:
            stop -= over  # no roll-over: a full FIFO takes nothing more
            over = 0
        before = self._unread
        self._store(max(start, stop - DEPTH), stop, (self._read_at + before + max(stop - start - DEPTH, 0)) % DEPTH)
        self._unread = before + stop - start - over
        self._read_at = (self._read_at + over) % DEPTH
        if over:
            self._byte = 0
        self._flag(before, start, stop)

    def _store(self, start: int, stop: int, slot: int) -> None:
        width = self._width
        until_end = min(stop - start, DEPTH - slot)
        words = memoryview(self._words)
        memory = self._memory
        memory[slot * width : (slot + until_end) * width] = words[start * width : (start + until_end) * width]
        rest = stop - start - until_end
        memory[: rest * width] = words[(start + until_end) * width : stop * width]

    def _flag(self, before: int, start: int, stop: int) -> None:
        flags = PPG_RDY if stop > start else 0
        threshold = DEPTH - (self._registers[FIFO_CONFIG] & 0x0F)
        if before < threshold <= self._unread:
            flags |= A_FULL
        if self._overrange[start:stop].any():
            flags |= ALC_OVF
        self._registers[STATUS1] |= flags

    def _pop(self, count: int) -> bytes:
        """Bytes from the FIFO; a sample that was begun counts as read."""
        width = self._width
        if not width:
            return bytes(count)  # no LED, no sample
        out = bytearray()
        while len(out) < count:
            at = self._read_at * width + self._byte
            if not self._unread and not self._byte:
                out += self._memory[at : at + min(width, count - len(out))]
                continue
            whole = min(self._unread, DEPTH - self._read_at) * width - self._byte
            piece = self._memory[at : at + min(whole, count - len(out))]
            out += piece
            self._step(self._byte + len(piece), width)
        self._registers[STATUS1] &= ~PPG_RDY & 0xFF
        return bytes(out)

    def _step(self, moved: int, width: int) -> None:
        whole, self._byte = divmod(moved, width)
        self._read_at = (self._read_at + whole) % DEPTH
        self._unread -= whole
        if whole:
            self._lost = 0  # a popped sample clears the counter


def samples(raw: FloatArray, registers: bytes | bytearray, slots: tuple[int, ...]) -> tuple[bytes, NDArray[np.bool_]]:
    """FIFO bytes of raw rows (nA/mA of each LED in order, at last ambient nA), and where ambient light is too strong.

    18-bit counts of the LEDs in `slots`, left-justified at lower resolutions; NaN rows are dark.
    """
    setting = registers[SPO2]
    lsb_na = LSB_NA[setting >> 5 & 3]
    lit = list(slots)
    scale = np.array([registers[LED1_PA + led] for led in lit]) * (LED_STEP_MA / lsb_na)
    counts = np.asarray(np.rint(raw[:, lit] * scale) + DARK_COUNTS, np.float64)
    too_bright: NDArray[np.bool_] = raw[:, -1] > AMBIENT_CANCELLED_NA
    if too_bright.any():
        counts += np.fmax(raw[:, -1:] - AMBIENT_CANCELLED_NA, 0.0) / lsb_na
    # fmax, not maximum: it takes the number where the other is NaN
    held = np.fmin(np.fmax(counts, DARK_COUNTS), FULL).astype(np.int64) & ~((1 << 3 - (setting & 3)) - 1)
    out = held[:, :, None] >> _BYTES & 0xFF
    return out.astype(np.uint8).tobytes(), too_bright
