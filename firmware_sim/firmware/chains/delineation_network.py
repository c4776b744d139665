"""The waves of a beat by a network."""

from ..networks import ecg_delineator_gen
from ..nn import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..nn.network import Memory
    from .beat_network import Network


class DelineationNetwork:
    """`dsp.waves.WaveNetwork` over a network."""

    def __init__(self, network: "Network") -> None:
        self._network = network
        self.input = network.input()

    def find(self) -> memoryview:
        """Probabilities of P, QRS and T at each position of the beat that was written to `input`."""
        self._network.invoke()
        return self._network.output()


def load_delineation_network(memory: "Memory | None" = None) -> DelineationNetwork:
    """The network that this firmware carries, in the `memory` of another if there is one.

    Loading it leaves much garbage: best done before anything else.
    """
    return DelineationNetwork(load(ecg_delineator_gen.MODEL, memory))
