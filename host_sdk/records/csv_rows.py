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
_LONGEST_LINE = 1 << 20
_LARGEST_CHUNK = 128 << 20


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
    """The rows of a file from the first one on, in chunks of `ROWS`."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self.layout = layout
        self.columns: list[CellColumn] = []

    def chunks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Where each chunk begins in the file, and its lines."""
        offset = self.layout.offset
        while lines := self.lines(offset):
            yield offset, lines
            offset += sum(len(line) for line in lines)

    def lines(self, offset: int) -> list[bytes]:
        """Lines of the chunk that begins there, without blank ones at the file's end; raises RecordFormatError."""
        lines: list[bytes] = []
        size = 0
        with self.path.open("rb") as file:
            file.seek(offset)
            while len(lines) < ROWS and (line := file.readline(_LONGEST_LINE)):
                lines.append(line)
                if len(line) == _LONGEST_LINE:
                    raise format_error(self.path, f"has a line of more than {_LONGEST_LINE} bytes")
                size += len(line)
                if size > _LARGEST_CHUNK:
                    raise format_error(
                        self.path, f"has rows of more than {size // len(lines)} bytes, one after the other"
                    )
            while lines and lines[-1].isspace() and not file.read(1):
                lines.pop()
        return lines

    def parse(self, lines: list[bytes], number: int) -> FloatArray:
        """Lines of chunk `number` as (rows, columns); raises RecordFormatError naming a row that is none."""
        if not lines:
            return np.empty((0, len(self.columns)))
        # numpy drops blank lines without a word
        if not any(line.isspace() for line in lines):
            try:
                return self._parse_quickly(lines)
            except ValueError:
                pass
        return self._parse_slowly(lines, number)

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
                row_number = number * ROWS + row + self.layout.line
                what = f"row {row_number} is not the numbers its headings promise: {decoded(line).strip()[:60]!r}"
                raise format_error(self.path, what)
            out[row] = values
        return out
