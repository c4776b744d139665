"""Representative beats: what this wearer's beats look like, and which beats look like that."""

from array import array

from micropython import const

from ..kernels import blend, differ
from .beat_vector import BEFORE, LENGTH, SHIFT
from .waves import Waves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .waves import WaveNetwork

#: Stretch around R in which shapes are compared (±60 ms).
_CORE = const(15)
#: Part (of 256) of its own size by which a beat may differ from the representative one.
_ALIKE = const(110)
#: Beats blended into a representative beat.
DEPTH = const(6)
#: Samples after which the network is asked anew about a beat that goes on being learned (4 s).
_AGAIN = const(1000)
# What a template keeps of its readings: the count of beats and the place from which the next is due.
_NEXT_COUNT = const(0)
_NEXT_PLACE = const(1)


class Template:
    """One representative beat: a mean of the first beats like it, then a running mean."""

    def __init__(self) -> None:
        self.sum = array("i", [0] * LENGTH)
        self.count = 0
        self.weight = 0
        self.waves = Waves()
        self._due = array("i", [1, 0])

    def forget(self) -> None:
        """Start without a beat."""
        self.count = 0
        self.weight = 0
        self._due[_NEXT_COUNT] = 1
        self.waves.forget()

    def differs(self, beat: "array[int]") -> int:
        """How far its QRS is from that of `beat`: 0 none, 256 as large as it, 1024 when there is nothing to compare."""
        return differ(beat, self.sum, SHIFT, BEFORE - _CORE, 2 * _CORE + 1) if self.count else 1024

    def learn(self, beat: "array[int]") -> None:
        """Blend `beat` in."""
        self.count += 1
        blend(beat, self.sum, SHIFT, min(self.count, DEPTH), LENGTH)

    def read(self, network: "WaveNetwork", place: int) -> None:
        """Have `network` find the waves, if that is due when the beat at sample `place` has been learned.

        It is after the first beat, after each doubling of their number, and then every 4 s.
        """
        due = self._due
        if self.count < due[_NEXT_COUNT] and (place < due[_NEXT_PLACE] or due[_NEXT_COUNT] == 1):
            return
        if self.count >= due[_NEXT_COUNT]:
            due[_NEXT_COUNT] = 2 * self.count
        due[_NEXT_PLACE] = place + _AGAIN
        self.waves.learn(network, self.sum)


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
