"""SMP over links that carry pieces: writes are joined to a frame, its response leaves in pieces that fit.

There is one buffer for all peers, and one request at a time, as `params` says (`buf_count` 1): what another peer, or
the same one before its answer is out, writes meanwhile is dropped and counted, and its client asks again. A frame is
dropped as a whole: what follows of it is no frame of its own, until as many bytes came as its head says, or the peer
was silent for a second, or its link ended. A peer that is never silent for a second is not deaf for good: a frame that
is too long is refused once its pauses are some seconds together, though not all of it came; and where nothing says how
much is still to be dropped, the link is closed after as many, for then alone it is sure that what comes next begins a
frame. One that fits may take as long as it goes on, but ten seconds where another peer was turned away meanwhile: then
the rest of it is dropped, or where its answer is not taken, its link is closed. Who was slow while another one waited
lets that one go first. A write of nothing is none.
"""

from array import array

from micropython import const

from .server import HEADER, PENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .server import SmpServer

    class Peer(Protocol):
        """A link that pieces come from and go to."""

        limit: int
        #: Bytes of a frame that are still to be dropped, and how long none came, ms.
        smp_rest: int
        smp_idle: int

        def send_smp(self, piece: memoryview) -> bool:
            """Send a piece; False: not now."""
            ...

        def close(self) -> None:
            """End the link; `restart` follows."""
            ...


# State: bytes that came; bytes of the response, and of it sent; pauses in a frame that is too long, ms; how long its
# peer has the buffer, ms, and whether another one was turned away meanwhile; how long a slow one still has to wait, ms.
_FILLED = const(0)
_LENGTH = const(1)
_SENT = const(2)
_PAUSES = const(3)
_HELD = const(4)
_WANTED = const(5)
_BARRED = const(6)
#: Milliseconds after which a frame that does not go on is given up; polls are 20 apart, or 1.
_PATIENCE = const(1000)
_STEP_MS = const(20)
#: Milliseconds that the rest of a frame which is too long is waited for in vain, and that a peer may be out of step.
_LONG = const(4000)
#: For which a peer may have the buffer while another one wants it, but for the time in which its answer is made.
_MOST_HELD = const(10_000)
#: For which one that had it for over a second meanwhile may not have it again: clients ask again after some seconds.
_BAR_MS = const(6000)
#: Length of a frame whose head is not there yet. What is to be dropped of a peer that is out of step begins there, and
#: has a millisecond less for each one; that of a frame is never near.
_UNKNOWN = const(0x3FFFFFFF)
_OUT_OF_STEP = const(0x20000000)


