"""Representative beats: what this wearer's beats look like, and which beats look like that."""

from array import array

from micropython import const

from ..kernels import blend, differ, shift_down

#: Samples of a beat's vector before and after R (360 and 680 ms).
BEFORE = const(90)
AFTER = const(170)
LENGTH = const(BEFORE + AFTER)
#: Stretch around R in which shapes are compared (±60 ms).
_CORE = const(15)
#: Part (of 256) of its own size by which a beat may differ from the representative one.
_ALIKE = const(110)
#: Fractional bits of a representative beat.
_SHIFT = const(4)


class Template:
    """One representative beat: a mean of the first beats like it, then a running mean."""

    def __init__(self) -> None:
        self.sum = array("i", [0] * LENGTH)
        self.count = 0
        self.weight = 0

    def forget(self) -> None:
        """Start without a beat."""
        self.count = 0
        self.weight = 0

    def differs(self, beat: "array[int]") -> int:
        """How far its QRS is from that of `beat`: 0 none, 256 as large as it, 1024 when there is nothing to compare."""
        return differ(beat, self.sum, _SHIFT, BEFORE - _CORE, 2 * _CORE + 1) if self.count else 1024

    def learn(self, beat: "array[int]", depth: int) -> None:
        """Blend `beat` in as one of at most `depth`."""
        count = min(self.count + 1, depth)
        blend(beat, self.sum, _SHIFT, count, LENGTH)
        self.count = count

    def read(self, out: "array[int]") -> None:
        """The representative beat in microvolts."""
        shift_down(self.sum, _SHIFT, LENGTH, out)


class Templates:
    """The dominant representative beat and one other, which takes over when it comes more often."""

    def __init__(self) -> None:
        self.main = Template()
        self.other = Template()
        #: How much the latest beat differed from the representative beat it was added to, before it was.
        self.apart = 1024

    def forget(self) -> None:
        """Start without beats."""
        self.main.forget()
        self.other.forget()

    def place(self, beat: "array[int]", depth: int) -> "Template":
        """Add `beat` to the representative beat it is like, or begin a new one; returns that one."""
        home = self.main
        self.apart = home.differs(beat)
        if home.count and self.apart > _ALIKE:
            home = self.other
            self.apart = home.differs(beat)
            if self.apart > _ALIKE:
                home.forget()
        self.main.weight -= self.main.weight >> 3
        self.other.weight -= self.other.weight >> 3
        home.learn(beat, depth)
        home.weight += 32
        if self.other.weight > self.main.weight + 32:
            self.main, self.other = self.other, self.main
        return home
