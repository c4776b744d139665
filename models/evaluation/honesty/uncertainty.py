"""Whether numbers are as sure as they say: how many lie beyond their expanded uncertainty, which allows 5 % (GUM)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from ..core.dataset import Scored

#: What coverage of 95 % leaves outside (JCGM 100:2008, 6.2).
_ALLOWED = 0.05
#: So rarely would as many lie outside of a right uncertainty (one-sided binomial test).
_CHANCE = 0.01


def tally(records: Iterable[Scored]) -> dict[str, list[int]]:
    """Numbers whose truth is known, and how many of them lie outside, by reading."""
    found: dict[str, list[int]] = {}
    for record in records:
        for name, is_outside in record["scores"]["numbers"]:
            counted = found.setdefault(name, [0, 0])
            counted[0] += 1
            counted[1] += is_outside
    return found


def overconfident(tallied: Mapping[str, list[int]]) -> list[str]:
    """Readings of which more lie outside than chance explains."""
    return [name for name, (numbers, outside) in tallied.items() if _chance_of(outside, numbers) < _CHANCE]


def _chance_of(outside: int, numbers: int) -> float:
    """Chance that at least so many of all numbers lie outside, where each does so with the chance that is allowed."""
    fewer = range(outside)
    return 1.0 - sum(math.comb(numbers, k) * _ALLOWED**k * (1 - _ALLOWED) ** (numbers - k) for k in fewer)
