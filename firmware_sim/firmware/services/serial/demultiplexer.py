"""Tells apart what comes in on the UART: COBS packets between zeros, and lines of text.

Another language is another reader: of packets there is one, the frame link; lines are offered to their readers in turn.
"""

from array import array

import micropython
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Protocol

    #: Takes `n` bytes of a buffer in which it may work until it returns.
    PacketReader = Callable[[bytearray, int], None]
    #: Takes a line without its end; True: it was meant for this reader.
    LineReader = Callable[[memoryview], bool]
    #: Told of a packet or line that was too long for any reader.
    Loss = Callable[[], None]

    class Source(Protocol):
        """The part of `machine.UART` that is read from."""

        def readinto(self, buf: bytearray) -> "int | None":
            """Fill `buf` with what came; how many, None when nothing did."""


# Requests are short, and lines of SMP have 127 bytes; whatever is longer is noise.
_LONGEST_PACKET = const(64)
_LONGEST = const(128)
_READ_BYTES = const(64)
_CHUNKS_A_POLL = const(32)  # a flooded line must not hold up sampling
#: How lines of SMP begin; no packet to the device begins so.
_LINES = (b"\x06\x09", b"\x04\x14")
_LF = const(10)
_CR = const(13)


class Demultiplexer:
    """Reads a UART and hands each piece to whom it is for."""

    def __init__(
        self, uart: "Source", on_packet: "PacketReader", lines: "tuple[LineReader, ...]", on_loss: "Loss"
    ) -> None:
        self._uart = uart
        self._on_packet = on_packet
        self._lines = lines
        self._on_loss = on_loss
        self._read = bytearray(_READ_BYTES)
        self._in = bytearray(_LONGEST)
        # whether a packet comes in now (else text), and how many bytes of it are there; more than fit: noise
        self._packet = False
        self._n = array("H", bytes(2))

    @micropython.native
    def poll(self) -> None:
        """Take in what came."""
        for _ in range(_CHUNKS_A_POLL):
            n = self._uart.readinto(self._read)
            if not n:
                return
            for i in range(n):
                self._byte(self._read[i])

    def _byte(self, b: int) -> None:
        n = self._n
        if b == 0:
            self._zero(n[0])
            n[0] = 0
        elif b in (_LF, _CR) and (not self._packet or self._is_line()):
            self._packet = False
            self._line(n[0])
            n[0] = 0
        elif n[0] < (_LONGEST_PACKET if self._packet else _LONGEST):
            self._in[n[0]] = b
            n[0] += 1
        else:
            self._packet = False  # no packet is that long: it is text, whose end is waited for
            n[0] = _LONGEST + 1

    def _is_line(self) -> bool:
        """Whether what began as a packet is a line of SMP: a zero came that began none, as when a host was killed."""
        return bytes(memoryview(self._in)[:2]) in _LINES

    def _zero(self, n: int) -> None:
        """A zero begins a packet, and ends one that has bytes; so does the one after noise."""
        if n > _LONGEST:
            self._on_loss()
        if not self._packet:
            self._packet = True
        elif 0 < n <= _LONGEST:
            self._packet = False
            self._on_packet(self._in, n)

    def _line(self, n: int) -> None:
        if n > _LONGEST:
            self._on_loss()
            return
        line = memoryview(self._in)[:n]
        for reader in self._lines:
            if reader(line):
                return
