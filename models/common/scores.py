"""Per-class scores with confidence intervals that respect people: resampled person by person, not beat by beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MEASURES = ("se", "ppv", "f1")
_RESAMPLES = 2000
_SEED = 20
#: Ends of the interval, percent.
_ENDS = (2.5, 97.5)


def confusion(labels: Ints, predictions: Ints, classes: int) -> Ints:
    """Counts (classes, classes + 1): rows are labels below `classes` (others are left out).

    The last column counts beats without prediction; a prediction outside 0..classes - 1 is none.
    """
    known = labels < classes
    predicted = np.where((predictions < 0) | (predictions >= classes), classes, predictions)
    flat = labels[known] * (classes + 1) + predicted[known]
    return np.bincount(flat, minlength=classes * (classes + 1)).reshape(classes, classes + 1).astype(np.int64)


def measures(counts: Ints) -> Floats:
    """Sensitivity, positive predictive value and F1 (3, classes) of a confusion; NaN where nothing was counted."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    truth, predicted_counts = counts.sum(axis=-1), counts[..., :-1].sum(axis=-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([hits / truth, hits / predicted_counts, 2 * hits / (truth + predicted_counts)])


def with_intervals(by_person: Ints, names: Sequence[str]) -> dict[str, dict[str, list[float]]]:
    """`{class: {measure: [value, low, high]}}` of confusions (people, classes, classes + 1); people are resampled."""
    value = measures(by_person.sum(axis=0))
    low, high = _bootstrap(by_person, measures)
    return {
        name: {m: [round(float(each[i, c]), 4) for each in (value, low, high)] for i, m in enumerate(MEASURES)}
        for c, name in enumerate(names)
    }


def difference(one: Ints, other: Ints) -> dict[str, list[float]]:
    """`[value, low, high]` of the mean F1 of all classes but the first, `one` less `other`, on the same people."""
    both = np.concatenate([one, other], axis=2)
    width = one.shape[2]

    def gain(counts: Ints) -> Floats:
        return np.asarray(_rare_f1(counts[..., :width]) - _rare_f1(counts[..., width:]))

    low, high = _bootstrap(both, gain)
    return {"mean_f1_but_first": [round(float(v), 4) for v in (gain(both.sum(axis=0)), low, high)]}


def _rare_f1(counts: Ints) -> Floats:
    return np.asarray(measures(counts)[2][..., 1:].mean(axis=-1))


def _bootstrap(by_person: Ints, figure: Callable[[Ints], Any]) -> Floats:
    rng = np.random.default_rng(_SEED)
    people = len(by_person)
    drawn = [figure(by_person[rng.integers(0, people, people)].sum(axis=0)) for _ in range(_RESAMPLES)]
    return np.asarray(np.nanpercentile(np.array(drawn), _ENDS, axis=0))
