"""Tables of numbers that stay whole however narrow the terminal is, and through pipes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells
from rich.console import Console

#: So many characters of the first column stay on one line, where there is not room for all.
_LEAST = 12
_PARTS = re.compile(r"[^\s/_.,-]*[\s/_.,-]|[^\s/_.,-]+")


def print_columns(out: Console, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of texts; columns beyond the width go into tables below, each with the first column before its own.

    Only the first column's texts are broken into lines, between the words of a name where that will do.
    """
    widths = [max(map(cell_len, (header, *(row[n] for row in rows)))) for n, header in enumerate(headers)]
    for columns in side_by_side(widths[1:], out.width - min(widths[0], _LEAST)):
        room = min(widths[0], max(out.width - sum(widths[n + 1] + 1 for n in columns), _LEAST))
        for row in (headers, *rows):
            first, *more = folded(row[0], room) or [""]
            cells = (row[n + 1].rjust(widths[n + 1] - cell_len(row[n + 1]) + len(row[n + 1])) for n in columns)
            lines = [" ".join([first + " " * (room - cell_len(first)), *cells]), *more]
            style = "bold" if row is headers else None
            # a name may look like markup
            out.print("\n".join(lines), style=style, highlight=False, markup=False, soft_wrap=True)


def print_text(out: Console, text: str, style: str | None = None) -> None:
    """Print words as they are, in lines that end with the last of theirs."""
    out.print(
        textwrap.fill(text, out.width, break_on_hyphens=False),
        style=style,
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def folded(text: str, room: int) -> list[str]:
    """Lines of a name of at most `room` columns, broken behind its marks; a longer part without one is cut.

    >>> folded("db/a_rather_long.name", 12), folded("abcdefgh", 5)
    (['db/a_rather_', 'long.name'], ['abcde', 'fgh'])
    """
    lines = [""]
    for part in _PARTS.findall(text):
        if cell_len((lines[-1] + part).rstrip()) <= room:
            lines[-1] += part
        else:
            lines += chop_cells(part, room)
    return [line.rstrip() for line in lines if line.strip()]


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
