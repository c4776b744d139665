"""Labels that follow from a cardiologist's own marks: what a flag should have said."""

from __future__ import annotations

from collections.abc import Sequence

from ..scoring.contrast import Contrast
from ..truth import Marks, median_intervals_ms

#: Above these (ms) an interval is flagged; QRS from there on.
_LONG_PR_MS = 200.0
_WIDE_QRS_MS = 120.0

CONTRASTS = (
    Contrast(
        "first_degree_av_block: PR marked > 200 ms",
        frozenset({"pr long"}),
        frozenset({"pr usual"}),
        measure="pr_ms",
        flag="first_degree_av_block",
    ),
    Contrast(
        "wide_qrs: QRS marked >= 120 ms",
        frozenset({"qrs wide"}),
        frozenset({"qrs narrow"}),
        measure="qrs_ms",
        flag="wide_qrs",
    ),
)


def from_marks(beats: Sequence[Marks]) -> frozenset[str]:
    """What the median PR and QRS of marked beats say; nothing of an interval that is not marked."""
    medians = median_intervals_ms(beats)
    found = set()
    if medians["pr"] is not None:
        found.add("pr long" if medians["pr"] > _LONG_PR_MS else "pr usual")
    if medians["qrs"] is not None:
        found.add("qrs wide" if medians["qrs"] >= _WIDE_QRS_MS else "qrs narrow")
    return frozenset(found)
