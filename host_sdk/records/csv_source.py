"""CSV recordings with a sidecar, read in chunks of rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import RecordFormatError
from ..models import FloatArray
from .csv_layout import Layout, find_layout
from .csv_times import TimeNumbers, rate_of, seconds_in, unit_of
from .index_runs import Fault, IndexRuns
from .sidecar import Declared, Sidecar, read_sidecar
from .source import LONGEST_GAP_S, Channel, format_error, listed

_ROWS = 8192
_KEPT = 4
_LONGEST_LINE = 1 << 20
#: Rows by whose times a column of times is known.
_TIMED = 500


class CsvSource:
    """A CSV file with a sidecar (see `sidecar`); checked once from end to end when opened, then read in chunks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        sidecar = read_sidecar(path)
        self._layout = find_layout(path, sidecar)
        if not self._layout.width:
            raise format_error(path, "is empty")
        columns = _Columns(sidecar, self._layout)
        self._columns = [columns.of(position, declared) for position, declared in enumerate(sidecar.channels)]
        self._runs, self._times = self._placement(sidecar, columns)
        self._chunks: dict[int, FloatArray] = {}
        self._starts: list[int] = []
        self._good_rows: int | None = None
        rows = self._survey()
        if not rows:
            raise self.record_error or format_error(path, "has no rows with numbers in them")
        if self._runs is not None:
            rows = self._assigned_rows(self._runs, len(sidecar.channels))
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

    def close(self) -> None:
        """Nothing stays open between reads."""

    def _placement(self, sidecar: Sidecar, columns: _Columns) -> tuple[IndexRuns | None, TimeNumbers | None]:
        """Take the column that says where rows stand, if there is one."""
        rates = {declared.fs for declared in sidecar.channels}
        runs = IndexRuns(int(LONGEST_GAP_S * max(rates)))
        if sidecar.index is not None:
            self._columns.append(columns.of(0, Declared("index", "", 1.0, sidecar.index)))
            return runs, None
        found = columns.time()
        if found is None or len(rates) != 1:
            return None, None
        column, unit_s = found
        fs = rates.pop()
        scale_s = self._time_scale(column, unit_s, fs, named=sidecar.time != "")
        if scale_s is None:
            return None, None
        self._columns.append(column)
        return runs, TimeNumbers(scale_s, fs)

    def _time_scale(self, column: int, unit_s: float, fs: float, named: bool) -> float | None:
        """Seconds in the unit of a column of times; None where it is none, after all."""
        lines = self._read_lines(self._layout.offset)[:_TIMED]
        numbers = [_row(line, [column], self._layout) for line in lines]
        rate = rate_of(np.array([row[0] if row else np.nan for row in numbers]))
        if rate is None:
            if named:
                raise format_error(self.path, 'the column "time" of its sidecar does not hold times that go on')
            return None
        scale_s = seconds_in(unit_s, rate, fs)
        if scale_s is None:
            measured = rate / (unit_s or 1.0)
            raise format_error(
                self.path,
                f"its sidecar says {fs:g} samples a second, its column of times {measured:.5g}; "
                'correct "fs", or say "time": null where these are not the times of the rows',
            )
        return scale_s

    def _rows(self, channel: int, start: int, stop: int) -> FloatArray:
        parts = []
        for number in range(start // _ROWS, (stop - 1) // _ROWS + 1):
            low, high = max(start - number * _ROWS, 0), min(stop - number * _ROWS, _ROWS)
            parts.append(self._chunk(number)[low:high, channel])
        return np.concatenate(parts)

    def _survey(self) -> list[int]:
        """Check every row, note where chunks begin; the last row with a number in each channel, [] for none."""
        lengths = np.zeros(len(self._columns), dtype=np.int64)
        for number, (start, lines) in enumerate(self._line_chunks(self._layout.offset)):
            try:
                values = self._parse(lines, number)
            except RecordFormatError as error:
                # the good rows before it count
                self.record_error = error
                values = self._parse(lines[: _first_bad(lines, self._columns, self._layout)], number)
            self._starts.append(start)
            if self._runs is not None:
                values = self._assigned(values)
            last = np.where(np.isnan(values), 0, np.arange(1, len(values) + 1)[:, None]).max(axis=0, initial=0)
            lengths = np.where(last > 0, number * _ROWS + last, lengths)
            if self.record_error is not None:
                self._good_rows = number * _ROWS + len(values)
                break
        return [int(length) for length in lengths] if lengths.any() else []

    def _assigned(self, values: FloatArray) -> FloatArray:
        """Rows that have a place, those before the first fault."""
        assert self._runs is not None
        numbers = values[:, -1]
        fault = self._runs.add(numbers if self._times is None else self._times.of(numbers))
        fault = fault if self._times is None else _of_time(fault)
        if fault is None:
            return values
        if not fault.cuts:
            self._raise(fault)
        self.record_error = self._error(fault)
        return values[: fault.row % _ROWS]

    def _assigned_rows(self, runs: IndexRuns, channels: int) -> list[int]:
        self._raise(runs.close())
        return [runs.length] * channels

    def _raise(self, fault: Fault | None) -> None:
        if fault is not None:
            raise self._error(fault)

    def _error(self, fault: Fault) -> RecordFormatError:
        return format_error(self.path, f"row {fault.row + self._layout.line}: {fault.what}")

    def _line_chunks(self, offset: int) -> Iterator[tuple[int, list[bytes]]]:
        while lines := self._read_lines(offset):
            yield offset, lines
            offset += sum(len(line) for line in lines)

    def _read_lines(self, offset: int) -> list[bytes]:
        lines: list[bytes] = []
        with self.path.open("rb") as file:
            file.seek(offset)
            while len(lines) < _ROWS and (line := file.readline(_LONGEST_LINE)):
                lines.append(line)
                if len(line) == _LONGEST_LINE:
                    raise format_error(self.path, f"has a line of more than {_LONGEST_LINE} bytes")
            while lines and lines[-1].isspace() and not file.read(1):
                lines.pop()
        return lines

    def _chunk(self, number: int) -> FloatArray:
        chunk = self._chunks.get(number)
        if chunk is None:
            if len(self._chunks) >= _KEPT:
                del self._chunks[next(iter(self._chunks))]
            lines = self._read_lines(self._starts[number])
            if self._good_rows is not None:
                lines = lines[: max(0, self._good_rows - number * _ROWS)]
            chunk = self._chunks[number] = self._parse(lines, number)
        return chunk

    def _parse(self, lines: list[bytes], number: int) -> FloatArray:
        """Rows of bytes as (rows, channels)."""
        if not lines:
            return np.empty((0, len(self._columns)))
        # numpy drops blank lines without a word
        if not any(line.isspace() for line in lines):
            try:
                return self._parse_quickly(lines)
            except ValueError:
                pass
        return self._parse_slowly(lines, number)

    def _parse_quickly(self, lines: list[bytes]) -> FloatArray:
        if self._layout.decimal == ",":
            lines = [line.replace(b",", b".") for line in lines]
        values: FloatArray = np.loadtxt(
            lines, delimiter=self._layout.delimiter, usecols=self._columns, ndmin=2, comments=None, quotechar='"'
        )
        values[np.isinf(values)] = np.nan
        return values

    def _parse_slowly(self, lines: list[bytes], number: int) -> FloatArray:
        out = np.empty((len(lines), len(self._columns)))
        for row, line in enumerate(lines):
            values = _row(line, self._columns, self._layout)
            if values is None:
                row_number = number * _ROWS + row + self._layout.line
                raise format_error(
                    self.path, f"row {row_number} is not the numbers its headings promise: {line[:60]!r}"
                )
            out[row] = values
        return out


def _row(line: bytes, columns: list[int], layout: Layout) -> list[float] | None:
    cells = layout.cells(line.decode("utf-8", "replace"))
    if len(cells) <= max(columns):
        return None
    values = [layout.number(cells[column]) for column in columns]
    return None if None in values else [value for value in values if value is not None]


def _first_bad(lines: list[bytes], columns: list[int], layout: Layout) -> int:
    bad = (index for index, line in enumerate(lines) if _row(line, columns, layout) is None)
    return next(bad, len(lines))


def _of_time(fault: Fault | None) -> Fault | None:
    if fault is None or fault.cuts:
        return fault
    return Fault(fault.row, 'its time is not after the one before; "time": null in the sidecar ignores it', cuts=True)


class _Columns:
    """Numbers of columns by what a sidecar calls them."""

    def __init__(self, sidecar: Sidecar, layout: Layout) -> None:
        self._sidecar = sidecar
        self._width = layout.width
        self._headings = layout.headings[0] if layout.headings else []
        self._known: dict[str, int] = {}
        for line in layout.headings:
            # a heading may carry its unit, "ECG [mV]", and stand above a line of units; case decides last
            plain = [re.sub(r"\s*\[[^]]*\]$", "", heading) for heading in line]
            for names in (line, plain, [name.casefold() for name in line], [name.casefold() for name in plain]):
                for number, name in enumerate(names):
                    self._known.setdefault(name, number)

    def of(self, position: int, channel: Declared) -> int:
        """The column of a declared channel; raises RecordFormatError."""
        wanted = channel.column
        if isinstance(wanted, int) or (not self._headings and wanted is None):
            number = position if wanted is None else int(wanted)
            if not 0 <= number < self._width:
                what = f"channel {channel.name!r} is column {number}, the file has {self._width}"
                raise format_error(self._sidecar.path, what)
            return number
        name = channel.name if wanted is None else str(wanted)
        found = self._known.get(name, self._known.get(name.casefold()))
        if found is None:
            there = listed(self._headings) or "no headings"
            raise format_error(self._sidecar.path, f"no column {name!r}; the file has {there}")
        return found

    def time(self) -> tuple[int, float] | None:
        """The column of times and the seconds in its unit, 0 where that is not said; None: there is none."""
        wanted = self._sidecar.time
        if wanted is None:
            return None
        if wanted != "":
            column = self.of(0, Declared("time", "", 1.0, wanted))
            heading = self._headings[column] if column < len(self._headings) else ""
            return column, unit_of(heading) or 0.0
        for column, heading in enumerate(self._headings):
            unit_s = unit_of(heading)
            if unit_s is not None:
                return column, unit_s
        return None
