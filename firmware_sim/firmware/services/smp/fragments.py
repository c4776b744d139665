"""SMP over links that carry pieces: writes are joined to a frame, its response leaves in pieces that fit.

There is one buffer for all peers, and one request at a time, as `params` says (`buf_count` 1): what another peer, or
the same one before its answer is out, writes meanwhile is dropped and counted, and its client asks again.
"""

from array import array
from struct import unpack_from

from micropython import const

from .server import HEADER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .server import SmpServer

    class Peer(Protocol):
        """A link that pieces come from and go to."""

        limit: int

        def send_smp(self, piece: memoryview) -> bool:
            """Send a piece; False: not now."""
            ...


# State: bytes that came; bytes of the response, and of it sent; ms since the last piece.
_FILLED = const(0)
_LENGTH = const(1)
_SENT = const(2)
_IDLE = const(3)
#: Milliseconds after which a frame that does not go on is given up; polls are 20 apart, or 1.
_PATIENCE = const(1000)
_STEP_MS = const(20)


class SmpFragments:
    """`on_write` may run in the radio's interrupt: it never touches a frame that is worked on."""

    def __init__(self, server: "SmpServer") -> None:
        self._server = server
        self._buffer = bytearray(server.longest)
        self._state = array("H", bytes(2 * 4))
        # in a list, because MicroPython takes ten times as long to set an attribute: the peer that has the buffer
        self._owner: "list[Peer | None]" = [None]

    def on_write(self, peer: "Peer", data: "bytes | memoryview") -> None:
        """Take a piece of `peer`'s request."""
        state = self._state
        owner = self._owner[0]
        filled = state[_FILLED]
        if owner is None:
            self._owner[0] = peer
            filled = 0
        elif owner is not peer or state[_LENGTH]:
            self._server.count_bad()
            return
        end = filled + len(data)
        if end > len(self._buffer):  # no frame is that long: the rest of it is none either
            self._server.count_bad()
            state[_FILLED] = 0
            return
        self._buffer[filled:end] = data
        state[_FILLED] = end
        state[_IDLE] = 0

    def poll(self, peer: "Peer") -> bool:
        """Answer what is complete, and send; True: `peer` is to poll again in the next step."""
        if self._owner[0] is not peer:
            return False
        state = self._state
        if state[_LENGTH] or self._answer():
            return not self._flush(peer)
        state[_IDLE] += 1 if self._server.hurry[0] else _STEP_MS
        if state[_IDLE] > _PATIENCE:
            self._server.count_bad()
            self._free()
        return self._owner[0] is peer

    def restart(self, peer: "Peer") -> None:
        """The peer's link ended."""
        if self._owner[0] is peer:
            self._free()

    def _answer(self) -> bool:
        """Work on a frame that is complete; False: it is not, or there is no answer."""
        filled = self._state[_FILLED]
        if filled < HEADER:
            return False
        payload: int = unpack_from(">H", self._buffer, 2)[0]
        length = HEADER + payload
        if length > len(self._buffer):
            self._server.count_bad()
            self._free()
            return False
        if filled < length:
            return False
        # from here on pieces are dropped
        self._state[_LENGTH] = len(self._buffer)
        frame = memoryview(self._buffer)
        self._state[_LENGTH] = self._server.handle(frame[:length], frame, self._owner[0])
        self._state[_SENT] = 0
        return True

    def _flush(self, peer: "Peer") -> bool:
        """Send pieces until the link takes no more; True: all is out."""
        state = self._state
        out = memoryview(self._buffer)
        while state[_SENT] < state[_LENGTH]:
            end = min(state[_SENT] + peer.limit, state[_LENGTH])
            if not peer.send_smp(out[state[_SENT] : end]):
                return False
            state[_SENT] = end
        self._free()
        return True

    def _free(self) -> None:
        state = self._state
        state[_FILLED] = state[_LENGTH] = state[_SENT] = state[_IDLE] = 0
        self._owner[0] = None
