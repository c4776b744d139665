"""Templates: representative beats of this wearer, and which beats are like them."""

from array import array

from micropython import const

from ...kernels import blend, shape_difference
from ..scratch import SHAPE
from .beat_vector import BEFORE, LENGTH, SHIFT
from .delineation import Delineation

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Signal around R in which shapes are compared (±60 ms).
_CORE_SAMPLES = const(_RATE_HZ * 60 // 1000)
#: Difference from the template (Q8 of its size) up to which a beat is like it, and where there is nothing to compare.
_MAX_DIFFERENCE_Q8 = const(110)
_NOTHING_Q8 = const(1024)
#: Beats blended into a template.
DEPTH = const(6)
#: Beats of a shape from which on it is more than an artefact.
_SEEN = const(3)
#: Beats that are delineated one by one: the network's errors about each average out, better than in a mean of them.
#: After those the template is delineated anew every 4 s.
_SINGLE_BEATS = const(16)
_AGAIN_SAMPLES = const(_RATE_HZ * 4000 // 1000)
#: By how much a complex is wider than usual ones (16 ms) where it leads a fast run.
_WIDER_SAMPLES = const(_RATE_HZ * 16 // 1000)
#: What a beat adds to the weight of its template; both lose an eighth with every beat.
_WEIGHT = const(32)


def single_beat(beat: "array[int]") -> "array[int]":
    """`beat` as a template of itself, in `SHAPE`."""
    blend(beat, SHAPE, SHIFT, 1, LENGTH)
    return SHAPE


class Template:
    """One representative beat: a mean of the first beats like it, then a running mean."""

    def __init__(self) -> None:
        self.sum = array("i", [0] * LENGTH)
        self.count = 0
        self.weight = 0
        #: QRS width in samples, 0 while it is not known.
        self.width = 0
        self.delineation = Delineation()
        self._due = 0

    def forget(self) -> None:
        """Start without a beat."""
        self.count = 0
        self.weight = 0
        self.width = 0
        self.delineation.forget()

    def difference_q8(self, beat: "array[int]") -> int:
        """Difference of its QRS from that of `beat`, 256 as large as it; 1024 when there is nothing to compare."""
        if not self.count:
            return _NOTHING_Q8
        return shape_difference(beat, self.sum, SHIFT, BEFORE - _CORE_SAMPLES, 2 * _CORE_SAMPLES + 1)

    def learn(self, beat: "array[int]") -> None:
        """Blend `beat` in."""
        self.count += 1
        blend(beat, self.sum, SHIFT, min(self.count, DEPTH), LENGTH)

    def is_due(self, r: int) -> bool:
        """Is it to be delineated, now that the beat at sample `r` has been learned? If so, the next time is set."""
        due = self.count <= _SINGLE_BEATS or r >= self._due
        if due:
            self._due = r + _AGAIN_SAMPLES
        return due

    def input_beat(self, beat: "array[int]") -> "array[int]":
        """What is delineated after `beat` has been learned."""
        return single_beat(beat) if self.count <= _SINGLE_BEATS else self.sum


class Templates:
    """The dominant template and one other, which takes over when its beats come more often."""

    def __init__(self) -> None:
        self.main = Template()
        self.other = Template()
        #: Difference of the latest beat from the template it belongs to, before it was added.
        self.difference_q8 = _NOTHING_Q8

    def forget(self) -> None:
        """Start without beats."""
        self.main.forget()
        self.other.forget()

    def assign(self, beat: "array[int]", early: bool, fast: bool, late: bool, running: bool) -> "Template":
        """Add `beat` to the template it is like, or begin a new one; returns that one.

        An `early` beat is not added to the dominant one: its P and T waves are not where they usually are. Wider
        complexes of a `fast` run do not take over, and give back what they led when a `late` one is as before. Where
        the beat before was one of a ventricular run (`running`) neither does that, nor wider ones after a gap in it.
        """
        template = self.main
        self.difference_q8 = template.difference_q8(beat)
        if template.count and self.difference_q8 > _MAX_DIFFERENCE_Q8:
            template = self.other
            self.difference_q8 = template.difference_q8(beat)
            if self.difference_q8 > _MAX_DIFFERENCE_Q8:
                template.forget()
        self.main.weight -= self.main.weight >> 3
        self.other.weight -= self.other.weight >> 3
        if not (early and template is self.main and template.count):
            template.learn(beat)
        template.weight += _WEIGHT
        if template is self.other and (self._takes_over(fast, running) or (late and self._is_narrower())):
            self.main, self.other = self.other, self.main
        return template

    def _takes_over(self, fast: bool, running: bool) -> bool:
        other = self.other
        if other.weight <= self.main.weight + _WEIGHT:
            return False
        wider = self.main.width and other.width >= self.main.width + _WIDER_SAMPLES
        return not ((wider or fast) if running else (wider and fast))

    def _is_narrower(self) -> bool:
        """Is the other one, which was seen a few times, the narrower one?"""
        return self.other.count >= _SEEN and 0 < self.other.width <= self.main.width - _WIDER_SAMPLES
