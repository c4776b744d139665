"""Sends chunks of the log over a session's link, as they lie on the flash, behind everything else that waits there."""

from micropython import const

from ... import wire_gen as wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from .store import LogCursor, LogStore

    class Session(Protocol):
        """What sends: its link's numbers, and room for a frame."""

        buf: bytearray

        def send_now(self, n: int) -> bool:
            """Send the first `n` bytes of `buf`; False: the link takes no more."""
            ...


_DATA = const(15)  # bytes of a `log_data` frame before the piece
_PIECE = const(167)
#: Frames at most in one step, so that everything else goes on.
_MOST_FRAMES = const(16)
# What `_at` holds: number of the chunk, of its sector, bytes sent of it, number before which to end,
# steps that the chip has been busy; who wants them, and what is left of the chunk that is sent.
_NUMBER = const(0)
_SECTOR = const(1)
_SENT = const(2)
_END = const(3)
_WAITED = const(4)
_OWNER = const(5)
_CHUNK = const(6)
#: Steps that the chip may be busy.
_PATIENCE = const(100)


class LogPull:
    """One session at a time: who `begin`s is `owner` until all is sent, or until it `end`s."""

    def __init__(self, store: "LogStore", cursor: "LogCursor") -> None:
        self._store = store
        self._cursor = cursor
        # in a list, because MicroPython takes ten times as long to set an attribute
        self._at: "list[Any]" = [0, 0, 0, 0, 0, None, b""]

    def begin(self, session: "Session", first: int, end: int) -> int:
        """Send the chunks from `first` on before `end`; an error code."""
        if self._at[_OWNER] is not None and self._at[_OWNER] is not session:
            return wire.ERROR_BUSY
        try:
            self._store.is_readable()
        except OSError:
            return wire.ERROR_NOT_STORED
        self._at[_CHUNK] = b""
        self._at[_END] = min(end, self._store.next)
        self._at[_WAITED] = 0
        self._at[_OWNER] = session
        self._at[_NUMBER] = first - 1
        self._cursor.next = -1  # what it knows may be of a chip that was lost since
        return wire.ERROR_NONE

    def end(self, session: "Session") -> None:
        """The session's link went, or it wants no more."""
        if self._at[_OWNER] is session:
            self._at[_OWNER] = None
            self._at[_CHUNK] = b""

    def send(self, session: "Session") -> bool:
        """Send as much as the link takes now; True: there is no more."""
        if self._at[_OWNER] is not session:
            return True
        for _ in range(_MOST_FRAMES):
            if not self._at[_CHUNK]:
                # asked first: a chip that becomes ready behind the attempt has not been read
                try:
                    is_readable = self._store.is_readable()
                except OSError:  # no more comes: who asks for the rest is refused
                    return self._finish(session)
                if not self._next():
                    self._at[_WAITED] += 1
                    # nothing more comes: the chip has no more, or is busy for longer than any is
                    if not is_readable and self._at[_WAITED] <= _PATIENCE:
                        return False
                    return self._finish(session)
            if not self._send_piece(session):
                return False
        return False

    def _next(self) -> bool:
        """Take the next chunk; False: there is none, or none yet."""
        try:
            found = self._cursor.read(self._at[_NUMBER] + 1)
        except OSError:
            return False
        at = self._at
        if found is None or found[0] >= at[_END]:
            return False
        at[_NUMBER] = found[0]
        at[_SECTOR] = found[1]
        at[_SENT] = at[_WAITED] = 0
        self._at[_CHUNK] = found[2]
        return True

    def _send_piece(self, session: "Session") -> bool:
        at = self._at
        chunk = self._at[_CHUNK]
        sent = at[_SENT]
        count = min(len(chunk) - sent, _PIECE)
        buf = session.buf
        wire.pack_log_data(buf, 0, at[_NUMBER], at[_SECTOR], sent, len(chunk))
        buf[_DATA : _DATA + count] = memoryview(chunk)[sent : sent + count]
        if not session.send_now(_DATA + count):
            return False
        at[_SENT] = sent + count
        if at[_SENT] == len(chunk):
            self._at[_CHUNK] = b""
        return True

    def _finish(self, session: "Session") -> bool:
        if not session.send_now(wire.pack_log_end(session.buf, 0, self._at[_END])):
            return False
        self.end(session)
        return True
