"""How well fibrillation is told from sinus rhythm and from ectopy by the pulse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from firmware_sim.firmware.dsp.ppg.pulse_rhythm import SUSPECTED_X10

from ..core.report.printing import ALL

#: From here on the device suspects fibrillation (%).
_SUSPECTED = SUSPECTED_X10 / 10
FIBRILLATION = "fibrillation"
_SINUS, _ECTOPY = ("sinus",), ("ventricular", "supraventricular")
#: What fibrillation is told from, by name.
AGAINST: dict[str, tuple[str, ...]] = {"sinus": _SINUS, "ectopy": _ECTOPY, "both": _SINUS + _ECTOPY}
Scores = Sequence[tuple[str, Mapping[str, Any]]]


def auc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Area under the ROC curve: how often a positive one has more, ties half; None without one of each."""
    if not positive or not negative:
        return None
    gaps = np.subtract.outer(np.array(positive), np.array(negative))
    return round(float((np.sign(gaps) + 1).mean() / 2), 4)


def rhythm_figures(scores: Scores) -> dict[str, Any]:
    """Figures of all people together, and of each, with their number: `scores` are of person and segment."""
    people = sorted({person for person, _ in scores})
    rows = {"all": _figures([score for _, score in scores])}
    for person in people:
        rows[person] = _figures([score for of, score in scores if of == person])
    return {ALL: {"fibrillation": {"people": len(people), "rows": rows}}}


def _figures(scores: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    by_rhythm: dict[str, list[float]] = {}
    for score in scores:
        if score["evidence"] is not None:
            by_rhythm.setdefault(score["rhythm"], []).append(float(score["evidence"]))
    positive = by_rhythm.get(FIBRILLATION, [])
    others = {name: [value for of in of_all for value in by_rhythm.get(of, [])] for name, of_all in AGAINST.items()}
    return {
        "n": sum(map(len, by_rhythm.values())),
        "refused": sum(score["evidence"] is None for score in scores),
        "auc": {name: auc(positive, values) for name, values in others.items()},
        "suspected": _fraction(positive),
        "wrongly_suspected": {name: _fraction(values) for name, values in others.items()},
    }


def _fraction(values: Sequence[float]) -> float | None:
    """How many are suspected of fibrillation."""
    return round(float(np.mean([value >= _SUSPECTED for value in values])), 4) if values else None
