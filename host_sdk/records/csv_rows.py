"""Rows of a text file as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from ..models import FloatArray
from .clock import seconds_of
from .csv_head import decoded
from .csv_layout import BLANKS, Layout
from .source import format_error

ROWS = 8192
_BLOCK = 1 << 13
_LONGEST_LINE = 1 << 20
_LARGEST_CHUNK = 128 << 20
#: What ends a text of DOS.
_CTRL_Z = b"\x1a"


class Kind(Enum):
    """What a column's cells must be: numbers, numbers or anything (which is none then), times written as text."""

    NUMBERS = "numbers"
    ANYTHING = "anything"
    CLOCK = "clock"


@dataclass(frozen=True)
class CellColumn:
    """One column that is read, by its number from 0."""

    number: int
    kind: Kind = Kind.NUMBERS


class Rows:
    """The rows of a file from the first one on, in chunks of `ROWS`; comment lines (`#`) among them are passed over."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self.layout = layout
        self.columns: list[CellColumn] = []
        #: What a line without a row may consist of, None: blanks.
        self._filling: bytes | None = None

    def have_times(self) -> None:
        """A line of nothing but empty cells, which has no time either, is no row."""
        self._filling = b' \t\r\n"' + self.layout.delimiter.encode()

    def chunks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Where each chunk begins in the file, and its rows."""
        offset = self.layout.offset
        while True:
            lines, end = self._chunk(offset)
            if not lines:
                return
            yield offset, lines
            offset = end

    def lines(self, offset: int) -> list[bytes]:
        """Rows of the chunk that begins there, without the ends of their lines; raises RecordFormatError."""
        return self._chunk(offset)[0]

    def line_of(self, row: int) -> int:
        """Number of the line, from 1, in which a row, from 0, stands."""
        found, rest = 0, b""
        number = self.layout.line
        with self.path.open("rb") as file:
            file.seek(self.layout.offset)
            while block := file.read(_BLOCK):
                *lines, rest = (rest + block).split(b"\n")
                for line in lines:
                    found += self._is_row(line)
                    if found > row:
                        return number
                    number += 1
        return number

    def _chunk(self, offset: int) -> tuple[list[bytes], int]:
        """Rows of the chunk that begins at a byte, and the byte behind them."""
        rows: list[bytes] = []
        rest, size = b"", 0
        with self.path.open("rb") as file:
            file.seek(offset)
            while len(rows) < ROWS:
                block = file.read(_BLOCK)
                *lines, rest = (rest + block).split(b"\n")
                if not block:
                    last = rest.rstrip(_CTRL_Z)
                    return [*rows, last] if last and self._is_row(last) else rows, offset + len(rest)
                if max(len(rest), *map(len, lines[:1]), 0) >= _LONGEST_LINE:
                    raise format_error(self.path, f"has a line of more than {_LONGEST_LINE} bytes")
                found, taken = self._rows_among(lines, ROWS - len(rows))
                rows += found
                size += sum(map(len, found))
                offset += sum(map(len, lines[:taken])) + taken
                if size > _LARGEST_CHUNK:
                    what = f"has rows of more than {size // len(rows)} bytes, one after the other"
                    raise format_error(self.path, what)
        return rows, offset

    def _rows_among(self, lines: list[bytes], room: int) -> tuple[list[bytes], int]:
        """Rows of a list of lines, at most `room`, and how many lines hold these."""
        whole = b"\n".join(lines)
        if self.layout.spaced and not whole.strip():
            return [], len(lines)
        blank = self.layout.spaced and not all(line.strip(self._filling) for line in lines)
        if not blank and b"#" not in whole and _CTRL_Z not in whole:
            return lines[:room], min(room, len(lines))
        rows: list[bytes] = []
        for taken, line in enumerate(lines, 1):
            if self._is_row(line):
                rows.append(line)
                if len(rows) == room:
                    return rows, taken
        return rows, len(lines)

    def _is_row(self, line: bytes) -> bool:
        plain = line.strip(self._filling)
        return not (plain.startswith(b"#") or not plain.strip(_CTRL_Z)) if plain else not self.layout.spaced

    def parse(self, lines: list[bytes], number: int) -> FloatArray:
        """Lines of chunk `number` as (rows, columns); raises RecordFormatError naming a row that is none."""
        values = np.full((len(lines), len(self.columns)), np.nan)
        # numpy drops blank lines without a word
        filled = lines if self.layout.spaced else list(filter(bytes.strip, lines))
        if not filled:
            return values
        try:
            numbers = self._parse_quickly(filled)
        except ValueError:
            return self._parse_slowly(lines, number)
        if len(filled) == len(lines):
            return numbers
        values[[bool(line.strip()) for line in lines]] = numbers
        return values

    def first_bad(self, lines: list[bytes]) -> int:
        """Index of the first line that is no row."""
        return next((index for index, line in enumerate(lines) if self.row(line) is None), len(lines))

    def row(self, line: bytes) -> list[float] | None:
        """Numbers of a line, None where it is no row."""
        cells = self.layout.cells(decoded(line))
        if len(cells) <= max(column.number for column in self.columns):
            return None
        values = [self._value(column.kind, cells[column.number]) for column in self.columns]
        return None if None in values else [value for value in values if value is not None]

    def _value(self, kind: Kind, cell: str) -> float | None:
        if kind is Kind.CLOCK:
            return seconds_of(cell)
        value = self.layout.number(cell)
        return float("nan") if value is None and kind is Kind.ANYTHING else value

    def _parse_quickly(self, lines: Sequence[bytes]) -> FloatArray:
        if any(column.kind is Kind.CLOCK for column in self.columns):
            raise ValueError("times are no numbers")
        if self.layout.decimal == self.layout.delimiter:
            raise ValueError("quotes keep the commas of numbers apart from those between them")
        if self.layout.decimal == ",":
            lines = [line.replace(b",", b".") for line in lines]
        delimiter = None if self.layout.delimiter == BLANKS else self.layout.delimiter
        numbers = [column.number for column in self.columns]
        values: FloatArray = np.loadtxt(
            lines, delimiter=delimiter, usecols=numbers, ndmin=2, comments=None, quotechar='"'
        )
        values[np.isinf(values)] = np.nan
        return values

    def _parse_slowly(self, lines: Sequence[bytes], number: int) -> FloatArray:
        out = np.empty((len(lines), len(self.columns)))
        for row, line in enumerate(lines):
            values = self.row(line)
            if values is None:
                at = self.line_of(number * ROWS + row)
                what = f"row {at} is not the numbers its headings promise: {decoded(line).strip()[:60]!r}"
                raise format_error(self.path, what)
            out[row] = values
        return out
