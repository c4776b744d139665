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
        self._readers: "list[Reader]" = []
        self.head = 0  # number of the next frame to be written

    def join(self, reader: "Reader") -> None:
        """Tell `reader` from now on of frames that give way."""
        self._readers.append(reader)

    def slot(self) -> bytearray:
        """The buffer that the next `commit` publishes."""
        return self._frames[self.head % self._slots]

    def commit(self, length: int, topic: int, stamp_us: int) -> None:
        """Publish what was written into `slot()`."""
        i = self.head % self._slots
        oldest = self.head - self._slots
        if oldest >= 0:
            for reader in self._readers:
                reader.lose(oldest, self._topics[i])
        self._lengths[i] = length
        self._topics[i] = topic
        self._stamps[i] = stamp_us
        self.head += 1

    def frame(self, number: int) -> bytearray:
        """Buffer of a frame that has not given way."""
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
        ring.join(self)

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
        while self._next < ring.head:
            if ring.topic(self._next) & self.topics:
                return self._next
            self._next += 1
        return None

    def lose(self, number: int, topic: int) -> None:
        """A frame gives way to a newer one; it is missed where it was wanted and not yet sent."""
        if self._next <= number:
            self._next = number + 1
            if topic & self.topics:
                self.dropped += 1

    def advance(self) -> None:
        """The frame that `peek` named is sent."""
        self._next += 1
