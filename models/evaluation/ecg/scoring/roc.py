"""How well a number or a flag separates two groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata


def auc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Area under the ROC curve: the chance that a positive is higher than a negative, ties half; None without both."""
    if not positive or not negative:
        return None
    ranks = rankdata([*positive, *negative])
    above = float(np.sum(ranks[: len(positive)])) - len(positive) * (len(positive) + 1) / 2
    return round(above / (len(positive) * len(negative)), 5)


def fraction(part: int, whole: int) -> float | None:
    """A fraction of a count, None of nothing."""
    return None if not whole else round(part / whole, 6)


def contrast_numbers(positive: Sequence[float | None], negative: Sequence[float | None], falls: bool) -> dict[str, Any]:
    """AUC of those that have a number, and with those that have none taken as the most negative; their count."""
    sign = -1.0 if falls else 1.0
    ups, downs = ([sign * value for value in group if value is not None] for group in (positive, negative))
    least = min([*ups, *downs], default=0.0) - 1.0
    without = len(positive) + len(negative) - len(ups) - len(downs)
    padded = [group + [least] * (len(all_of) - len(group)) for group, all_of in ((ups, positive), (downs, negative))]
    return {"auc": auc(ups, downs), "auc_with_unscored_as_negative": auc(*padded), "unscored": without}


def contrast_flags(positive: Sequence[bool], negative: Sequence[bool]) -> dict[str, Any]:
    """Sensitivity and specificity of a flag."""
    return {
        "sensitivity": fraction(sum(positive), len(positive)),
        "specificity": fraction(len(negative) - sum(negative), len(negative)),
    }
