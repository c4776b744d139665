"""Serial NOR flash of the common command set (Winbond W25Q, Macronix MX25R, GigaDevice GD25): 4 KiB sectors.

A block of 64 KiB is erased in the time of three or four of its 16 sectors.

Nothing waits but `configure` and `wait`: a program or an erase is begun, and `ready` says when it has ended.

A chip that is gone reads as ones, as zeros or as anything, and one that hangs is busy for ever. So each read ends with
the chip's identity, each program and erase begins with its status after a write enable, and an operation has the time
of the data sheets. Who fails that is lost: all is refused at once until `look` finds it again.
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
_WRITE_DISABLE = b"\x04"
# with as many bytes behind as are answered
_READ_STATUS = b"\x05\0"
_JEDEC_ID = b"\x9f\0\0\0"
_WAKE = b"\xab"
_POWER_DOWN = b"\xb9"
_RESET_ENABLE = b"\x66"
_RESET = b"\x99"
_READ = const(0x03)
_PROGRAM = const(0x02)
_ERASE_SECTOR = const(0x20)
_ERASE_BLOCK = const(0xD8)
_BUSY = const(0x01)
_ENABLED = const(0x02)
#: Bits of the status that nobody changes: they protect.
_LASTING = const(0xFC)
# Longest times of the data sheets: a page 5 ms (GD25: 2.4, W25Q: 3), a sector 400 ms, a block 3.5 s (W25Q: 2).
_PAGE_US = const(10_000)
_SECTOR_US = const(450_000)
_BLOCK_US = const(4_000_000)
#: Nobody waits for longer: only a block may take more.
_MOST_WAIT_MS = const(500)
# A page takes 0.4 to 0.7 ms as a rule.
_SHORT_US = const(150)
_SHORT_LOOKS = const(5)
#: Answers in a row, 0.15 ms apart, that make no sense: one may be a glitch.
_ATTEMPTS = const(4)
# What a reset in an erase may take until the chip answers: 30 µs of a W25Q, 12 ms of a MX25R.
_RESET_MS = const(30)
_ENODEV = const(19)
_EIO = const(5)
_EBUSY = const(16)


class NorFlash:
    """`size` bytes, known after `configure`, 0 while the chip is lost; addresses out of it are a ValueError.

    What a chip does not take changes nothing: OSError 19 of one that is lost, 5 of one that is busy.
    """

    def __init__(self, spi: "SPI", cs: "Pin", ticks: "Ticks") -> None:
        self.size = 0
        self._spi = spi
        self._cs = cs
        self._ticks = ticks
        self._sleep_us = ticks.sleep_us
        self._head = bytearray(4)
        self._identity = memoryview(self._head)[1:]
        self._two = memoryview(self._head)[:2]
        self._known = bytearray(3)
        # bits of the status that last, when the last operation began, and how long it may take; in a list, because
        # MicroPython takes ten times as long to set an attribute
        self._state = [0, 0, 0]

    def configure(self) -> None:
        """Wake the chip, end what a reset left running, and learn its size; OSError where no such chip answers."""
        self.size = 0
        wakes = True
        for _ in range(_RESET_MS):
            if self.look(wakes):
                return
            wakes = False
            self._ticks.sleep_ms(1)
        raise OSError(_ENODEV)

    def look(self, wakes: bool = True) -> bool:
        """Whether the chip answers, and takes commands; where `wakes` one that is lost is woken and reset for later."""
        if self.size:
            try:
                self.read(0, bytearray(1))
            except OSError:
                pass  # busy, or lost just now
        elif self._is_sound():
            self.size = 1 << self._known[2]
        elif wakes:
            for command in (_WAKE, _RESET_ENABLE, _RESET):
                self._command(command)
                self._sleep_us(_SHORT_US)
        return self.size > 0

    def _is_sound(self) -> bool:
        """Whether a chip is there, is ready, and takes commands: learn who it is."""
        known = self._known
        self._exchange(_JEDEC_ID, self._head)
        known[:] = self._identity
        status = self._status()
        self._state[0] = status & _LASTING
        self._command(_WRITE_ENABLE)
        enabled = self._status()
        self._command(_WRITE_DISABLE)
        return (
            known[0] not in (0, 0xFF)
            and 16 <= known[2] <= 24
            and status == self._state[0]
            and enabled == status | _ENABLED
            and self._status() == status
            and self._is_itself()
        )

    def _is_itself(self) -> bool:
        """Whether the chip still gives its identity."""
        self._exchange(_JEDEC_ID, self._head)
        return bool(self._identity == self._known)

    def _lose(self) -> None:
        self.size = 0
        raise OSError(_ENODEV)

    def read(self, address: int, out: "Writable") -> None:
        """Fill `out` from an address on; OSError while an operation is under way."""
        self._check(address, len(out), self.size)
        for _ in range(_ATTEMPTS):
            if not self.ready():
                raise OSError(_EIO)
            self._send_address(_READ, address)
            self._spi.readinto(out)
            self._cs(1)
            if self._is_itself():
                return
        self._lose()

    def program(self, address: int, data: "Readable") -> None:
        """Begin to let fall the bits that are 0 in `data`, which lies within one page."""
        self._check(address, len(data), (address & -PAGE) + PAGE)
        self._begin(_PROGRAM, address, _PAGE_US)
        self._spi.write(data)
        self._cs(1)

    def erase(self, address: int, size: int = SECTOR) -> None:
        """Begin to erase the sector, or the BLOCK, that starts there."""
        if size not in (SECTOR, BLOCK) or address & (size - 1):
            raise ValueError("nothing of %d bytes to erase starts at %d" % (size, address))
        if size == SECTOR:
            self._begin(_ERASE_SECTOR, address, _SECTOR_US)
        else:
            self._begin(_ERASE_BLOCK, address, _BLOCK_US)
        self._cs(1)

    def ready(self) -> bool:
        """Whether no operation is under way; OSError of a chip that is lost, or takes longer than any does."""
        if not self.size:
            raise OSError(_ENODEV)
        state = self._state
        status = self._status()
        failed = 0
        while status & _LASTING != state[0]:
            failed += 1
            if failed > _ATTEMPTS:
                self._lose()
            self._sleep_us(_SHORT_US)
            status = self._status()
        if not status & _BUSY:
            return True
        if not 0 <= self._ticks.diff(self._ticks.raw(), state[1]) <= state[2]:
            self._lose()
        return False

    def wait(self, most_ms: int = _MOST_WAIT_MS) -> None:
        """Until it is ready; OSError 19 of a chip that is lost, 16 of one that erases a block for longer than that."""
        for _ in range(_SHORT_LOOKS):
            if self.ready():
                return
            self._sleep_us(_SHORT_US)
        waited = 0
        while not self.ready():
            if waited > most_ms:
                raise OSError(_EBUSY)
            pause = 1 + (waited >> 3)
            self._ticks.sleep_ms(pause)
            waited += pause

    def sleep(self) -> None:
        """Power-down, in which nothing but `configure` is heard."""
        self._command(_POWER_DOWN)

    def _check(self, address: int, count: int, end: int) -> None:
        if not self.size:
            raise OSError(_ENODEV)
        if address < 0 or address + count > min(end, self.size):
            raise ValueError("%d bytes from %d on leave the page or the chip" % (count, address))

    def _begin(self, code: int, address: int, longest_us: int) -> None:
        """Send what begins an operation, but for its end; the chip must say that it is enabled."""
        self._check(address, 1, self.size)
        state = self._state
        for _ in range(_ATTEMPTS):
            self._command(_WRITE_ENABLE)
            if self._status() == state[0] | _ENABLED:
                state[1] = self._ticks.raw()
                state[2] = longest_us
                self._send_address(code, address)
                return
            if not self.ready():
                raise OSError(_EIO)
        self._lose()

    def _send_address(self, code: int, address: int) -> None:
        """Select the chip and send a command with its address; it stays selected."""
        head = self._head
        head[0] = code
        head[1] = address >> 16
        head[2] = address >> 8 & 0xFF
        head[3] = address & 0xFF
        self._cs(0)
        self._spi.write(head)

    def _status(self) -> int:
        self._exchange(_READ_STATUS, self._two)
        return self._head[1]

    def _command(self, code: bytes) -> None:
        self._cs(0)
        self._spi.write(code)
        self._cs(1)

    def _exchange(self, request: bytes, answer: "Writable") -> None:
        self._cs(0)
        self._spi.write_readinto(request, answer)
        self._cs(1)
