"""Labels that the device should separate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contrast:
    """Two sets of labels that a number, a flag or both should separate; no `negative`: all that are not positive.

    `measure` names the number (see `scoring.measures`), which is higher for positives, or lower where `falls`.
    `unit` is `record` or `window`.
    """

    name: str
    positive: frozenset[str]
    negative: frozenset[str] = frozenset()
    measure: str | None = None
    falls: bool = False
    flag: str | None = None
    unit: str = "record"
