"""Lines of a modem out of bytes, and a queue of those that came unrequested."""

from micropython import const

LONGEST_LINE = const(400)  # a PDU has 352 characters
NOTHING = const(0)
LINE = const(1)
PROMPT = const(2)
_CR = const(0x0D)
_LF = const(0x0A)
_MORE_THAN = const(0x3E)
_SPACE = const(0x20)


class LineReader:
    """`feed` says when `line[:length]` is a line, or that the modem waits for a text (`> `)."""

    def __init__(self) -> None:
        self.line = bytearray(LONGEST_LINE)
        #: Bytes that are no text, and lines with such bytes in them or too long: dropped.
        self.garbage = 0
        # length of the line that ended, bytes so far, whether the line is to be dropped
        self._state = [0, 0, 0]

    @property
    def length(self) -> int:
        """Bytes of the line that ended."""
        return self._state[0]

    def feed(self, byte: int) -> int:
        """Take a byte: `NOTHING`, `LINE` or `PROMPT`."""
        state = self._state
        if byte in (_CR, _LF):
            return self._end()
        if byte == _SPACE and state[1] == 1 and self.line[0] == _MORE_THAN:
            state[1] = 0
            return PROMPT
        if not 0x20 <= byte <= 0x7E:
            self.garbage += 1
            state[2] |= state[1]  # what comes before a line does not spoil it
        elif state[1] == LONGEST_LINE:
            state[2] = 1
        else:
            self.line[state[1]] = byte
            state[1] += 1
        return NOTHING

    def _end(self) -> int:
        state = self._state
        state[0] = state[1]
        spoiled = state[2]
        state[1] = state[2] = 0
        if spoiled:
            self.garbage += 1
            return NOTHING
        return LINE if state[0] else NOTHING


class LineQueue:
    """Lines in a ring of bytes, each behind its length; what does not fit is `lost`, the oldest stay."""

    def __init__(self, size: int) -> None:
        self.lost = 0
        self._ring = bytearray(size)
        # where the oldest begins, bytes in use
        self._state = [0, 0]

    def put(self, line: bytearray, length: int) -> None:
        """Append line[:length]."""
        ring, state = self._ring, self._state
        size = len(ring)
        if state[1] + length + 2 > size:
            self.lost += 1
            return
        index = state[0] + state[1]
        ring[index % size] = length >> 8
        ring[(index + 1) % size] = length & 0xFF
        for i in range(length):
            ring[(index + 2 + i) % size] = line[i]
        state[1] += length + 2

    def get(self) -> "bytes | None":
        """Take the oldest, None where there is none."""
        ring, state = self._ring, self._state
        size = len(ring)
        if not state[1]:
            return None
        index = state[0]
        length = ring[index % size] << 8 | ring[(index + 1) % size]
        line = bytes([ring[(index + 2 + i) % size] for i in range(length)])
        state[0] = (index + 2 + length) % size
        state[1] -= length + 2
        return line
