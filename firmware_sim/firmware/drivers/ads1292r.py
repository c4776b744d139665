"""TI ADS1292R ECG front end (data sheet SBAS502): channel 1 at the rate and gain of frontends.ecg, DC lead-off."""

from array import array

import micropython
from micropython import const

from ..kernels import keep_ecg, take_ecg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ticks import Ticks
    from .wiring import SPI, Pin

PERIOD_US = const(4000)  # frontends.ecg: PERIOD_US
_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_GAIN = const(6)  # frontends.ecg: GAIN
#: By the codes in CONFIG1 and CH1SET; a rate or gain that the chip lacks is a ValueError when this file is imported.
_RATES_HZ = (125, 250, 500, 1000, 2000, 4000, 8000)
_GAINS = (6, 1, 2, 3, 4, 8, 12)
DEPTH = const(128)
_FRAME = const(9)
_COUNT_MASK = const(0x3FFFFFFF)
_ID = const(0x73)
_RESET = b"\x06"
_SDATAC = b"\x11"
_RDATAC = b"\x10"
_RREG = const(0x20)
_WREG = const(0x40)
_ENODEV = const(19)
_EIO = const(5)
# From CONFIG1 on: rate; reference and lead-off comparators on; lead-off threshold 95 %, 6 nA DC;
# channel 1 electrodes and gain; channel 2 off, inputs shorted; right-leg drive from channel 1; comparators
# of channel 1. Then LOFF_STAT, and RESP1 and RESP2 with the bits that must be 1.
_SETTINGS = bytes((_RATES_HZ.index(_RATE_HZ), 0xE0, 0x10, _GAINS.index(_GAIN) << 4, 0x81, 0x23, 0x03, 0x00, 0x02, 0x03))
_CHECKED = const(7)
# Frames written and samples taken, raw time of the newest frame (as `keep_ecg` has it); of the block last read the
# newest frame's time, and how much earlier its first sample was taken; whether the chip is set up.
_WRITTEN = const(0)
_TAKEN = const(1)
_STAMP = const(2)
_NEWEST = const(3)
_BEFORE_US = const(4)
_IS_SET_UP = const(5)
_REFERENCE_MS = const(150)  # internal reference start-up
_RESET_MS = const(1)  # 18 clocks of 2 µs


class Ads1292r:
    """Each data-ready edge puts one frame into a ring, `read` takes samples out (24-bit counts).

    `lead_off` and `saturated` are of the block last read, `tick_us` is the time of its first sample,
    `overruns` counts samples lost in the ring: always just before a block.
    The bus runs in mode 1 at 1 MHz at most, which commands of several bytes need. It says nothing of a chip that is not
    there, and an open data-ready line may have an edge at any time: only what `configure` has found is started.
    """

    def __init__(self, spi: "SPI", cs: "Pin", start: "Pin", drdy: "Pin", ticks: "Ticks") -> None:
        self.lead_off = False
        self.saturated = False
        self.overruns = 0
        self._spi = spi
        self._cs = cs
        self._start = start
        self._drdy = drdy
        self._ticks = ticks
        self._ring = array("i", bytes(4 * DEPTH))
        # in an array, because MicroPython takes ten times as long to set an attribute
        self._state = array("i", bytes(4 * 6))
        # all that the interrupt needs, by one look-up
        self._parts = (cs, spi.readinto, bytearray(_FRAME), self._ring, self._state, ticks.raw)
        self._handler = self._take_frame

    @property
    def tick_us(self) -> int:
        """Device time of the first sample of the block last read."""
        return self._ticks.widen(self._state[_NEWEST], self._state[_BEFORE_US])

    def configure(self) -> None:
        """Reset, check the ID and set up; OSError where no such chip answers, which then interrupts no more."""
        self._state[_IS_SET_UP] = 0
        self._drdy.irq(None)
        self._start(0)
        self._cs(1)
        self._command(_RESET)
        self._ticks.sleep_ms(_RESET_MS)
        self._command(_SDATAC)
        if self._registers(0, 1)[0] != _ID:
            raise OSError(_ENODEV)
        self._command(bytes((_WREG | 1, len(_SETTINGS) - 1)) + _SETTINGS)
        if self._registers(1, _CHECKED) != _SETTINGS[:_CHECKED]:
            raise OSError(_EIO)
        self._ticks.sleep_ms(_REFERENCE_MS)
        self._state[_IS_SET_UP] = 1

    def start(self) -> None:
        """Begin to convert; the ring is empty. OSError where it is not set up."""
        if not self._state[_IS_SET_UP]:
            raise OSError(_ENODEV)
        self._state[_TAKEN] = self._state[_WRITTEN]
        self._command(_RDATAC)
        try:
            self._drdy.irq(self._handler, self._drdy.IRQ_FALLING, hard=True)
        except TypeError:  # a port whose interrupts are all soft
            self._drdy.irq(self._handler, self._drdy.IRQ_FALLING)
        self._start(1)

    def stop(self) -> None:
        """Stop converting; what is in the ring can still be read."""
        self._start(0)
        self._drdy.irq(None)
        self._command(_SDATAC)

    @micropython.native
    def read(self, out: "array[int]", limit: int) -> int:
        """Move up to `limit` samples of channel 1 into `out`; how many."""
        state = self._state
        stamp = state[_STAMP]
        written = state[_WRITTEN]
        while stamp != state[_STAMP]:  # both must be of one moment
            stamp = state[_STAMP]
            written = state[_WRITTEN]
        pending = (written - state[_TAKEN]) & _COUNT_MASK
        if pending >= DEPTH:
            # the slot after the newest may be being written by the interrupt
            self.overruns += pending - (DEPTH - 1)
            state[_TAKEN] = (written - (DEPTH - 1)) & _COUNT_MASK
            pending = DEPTH - 1
        count = min(limit, len(out))
        if count > pending:
            count = pending
        if count > 0:
            state[_NEWEST] = stamp
            state[_BEFORE_US] = (pending - 1) * PERIOD_US
            taken = state[_TAKEN]
            self._update_flags(take_ecg(self._ring, taken & (DEPTH - 1), DEPTH - 1, count, out))
            state[_TAKEN] = (taken + count) & _COUNT_MASK
        return count

    @micropython.native
    def _update_flags(self, flags: int) -> None:
        """What `take_ecg` found; it seldom changes."""
        lead_off = flags & 1 != 0
        if lead_off != self.lead_off:
            self.lead_off = lead_off
        saturated = flags & 2 != 0
        if saturated != self.saturated:
            self.saturated = saturated

    @micropython.native
    def _take_frame(self, pin: "Pin") -> None:
        """Data ready: hard interrupt, nothing here may allocate."""
        cs, readinto, frame, ring, state, raw_ticks = self._parts
        cs(0)
        readinto(frame)
        cs(1)
        keep_ecg(frame, ring, DEPTH - 1, state, raw_ticks())

    def _command(self, data: bytes) -> None:
        self._cs(0)
        self._spi.write(data)
        self._cs(1)

    def _registers(self, first: int, count: int) -> bytes:
        answer = bytearray(count + 2)
        self._cs(0)
        self._spi.write_readinto(bytes((_RREG | first, count - 1)) + bytes(count), answer)
        self._cs(1)
        return bytes(answer[2:])
