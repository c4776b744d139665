"""SMP over a link that carries pieces: writes are joined to frames, responses leave in pieces that fit."""

from struct import unpack_from

from .server import HEADER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from .server import SmpServer

    #: Sends a piece; False: not now.
    Send = Callable[[memoryview], bool]


class SmpFragments:
    """One peer's requests and responses. What it has begun is dropped when its link ends.

    A peer that does not keep to the frames' lengths gets no answer until it begins a frame anew: one that is longer
    than the server takes, and all that came with it, is thrown away.
    """

    def __init__(self, server: "SmpServer", send: "Send") -> None:
        self._server = server
        self._send = send
        self._in = b""
        self._out = b""
        self._sent = 0

    def on_write(self, data: "bytes | memoryview") -> None:
        """Take a piece; whole frames are answered with the next `poll`s."""
        self._in += data
        if len(self._in) >= HEADER and self._length() > self._server.longest:
            self._in = b""

    def poll(self, piece: int) -> bool:
        """Send what waits in pieces of `piece` bytes, then answer the next frame; False: nothing is left to do."""
        while self._sent < len(self._out):
            end = min(self._sent + piece, len(self._out))
            if not self._send(memoryview(self._out)[self._sent : end]):
                return True
            self._sent = end
        self._out = b""
        self._sent = 0
        if len(self._in) < HEADER or len(self._in) < self._length():
            return False
        frame = memoryview(self._in)[: self._length()]
        n = self._server.handle(frame)
        self._in = self._in[len(frame) :]
        self._out = bytes(memoryview(self._server.out)[:n])
        return True

    def restart(self) -> None:
        """The link ended."""
        self._in = b""
        self._out = b""
        self._sent = 0

    def _length(self) -> int:
        payload: int = unpack_from(">H", self._in, 2)[0]
        return HEADER + payload
