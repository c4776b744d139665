"""How a CSV file is laid out, by what stands in its beginning: delimiter, decimal mark, headings, first row.

Before the numbers there may be comment lines (`#`), other text and a line of units. The delimiter is the tab or
semicolon that all rows have, blanks where there is nothing else between numbers, else the comma. Numbers have a
decimal comma where the delimiter is another mark and they are written so.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .csv_head import Head
from .source import format_error

#: Delimiter of rows whose cells have any number of blanks between them.
BLANKS = " "
#: Rows by which a layout is known.
LOOKED_AT = 100
_ABSENT = {"", "-", "nan", "na", "n/a", "#n/a", "null", "none", "inf", "+inf", "-inf", "infinity", "-infinity"}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WITH_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
_LONGEST_NUMBER = 400
_WHOLE = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True)
class Marks:
    """What is said of a file's marks; `channels` of them are known to be there, None: not known."""

    delimiter: str | None = None
    decimal: str | None = None
    channels: int | None = None


@dataclass(frozen=True)
class Layout:
    """Where the rows begin (bytes and line, from 1), how cells are told apart, and lines that may hold the headings."""

    offset: int
    line: int
    delimiter: str
    decimal: str
    width: int
    #: The nearest to the rows first; empty where there are none.
    headings: list[list[str]] = field(default_factory=list)

    def cells(self, line: str) -> list[str]:
        """Cells of a line, without quotes and blanks around them."""
        if self.delimiter == BLANKS:
            return [cell.strip('"') for cell in line.split()]
        if '"' not in line:
            return [cell.strip() for cell in line.split(self.delimiter)]
        try:
            return [cell.strip() for cell in next(csv.reader([line.strip()], delimiter=self.delimiter), [""])]
        except csv.Error:  # a CR in the middle, a cell of more than 128 kB
            return [line]

    def number(self, cell: str) -> float | None:
        """A cell's number, NaN where it says that there is none, None where it is neither."""
        text = cell.strip().strip('"').strip()
        if text.lower() in _ABSENT:
            return float("nan")
        if self.decimal == ",":
            text = text.replace(",", ".")
        return float(text) if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) else None

    def numbers(self, line: str) -> list[float | None]:
        """All cells of a line as `number` has them."""
        return [self.number(cell) for cell in self.cells(line)]


def find_layout(head: Head, marks: Marks) -> Layout:
    """The layout of a file; raises RecordFormatError."""
    texts = head.texts
    delimiter, decimal = _marks(head.path, marks, texts)
    layout = Layout(head.offset, head.line, delimiter, decimal, 0)
    first = _first_row(layout, texts)
    row = layout.cells(texts[first]) if first < len(texts) else []
    headings = _headings(layout, texts[:first], len(_filled(row)))
    offset = head.offset + sum(len(line) for line in head.lines[:first])
    return Layout(offset, head.line + first, delimiter, decimal, max(map(len, [row, *headings])), headings)


def _marks(path: Path, marks: Marks, texts: Sequence[str]) -> tuple[str, str]:
    """Delimiter and decimal mark, by the last rows that are seen."""
    rows = [text for text in texts[-LOOKED_AT:] if text.strip()]
    delimiter, decimal = marks.delimiter, marks.decimal
    if delimiter is None:
        common = (mark for mark in ("\t", ";") if rows and sum(mark in row for row in rows) > 0.9 * len(rows))
        usual = BLANKS if rows and _have_blanks_between(rows) else ";" if decimal == "," else ","
        delimiter = next(common, usual)
    cells = [[cell.strip().strip('"') for cell in row.split(delimiter)] for row in rows]
    if decimal is not None:
        return delimiter, decimal
    if delimiter != ",":
        flat = [cell for row in cells for cell in row]
        commas = any(_WITH_COMMA.fullmatch(cell) for cell in flat)
        return delimiter, "," if commas and not any("." in cell and _NUMBER.fullmatch(cell) for cell in flat) else "."
    if marks.delimiter is None and (width := _split_numbers(texts)):
        if marks.channels == 1 and width == 2:
            return ";", ","
        what = 'has commas in its numbers or between them; say which by --decimal, or by "decimal" in its sidecar'
        raise format_error(path, what)
    return delimiter, "."


def _have_blanks_between(rows: Sequence[str]) -> bool:
    """Whether most rows are several numbers with nothing but blanks between them."""
    cells = [row.split() for row in rows]
    return sum(len(row) > 1 and all(map(_NUMBER.fullmatch, row)) for row in cells) > 0.9 * len(rows)


def _split_numbers(texts: Sequence[str]) -> int:
    """Cells of rows of whole numbers that look like fewer ones with a decimal comma, 0 for others.

    No whole number is written 0014, and no heading stands above several columns.
    """
    cells = [[cell.strip() for cell in text.split(",")] for text in texts if text.strip()]
    rows = [row for row in cells if len(row) > 1 and all(map(_WHOLE.fullmatch, row))]
    behind = [cell for row in rows for cell in row[1:]]
    if len(rows) < max(2, 0.9 * len(cells) - 1) or any(cell[0] in "+-" for cell in behind):
        return 0
    one_heading = len(cells[0]) == 1 and not _WHOLE.fullmatch(cells[0][0])
    return len(rows[0]) if one_heading or any(re.fullmatch("0[0-9]+", cell) for cell in behind) else 0


def _first_row(layout: Layout, texts: Sequence[str]) -> int:
    """Number of the first line of numbers, or of one with text in it whose like follow; behind the first text else."""
    rows = [layout.numbers(text) if text.strip() else [] for text in texts[:LOOKED_AT]]
    shapes = [[value is not None for value in row] for row in rows]
    for at, shape in enumerate(shapes):
        if texts[at].lstrip().startswith("#") or not any(value is not None and value == value for value in rows[at]):
            continue
        following = shapes[at + 1 : at + 4]
        if all(shape) or (following and all(other == shape for other in following)):
            return at
    text = next((at for at, line in enumerate(texts) if line.strip() and not line.startswith("#")), 0)
    return min(text + 1, len(texts))


def _headings(layout: Layout, before: Sequence[str], width: int) -> list[list[str]]:
    """Cells of the last line before the rows, and of the one above it where it has as many."""
    found: list[list[str]] = []
    for text in reversed(before):
        if text.lstrip().startswith("#"):
            continue
        cells = layout.cells(text)
        if not text.strip() or (found and len(_filled(cells)) != width):
            break
        found.append(cells)
        if len(found) == 2:
            break
    return found


def _filled(cells: list[str]) -> list[str]:
    """Cells without the empty ones at the end."""
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return kept
