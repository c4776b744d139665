"""Which of the beats found are which of the beats known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: ANSI/AAMI EC57: a beat found this near to a known one is that beat.
TOLERANCE_S = 0.15


def match(reference: FloatArray, found: FloatArray, tolerance: float = TOLERANCE_S) -> list[tuple[int, int]]:
    """Pairs (reference, found) within `tolerance` seconds, each used once, nearest first; both in order of time."""
    pairs = []
    for i, time in enumerate(reference):
        first, last = np.searchsorted(found, (time - tolerance, time + tolerance + 1e-9))
        pairs += [(abs(float(found[j] - time)), i, int(j)) for j in range(first, last)]
    taken_i: set[int] = set()
    taken_j: set[int] = set()
    kept = []
    for _, i, j in sorted(pairs):
        if i not in taken_i and j not in taken_j:
            taken_i.add(i)
            taken_j.add(j)
            kept.append((i, j))
    return sorted(kept)
