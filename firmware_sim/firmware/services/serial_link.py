"""The serial link: `00 COBS(frame, CRC-32) 00` for frames, anything else on the UART is console text."""

from binascii import crc32
from struct import pack_into, unpack_from

from micropython import const

from ..kernels import cobs_encode
from ..wire_gen import LONGEST_FRAME
from . import cobs
from .link import Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Uart(Protocol):
        """The part of `machine.UART` that a link uses."""

        def readinto(self, buf: bytearray) -> "int | None":
            """Fill `buf` with what came; how many, None when nothing did."""

        def write(self, buf: "bytes | memoryview") -> "int | None":
            """Send; how many bytes were taken."""


_CRC_BYTES = const(4)
_LONGEST_IN = const(64)  # requests are short; whatever is longer is noise
_READ_BYTES = const(128)
_CHUNKS_A_POLL = const(16)  # a flooded line must not hold up sampling


class SerialLink(Link):
    """Frames over one UART. A cable in the hand counts as trusted: there is no pairing on it."""

    def __init__(self, uart: "Uart", banner: bytes) -> None:
        super().__init__()
        self._uart = uart
        self._banner = banner
        self._read = bytearray(_READ_BYTES)
        self._in = bytearray(_LONGEST_IN)
        self._in_n = -1  # -1: outside a frame, -2: inside one that is too long
        self._out = bytearray(LONGEST_FRAME + _CRC_BYTES + 4)  # the length code of the bytes, and three zeros
        self._asked = False
        self._line_empty = True
        self.bad_frames = 0
        self.up = True
        self.limit = LONGEST_FRAME
        uart.write(banner)

    def send(self, buf: bytearray, n: int) -> bool:
        """Frame, check-sum and write `n` bytes; False when the UART did not take them all."""
        out = self._out
        pack_into("<I", buf, n, crc32(memoryview(buf)[:n]))
        out[0] = 0
        end = cobs_encode(buf, n + _CRC_BYTES, out, 1)
        out[end] = 0
        return bool(self._uart.write(memoryview(out)[: end + 1]) == end + 1)

    def poll(self) -> None:
        """Take in what came."""
        for _ in range(_CHUNKS_A_POLL):
            n = self._uart.readinto(self._read)
            if not n:
                return
            for i in range(n):
                self._byte(self._read[i])

    def _byte(self, b: int) -> None:
        if b == 0:
            if self._in_n > 0:
                self._frame(self._in_n)
                self._in_n = -1
            else:
                if self._in_n == -2:
                    self.bad_frames += 1
                self._in_n = 0
        elif self._in_n >= 0:
            if self._in_n == _LONGEST_IN:
                self._in_n = -2
            else:
                self._in[self._in_n] = b
                self._in_n += 1
        elif self._in_n == -1:
            self._console(b)

    def _frame(self, n: int) -> None:
        try:
            n = cobs.decode(self._in, n) - _CRC_BYTES
        except cobs.CobsError:
            self.bad_frames += 1
            return
        frame = memoryview(self._in)
        if n < 0 or crc32(frame[:n]) & 0xFFFFFFFF != unpack_from("<I", self._in, n)[0]:
            self.bad_frames += 1
            return
        self.receiver.on_frame(frame[:n])

    def _console(self, b: int) -> None:
        """A person at a terminal: a line with nothing but `?` is answered with who this is."""
        if b == 10 or b == 13:
            if self._asked:
                self._uart.write(self._banner)
            self._asked = False
            self._line_empty = True
        else:
            self._asked = self._line_empty and b == 63
            self._line_empty = False
