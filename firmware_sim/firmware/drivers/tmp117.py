"""TI TMP117 temperature sensor (data sheet SNOSD82): one result a second, the mean of eight conversions."""

from micropython import const

from .ticks import Pace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from .ticks import Ticks
    from .wiring import I2C

_PERIOD_US = const(1_000_000)  # frontends.skin: PERIOD_US
_ADDRESS = const(0x48)
_RESULT = const(0x00)
_CONFIGURATION = const(0x01)
_DEVICE_ID = const(0x0F)
_ID = const(0x0117)
_ID_MASK = const(0x0FFF)  # above it the revision
_CONTINUOUS_1_S = b"\x02\x20"  # CONV 100, AVG 01
_SHUTDOWN = b"\x06\x20"
_DATA_READY = const(0x20)  # in the high byte
_EIO = const(5)
_ENODEV = const(19)


class Tmp117:
    """Temperature in counts of 7.8125 m°C; the chip keeps the newest result only.

    `tick_us` is when the sample last read was found, late by the time between two polls at most; `overruns` counts
    results that were overwritten before they were read, as the clock says.
    """

    def __init__(self, i2c: "I2C", ticks: "Ticks") -> None:
        self.overruns = 0
        self._i2c = i2c
        self._ticks = ticks
        self._pace = Pace(ticks, _PERIOD_US)
        self._found = [ticks.raw()]  # a list, because MicroPython takes ten times as long to set an attribute
        self._word = bytearray(2)

    @property
    def tick_us(self) -> int:
        """Device time at which the sample last read was found."""
        return self._ticks.widen(self._found[0])

    def configure(self) -> None:
        """Check the ID and stop conversions; OSError where no such chip answers."""
        word = self._i2c.readfrom_mem(_ADDRESS, _DEVICE_ID, 2)
        if (word[0] << 8 | word[1]) & _ID_MASK != _ID:
            raise OSError(_ENODEV)
        self.stop()

    def start(self) -> None:
        """Begin to convert; the first result is there after 125 ms."""
        self._i2c.writeto_mem(_ADDRESS, _CONFIGURATION, _CONTINUOUS_1_S)
        self._pace.restart()

    def stop(self) -> None:
        """Shut down; the last result stays."""
        self._i2c.writeto_mem(_ADDRESS, _CONFIGURATION, _SHUTDOWN)

    def read(self, out: "array[int]", limit: int) -> int:
        """Move a new result into `out`; how many samples, 0 or 1. OSError where it stays new when it was read."""
        word = self._word
        if limit < 1:
            return 0
        self._i2c.readfrom_mem_into(_ADDRESS, _CONFIGURATION, word)
        if not word[0] & _DATA_READY:
            return 0
        lost = self._pace.expected() - 1
        if lost > 0:
            self.overruns += lost
        self._i2c.readfrom_mem_into(_ADDRESS, _RESULT, word)
        counts = word[0] << 8 | word[1]
        self._i2c.readfrom_mem_into(_ADDRESS, _CONFIGURATION, word)
        if word[0] & _DATA_READY:  # the next one is a second away: wires that are stuck would give one each time
            raise OSError(_EIO)
        self._found[0] = self._ticks.raw()
        self._pace.note(1, 0)
        out[0] = counts - 65536 if counts & 0x8000 else counts
        return 1
