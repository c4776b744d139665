"""The networks that this firmware carries, each under the name of its model."""

from ..nn import load
from . import beat_kind_gen, ecg_delineator_gen, qrs_evidence_gen
from .beat_kind import BeatKindNetwork
from .sliced import SlicedNetwork


class Networks:
    """All of them, in the arena of the largest."""

    def __init__(self, beat_kind: BeatKindNetwork, ecg_delineator: SlicedNetwork, qrs_evidence: SlicedNetwork) -> None:
        #: A `dsp.ecg.beat_features.BeatClassifier`.
        self.beat_kind = beat_kind
        #: A `dsp.ecg.delineation.EcgDelineatorNetwork`.
        self.ecg_delineator = ecg_delineator
        #: A `dsp.ecg.qrs_verifier.QrsEvidenceNetwork`.
        self.qrs_evidence = qrs_evidence


def load_all() -> Networks:
    """Load every network; it leaves much garbage, and is best done before anything else.

    The largest comes first, while there is most room in one piece: the others work in its arena.
    """
    qrs_evidence = load(qrs_evidence_gen.MODEL)
    ecg_delineator = load(ecg_delineator_gen.MODEL, qrs_evidence.arena)
    beat_kind = load(beat_kind_gen.MODEL, qrs_evidence.arena)
    return Networks(BeatKindNetwork(beat_kind), SlicedNetwork(ecg_delineator), SlicedNetwork(qrs_evidence))
