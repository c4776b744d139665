"""Fixed-width tables and how numbers are written in them."""

from __future__ import annotations

from collections.abc import Sequence

ABSENT = "–"
_GAP = "  "


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table: the first column to the left, the others to the right."""
    table = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[k]) for row in table) for k in range(len(head))]
    return "\n".join(_line(row, widths) for row in table)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if k == 0 else cell.rjust(width)
        for k, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return _GAP.join(cells).rstrip()


def number(value: float | None, digits: int = 1) -> str:
    """A number, or the sign for none."""
    return ABSENT if value is None else f"{value:.{digits}f}"


def signed(value: float | None, digits: int = 1) -> str:
    """A number with its sign."""
    return ABSENT if value is None else f"{value:+.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction as percent."""
    return ABSENT if value is None else f"{100 * value:.{digits}f}"
