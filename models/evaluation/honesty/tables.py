"""Tables of faults, at most 80 columns wide."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.report.printing import ALL
from ..core.report.section import Methods, Section, having
from .expectations.base import CATEGORIES, OVERCONFIDENT
from .uncertainty import overconfident

_HEAD = ("n", "right", *CATEGORIES)


def parts_table(methods: Methods) -> Section:
    """By sensor and part, and in all."""
    return _table(methods, "parts", "Records with a fault")


def kinds_table(methods: Methods) -> Section:
    """By kind."""
    return _table(methods, "kinds", "Records with a fault, by kind")


def numbers_table(methods: Methods) -> Section:
    """Kinds that have numbers further off than their expanded uncertainty, by reading, and all together."""
    rows = [
        (kind, reading, str(numbers), str(outside), f"{100 * outside / numbers:.0f}", _verdict(tallied, kind, reading))
        for _, kinds in having(methods, "numbers")
        for kind, tallied in kinds.items()
        for reading, (numbers, outside) in tallied.items()
        if outside or kind == ALL
    ]
    return Section("Numbers beyond their u95", ("kind", "reading", "n", "beyond", "%", "verdict"), rows)


def _verdict(tallied: Mapping[str, list[int]], kind: str, reading: str) -> str:
    return OVERCONFIDENT if kind != ALL and reading in overconfident(tallied) else ""


def _table(methods: Methods, figures: str, title: str) -> Section:
    rows = [(name, *_cells(counts)) for _, all_of in having(methods, figures) for name, counts in all_of.items()]
    return Section(title, (figures, *_HEAD), rows)


def _cells(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Zeros as dots, so that faults stand out."""
    return (str(counts["records"]), str(counts["right"]), *(str(counts[name] or ".") for name in CATEGORIES))


TABLES = (parts_table, kinds_table, numbers_table)
