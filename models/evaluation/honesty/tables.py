"""Tables of faults, at most 80 columns wide."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.report.section import Methods, Section, having
from .expectations.base import CATEGORIES

_HEAD = ("n", "right", *CATEGORIES)


def parts_table(methods: Methods) -> Section:
    """By sensor and part, and in all."""
    return _table(methods, "parts", "Records with a fault")


def kinds_table(methods: Methods) -> Section:
    """By kind."""
    return _table(methods, "kinds", "Records with a fault, by kind")


def _table(methods: Methods, figures: str, title: str) -> Section:
    rows = [(name, *_cells(counts)) for _, all_of in having(methods, figures) for name, counts in all_of.items()]
    return Section(title, (figures, *_HEAD), rows)


def _cells(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Zeros as dots, so that faults stand out."""
    return (str(counts["records"]), str(counts["right"]), *(str(counts[name] or ".") for name in CATEGORIES))


TABLES = (parts_table, kinds_table)
