"""How far the probability that a network gives its own answers can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .scores import Floats


def errors_by_trust(
    errors: Floats, trust: Floats, limits: Sequence[int], within: float, p95: str
) -> list[dict[str, float]]:
    """Of absolute errors whose trust (percent) is from each of the limits to before the next how many, and how large.

    `within` is the error that counts as right, `p95` the name of the percentile.
    """
    return [_of_trust(errors[(trust >= low) & (trust < high)], low, within, p95) for low, high in pairwise(limits)]


def _of_trust(errors: Floats, low: int, within: float, p95: str) -> dict[str, float]:
    return {
        "from_percent": low,
        "windows": len(errors),
        "within_percent": rounded(100 * np.mean(errors <= within)) if len(errors) else 0.0,
        p95: rounded(np.percentile(errors, 95)) if len(errors) else 0.0,
    }


def rounded(value: float | np.float64) -> float:
    """A figure as metrics.json has it, with two decimals."""
    return round(float(value), 2)
