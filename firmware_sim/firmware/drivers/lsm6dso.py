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
_BDU_INC = b"\x44"
_WORD = const(7)
_PAIR = const(14)
#: Pairs of a burst: what comes in 150 ms, and a batch that is longer takes more of them.
_PAIRS = const(16)
_TAG_GYRO = const(1)
_ENODEV = const(19)
_ETIMEDOUT = const(110)


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
        # room for a word kept from the burst before, then whole pairs
        self._burst = bytearray(_WORD + _PAIRS * _PAIR)
        self._view = memoryview(self._burst)
        self._kept = 0

    @property
    def tick_us(self) -> int:
        """Device time of the first sample last read, within half a period."""
        return self._pace.first_us()

    def configure(self) -> None:
        """Check the ID, reset and set up; OSError where no such chip answers."""
        if self._i2c.readfrom_mem(_ADDRESS, _WHO_AM_I, 1)[0] != _ID:
            raise OSError(_ENODEV)
        self._write(_CTRL3_C, bytes((_SW_RESET,)))
        self._await_reset()
        self._write(_CTRL3_C, _BDU_INC)
        self._write(_FIFO_CTRL3, _BATCH)

    def start(self) -> None:
        """Begin to convert with an empty FIFO."""
        self._write(_FIFO_CTRL4, _BYPASS)
        self._write(_CTRL1_XL, _CONTROL)
        self._write(_FIFO_CTRL4, _CONTINUOUS)
        self._kept = 0
        self._pace.restart()

    def stop(self) -> None:
        """Sensors off, FIFO emptied."""
        self._write(_CTRL1_XL, _OFF)
        self._write(_FIFO_CTRL4, _BYPASS)

    @micropython.native
    def read(self, accel: "array[int]", gyro: "array[int]", limit: int) -> int:
        """Move up to `limit` samples (x, y, z each) into `accel` and `gyro`; how many samples."""
        words = self._available()
        pairs = (words + self._kept) // 2
        wanted = min(pairs, limit, len(accel) // 3, len(gyro) // 3)
        missing = self._pace.note(pairs, pairs - wanted)
        if missing:
            self.overruns += missing
        done = 0
        while done < wanted:
            fetch = min((wanted - done) * 2 - self._kept, _PAIRS * 2, words)
            if fetch <= 0:
                break
            words -= fetch
            done = self._decode(accel, gyro, done, self._fetch(fetch))
        return done

    @micropython.native
    def _available(self) -> int:
        """Words in the FIFO; what was lost is counted."""
        status = self._status
        self._i2c.readfrom_mem_into(_ADDRESS, _FIFO_STATUS1, status)
        words = status[0] | (status[1] & 0x03) << 8
        if status[1] & _OVERRUN:
            self.overruns += self._pace.overrun(words // 2)
            self._kept = 0
        return words

    @micropython.native
    def _fetch(self, words: int) -> int:
        """Read words behind the kept one; bytes in the burst."""
        start = self._kept * _WORD
        end = start + words * _WORD
        self._i2c.readfrom_mem_into(_ADDRESS, _FIFO_TAG, self._view[start:end])
        return end

    @micropython.native
    def _decode(self, accel: "array[int]", gyro: "array[int]", done: int, end: int) -> int:
        """Pairs of a burst into the arrays; samples done. A word without its partner is left out."""
        done_and_used = decode_motion(self._burst, end, accel, gyro, done)
        self._keep(done_and_used & 1023, end)
        return done_and_used >> 10

    def _keep(self, at: int, end: int) -> None:
        """A gyroscope word at the end waits for its partner in the next burst."""
        self._kept = 0
        if at < end and self._burst[at] >> 3 == _TAG_GYRO:
            self._burst[:_WORD] = self._burst[at : at + _WORD]
            self._kept = 1

    def _await_reset(self) -> None:
        for _ in range(10):
            if not self._i2c.readfrom_mem(_ADDRESS, _CTRL3_C, 1)[0] & 0x01:
                return
            self._ticks.sleep_ms(1)
        raise OSError(_ETIMEDOUT)

    def _write(self, register: int, data: bytes) -> None:
        self._i2c.writeto_mem(_ADDRESS, register, data)
