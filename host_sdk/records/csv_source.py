"""Text recordings, read in chunks of rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import RecordFormatError
from ..models import FloatArray
from .csv_columns import Columns
from .csv_head import Head, read_head
from .csv_layout import Layout, Marks, find_layout
from .csv_placing import Placing, find_placing
from .csv_plain import describe_plain
from .csv_rows import ROWS, CellColumn, Kind, Rows
from .description import Description
from .exports import find_export
from .finding import picked
from .index_runs import Fault
from .read_options import ReadOptions
from .sidecar import read_sidecar
from .source import LONGEST_GAP_S, Channel, format_error, scaled

_KEPT = 4


class CsvSource:
    """A text file, described by its sidecar, as the export of a program, or by its headings and the user's options.

    Checked once from end to end when opened, then read in chunks.
    """

    def __init__(self, path: Path, options: ReadOptions | None = None) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        description, layout = _described(path, options or ReadOptions())
        columns = Columns(description, layout)
        self._rows = Rows(path, layout)
        self._rows.columns = [
            CellColumn(columns.of(position, declared), Kind.NUMBERS if declared.strict else Kind.ANYTHING)
            for position, declared in enumerate(description.channels)
        ]
        self._placing, rates = find_placing(description, columns, self._rows)
        self._declared = description.channels
        self._chunks: dict[int, FloatArray] = {}
        self._starts: list[int] = []
        self._good_rows: int | None = None
        rows = self._survey(LONGEST_GAP_S * max(rates))
        if not rows:
            raise self.record_error or format_error(path, "has no rows with numbers in them")
        if self._placing is not None:
            self._raise(self._placing.runs.close())
            rows = [self._placing.runs.length] * len(description.channels)
        self.channels = tuple(
            Channel(declared.name, declared.unit, fs, length)
            for declared, fs, length in zip(description.channels, rates, rows, strict=False)
        )

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        declared = self._declared[channel]
        return scaled(self._read(channel, start, stop), declared.scale, declared.offset)

    def close(self) -> None:
        """Nothing stays open between reads."""

    def _read(self, channel: int, start: int, stop: int) -> FloatArray:
        if self._placing is None:
            return self._in_rows(channel, start, stop)
        values = np.full(stop - start, np.nan)
        for sample, row, count in self._placing.runs.within(start, stop):
            values[sample - start : sample - start + count] = self._in_rows(channel, row, row + count)
        return values

    def _in_rows(self, channel: int, start: int, stop: int) -> FloatArray:
        parts = []
        for number in range(start // ROWS, (stop - 1) // ROWS + 1):
            low, high = max(start - number * ROWS, 0), min(stop - number * ROWS, ROWS)
            parts.append(self._chunk(number)[low:high, channel])
        return np.concatenate(parts)

    def _survey(self, longest_gap: float) -> list[int]:
        """Check every row, note where chunks begin; the last row with a number in each channel, [] for none.

        A gap of more rows than `longest_gap` ends it.
        """
        lengths = np.zeros(len(self._rows.columns), dtype=np.int64)
        for number, (start, lines) in enumerate(self._rows.chunks()):
            try:
                values = self._rows.parse(lines, number)
            except RecordFormatError as error:
                # the good rows before it count
                self.record_error = error
                values = self._rows.parse(lines[: self._rows.first_bad(lines)], number)
            self._starts.append(start)
            if self._placing is not None:
                values = self._assigned(self._placing, values)
            last = np.where(np.isnan(values), 0, np.arange(1, len(values) + 1)[:, None]).max(axis=0, initial=0)
            lengths = np.where(last > 0, number * ROWS + last, lengths)
            if number * ROWS - lengths.max() > longest_gap and self.record_error is None:
                what = f"nothing but absent values behind row {self._rows.line_of(int(lengths.max()) - 1)}"
                self.record_error = format_error(self.path, what)
            if self.record_error is not None:
                self._good_rows = number * ROWS + len(values)
                break
        return [int(length) for length in lengths] if lengths.any() else []

    def _assigned(self, placing: Placing, values: FloatArray) -> FloatArray:
        """Rows that have an index, those before the first fault."""
        fault = placing.add(values[:, -1])
        if fault is None:
            return values
        if not fault.cuts:
            self._raise(fault)
        self.record_error = self._error(fault)
        return values[: fault.row % ROWS]

    def _raise(self, fault: Fault | None) -> None:
        if fault is not None:
            raise self._error(fault)

    def _error(self, fault: Fault) -> RecordFormatError:
        return format_error(self.path, f"row {self._rows.line_of(fault.row)}: {fault.what}")

    def _chunk(self, number: int) -> FloatArray:
        chunk = self._chunks.get(number)
        if chunk is None:
            if len(self._chunks) >= _KEPT:
                del self._chunks[next(iter(self._chunks))]
            lines = self._rows.lines(self._starts[number])
            if self._good_rows is not None:
                lines = lines[: max(0, self._good_rows - number * ROWS)]
            chunk = self._chunks[number] = self._rows.parse(lines, number)
        return chunk


def _described(path: Path, options: ReadOptions) -> tuple[Description, Layout]:
    """What the columns are, and how the file is laid out."""
    head = read_head(path).behind(options.skip)
    description = read_sidecar(path) or find_export(head)
    if description is None:
        layout = _layout(head, Marks(None, options.decimal))
        return describe_plain(head, layout, options), layout
    if options.columns:
        names = [declared.name for declared in description.channels]
        chosen = picked(str(path), [names], options.columns)
        channels = (replace(description.channels[index], name=name) for index, name in chosen)
        description = replace(description, channels=tuple(channels))
    if options.fs is not None:
        described = (replace(declared, fs=options.fs) for declared in description.channels)
        description = replace(description, channels=tuple(described))
    marks = Marks(description.delimiter, options.decimal or description.decimal, len(description.channels))
    return description, _layout(head.behind(description.skip), marks)


def _layout(head: Head, marks: Marks) -> Layout:
    layout = find_layout(head, marks)
    if not layout.width:
        raise format_error(head.path, "is empty")
    return layout
