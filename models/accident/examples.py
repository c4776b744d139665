"""Trials → candidates with labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .segments import Ints, Trial
from .windows import AFTER, BEFORE, CHANNELS, Bytes, candidates, window

#: Labels: nothing happened, a fall, and what in a trial with a fall is neither.
NONE, FALL, UNSURE = 0, 1, -1
_PEAK = 3
_PER_S = 8
#: Seconds before and after a fall in which its own impact may lie.
_EARLY_S, _LATE_S = 0.5, 0.7


@dataclass(frozen=True)
class Examples:
    """`windows` (n, 40, 6) of candidates, their labels, and the number of the trial that each is of."""

    windows: Bytes
    labels: Ints
    trial: Ints

    def of(self, chosen: NDArray[np.bool_]) -> Examples:
        """Some of them."""
        return Examples(self.windows[chosen], self.labels[chosen], self.trial[chosen])


def examples_of(trials: Sequence[Trial]) -> Examples:
    """All candidates of all trials."""
    windows, labels, numbers = [], [], []
    for number, trial in enumerate(trials):
        found = candidates(trial.features)
        own = _own_impact(trial, found)
        for at in found:
            windows.append(window(trial.features, at))
            labels.append((FALL if at == own else UNSURE) if trial.is_fall else NONE)
            numbers.append(number)
    shape = (-1, BEFORE + AFTER, CHANNELS)
    return Examples(np.array(windows, np.int8).reshape(shape), np.array(labels, np.int64), np.array(numbers, np.int64))


def _own_impact(trial: Trial, found: Sequence[int]) -> int | None:
    """The candidate that is the fall: the strongest within its time, else the strongest of the trial."""
    if not trial.is_fall or not found:
        return None
    within = [at for at in found if any(_near(at / _PER_S, *span) for span in trial.spans)]
    return max(within or found, key=lambda at: int(trial.features[at, _PEAK]))


def _near(t: float, start: float, end: float) -> bool:
    return start - _EARLY_S <= t <= end + _LATE_S


def by_trial(scores: NDArray[np.float64], examples: Examples, trials: int) -> NDArray[np.float64]:
    """The highest score of each trial's candidates, -1 where it has none."""
    highest = np.full(trials, -1.0)
    np.maximum.at(highest, examples.trial, scores)
    return highest
