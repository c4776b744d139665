"""Frames waiting to be sent, written once and read by every session at its own pace."""

from array import array

import micropython
from micropython import const

from .kernels import ring_read, ring_write

# Bytes that are free, where the next frame begins, its number, and that of the oldest frame.
_FREE = const(0)
_AT = const(1)
HEAD = const(2)
_OLDEST = const(3)
# What a reader wants, and how many frames it missed, behind the number of its next.
_TOPICS = const(1)
_DROPPED = const(2)
_ALL = const(0xFFFF)
# Bytes of a frame at most: lengths take a byte each.
_LONGEST = const(255)


class FrameRing:
    """A ring of frames, one behind the other in one buffer; the oldest give way when it is full.

    `most` frames at most, `room` bytes in all, 255 in one. A frame has a topic (a bit of 16, to subscribe to; without
    `by_topic` it is of all) and, where the ring is `stamped`, a stamp (device time in µs, from which backlog is told).
    Readers keep the absolute number of the next frame they want.
    """

    def __init__(self, most: int, room: int, stamped: bool = False, by_topic: bool = True) -> None:
        self._bytes = bytearray(room)
        self._begins = array("H", bytes(2 * most))
        self._lengths = bytearray(most)
        #: Topics by number of the frame, modulo `most`.
        self.topics = array("H", bytes(2 * most)) if by_topic else None
        self._stamps = array("q", bytes(8 * most)) if stamped else None
        self.most = most
        #: Those that want something: they must know of frames that give way.
        self.readers: "list[Reader]" = []
        #: `state[HEAD]` is the number of the next frame to be written. An array, because MicroPython takes ten times as
        #: long to set an attribute.
        self.state = array("I", bytes(4 * 4))
        self.state[_FREE] = room

    @micropython.native
    def put(self, buf: "bytearray | memoryview", n: int, topic: int, stamp_us: int = 0) -> None:
        """Publish the first `n` bytes of `buf`; ValueError for a frame that no ring of this size can hold."""
        room = len(self._bytes)
        if n > room or n > _LONGEST:
            raise ValueError("frame")
        state = self.state
        head = state[HEAD]
        while state[_FREE] < n or head - state[_OLDEST] == self.most:
            self._give_way()
        at = state[_AT]
        i = head % self.most
        ring_write(self._bytes, room, at, buf, n)
        self._begins[i] = at
        self._lengths[i] = n
        topics = self.topics
        if topics is not None:
            topics[i] = topic
        if self._stamps:
            self._stamps[i] = stamp_us
        state[_AT] = (at + n) % room
        state[_FREE] -= n
        state[HEAD] = head + 1

    def _give_way(self) -> None:
        state = self.state
        oldest = state[_OLDEST]
        i = oldest % self.most
        topic = _ALL if self.topics is None else self.topics[i]
        for reader in self.readers:
            if reader.next[0] <= oldest:
                reader.lose(oldest, topic)
        state[_FREE] += self._lengths[i]
        state[_OLDEST] = oldest + 1

    @micropython.native
    def copy(self, number: int, out: bytearray) -> int:
        """Copy a frame that has not given way to the start of `out`; its length."""
        i = number % self.most
        n = self._lengths[i]
        ring_read(self._bytes, len(self._bytes), self._begins[i], out, n)
        return n

    def stamp(self, number: int) -> int:
        """Its device time in µs; 0 in a ring without stamps."""
        return self._stamps[number % self.most] if self._stamps else 0


class Reader:
    """One session's place in a ring, and how many frames it missed."""

    def __init__(self, ring: FrameRing) -> None:
        self.ring = ring
        #: Number of the next frame that it has not passed, the topics it wants, and how many of their frames it missed;
        #: in an array, because that is ten times faster to set.
        self.next = array("I", (ring.state[HEAD], 0, 0))

    @property
    def topics(self) -> int:
        """What it wants."""
        return self.next[_TOPICS]

    @property
    def dropped(self) -> int:
        """Frames of its topics that gave way before it had them."""
        return self.next[_DROPPED]

    def subscribe(self, topics: int) -> None:
        """Want frames of these topics; who wanted none before begins with the next frame written."""
        readers = self.ring.readers
        had = self.next[_TOPICS]
        if topics and not had:
            self.next[0] = self.ring.state[HEAD]
            readers.append(self)
        elif had and not topics:
            readers.remove(self)
        self.next[_TOPICS] = topics

    def restart(self) -> None:
        """Want nothing, from now on."""
        self.subscribe(0)
        self.next[_DROPPED] = 0

    @micropython.native
    def peek(self) -> "int | None":
        """Number of the next frame of a wanted topic, None when there is none. The one before it has been sent."""
        ring = self.ring
        number = self.next[0]
        head = ring.state[HEAD]
        wanted = self.next[_TOPICS]
        topics = ring.topics
        if not wanted:
            number = head
        elif topics is not None:
            most = ring.most
            while number < head and not topics[number % most] & wanted:
                number += 1
        self.next[0] = number
        return number if number < head else None

    def lose(self, number: int, topic: int) -> None:
        """Frame `number`, not yet passed, gives way to a newer one; it is missed where it was wanted."""
        self.next[0] = number + 1
        if topic & self.next[_TOPICS]:
            self.next[_DROPPED] += 1
