"""`machine.I2C` and `machine.SPI`."""

from __future__ import annotations

from typing import ClassVar

from .machine_pin import Pin
from .mcu import Mcu


class I2C:
    """Controller of one I2C bus; OSError(ENODEV) where nothing answers."""

    mcu: ClassVar[Mcu]

    def __init__(
        self, id: int, *, scl: Pin | None = None, sda: Pin | None = None, freq: int = 400_000, timeout: int = 50_000
    ) -> None:
        self._bus = self.mcu.i2c(id)

    def init(self, scl: Pin | None = None, sda: Pin | None = None, *, freq: int = 400_000) -> None:
        """Set up anew; the simulated bus has no speed."""

    def deinit(self) -> None:
        """Let go of the pins."""

    def scan(self) -> list[int]:
        """Addresses 0x08 to 0x77 that answer."""
        return sorted(a for a in self._bus.chips if 0x08 <= a <= 0x77)

    def readfrom(self, addr: int, nbytes: int, stop: bool = True, /) -> bytes:
        """Read bytes."""
        return self._bus.chip(addr).read(nbytes)

    def readfrom_into(self, addr: int, buf: bytearray | memoryview, stop: bool = True, /) -> None:
        """Read as many bytes as `buf` holds."""
        buf[:] = self._bus.chip(addr).read(len(buf))

    def writeto(self, addr: int, buf: bytes | bytearray | memoryview, stop: bool = True, /) -> int:
        """Write bytes; the count of acknowledged ones."""
        self._bus.chip(addr).write(bytes(buf))
        return len(buf)

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int, *, addrsize: int = 8) -> bytes:
        """Write a register address, then read."""
        chip = self._bus.chip(addr)
        chip.write(memaddr.to_bytes(addrsize // 8, "big"))
        return chip.read(nbytes)

    def readfrom_mem_into(self, addr: int, memaddr: int, buf: bytearray | memoryview, *, addrsize: int = 8) -> None:
        """Write a register address, then read as many bytes as `buf` holds."""
        buf[:] = self.readfrom_mem(addr, memaddr, len(buf), addrsize=addrsize)

    def writeto_mem(self, addr: int, memaddr: int, buf: bytes | bytearray | memoryview, *, addrsize: int = 8) -> None:
        """Write a register address and bytes in one transfer."""
        self._bus.chip(addr).write(memaddr.to_bytes(addrsize // 8, "big") + bytes(buf))


class SPI:
    """Controller of one SPI bus; chip select is a Pin's business, as on every board."""

    MSB: ClassVar[int] = 0
    LSB: ClassVar[int] = 1
    mcu: ClassVar[Mcu]

    def __init__(
        self,
        id: int,
        baudrate: int = 1_000_000,
        *,
        polarity: int = 0,
        phase: int = 0,
        bits: int = 8,
        firstbit: int = 0,
        sck: Pin | None = None,
        mosi: Pin | None = None,
        miso: Pin | None = None,
    ) -> None:
        self._bus = self.mcu.spi(id)
        self._idle: dict[tuple[int, int], bytes] = {}
        self.init(baudrate, polarity=polarity, phase=phase)

    def init(self, baudrate: int = 1_000_000, *, polarity: int = 0, phase: int = 0) -> None:
        """Set clock and mode."""
        self._bus.configure(baudrate, polarity, phase)

    def deinit(self) -> None:
        """Let go of the pins."""

    def read(self, nbytes: int, write: int = 0x00) -> bytes:
        """Read bytes while sending `write` over and over."""
        return self._bus.exchange(bytes([write]) * nbytes)

    def readinto(self, buf: bytearray | memoryview, write: int = 0x00) -> None:
        """Fill `buf` while sending `write` over and over."""
        size = len(buf)
        sent = self._idle.get((size, write))
        if sent is None:
            sent = self._idle[size, write] = bytes([write]) * size
        buf[:] = self._bus.exchange(sent)

    def write(self, buf: bytes | bytearray | memoryview) -> None:
        """Send, ignoring what comes back."""
        self._bus.exchange(bytes(buf))

    def write_readinto(self, write_buf: bytes | bytearray | memoryview, read_buf: bytearray | memoryview) -> None:
        """Send and receive at once; buffers of one length."""
        if len(write_buf) != len(read_buf):
            raise ValueError("buffers must be the same length")
        read_buf[:] = self._bus.exchange(bytes(write_buf))
