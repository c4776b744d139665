"""SMP on a UART that is also a console: frames in lines of base64, between which text may stand.

A line begins with 06 09 (the first of a frame) or 04 14 (its continuation) and ends with LF; joined and decoded they
are length u16, frame, CRC-16 (XMODEM) u16, big-endian.
"""

from array import array
from binascii import a2b_base64, b2a_base64
from struct import pack_into, unpack_from

from micropython import const

from .server import PENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..serial.link import Sink
    from .server import SmpServer

_FIRST = b"\x06\x09"
_MORE = b"\x04\x14"
#: Bytes of a frame with its length and its check in one line: 120 of base64, with head and LF 123 of the usual 127.
_IN_LINE = const(90)
#: Polls, 1 ms apart, in which the next line of a request must come while a response is made.
_PATIENCE = const(250)
_LENGTH_BYTES = const(2)
_CRC_BYTES = const(2)
# CRC-16 of the 16 nibbles, XMODEM: polynomial 0x1021, from 0, not reflected
_NIBBLES = (
    0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
    0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
)  # fmt: skip


class SmpLines:
    """Reads requests from lines and writes responses; a frame that is damaged or too long is left unanswered."""

    def __init__(self, uart: "Sink", server: "SmpServer") -> None:
        self._uart = uart
        self._server = server
        # a frame with its length and its check, a request and then its response; kept, because there may be no memory
        # for so much in one piece later
        self._frame = bytearray(_LENGTH_BYTES + server.longest + _CRC_BYTES)
        # bytes of a request that are there, and polls since the last of its lines; in an array, because setting an
        # attribute takes ten times as long
        self._n = array("H", bytes(2 * 2))

    def on_line(self, line: memoryview) -> bool:
        """Take a line without its end; False: it is not of this language."""
        head = bytes(line[:2])
        if head not in (_FIRST, _MORE):
            return False
        n = self._n
        if head == _FIRST:
            n[0] = 0
        elif not n[0]:
            self._server.count_bad()  # the frame's beginning is missing
            return True
        try:
            part = a2b_base64(bytes(line[2:]))
        except ValueError:  # binascii.Error
            self._lose()
            return True
        end = n[0] + len(part)
        if end > len(self._frame):
            self._lose()
            return True
        self._frame[n[0] : end] = part
        n[0] = end
        n[1] = 0
        self._try_frame(end)
        return True

    def _try_frame(self, n: int) -> None:
        if n < _LENGTH_BYTES:
            return
        length: int = unpack_from(">H", self._frame)[0]
        if length < _CRC_BYTES or length > self._server.longest + _CRC_BYTES:
            self._lose()
        elif n >= _LENGTH_BYTES + length:
            room = memoryview(self._frame)[_LENGTH_BYTES:]
            if n > _LENGTH_BYTES + length or crc16(room[:length]):  # over its own check it is 0
                self._lose()
                return
            self._n[0] = 0
            self._answer(self._server.handle(room[: length - _CRC_BYTES], room[:-_CRC_BYTES], self))

    def poll(self) -> None:
        """Do another step of a response that is made in steps; often, while the server has `hurry`.

        Not while a request is coming in, whose bytes it would take; one that does not go on is given up.
        """
        if not self._server.is_waiting(self):
            return
        n = self._n
        if n[0]:
            n[1] += 1
            if n[1] < _PATIENCE:
                self._server.hurry[0] = _PATIENCE  # or nobody polls
                return
            self._lose()
        self._answer(self._server.go_on(memoryview(self._frame)[_LENGTH_BYTES:-_CRC_BYTES], self))

    def _lose(self) -> None:
        self._n[0] = 0
        self._server.count_bad()

    def _answer(self, n: int) -> None:
        if n == PENDING:
            return
        if n:
            self._write(n)
        self._server.answered(self)

    def _write(self, n: int) -> None:
        frame = self._frame
        end = _LENGTH_BYTES + n
        pack_into(">H", frame, 0, n + _CRC_BYTES)
        pack_into(">H", frame, end, crc16(memoryview(frame)[_LENGTH_BYTES:end]))
        data = memoryview(frame)[: end + _CRC_BYTES]
        for at in range(0, len(data), _IN_LINE):
            head = _MORE if at else _FIRST
            self._uart.write(head + b2a_base64(data[at : at + _IN_LINE]))  # it ends with LF


def crc16(data: "bytes | memoryview") -> int:
    """CRC-16/XMODEM."""
    value = 0
    for byte in data:
        value = value << 4 & 0xFFFF ^ _NIBBLES[value >> 12 ^ byte >> 4]
        value = value << 4 & 0xFFFF ^ _NIBBLES[value >> 12 ^ byte & 15]
    return value
