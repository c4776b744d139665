"""ST LSM6DSO motion sensor (data sheet DS12140): ±16 g and ±2000 °/s at the rate of frontends.imu, through its FIFO."""

import micropython
from micropython import const

from ..kernels import decode_motion
from .ticks import Pace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from .ticks import Ticks
    from .wiring import I2C

PERIOD_US = const(9615)  # frontends.imu: PERIOD_US
_RATE_HZ = const(104)  # frontends.imu: RATE_HZ
#: By the codes of ODR_XL and ODR_G less 1; a rate that the chip lacks is a ValueError when this file is imported.
_RATES_HZ = (12.5, 26, 52, 104, 208, 417, 833, 1667, 3333, 6667)
_RATE = _RATES_HZ.index(_RATE_HZ) + 1
_ADDRESS = const(0x6A)
_WHO_AM_I = const(0x0F)
_ID = const(0x6C)
_FIFO_CTRL3 = const(0x09)
_FIFO_CTRL4 = const(0x0A)
_CTRL1_XL = const(0x10)
_CTRL3_C = const(0x12)
_FIFO_STATUS1 = const(0x3A)
_FIFO_TAG = const(0x78)
_OVERRUN = const(0x48)  # FIFO_OVR_IA, FIFO_OVR_LATCHED
_CONTROL = bytes((_RATE << 4 | 0x04, _RATE << 4 | 0x0C))  # CTRL1_XL: ±16 g, CTRL2_G: ±2000 °/s
_BATCH = bytes((_RATE << 4 | _RATE,))  # all samples of both
_OFF = b"\x00\x00"
_BYPASS = b"\x00"
_CONTINUOUS = b"\x06"
_SW_RESET = const(0x05)  # keeps register auto-increment on
_SW_RESET_BIT = const(0x01)
_BDU_INC = b"\x44"
_WORD = const(7)
#: Words of a burst: the pairs that come in the 100 ms between two polls, and what makes up any other number.
_BURSTS = (22, 20, 8, 2, 1)
_TAG_SHIFT = const(3)
_TAG_GYRO = const(1)
_ENODEV = const(19)


class Lsm6dso:
    """Polled FIFO of acceleration (0.488 mg) and rate of turn (70 m°/s).

    `tick_us` is the time of the first sample last read, within half a period; `overruns` counts samples lost in the
    FIFO or not taken, always just before a block; the chip at most says that some are, so the clock says how many.
    """

    def __init__(self, i2c: "I2C", ticks: "Ticks") -> None:
        self.overruns = 0
        self._i2c = i2c
        self._ticks = ticks
        self._pace = Pace(ticks, PERIOD_US)
        self._status = bytearray(2)
        # a word kept from the burst before, of tag 0 where there is none, and then the words of a burst; each view of
        # these is kept, because one that is cut off anew is garbage
        self._room = room = bytearray(_WORD + _BURSTS[0] * _WORD)
        self._bursts = tuple([memoryview(room)[_WORD : _WORD + count * _WORD] for count in _BURSTS])

    @property
    def tick_us(self) -> int:
        """Device time of the first sample last read, within half a period."""
        return self._pace.first_us()

    def configure(self) -> None:
        """Check the ID, reset and set up; OSError where no such chip answers."""
        if self._i2c.readfrom_mem(_ADDRESS, _WHO_AM_I, 1)[0] != _ID:
            raise OSError(_ENODEV)
        self._write(_CTRL3_C, bytes((_SW_RESET,)))
        self._ticks.await_low(self._i2c, _ADDRESS, _CTRL3_C, _SW_RESET_BIT)
        self._write(_CTRL3_C, _BDU_INC)
        self._write(_FIFO_CTRL3, _BATCH)

    def start(self) -> None:
        """Begin to convert with an empty FIFO."""
        self._write(_FIFO_CTRL4, _BYPASS)
        self._write(_CTRL1_XL, _CONTROL)
        self._write(_FIFO_CTRL4, _CONTINUOUS)
        self._room[0] = 0
        self._pace.restart()

    def stop(self) -> None:
        """Sensors off, FIFO emptied."""
        self._write(_CTRL1_XL, _OFF)
        self._write(_FIFO_CTRL4, _BYPASS)

    @micropython.native
    def read(self, accel: "array[int]", gyro: "array[int]", limit: int) -> int:
        """Move up to `limit` samples (x, y, z each) into `accel` and `gyro`; how many samples."""
        room = self._room
        words = self._available()
        pairs = (words + (1 if room[0] else 0)) // 2
        wanted = min(pairs, limit, len(accel) // 3, len(gyro) // 3)
        missing = self._pace.note(pairs, pairs - wanted)
        if missing:
            self.overruns += missing
        done = 0
        while done < wanted:
            fetch = min((wanted - done) * 2 - (1 if room[0] else 0), words)
            if fetch <= 0:
                break
            for burst in self._bursts:
                count = len(burst) // _WORD
                if count <= fetch:
                    break
            words -= count
            self._i2c.readfrom_mem_into(_ADDRESS, _FIFO_TAG, burst)
            done_and_used = decode_motion(room, _WORD + len(burst), accel, gyro, done)
            done = done_and_used >> 10
            self._keep(done_and_used & 1023, _WORD + len(burst))
        return done

    @micropython.native
    def _available(self) -> int:
        """Words in the FIFO; what was lost is counted."""
        status = self._status
        self._i2c.readfrom_mem_into(_ADDRESS, _FIFO_STATUS1, status)
        words = status[0] | (status[1] & 0x03) << 8
        if status[1] & _OVERRUN:
            self.overruns += self._pace.overrun(words // 2)
            self._room[0] = 0
        return words

    @micropython.native
    def _keep(self, at: int, end: int) -> None:
        """A gyroscope word at the end waits for its partner in the next burst; any other without one is left out."""
        room = self._room
        room[0] = 0
        if at < end and room[at] >> _TAG_SHIFT == _TAG_GYRO:
            for i in range(_WORD):
                room[i] = room[at + i]

    def _write(self, register: int, data: bytes) -> None:
        self._i2c.writeto_mem(_ADDRESS, register, data)
