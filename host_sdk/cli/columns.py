"""Tables of numbers that stay whole however narrow the terminal is, and through pipes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

#: So many characters of the first column stay on one line, where there is not room for all.
_LEAST = 12


def print_columns(out: Console, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of texts; columns beyond the width go into tables below, each with the first column before its own.

    Only the first column's texts are broken into lines.
    """
    widths = [max(len(header), *(len(row[n]) for row in rows)) for n, header in enumerate(headers)]
    for columns in side_by_side(widths[1:], out.width - min(widths[0], _LEAST)):
        table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column(headers[0], overflow="fold")
        for n in columns:
            table.add_column(headers[n + 1], justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*(Text(row[n]) for n in (0, *(n + 1 for n in columns))))  # a name may look like markup
        out.print(table, highlight=False)


def print_text(out: Console, text: str, style: str | None = None) -> None:
    """Print words as they are, in lines that end with the last of theirs."""
    lines = textwrap.fill(text, out.width, break_on_hyphens=False)
    out.print(lines, style=style, highlight=False, markup=False, soft_wrap=True)


def side_by_side(widths: Sequence[int], room: int, gap: int = 1) -> Iterator[list[int]]:
    """Numbers of columns that fit beside each other with `gap` blanks before each; at least one a part.

    >>> list(side_by_side([5, 5, 9, 3], 14)), list(side_by_side([40], 12))
    ([[0, 1], [2, 3]], [[0]])
    """
    part: list[int] = []
    for n, width in enumerate(widths):
        if part and sum(widths[k] + gap for k in part) + width + gap > room:
            yield part
            part = []
        part.append(n)
    yield part
