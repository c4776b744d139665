"""ST H3LIS331DL high-g accelerometer (data sheet DocID023111): ±200 g at 1000/s, one sample an interrupt."""

from array import array

import micropython
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ticks import Ticks
    from .wiring import SPI, Pin

PERIOD_US = const(1000)
#: A count in mg.
MG = const(98)
DEPTH = const(256)
_ID = const(0x32)
_RAIL = const(2047)
_COUNT_MASK = const(0x3FFFFFFF)
_WHO_AM_I = const(0x0F)
_CTRL_REG1 = const(0x20)
_CTRL_REG3 = const(0x22)
_CTRL_REG4 = const(0x23)
_STATUS = const(0x27)
_READ = const(0x80)
_MULTIPLE = const(0x40)
_NORMAL_1000_HZ = const(0x3F)  # PM 001, DR 11, three axes
_POWER_DOWN = const(0x07)
_DATA_READY_ON_INT1 = const(0x02)
_BDU_200_G = const(0x90)
_OVERRUN = const(0x80)
_BURST = const(8)  # command, STATUS_REG, three outputs
_ENODEV = const(19)
_EIO = const(5)
# samples written and taken, raw time of the newest, samples known to be lost; of the block last read the newest
# sample's time, and how much earlier its first was taken
_WRITTEN = const(0)
_TAKEN = const(1)
_STAMP = const(2)
_LOST = const(3)
_NEWEST = const(4)
_BEFORE_US = const(5)


class H3lis331dl:
    """Each data-ready edge puts x, y, z into a ring, `read` takes samples out (counts of 98 mg).

    `saturated` is of the block last read, `tick_us` the time of its first sample; `overruns` counts samples lost in the
    ring, and at least one where the chip says that it overwrote some: always just before a block. The bus is in mode 3.
    """

    def __init__(self, spi: "SPI", cs: "Pin", int1: "Pin", ticks: "Ticks") -> None:
        self.overruns = 0
        self.saturated = False
        self._spi = spi
        self._cs = cs
        self._int1 = int1
        self._ticks = ticks
        self._ring = array("h", bytes(2 * 3 * DEPTH))
        self._state = array("i", bytes(4 * 6))
        request = bytes((_READ | _MULTIPLE | _STATUS,)) + bytes(_BURST - 1)
        # all that the interrupt needs, by one look-up
        self._parts = (cs, spi.write_readinto, request, bytearray(_BURST), self._ring, self._state, ticks.raw)
        self._handler = self._take_sample

    @property
    def tick_us(self) -> int:
        """Device time of the first sample of the block last read."""
        return self._ticks.widen(self._state[_NEWEST], self._state[_BEFORE_US])

    def configure(self) -> None:
        """Check the ID and set up; OSError where no such chip answers."""
        self._cs(1)
        if self._register(_WHO_AM_I) != _ID:
            raise OSError(_ENODEV)
        self._write(_CTRL_REG1, _POWER_DOWN)
        self._write(_CTRL_REG3, _DATA_READY_ON_INT1)
        self._write(_CTRL_REG4, _BDU_200_G)
        if self._register(_CTRL_REG4) != _BDU_200_G:
            raise OSError(_EIO)

    def start(self) -> None:
        """Begin to convert; the ring is empty."""
        state = self._state
        try:
            self._int1.irq(self._handler, self._int1.IRQ_RISING, hard=True)
        except TypeError:  # a port whose interrupts are all soft
            self._int1.irq(self._handler, self._int1.IRQ_RISING)
        self._write(_CTRL_REG1, _NORMAL_1000_HZ)
        self._take_sample(self._int1)  # lowers the line, whatever was there
        state[_TAKEN] = state[_WRITTEN]
        state[_LOST] = 0

    def stop(self) -> None:
        """Power down; what is in the ring can still be read."""
        self._int1.irq(None)
        self._write(_CTRL_REG1, _POWER_DOWN)

    @micropython.native
    def read(self, out: "array[int]", limit: int) -> int:
        """Move up to `limit` samples (x, y, z each) into `out`; how many samples."""
        state = self._state
        if self._int1.value():  # an edge that was missed leaves the line high for ever
            self._take_sample(self._int1)
        stamp = state[_STAMP]
        written = state[_WRITTEN]
        while stamp != state[_STAMP]:  # both must be of one moment
            stamp = state[_STAMP]
            written = state[_WRITTEN]
        pending = (written - state[_TAKEN]) & _COUNT_MASK
        lost = state[_LOST]
        state[_LOST] = 0
        if pending >= DEPTH:
            # the slot after the newest may be being written by the interrupt
            lost += pending - (DEPTH - 1)
            state[_TAKEN] = (written - (DEPTH - 1)) & _COUNT_MASK
            pending = DEPTH - 1
        if lost:
            self.overruns += lost
        count = min(limit, len(out) // 3, pending)
        if count > 0:
            state[_NEWEST] = stamp
            state[_BEFORE_US] = (pending - 1) * PERIOD_US
            self._copy(out, count)
            state[_TAKEN] = (state[_TAKEN] + count) & _COUNT_MASK
        return count

    @micropython.native
    def _copy(self, out: "array[int]", count: int) -> None:
        """Samples out of the ring, and whether one is at the rail."""
        ring = self._ring
        slot = self._state[_TAKEN] & (DEPTH - 1)
        saturated = False
        for i in range(count):
            base = slot * 3
            for axis in range(3):
                value = ring[base + axis]
                out[3 * i + axis] = value
                if value >= _RAIL or value <= -_RAIL:
                    saturated = True
            slot = (slot + 1) & (DEPTH - 1)
        self.saturated = saturated

    @micropython.native
    def _take_sample(self, pin: "Pin") -> None:
        """Data ready: hard interrupt, nothing here may allocate."""
        cs, exchange, request, burst, ring, state, raw_ticks = self._parts
        cs(0)
        exchange(request, burst)
        cs(1)
        written = state[_WRITTEN]
        base = (written & (DEPTH - 1)) * 3
        for axis in range(3):
            word = burst[2 * axis + 2] | burst[2 * axis + 3] << 8
            ring[base + axis] = ((word ^ 0x8000) - 0x8000) >> 4
        if burst[1] & _OVERRUN:
            state[_LOST] += 1
        state[_WRITTEN] = (written + 1) & _COUNT_MASK
        state[_STAMP] = raw_ticks()

    def _register(self, register: int) -> int:
        answer = bytearray(2)
        self._cs(0)
        self._spi.write_readinto(bytes((_READ | register, 0)), answer)
        self._cs(1)
        return answer[1]

    def _write(self, register: int, value: int) -> None:
        self._cs(0)
        self._spi.write(bytes((register, value)))
        self._cs(1)
