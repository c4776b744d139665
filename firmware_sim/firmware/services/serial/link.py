"""The serial link: `00 COBS(frame, CRC-32) 00`; whatever else is on the UART is not for it."""

from binascii import crc32
from struct import pack_into, unpack_from

import micropython
from micropython import const

from ...kernels import cobs_encode
from ...wire_gen import LONGEST_FRAME
from ..link import Link
from . import cobs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Sink(Protocol):
        """The part of `machine.UART` that is written to."""

        def write(self, buf: "bytes | memoryview") -> "int | None":
            """Send; how many bytes were taken."""


_CRC_BYTES = const(4)


class SerialLink(Link):
    """Frames over one UART. A cable in the hand counts as trusted: there is no pairing on it."""

    ends_unseen = True

    def __init__(self, uart: "Sink") -> None:
        super().__init__()
        self._uart = uart
        self._out = bytearray(LONGEST_FRAME + _CRC_BYTES + 4)  # the length code of the bytes, and three zeros
        self.up = True
        self.limit = LONGEST_FRAME

    @micropython.native
    def send(self, buf: bytearray, n: int) -> bool:
        """Frame, check-sum and write `n` bytes; False when the UART did not take them all."""
        out = self._out
        pack_into("<I", buf, n, crc32(memoryview(buf)[:n]))
        out[0] = 0
        end = cobs_encode(buf, n + _CRC_BYTES, out, 1)
        out[end] = 0
        return bool(self._uart.write(memoryview(out)[: end + 1]) == end + 1)

    def lose(self) -> None:
        """Something that came was thrown away."""
        self.bad_frames += 1

    def on_packet(self, buf: bytearray, n: int) -> None:
        """Hand on the frame in a COBS packet, decoded in place; one that is none is counted."""
        try:
            n = cobs.decode(buf, n) - _CRC_BYTES
        except cobs.CobsError:
            self.lose()
            return
        frame = memoryview(buf)
        if n < 0 or crc32(frame[:n]) & 0xFFFFFFFF != unpack_from("<I", buf, n)[0]:
            self.lose()
            return
        self.receiver.on_frame(frame[:n])
