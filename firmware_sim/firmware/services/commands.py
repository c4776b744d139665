"""What one host has told the device to do: each command is done once and acknowledged after what it queued."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..frame_ring import Reader

# Commands that are remembered, and acknowledgements that wait; a host that floods requests loses its oldest questions.
_KEPT = const(4)
_HEAD = const(2)  # frame_ring: HEAD


class Commands:
    """The last commands of a host, so that one that is repeated, because its answer was lost, is not done again."""

    def __init__(self, results: "Reader", samples: "Reader") -> None:
        self._results = results
        self._samples = samples
        # (frame, answer of its handler)
        self._done: "list[tuple[bytes, int]]" = []
        #: What is acknowledged later: (type, sequence number, number of the next result, of the next block).
        self.held: "list[tuple[int, int, int, int]]" = []

    def forget(self) -> None:
        """A host begins: whatever it says is new."""
        self._done.clear()
        self.held.clear()

    def answer_to(self, frame: bytes) -> "int | None":
        """What the handler answered when this very frame came before; None: it did not come lately."""
        for known, answer in self._done:
            if known == frame:
                return answer
        return None

    def note(self, frame: bytes, answer: int) -> None:
        """This command has been done."""
        if len(self._done) == _KEPT:
            self._done.pop(0)
        self._done.append((frame, answer))

    def hold(self, kind: int, seq: int) -> None:
        """Acknowledge it once all that is queued now has been sent or has given way."""
        held = self.held
        if any(waiting[:2] == (kind, seq) for waiting in held):
            return
        if len(held) == _KEPT:
            held.pop(0)
        held.append((kind, seq, self._results.ring.state[_HEAD], self._samples.ring.state[_HEAD]))

    def next_passed(self) -> "tuple[int, int] | None":
        """Take the oldest held command whose frames have been sent, have given way or are not wanted."""
        if not self.held:
            return None
        self._results.peek()
        self._samples.peek()
        kind, seq, result, block = self.held[0]
        if self._results.next[0] < result or self._samples.next[0] < block:
            return None
        self.held.pop(0)
        return kind, seq
