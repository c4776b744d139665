"""CSV recordings with a sidecar, read in chunks of rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from ..errors import RecordFormatError
from ..models import FloatArray
from .index_runs import IndexRuns
from .sidecar import Declared, Sidecar, read_sidecar
from .source import Channel, format_error

_ROWS = 8192
_KEPT = 4
_ABSENT = {"", "-", "nan", "na", "null", "none"}


class CsvSource:
    """A CSV file with a sidecar (see `sidecar`); checked once from end to end when opened, then read in chunks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        sidecar = read_sidecar(path)
        with path.open("rb") as file:
            first = file.readline()
        self._delimiter = sidecar.delimiter or _guess_delimiter(first)
        text = first.decode("utf-8-sig", "replace").rstrip("\r\n")
        cells = [cell.strip().strip('"') for cell in text.split(self._delimiter)]
        headed = any(_number(cell) is None for cell in cells)
        self._line_offset = 2 if headed else 1
        headings = cells if headed else None
        self._columns = [
            _column_of(sidecar, position, declared, headings, len(cells))
            for position, declared in enumerate(sidecar.channels)
        ]
        self._runs: IndexRuns | None = None
        if sidecar.index is not None:
            declared = Declared("index", "", 1.0, sidecar.index)
            self._columns.append(_column_of(sidecar, 0, declared, headings, len(cells)))
            self._runs = IndexRuns()
        self._chunks: dict[int, FloatArray] = {}
        self._starts: list[int] = []
        rows = self._survey(len(first) if headed else 0)
        if not rows:
            raise self.record_error or format_error(path, "has no rows with numbers in them")
        if self._runs is not None:
            rows = [self._runs.length] * len(sidecar.channels)
        self.channels = tuple(
            Channel(declared.name, declared.unit, declared.fs, length)
            for declared, length in zip(sidecar.channels, rows, strict=False)
        )

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        if self._runs is None:
            return self._rows(channel, start, stop)
        values = np.full(stop - start, np.nan)
        for sample, row, count in self._runs.within(start, stop):
            values[sample - start : sample - start + count] = self._rows(channel, row, row + count)
        return values

    def _rows(self, channel: int, start: int, stop: int) -> FloatArray:
        parts = []
        for number in range(start // _ROWS, (stop - 1) // _ROWS + 1):
            low, high = max(start - number * _ROWS, 0), min(stop - number * _ROWS, _ROWS)
            parts.append(self._chunk(number)[low:high, channel])
        return np.concatenate(parts)

    def close(self) -> None:
        """Nothing stays open between reads."""

    def _survey(self, offset: int) -> list[int]:
        """Check every row, note where chunks begin; the last row with a number in each channel, [] for none."""
        lengths = np.zeros(len(self._columns), dtype=np.int64)
        for number, (start, lines) in enumerate(self._line_chunks(offset)):
            try:
                values = self._parse(lines, number)
            except RecordFormatError as error:
                # the good rows before it count
                self.record_error = error
                values = self._parse(lines[: _first_bad(lines, self._columns, self._delimiter)], number)
            self._starts.append(start)
            if self._runs is not None:
                self._add_runs(values[:, -1], number)
            last = np.where(np.isnan(values), 0, np.arange(1, len(values) + 1)[:, None]).max(axis=0, initial=0)
            lengths = np.where(last > 0, number * _ROWS + last, lengths)
            if self.record_error is not None:
                break
        return [int(length) for length in lengths] if lengths.any() else []

    def _add_runs(self, index: FloatArray, number: int) -> None:
        if np.isnan(index).any() or (self._runs is not None and not self._runs.add(index.astype(np.int64))):
            raise format_error(self.path, f"the index of rows from {number * _ROWS + self._line_offset} on is no index")

    def _line_chunks(self, offset: int) -> Iterator[tuple[int, list[bytes]]]:
        while lines := self._read_lines(offset):
            yield offset, lines
            offset += sum(len(line) for line in lines)

    def _read_lines(self, offset: int) -> list[bytes]:
        with self.path.open("rb") as file:
            file.seek(offset)
            lines = list(islice(file, _ROWS))
            while lines and lines[-1].isspace() and not file.read(1):
                lines.pop()
        return lines

    def _chunk(self, number: int) -> FloatArray:
        chunk = self._chunks.get(number)
        if chunk is None:
            if len(self._chunks) >= _KEPT:
                del self._chunks[next(iter(self._chunks))]
            lines = self._read_lines(self._starts[number])
            if self.record_error is not None and number == len(self._starts) - 1:
                lines = lines[: _first_bad(lines, self._columns, self._delimiter)]
            chunk = self._chunks[number] = self._parse(lines, number)
        return chunk

    def _parse(self, lines: list[bytes], number: int) -> FloatArray:
        """Rows of bytes as (rows, channels)."""
        if not lines:
            return np.empty((0, len(self._columns)))
        # numpy drops blank lines without a word
        if not any(line.isspace() for line in lines):
            try:
                return np.loadtxt(lines, delimiter=self._delimiter, usecols=self._columns, ndmin=2, comments=None)
            except ValueError:
                pass
        return self._parse_slowly(lines, number)

    def _parse_slowly(self, lines: list[bytes], number: int) -> FloatArray:
        out = np.empty((len(lines), len(self._columns)))
        for row, line in enumerate(lines):
            values = _row(line, self._columns, self._delimiter)
            if values is None:
                row_number = number * _ROWS + row + self._line_offset
                raise format_error(
                    self.path, f"row {row_number} is not the numbers its headings promise: {line[:60]!r}"
                )
            out[row] = values
        return out


def _row(line: bytes, columns: list[int], delimiter: str) -> list[float] | None:
    cells = line.decode("utf-8", "replace").split(delimiter)
    if len(cells) <= max(columns):
        return None
    values = [_number(cells[column]) for column in columns]
    return None if None in values else [value for value in values if value is not None]


def _first_bad(lines: list[bytes], columns: list[int], delimiter: str) -> int:
    bad = (index for index, line in enumerate(lines) if _row(line, columns, delimiter) is None)
    return next(bad, len(lines))


def _number(cell: str) -> float | None:
    """A cell's number, NaN where it says that there is none, None where it is neither."""
    text = cell.strip().strip('"').lower()
    if text in _ABSENT:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        return None


def _guess_delimiter(line: bytes) -> str:
    return max((",", ";", "\t"), key=lambda mark: line.count(mark.encode()))


def _column_of(sidecar: Sidecar, position: int, channel: Declared, headings: list[str] | None, width: int) -> int:
    wanted = channel.column
    if isinstance(wanted, int) or (headings is None and wanted is None):
        number = position if wanted is None else int(wanted)
        if not 0 <= number < width:
            raise format_error(sidecar.path, f"channel {channel.name!r} is column {number}, the file has {width}")
        return number
    name = channel.name if wanted is None else str(wanted)
    # a heading may carry its unit: "ECG [mV]"
    plain = [re.sub(r"\s*\[[^]]*\]$", "", heading) for heading in headings or []]
    found = next((known.index(name) for known in (headings or [], plain) if name in known), None)
    if found is None:
        raise format_error(sidecar.path, f"no column {name!r}; the file has {', '.join(headings or ['no headings'])}")
    return found
