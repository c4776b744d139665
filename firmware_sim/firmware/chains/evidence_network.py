"""Which of what looks like beats are QRS complexes, by a network."""

from ..networks import qrs_evidence_gen
from ..nn import load
from .parted_network import PartedNetwork


def load_evidence_network() -> PartedNetwork:
    """The network that this firmware carries: a `dsp.second_look.EvidenceNetwork`.

    Loading it leaves much garbage: best done before anything else.
    """
    return PartedNetwork(load(qrs_evidence_gen.MODEL))
