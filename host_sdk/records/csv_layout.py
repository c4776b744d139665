"""How a CSV file is laid out, by what stands in its beginning: delimiter, decimal mark, headings, first row.

Before the numbers there may be comment lines (`#`), other text and a line of units. The delimiter is the tab, semicolon
or bar that all rows have, blanks where there is nothing else between numbers, else the comma. Numbers have a decimal
comma where they are written so and the delimiter is another mark, or quotes keep it apart from theirs.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .csv_head import Head
from .csv_numbers import NUMBER, plain_number, value_of
from .source import format_error

#: Delimiter of rows whose cells have any number of blanks between them.
BLANKS = " "
#: Rows by which a layout is known.
LOOKED_AT = 100
_WITH_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_MARKS = ("\t", ";", "|")
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
    #: Whether blank lines are no rows; of one column they are values that are absent, unless every other line is one.
    spaced: bool = True
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
        return value_of(cell, self.decimal == ",")

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
    spaced = len(row) > 1 or _every_other_is_blank(texts[first:])
    headings = _headings(layout, _joined(texts[:first]), len(_filled(row)), spaced)
    headings = _beside_row_names(layout, headings, texts[first : first + LOOKED_AT])
    offset = head.offset + sum(len(line) for line in head.lines[:first])
    return Layout(offset, head.line + first, delimiter, decimal, max(map(len, [row, *headings])), spaced, headings)


def _marks(path: Path, marks: Marks, texts: Sequence[str]) -> tuple[str, str]:
    """Delimiter and decimal mark, by the last rows that are seen."""
    rows = [text for text in texts[-LOOKED_AT:] if text.strip()]
    delimiter, decimal = marks.delimiter, marks.decimal
    if delimiter is None:
        common = (mark for mark in _MARKS if rows and sum(mark in row for row in rows) > 0.9 * len(rows))
        usual = BLANKS if rows and _have_blanks_between(rows) else ","
        delimiter = next(common, usual)
        if delimiter == "," and decimal != "." and _have_commas_in_quotes(rows):
            return delimiter, ","
        if delimiter == "," and decimal == ",":
            return ";", decimal
    cells = [[plain_number(cell) for cell in row.split(delimiter)] for row in rows]
    if decimal is not None:
        return delimiter, decimal
    if delimiter != ",":
        flat = [cell for row in cells for cell in row]
        commas = [cell for cell in flat if _WITH_COMMA.fullmatch(cell)]
        points = any("." in cell and NUMBER.fullmatch(cell) for cell in flat)
        # beside points, a comma may part thousands
        sure = [cell for cell in commas if not (points and _THOUSANDS.fullmatch(cell))]
        return delimiter, "," if sure else "."
    if marks.delimiter is None and (width := _split_numbers(texts)):
        if marks.channels == 1 and width == 2:
            return ";", ","
        what = 'has commas in its numbers or between them; say which by --decimal, or by "decimal" in its sidecar'
        raise format_error(path, what)
    return delimiter, "."


def _have_blanks_between(rows: Sequence[str]) -> bool:
    """Whether most rows are several numbers with nothing but blanks between them."""
    cells = [list(map(plain_number, row.split())) for row in rows]
    return sum(len(row) > 1 and all(map(NUMBER.fullmatch, row)) for row in cells) > 0.9 * len(rows)


def _have_commas_in_quotes(rows: Sequence[str]) -> bool:
    """Whether numbers in quotes have a decimal comma, `"0,5","-1,25"`; one that may part thousands does not show it."""
    quoted = [row for row in rows if '"' in row and row.count('"') % 2 == 0]
    try:
        cells = [plain_number(cell) for row in quoted for cell in next(csv.reader([row]), [])]
    except csv.Error:
        return False
    commas = [cell for cell in cells if _WITH_COMMA.fullmatch(cell)]
    points = any("." in cell and NUMBER.fullmatch(cell) for cell in cells)
    return not points and any(not _THOUSANDS.fullmatch(cell) for cell in commas)


def _every_other_is_blank(rows: Sequence[str]) -> bool:
    """Whether one line is a row and the next is blank, and so on."""
    seen = [bool(row.strip()) for row in rows[: 2 * LOOKED_AT]]
    return len(seen) > 3 and all(seen[::2]) and not any(seen[1::2])  # the first one is a row


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
        following = [other for other in shapes[at + 1 :] if other][:3]
        if all(shape) or (following and all(other == shape for other in following)):
            return at
    text = next((at for at, line in enumerate(texts) if line.strip() and not line.startswith("#")), 0)
    return min(text + 1, len(texts))


def _joined(texts: Sequence[str]) -> list[str]:
    """Lines, those that quotes hold together as one."""
    joined: list[str] = []
    for text in texts:
        if joined and joined[-1].count('"') % 2:
            joined[-1] += " " + text
        else:
            joined.append(text)
    return joined


def _headings(layout: Layout, before: Sequence[str], width: int, spaced: bool) -> list[list[str]]:
    """Cells of the last line before the rows, and of the one above it where it has as many.

    What stands above a blank line is none of theirs unless it has as many cells, and blank lines may be there.
    """
    found: list[list[str]] = []
    after_blank = False
    for text in reversed(before):
        if text.lstrip().startswith("#"):
            continue
        if not text.strip() and spaced:
            after_blank = True
            continue
        cells = layout.cells(text)
        if not text.strip() or ((found or after_blank) and len(_filled(cells)) != width):
            break
        found.append(cells)
        if len(found) == 2:
            break
    return found or _commented_headings(layout, before, width)


def _commented_headings(layout: Layout, before: Sequence[str], width: int) -> list[list[str]]:
    """Cells of a comment just before the rows, as `numpy.savetxt` writes headings: as many words as a row has cells."""
    cells = layout.cells(before[-1].lstrip().lstrip("#").strip()) if before else []
    words = width > 1 and len(cells) == width and all(cell and layout.number(cell) is None for cell in cells)
    return [cells] if words else []


def _beside_row_names(layout: Layout, headings: list[list[str]], rows: Sequence[str]) -> list[list[str]]:
    """Headings, with an empty one before them where R numbered the rows, and gave the numbers no heading."""
    cells = [_filled(layout.cells(row)) for row in rows if row.strip()]
    if len(cells) < 2 or not headings or any(len(_filled(line)) != len(cells[0]) - 1 for line in headings):
        return headings
    numbers = [layout.number(row[0]) if row else None for row in cells]
    counted = numbers[0] in (0.0, 1.0) and numbers == [numbers[0] + n for n in range(len(numbers))]
    return [["", *line] for line in headings] if counted else headings


def _filled(cells: list[str]) -> list[str]:
    """Cells without the empty ones at the end."""
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    return kept
