"""What was before an alarm: chunks of the latest seconds in RAM, which are written only if there is one."""

from micropython import const

from .layout import CHUNK_HEAD_BYTES, new_chunk

#: Ten seconds, and how much later an alarm may be known.
_BEFORE_US = const(14_000_000)
#: Longest payload here: a heap in pieces has room for many small chunks where it has none for a large one; and the
#: largest frame, coded as badly as can be, must fit.
SHORT = const(600)
#: Chunks at most; all streams of 14 s are some 30.
_MOST = const(36)


class Preroll:
    """Takes full chunks; memory for them is taken when they come, as much as that many seconds need.

    `kept` has them, oldest first: (chunk, bytes of payload, begin and end in device time).
    """

    def __init__(self) -> None:
        self.kept: "list[tuple[bytearray, int, int, int]]" = []

    def exchange(self, chunk: bytearray, count: int, began_us: int, now_us: int) -> bytearray:
        """Keep a full chunk; returns one to go on with, where there is no memory for it that of the oldest."""
        kept = self.kept
        kept.append((chunk, count, began_us, now_us))
        while len(kept) > 2 and kept[1][3] < now_us - _BEFORE_US:
            kept.pop(0)
        if len(kept) > _MOST or (len(kept) > 1 and kept[0][3] < now_us - _BEFORE_US):
            return kept.pop(0)[0]
        try:
            return new_chunk(SHORT)
        except MemoryError:
            return kept.pop(0)[0]

    def release(self, chunk: bytearray) -> None:
        """This one is needed for something else: it is not kept."""
        for i in range(len(self.kept) - 1, -1, -1):
            if self.kept[i][0] is chunk:
                self.kept.pop(i)

    def belong_to(self, start: int) -> None:
        """The recording that they are the beginning of has begun with chunk `start`."""
        for chunk, _, _, _ in self.kept:
            chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + 4] = start.to_bytes(4, "big")
