"""Which of what looks like beats are QRS complexes, by a network."""

from ..networks import qrs_evidence_gen
from ..nn import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .beat_network import Network


class QrsEvidence:
    """`dsp.second_look.EvidenceNetwork` over a network."""

    def __init__(self, network: "Network") -> None:
        self._network = network
        #: Free for others between `answer` and the next writing of `input`.
        self.memory = network.memory
        self.input = network.input()
        self.run_part = network.run_part

    def answer(self) -> memoryview:
        """Probabilities of a complex in each pair of the frames that were written to `input`."""
        return self._network.output()


def load_evidence_network() -> QrsEvidence:
    """The network that this firmware carries. Loading it leaves much garbage: best done before anything else."""
    return QrsEvidence(load(qrs_evidence_gen.MODEL))
