"""Fixed-width tables and how numbers are written in them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from host_sdk.cli.columns import side_by_side

ABSENT = "–"
_GAP = "  "


def columns(head: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """A table: the first column to the left, the others to the right; where heads make it wider than `width`, they
    take more lines, and where cells do, further columns stand below, each time behind the first.
    """
    least = [max((len(row[k]) for row in rows), default=0) for k in range(len(head))]
    widths = [max(len(name), cell) for name, cell in zip(head, least, strict=True)]
    if width is not None:
        _narrow(head, least, widths, width)
        parts = list(side_by_side(widths[1:], width - widths[0], len(_GAP)))
        if len(parts) > 1:
            wanted = [[0, *(k + 1 for k in part)] for part in parts]
            tables = (
                columns([head[k] for k in part], [[row[k] for k in part] for row in rows], width) for part in wanted
            )
            return "\n\n".join(tables)
    table = [*_head_lines(head, widths), *(list(row) for row in rows)]
    widths = [max(len(row[k]) for row in table) for k in range(len(head))]
    return "\n".join(_line(row, widths) for row in table)


def _narrow(head: Sequence[str], least: Sequence[int], widths: list[int], width: int) -> None:
    """Make columns narrower, the one with most to spare first, down to their cells and the longest word above them."""
    floors = [max(cell, *(len(word) for word in name.split())) for name, cell in zip(head, least, strict=True)]
    while sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        spare = [now - floor for now, floor in zip(widths, floors, strict=True)]
        if not any(spare):
            return
        widths[spare.index(max(spare))] -= 1


def _head_lines(head: Sequence[str], widths: Sequence[int]) -> list[list[str]]:
    """The heads, each broken to its column's width, the shorter ones at the bottom."""
    broken = [textwrap.wrap(name, width) or [""] for name, width in zip(head, widths, strict=True)]
    height = max(map(len, broken))
    return [[([""] * (height - len(lines)) + lines)[k] for lines in broken] for k in range(height)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if k == 0 else cell.rjust(width)
        for k, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return _GAP.join(cells).rstrip()


def number(value: float | None, digits: int = 1) -> str:
    """A number, or the sign for none."""
    return ABSENT if value is None else f"{_no_minus_zero(value, digits):.{digits}f}"


def signed(value: float | None, digits: int = 1) -> str:
    """A number with its sign; zero, and what is written as zero, has none."""
    if value is None:
        return ABSENT
    value = _no_minus_zero(value, digits)
    return f"{value:+.{digits}f}" if value else f"{value:.{digits}f}"


def _no_minus_zero(value: float, digits: int) -> float:
    return 0.0 if float(f"{value:.{digits}f}") == 0 else value


def counted(count: int, thing: str) -> str:
    """A number of things.

    >>> counted(1, "record"), counted(1234, "record")
    ('1 record', '1234 records')
    """
    return f"{count} {thing}{'' if count == 1 else 's'}"


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction as percent."""
    return ABSENT if value is None else f"{100 * value:.{digits}f}"
