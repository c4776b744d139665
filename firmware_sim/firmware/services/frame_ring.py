"""Frames waiting to be sent, written once and read by every session at its own pace."""

from array import array

from micropython import const

from ..kernels import ring_read, ring_write

# Bytes that are free, where the next frame begins, its number, and that of the oldest frame.
_FREE = const(0)
_AT = const(1)
HEAD = const(2)
_OLDEST = const(3)


class FrameRing:
    """A ring of frames, one behind the other in one buffer; the oldest give way when it is full.

    `most` frames at most, `room` bytes in all. A frame has a topic (a bit that sessions subscribe to) and a stamp
    (device time in µs, from which backlog is told). Readers keep the absolute number of the next frame they want.
    """

    def __init__(self, most: int, room: int) -> None:
        self._bytes = bytearray(room)
        self._begins = array("H", bytes(2 * most))
        self._lengths = array("H", bytes(2 * most))
        self._topics = bytearray(most)
        self._stamps = array("q", bytes(8 * most))
        self._most = most
        self._room = room
        self._readers: "list[Reader]" = []
        #: `state[HEAD]` is the number of the next frame to be written. An array, because MicroPython takes ten times as
        #: long to set an attribute.
        self.state = array("I", bytes(4 * 4))
        self.state[_FREE] = room

    def join(self, reader: "Reader") -> None:
        """Tell `reader` from now on of frames that give way."""
        self._readers.append(reader)

    def put(self, buf: "bytearray | memoryview", n: int, topic: int, stamp_us: int) -> None:
        """Publish the first `n` bytes of `buf`; ValueError for a frame that no ring of this size can hold."""
        if n > self._room:
            raise ValueError("frame")
        state = self.state
        while state[_FREE] < n or state[HEAD] - state[_OLDEST] == self._most:
            self._give_way()
        at = state[_AT]
        i = state[HEAD] % self._most
        ring_write(self._bytes, self._room, at, buf, n)
        self._begins[i] = at
        self._lengths[i] = n
        self._topics[i] = topic
        self._stamps[i] = stamp_us
        state[_AT] = (at + n) % self._room
        state[_FREE] -= n
        state[HEAD] += 1

    def _give_way(self) -> None:
        state = self.state
        oldest = state[_OLDEST]
        i = oldest % self._most
        for reader in self._readers:
            reader.lose(oldest, self._topics[i])
        state[_FREE] += self._lengths[i]
        state[_OLDEST] = oldest + 1

    def copy(self, number: int, out: bytearray) -> int:
        """Copy a frame that has not given way to the start of `out`; its length."""
        i = number % self._most
        n = self._lengths[i]
        ring_read(self._bytes, self._room, self._begins[i], out, n)
        return n

    def topic(self, number: int) -> int:
        """Its topic bit."""
        return self._topics[number % self._most]

    def stamp(self, number: int) -> int:
        """Its device time in µs."""
        return self._stamps[number % self._most]


class Reader:
    """One session's place in a ring, and how many frames it missed."""

    def __init__(self, ring: FrameRing) -> None:
        self.ring = ring
        self._next = array("I", (ring.state[HEAD],))
        self.topics = 0
        self.dropped = 0
        ring.join(self)

    def subscribe(self, topics: int) -> None:
        """Want frames of these topics; who wanted none before begins with the next frame written."""
        if not self.topics:
            self._next[0] = self.ring.state[HEAD]
        self.topics = topics

    def restart(self) -> None:
        """Want nothing, from now on."""
        self.topics = 0
        self.dropped = 0

    def peek(self) -> "int | None":
        """Number of the next frame of a wanted topic, None when there is none."""
        ring = self.ring
        following = self._next
        head = ring.state[HEAD]
        while following[0] < head:
            if ring.topic(following[0]) & self.topics:
                return following[0]
            following[0] += 1
        return None

    def lose(self, number: int, topic: int) -> None:
        """A frame gives way to a newer one; it is missed where it was wanted and not yet sent."""
        if self._next[0] <= number:
            self._next[0] = number + 1
            if topic & self.topics:
                self.dropped += 1

    def advance(self) -> None:
        """The frame that `peek` named is sent."""
        self._next[0] += 1
