"""Maxim MAX17048 fuel gauge (data sheet 19-6171): cell voltage and state of charge."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ticks import Ticks
    from .wiring import I2C

_ADDRESS = const(0x36)
_VCELL = const(0x02)
_VERSION = const(0x08)
_VERSION_MASK = const(0xFFF0)
_PRODUCTION = const(0x0010)
_ENODEV = const(19)


class Max17048:
    """Works by itself from power-up; there is nothing to start, and nothing to be timed by `ticks`."""

    def __init__(self, i2c: "I2C", ticks: "Ticks | None" = None) -> None:
        self._i2c = i2c
        self._words = bytearray(4)
        self._version = bytearray(2)

    def configure(self) -> None:
        """Check the version; OSError where no such chip answers."""
        version = self._version
        self._i2c.readfrom_mem_into(_ADDRESS, _VERSION, version)
        if (version[0] << 8 | version[1]) & _VERSION_MASK != _PRODUCTION:
            raise OSError(_ENODEV)

    def read(self) -> "tuple[int, int]":
        """(mV, charge in 1/1000); OSError where no such chip answers, or another word than its version is read."""
        self.configure()  # on a bus that garbles what is read, this is what shows it
        words = self._words
        self._i2c.readfrom_mem_into(_ADDRESS, _VCELL, words)
        millivolt = (words[0] << 8 | words[1]) * 5 >> 6  # 78.125 µV a count
        permille = (words[2] << 8 | words[3]) * 10 >> 8  # 1/256 % a count
        return millivolt, min(permille, 1000)
