"""How well fibrillation is told from every other rhythm by the pulse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from firmware_sim.firmware.dsp.ppg.pulse_rhythm import SUSPECTED_X10

from ..core.report.printing import ALL

#: From here on the device suspects fibrillation (%).
_SUSPECTED = SUSPECTED_X10 / 10
FIBRILLATION = "fibrillation"
_SINUS, _ECTOPY, _TACHYCARDIA = ("sinus",), ("ventricular", "supraventricular"), ("vt", "svt")
#: Rhythms by the label of a segment.
RHYTHMS = (*_SINUS, *_ECTOPY, *_TACHYCARDIA, FIBRILLATION)
#: What fibrillation is told from, by name: each kind of rhythm, and several together.
AGAINST: dict[str, tuple[str, ...]] = {
    "sinus": _SINUS,
    "ectopy": _ECTOPY,
    "both": _SINUS + _ECTOPY,
    "tachycardia": _TACHYCARDIA,
    "all others": _SINUS + _ECTOPY + _TACHYCARDIA,
}
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
    rows = {ALL: _figures([score for _, score in scores])}
    for person in people:
        rows[person] = _figures([score for of, score in scores if of == person])
    return {ALL: {"fibrillation": {"people": len(people), "rows": rows}}}


def _figures(scores: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    read: dict[str, list[float]] = {rhythm: [] for rhythm in RHYTHMS}
    refused = Counter(score["rhythm"] for score in scores if score["pulse_irregularity"] is None)
    for score in scores:
        if score["pulse_irregularity"] is not None:
            read[score["rhythm"]].append(float(score["pulse_irregularity"]))
    positive = read[FIBRILLATION]
    others = {name: [value for rhythm in rhythms for value in read[rhythm]] for name, rhythms in AGAINST.items()}
    return {
        "n": sum(map(len, read.values())),
        "refused": refused.total(),
        "rhythms": {
            rhythm: {"n": len(values), "refused": refused[rhythm], "suspected": _fraction(values)}
            for rhythm, values in read.items()
        },
        "auc": {name: auc(positive, values) for name, values in others.items()},
        "suspected": _fraction(positive),
        "wrongly_suspected": {name: _fraction(values) for name, values in others.items()},
    }


def _fraction(values: Sequence[float]) -> float | None:
    """How many are suspected of fibrillation."""
    return round(float(np.mean([value >= _SUSPECTED for value in values])), 4) if values else None
