"""Frames waiting to be sent, written once and read by every session at its own pace."""


class FrameRing:
    """A ring of preallocated frame slots; the oldest gives way when it is full.

    A frame has a topic (a bit that sessions subscribe to) and a stamp (device time in µs, from which
    backlog is told). Readers keep the absolute number of the next frame they want.
    """

    def __init__(self, slots: int, slot_bytes: int) -> None:
        self._frames = [bytearray(slot_bytes) for _ in range(slots)]
        self._lengths = [0] * slots
        self._topics = [0] * slots
        self._stamps = [0] * slots
        self._slots = slots
        self.head = 0  # number of the next frame to be written

    @property
    def tail(self) -> int:
        """Number of the oldest frame still here."""
        return max(0, self.head - self._slots)

    def slot(self) -> bytearray:
        """The buffer that the next `commit` publishes."""
        return self._frames[self.head % self._slots]

    def commit(self, length: int, topic: int, stamp_us: int) -> None:
        """Publish what was written into `slot()`."""
        i = self.head % self._slots
        self._lengths[i] = length
        self._topics[i] = topic
        self._stamps[i] = stamp_us
        self.head += 1

    def frame(self, number: int) -> bytearray:
        """Buffer of a frame between `tail` and `head`."""
        return self._frames[number % self._slots]

    def length(self, number: int) -> int:
        """Its length in bytes."""
        return self._lengths[number % self._slots]

    def topic(self, number: int) -> int:
        """Its topic bit."""
        return self._topics[number % self._slots]

    def stamp(self, number: int) -> int:
        """Its device time in µs."""
        return self._stamps[number % self._slots]


class Reader:
    """One session's place in a ring, and how many frames it missed."""

    def __init__(self, ring: FrameRing) -> None:
        self._ring = ring
        self._next = ring.head
        self.topics = 0
        self.dropped = 0

    def subscribe(self, topics: int) -> None:
        """Want frames of these topics; who wanted none before begins with the next frame written."""
        if not self.topics:
            self._next = self._ring.head
        self.topics = topics

    def restart(self) -> None:
        """Want nothing, from now on."""
        self.topics = 0
        self.dropped = 0

    def peek(self) -> "int | None":
        """Number of the next frame of a wanted topic, None when there is none."""
        ring = self._ring
        tail = ring.tail
        if self._next < tail:
            self.dropped += tail - self._next if self.topics else 0
            self._next = tail
        while self._next < ring.head:
            if ring.topic(self._next) & self.topics:
                return self._next
            self._next += 1
        return None

    def advance(self) -> None:
        """The frame that `peek` named is sent."""
        self._next += 1
