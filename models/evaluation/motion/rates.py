"""How sure figures are: intervals by person, and the highest rate that a count of false alarms leaves possible."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 2000
_SEED = 1
_PERCENTILES = (2.5, 97.5)
_CONFIDENCE = 0.95
_HOURS_A_DAY = 24
_STEPS = 60


def by_person(counts: NDArray[np.int64]) -> dict[str, Any]:
    """Right ones, all and their fraction, with the 95 % interval of resampled people; `counts` is (people, 2).

    The interval is None for one person, and where all are right: resampling then says nothing.
    """
    right, whole = (int(total) for total in counts.sum(axis=0))
    found = {"right": right, "n": whole, "fraction": round(right / whole, 6), "low": None, "high": None}
    if len(counts) > 1 and right < whole:
        chosen = np.random.default_rng(_SEED).integers(0, len(counts), (_RESAMPLES, len(counts)))
        sums = counts[chosen].sum(axis=1)
        low, high = np.percentile(sums[:, 0] / sums[:, 1], _PERCENTILES)
        found |= {"low": round(float(low), 6), "high": round(float(high), 6)}
    return found


def most_a_day(count: int, hours: float) -> float:
    """The rate a day under which it is with 95 % confidence (Poisson); 3 in the hours for none (72 / hours).

    >>> round(most_a_day(0, 24.0), 2)
    3.0
    """
    low, high = 0.0, 10.0 + 4.0 * count
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(count, middle) > 1 - _CONFIDENCE else (low, middle)
    return high * _HOURS_A_DAY / hours


def _at_most(count: int, mean: float) -> float:
    """Probability of no more than `count` events where `mean` are expected."""
    k = np.arange(1, count + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(mean) - np.log(k))]) - mean
    return float(np.exp(logs).sum())
