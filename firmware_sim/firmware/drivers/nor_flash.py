"""Serial NOR flash of the common command set (Winbond W25Q, Macronix MX25R, GigaDevice GD25): 4 KiB sectors.

A block of 64 KiB is erased in the time of three or four of its 16 sectors.

Nothing waits but `configure` and `wait`: a program or an erase is begun, and `ready` says when it has ended.
"""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .ticks import Ticks
    from .wiring import SPI, Pin, Readable, Writable

SECTOR = const(4096)
BLOCK = const(65536)
PAGE = const(256)
_WRITE_ENABLE = b"\x06"
_READ_STATUS = b"\x05"
_JEDEC_ID = b"\x9f"
_WAKE = b"\xab"
_POWER_DOWN = b"\xb9"
_RESET_ENABLE = b"\x66"
_RESET = b"\x99"
_READ = const(0x03)
_PROGRAM = const(0x02)
_ERASE_SECTOR = const(0x20)
_ERASE_BLOCK = const(0xD8)
_BUSY = const(0x01)
# Longest times of the data sheets: a page 5 ms (GD25: 2.4, W25Q: 3), a sector 400 ms, a block 3.5 s (W25Q: 2).
_LONGEST_MS = const(4_000)
# A page takes 0.4 to 0.7 ms as a rule.
_SHORT_US = const(150)
_SHORT_LOOKS = const(5)
# What a reset in an erase may take until the chip answers: 30 µs of a W25Q, 12 ms of a MX25R.
_RESET_MS = const(30)
_ENODEV = const(19)
_EIO = const(5)
_ETIMEDOUT = const(110)


class NorFlash:
    """`size` bytes, known after `configure`; addresses out of it are a ValueError and change nothing."""

    def __init__(self, spi: "SPI", cs: "Pin", ticks: "Ticks") -> None:
        self.size = 0
        self._spi = spi
        self._cs = cs
        self._sleep_ms = ticks.sleep_ms
        self._sleep_us = ticks.sleep_us
        self._head = bytearray(4)
        self._byte = bytearray(1)

    def configure(self) -> None:
        """Wake the chip, end what a reset left running, and learn its size; OSError where no such chip answers."""
        if not self._identify():
            for command in (_WAKE, _RESET_ENABLE, _RESET):
                self._command(command)
                self._sleep_ms(1)
        for _ in range(_RESET_MS):
            power = self._identify()
            if power:
                self.size = 1 << power
                self.wait()
                return
            self._sleep_ms(1)
        raise OSError(_ENODEV)

    def _identify(self) -> int:
        """Binary logarithm of the size in bytes; 0 where no such chip answers yet."""
        identity = bytearray(3)
        self._command(_JEDEC_ID, identity)
        power = identity[2]
        return power if identity[0] not in (0, 0xFF) and 16 <= power <= 24 else 0

    def read(self, address: int, out: "Writable") -> None:
        """Fill `out` from an address on; OSError while an operation is under way."""
        self._check(address, len(out), self.size)
        if not self.ready():
            raise OSError(_EIO)
        self._send_address(_READ, address)
        self._spi.readinto(out)
        self._cs(1)

    def program(self, address: int, data: "Readable") -> None:
        """Begin to let fall the bits that are 0 in `data`, which lies within one page."""
        self._check(address, len(data), (address & -PAGE) + PAGE)
        self._begin(_PROGRAM, address)
        self._spi.write(data)
        self._cs(1)

    def erase(self, address: int, size: int = SECTOR) -> None:
        """Begin to erase the sector, or the BLOCK, that starts there."""
        if size not in (SECTOR, BLOCK) or address & (size - 1):
            raise ValueError("nothing of %d bytes to erase starts at %d" % (size, address))
        self._begin(_ERASE_SECTOR if size == SECTOR else _ERASE_BLOCK, address)
        self._cs(1)

    def ready(self) -> bool:
        """Whether no operation is under way."""
        self._command(_READ_STATUS, self._byte)
        return not self._byte[0] & _BUSY

    def wait(self) -> None:
        """Until it is ready; OSError where the chip stays busy for longer than any does."""
        for _ in range(_SHORT_LOOKS):
            if self.ready():
                return
            self._sleep_us(_SHORT_US)
        waited = 0
        while not self.ready():
            if waited > _LONGEST_MS:
                raise OSError(_ETIMEDOUT)
            pause = 1 + (waited >> 3)
            self._sleep_ms(pause)
            waited += pause

    def sleep(self) -> None:
        """Power-down, in which nothing but `configure` is heard."""
        self._command(_POWER_DOWN)

    def _check(self, address: int, count: int, end: int) -> None:
        if address < 0 or address + count > min(end, self.size):
            raise ValueError("%d bytes from %d on leave the page or the chip" % (count, address))

    def _begin(self, code: int, address: int) -> None:
        self._check(address, 1, self.size)
        if not self.ready():
            raise OSError(_EIO)
        self._command(_WRITE_ENABLE)
        self._send_address(code, address)

    def _send_address(self, code: int, address: int) -> None:
        """Select the chip and send a command with its address; it stays selected."""
        head = self._head
        head[0] = code
        head[1] = address >> 16
        head[2] = address >> 8 & 0xFF
        head[3] = address & 0xFF
        self._cs(0)
        self._spi.write(head)

    def _command(self, code: bytes, answer: "Writable | None" = None) -> None:
        self._cs(0)
        self._spi.write(code)
        if answer is not None:
            self._spi.readinto(answer)
        self._cs(1)
