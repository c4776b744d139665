"""Error against the share of windows that is answered, when the least certain answers are left out first.

Geifman and El-Yaniv, NeurIPS 2017 (selective prediction).
"""

from __future__ import annotations

from collections.abc import Sequence

#: Shares of all windows, in percent.
COVERAGES = (100, 95, 90, 80, 60)


def risk_coverage(
    answers: Sequence[tuple[float, float]], expected: int, coverages: Sequence[int] = COVERAGES
) -> dict[str, float | None]:
    """The mean error of the surest answers, by the share of all `expected` windows; None where fewer are answered.

    `answers` are (size of the error, doubt), doubt in any unit.

    >>> risk_coverage([(1.0, 0.2), (5.0, 0.9), (2.0, 0.3)], 4, (100, 75, 50))
    {'100': None, '75': 2.667, '50': 1.5}
    """
    errors = [error for error, _ in sorted(answers, key=lambda answer: answer[1])]
    found: dict[str, float | None] = {}
    for percent_answered in coverages:
        count = round(percent_answered * expected / 100)
        found[str(percent_answered)] = round(sum(errors[:count]) / count, 3) if 0 < count <= len(errors) else None
    return found
