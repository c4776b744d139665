"""Representative beats: what this wearer's beats look like, and which beats look like that."""

from array import array

from micropython import const

from ...kernels import blend, shape_difference
from ..scratch import SHAPE
from .beat_vector import BEFORE, LENGTH, SHIFT
from .delineation import Waves

#: Stretch around R in which shapes are compared (±60 ms).
_CORE = const(15)
#: Part (of 256) of its own size by which a beat may differ from the representative one.
_ALIKE = const(110)
#: Beats blended into a representative beat.
DEPTH = const(6)
#: Beats that are read one by one: what the network errs about each is averaged away, and tells more than a mean of them
#: does. Then the representative beat is read anew after so many samples (4 s).
_SINGLY = const(16)
_AGAIN = const(1000)


def alone(beat: "array[int]") -> "array[int]":
    """`beat` as the representative beat of itself, in `SHAPE`."""
    blend(beat, SHAPE, SHIFT, 1, LENGTH)
    return SHAPE


class Template:
    """One representative beat: a mean of the first beats like it, then a running mean."""

    def __init__(self) -> None:
        self.sum = array("i", [0] * LENGTH)
        self.count = 0
        self.weight = 0
        self.waves = Waves()
        self._due = 0

    def forget(self) -> None:
        """Start without a beat."""
        self.count = 0
        self.weight = 0
        self.waves.forget()

    def differs(self, beat: "array[int]") -> int:
        """How far its QRS is from that of `beat`: 0 none, 256 as large as it, 1024 when there is nothing to compare."""
        return shape_difference(beat, self.sum, SHIFT, BEFORE - _CORE, 2 * _CORE + 1) if self.count else 1024

    def learn(self, beat: "array[int]") -> None:
        """Blend `beat` in."""
        self.count += 1
        blend(beat, self.sum, SHIFT, min(self.count, DEPTH), LENGTH)

    def is_due(self, place: int) -> bool:
        """Is it to be read, now that the beat at sample `place` has been learned? If so, the next time is set."""
        due = self.count <= _SINGLY or place >= self._due
        if due:
            self._due = place + _AGAIN
        return due

    def to_read(self, beat: "array[int]") -> "array[int]":
        """What is read after `beat` has been learned."""
        return alone(beat) if self.count <= _SINGLY else self.sum


class Templates:
    """The dominant representative beat and one other, which takes over when it comes more often."""

    def __init__(self) -> None:
        self.main = Template()
        self.other = Template()
        #: How much the latest beat differed from the representative beat it belongs to, before it was added.
        self.apart = 1024

    def forget(self) -> None:
        """Start without beats."""
        self.main.forget()
        self.other.forget()

    def place(self, beat: "array[int]", early: bool) -> "Template":
        """Add `beat` to the representative beat it is like, or begin a new one; returns that one.

        An `early` beat is not added to the dominant one: its P and T waves are not where they usually are.
        """
        home = self.main
        self.apart = home.differs(beat)
        if home.count and self.apart > _ALIKE:
            home = self.other
            self.apart = home.differs(beat)
            if self.apart > _ALIKE:
                home.forget()
        self.main.weight -= self.main.weight >> 3
        self.other.weight -= self.other.weight >> 3
        if not (early and home is self.main and home.count):
            home.learn(beat)
        home.weight += 32
        if self.other.weight > self.main.weight + 32:
            self.main, self.other = self.other, self.main
        return home
