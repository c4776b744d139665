"""Pairs of beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.matching import TOLERANCE_S, match

__all__ = ["TOLERANCE_S", "Pairs", "pair"]


@dataclass(frozen=True)
class Pairs:
    """Indices of pairs (known, found), and of what stayed alone on either side."""

    both: list[tuple[int, int]]
    missed: list[int]
    extra: list[int]


def pair(known: Sequence[float], found: Sequence[float]) -> Pairs:
    """Pair times within 150 ms, nearest first; both sequences in order of time."""
    both = match(np.asarray(known, dtype=np.float64), np.asarray(found, dtype=np.float64))
    taken_known, taken_found = {i for i, _ in both}, {j for _, j in both}
    missed = [i for i in range(len(known)) if i not in taken_known]
    return Pairs(both, missed, [j for j in range(len(found)) if j not in taken_found])