class SmpFragments:
    """`on_write` may run in the radio's interrupt: it never touches a frame that is worked on."""

    def __init__(self, server: "SmpServer") -> None:
        self._server = server
        self._buffer = bytearray(server.longest)
        self._state = array("H", bytes(2 * 7))
        # in a list, because MicroPython takes ten times as long to set an attribute: the peer that has the buffer, and
        # a slow one that has to wait
        self._owner: "list[Peer | None]" = [None, None]

    def on_write(self, peer: "Peer", data: "bytes | memoryview") -> None:
        """Take a piece of `peer`'s request."""
        if not len(data):
            return
        state = self._state
        peer.smp_idle = 0
        if peer.smp_rest:
            if peer.smp_rest < _OUT_OF_STEP:
                _expect(peer, peer.smp_rest - len(data))
            return
        owner = self._owner[0]
        filled = state[_FILLED] if owner is peer else 0
        if owner is None and self._owner[1] is not peer:
            self._owner[0] = peer
            self._owner[1] = None
        elif owner is not peer or state[_LENGTH] or self._is_whole(filled):
            self._server.count_bad()
            if owner is not None and owner is not peer:
                state[_WANTED] = 1
            _expect(peer, _length(data, len(data)) - len(data))
            return
        buffer = self._buffer
        end = filled + len(data)
        state[_FILLED] = min(end, len(buffer))
        buffer[filled : state[_FILLED]] = data[: state[_FILLED] - filled]
        length = _length(buffer, state[_FILLED])
        if len(buffer) < length < _UNKNOWN:  # its beginning stays, by which it is refused
            self._server.count_bad()
            _expect(peer, length - end)
        elif end > length:  # a piece is missing, or this is none of a frame
            self._server.count_bad()
            self._free()
            _expect(peer, _UNKNOWN)

    def poll(self, peer: "Peer") -> bool:
        """Answer what is complete, and send; True: `peer` is to poll again in the next step."""
        state = self._state
        ours = self._owner[0] is peer
        if ours and self._is_held_too_long():
            self._take_away(peer)
            return True
        if ours and (state[_LENGTH] or self._answer(peer)):
            if state[_SENT] and state[_SENT] == state[_LENGTH]:
                self._take(self._server.go_on(memoryview(self._buffer), peer))
            return bool(state[_SENT] and state[_SENT] == state[_LENGTH]) or not self._flush(peer)
        step = 1 if self._server.hurry[0] else _STEP_MS
        barred = self._owner[1] is peer and self._is_barred(step)
        if not ours and not peer.smp_rest:
            return barred
        peer.smp_idle += step
        if peer.smp_idle > _PATIENCE:
            if ours and not peer.smp_rest:
                self._server.count_bad()
                self._free()
            peer.smp_rest = 0
        elif peer.smp_rest:
            self._grow_tired(peer, ours, step)
        return bool(peer.smp_rest) or self._owner[0] is peer or barred

    def restart(self, peer: "Peer") -> None:
        """The peer's link ended."""
        peer.smp_rest = 0
        if self._owner[0] is peer:
            self._free()
            self._server.answered(peer)
        if self._owner[1] is peer:
            self._owner[1] = None
        self._server.is_gone(peer)

    def _is_held_too_long(self) -> bool:
        """A step more in which a peer has the buffer; whether another one has wanted it for so long."""
        state = self._state
        if state[_SENT] and state[_SENT] == state[_LENGTH]:
            return False  # its answer is made
        state[_HELD] = min(state[_HELD] + (1 if self._server.hurry[0] else _STEP_MS), _MOST_HELD)
        return state[_HELD] == _MOST_HELD and bool(state[_WANTED])

    def _is_barred(self, step_ms: int) -> bool:
        """A step more in which a slow peer waits; whether it still has to."""
        state = self._state
        state[_BARRED] -= min(step_ms, state[_BARRED])
        if not state[_BARRED]:
            self._owner[1] = None
        return bool(state[_BARRED])

    def _take_away(self, peer: "Peer") -> None:
        """Give the buffer to whoever comes next."""
        state = self._state
        self._server.count_bad()
        if state[_LENGTH]:
            peer.close()  # it has a part of its answer
            self._server.answered(peer)
        elif not peer.smp_rest:
            _expect(peer, _length(self._buffer, state[_FILLED]) - state[_FILLED])
        self._free()

    def _grow_tired(self, peer: "Peer", ours: bool, step_ms: int) -> None:
        """A step more, in which `peer` sends what is dropped: it must not be deaf, nor have the buffer, for ever."""
        state = self._state
        if peer.smp_rest > _OUT_OF_STEP:
            peer.smp_rest -= step_ms
            if peer.smp_rest < _UNKNOWN - _LONG:
                peer.smp_rest = _UNKNOWN
                peer.close()
        elif ours and peer.smp_idle > step_ms:
            state[_PAUSES] += step_ms
            if state[_PAUSES] > _LONG:
                peer.smp_rest = 0  # its head alone is answered; what comes until that is seen is dropped too
                self._answer(peer)
                peer.smp_rest = _UNKNOWN

    def _is_whole(self, filled: int) -> bool:
        """Whether so many bytes are a frame, or the beginning of one that is too long."""
        length = _length(self._buffer, filled)
        return filled >= length or len(self._buffer) < length < _UNKNOWN

    def _answer(self, peer: "Peer") -> bool:
        """Work on a frame that is complete, or refuse one that is too long; False: there is none."""
        state = self._state
        frame = memoryview(self._buffer)
        length = _length(frame, state[_FILLED])
        too_long = length > len(frame)
        if not self._is_whole(state[_FILLED]) or (too_long and peer.smp_rest):
            return False
        # from here on pieces are dropped
        state[_LENGTH] = len(frame)
        self._take(self._server.handle(frame[: HEADER if too_long else length], frame, peer))
        return True

    def _take(self, made: int) -> None:
        """So many bytes of a response are to be sent; while it is made: none is left of all that it may have."""
        state = self._state
        state[_SENT] = 0 if made != PENDING else len(self._buffer)
        state[_LENGTH] = made if made != PENDING else len(self._buffer)

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
        self._server.answered(peer)
        return True

    def _free(self) -> None:
        state = self._state
        if state[_WANTED] and state[_HELD] > _PATIENCE:
            self._owner[1] = self._owner[0]
            state[_BARRED] = _BAR_MS
        state[_FILLED] = state[_LENGTH] = state[_SENT] = state[_PAUSES] = state[_HELD] = state[_WANTED] = 0
        self._owner[0] = None


def _length(head: "bytes | bytearray | memoryview", count: int) -> int:
    """Bytes of the frame that begins with `count` bytes of `head`."""
    return HEADER + (head[2] << 8 | head[3]) if count >= HEADER else _UNKNOWN


def _expect(peer: "Peer", rest: int) -> None:
    """Drop `rest` bytes more of a frame; where too many came already, all until the peer is silent."""
    peer.smp_rest = rest if rest >= 0 else _UNKNOWN
