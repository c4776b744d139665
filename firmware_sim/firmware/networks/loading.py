"""The networks that this firmware carries, each under the name of its model."""

from ..dsp.scratch import WORDS
from ..nn import load
from ..nn.prepared import arena_for
from . import beat_kind_gen, ecg_delineator_gen, qrs_evidence_gen
from .beat_kind import BeatKindNetwork
from .sliced import SlicedNetwork


class Networks:
    """All of them, in one arena."""

    def __init__(self, beat_kind: BeatKindNetwork, ecg_delineator: SlicedNetwork, qrs_evidence: SlicedNetwork) -> None:
        #: A `dsp.ecg.beat_features.BeatClassifier`.
        self.beat_kind = beat_kind
        #: A `dsp.ecg.delineation.EcgDelineatorNetwork`.
        self.ecg_delineator = ecg_delineator
        #: A `dsp.ecg.qrs_verifier.QrsEvidenceNetwork`.
        self.qrs_evidence = qrs_evidence


def load_all() -> Networks:
    """Load every network; best done early, while there is most room in one piece."""
    forms = beat_kind_gen.PREPARED, ecg_delineator_gen.PREPARED, qrs_evidence_gen.PREPARED
    arena = arena_for(forms, WORDS)
    return Networks(
        BeatKindNetwork(load(beat_kind_gen.MODEL, arena, beat_kind_gen.PREPARED)),
        SlicedNetwork(load(ecg_delineator_gen.MODEL, arena, ecg_delineator_gen.PREPARED)),
        SlicedNetwork(load(qrs_evidence_gen.MODEL, arena, qrs_evidence_gen.PREPARED)),
    )
