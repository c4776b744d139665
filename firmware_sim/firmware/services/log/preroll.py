"""What was before an alarm: chunks of the latest seconds in RAM, which are written only if there is one.

They lie in small pieces, because a heap that has run for long has room for many of these where it has none for a chunk.
"""

from micropython import const

from .layout import CHUNK_HEAD_BYTES

#: Longest payload here; the largest frame, coded as badly as can be, must fit.
SHORT = const(600)
#: Ten seconds, and how much later an alarm may be known.
_BEFORE_US = const(14_000_000)
#: Chunks at most; all streams of 14 s are some 30. A list grows by doubling: past 32 it wants 256 bytes in one piece.
_MOST = const(32)
_PIECE = const(112)


class Preroll:
    """Keeps full chunks; memory for them is taken when they come, as much as that many seconds need.

    `kept` has them, oldest first: (pieces of the payload, its bytes, begin and end in device time).
    """

    def __init__(self) -> None:
        self.kept: "list[tuple[list[bytes], int, int, int]]" = []

    def keep(self, chunk: bytearray, count: int, began_us: int, now_us: int) -> None:
        """Keep a payload of `count` bytes; where there is no memory for it the oldest give way, or it is not kept."""
        kept = self.kept
        while kept and (kept[0][3] < now_us - _BEFORE_US or len(kept) >= _MOST):
            kept.pop(0)
        pieces = _pieces(chunk, count)
        while not pieces and kept:
            kept.pop(0)
            pieces = _pieces(chunk, count)
        if pieces:
            try:
                kept.append((pieces, count, began_us, now_us))
            except MemoryError:
                kept.clear()  # a heap so full is better left alone

    def restore(self, chunk: bytearray, start: int) -> int:
        """Put the oldest payload into a chunk, of the recording that began with chunk `start`; its bytes."""
        pieces, count, _, _ = self.kept[0]
        at = CHUNK_HEAD_BYTES
        for piece in pieces:
            chunk[at : at + len(piece)] = piece
            at += len(piece)
        chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + 4] = start.to_bytes(4, "big")
        return count


def _pieces(chunk: bytearray, count: int) -> "list[bytes]":
    """Copies of a payload, piece by piece; none where there is no memory."""
    end = CHUNK_HEAD_BYTES + count
    try:
        return [bytes(chunk[at : min(at + _PIECE, end)]) for at in range(CHUNK_HEAD_BYTES, end, _PIECE)]
    except MemoryError:
        return []
