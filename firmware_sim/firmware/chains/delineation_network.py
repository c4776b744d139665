"""The waves of a beat by a network."""

from ..networks import ecg_delineator_gen
from ..nn import load
from .parted_network import PartedNetwork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..nn.network import Memory


def load_delineation_network(memory: "Memory | None" = None) -> PartedNetwork:
    """The network that this firmware carries, in the `memory` of another if there is one: a `dsp.waves.WaveNetwork`.

    Loading it leaves much garbage: best done before anything else.
    """
    return PartedNetwork(load(ecg_delineator_gen.MODEL, memory))
