"""The kind of a beat by a network."""

from ..dsp.scratch_use import works_in
from ..wire_gen import BEAT_KIND_UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sliced import Network


#: Probability (Q8) by which the likeliest kind must lead, else it is unknown.
MIN_MARGIN_Q8 = 16


def kind_of(output: "memoryview") -> int:
    """`BEAT_KIND_*` of a network's output (int8 probabilities of normal, supraventricular, ventricular).

    Unknown unless one leads by `MIN_MARGIN_Q8`.
    """
    best = 0
    for i in range(1, len(output)):
        if output[i] > output[best]:
            best = i
    for i in range(len(output)):
        if i != best and output[best] - output[i] < MIN_MARGIN_Q8:
            return BEAT_KIND_UNKNOWN
    return best + 1  # the wire's kinds follow unknown in the network's order


class BeatKindNetwork:
    """`dsp.ecg.beat_features.BeatClassifier` over a network."""

    def __init__(self, network: "Network") -> None:
        self._network = network
        #: To be acquired before `input` is written, and released after `classify`.
        self.arena = network.arena
        self.input = network.input()

    @works_in("SIGNAL", "SHAPE")
    def classify(self) -> int:
        """`BEAT_KIND_*` of the beat whose features were written to `input`."""
        self._network.invoke()
        return kind_of(self._network.output())
