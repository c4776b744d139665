"""Where the rows of a text file stand in time: by a column of numbers, by one of times, or one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..models import FloatArray
from .clock import seconds_of
from .csv_columns import Columns
from .csv_head import decoded
from .csv_rows import CellColumn, Kind, Rows
from .csv_times import TimeNumbers, coarse_rate, guessed_unit, measured_hz, past_midnight, rate_of, seconds_in
from .description import Description
from .index_runs import Fault, IndexRuns
from .source import LONGEST_GAP_S, format_error

#: Rows by whose times a column of times is known.
_TIMED = 500
#: So many times show a rate.
_FEWEST = 20
_NO_RATE = "does not say how many samples a second it has; --fs says it, or --column NAME=time which column holds times"


class Placing:
    """Sample numbers of rows, by the last of the columns that are read."""

    def __init__(self, fs: float, times: TimeNumbers | None) -> None:
        self.runs = IndexRuns(int(LONGEST_GAP_S * fs))
        self._times = times

    def add(self, numbers: FloatArray) -> Fault | None:
        """Take what stands in the column in the next rows, up to a fault; returns the fault."""
        if self._times is None:
            return self.runs.add(numbers)
        fault = self.runs.add(self._times.of(numbers))
        if fault is None or fault.cuts:
            return fault
        way_out = 'another name for that column (--column C=x), or "time": null in a sidecar, ignores it'
        return Fault(fault.row, f"its time is not after the one before; {way_out}", cuts=True)


def find_placing(description: Description, columns: Columns, rows: Rows) -> tuple[Placing | None, list[float]]:
    """How rows are placed, None where a row is a sample, and each channel's rate; raises RecordFormatError.

    The column that says so is added to those that are read.
    """
    rates = [declared.fs for declared in description.channels]
    index = columns.index()
    if index is not None:
        rows.columns.append(CellColumn(index))
        known = _known(rates, rows)
        return Placing(max(known), None), known
    fs = rates[0] if len(set(rates)) == 1 else None
    found = _times(description, columns, rows) if len(set(rates)) == 1 else None
    if found is None:
        return None, _known(rates, rows)
    rows.have_times()
    column, scale_s, measured, shared_s = found
    if fs is None:
        fs = measured
    rows.columns.append(column)
    return Placing(fs, TimeNumbers(scale_s, fs, shared_s)), [fs] * len(rates)


def _known(rates: Sequence[float | None], rows: Rows) -> list[float]:
    known = [rate for rate in rates if rate is not None]
    if len(known) < len(rates):
        raise format_error(rows.path, _NO_RATE)
    return known


def _times(description: Description, columns: Columns, rows: Rows) -> tuple[CellColumn, float, float, float] | None:
    """The column of times, the seconds in its unit, its rows a second, and seconds that rows share; None: none is."""
    candidates = columns.times()
    lines = rows.lines(rows.layout.offset) if candidates else []
    if candidates and not lines:
        raise format_error(rows.path, "has no rows with numbers in them")
    fs = description.channels[0].fs
    for number, unit_s in candidates:
        column, times = _read(number, lines, rows)
        unit_s = 1.0 if column.kind is Kind.CLOCK else unit_s
        times = _known_ones(times)
        rate = rate_of(times[:_TIMED])
        if rate is None:
            coarse = coarse_rate(times, unit_s) if fs is None else None
            if coarse is not None:
                return column, *coarse
            continue
        return (column, *_unit_and_rate(rows.path, _increasing(times), rate, unit_s, fs), 0.0)
    if description.time not in ("", None):
        raise format_error(rows.path, "its column of times does not hold times that go on")
    if candidates and fs is None:
        raise format_error(rows.path, f"{_NO_RATE}; {_why(candidates[0][0], lines, rows)}")
    return None


def _why(number: int, lines: Sequence[bytes], rows: Rows) -> str:
    """Why a column of times gives no rate."""
    _, times = _read(number, lines, rows)
    back = np.flatnonzero(np.diff(_known_ones(times)) < 0)
    if len(back):
        return f"its column of times goes back at row {rows.line_of(int(back[0]) + 1)}"
    first = dict(enumerate(rows.layout.cells(decoded(lines[0])))).get(number, "")
    return f"its column of times begins with {first[:40]!r}, no time known here"


def _known_ones(times: FloatArray) -> FloatArray:
    """Times before the first that is none, where there are some; what is wrong there is reported when it is read."""
    unknown = np.flatnonzero(np.isnan(times))
    return times[: int(unknown[0])] if len(unknown) and unknown[0] >= _FEWEST else times


def _increasing(times: FloatArray) -> FloatArray:
    """Times up to the first that does not go on."""
    bad = np.flatnonzero(~(np.diff(times) >= 0))
    return times[: int(bad[0]) + 1] if len(bad) else times


def _unit_and_rate(
    path: Path, times: FloatArray, rate: float, unit_s: float, fs: float | None
) -> tuple[float, float]:  # fmt: skip
    """Seconds in the unit of times, and rows a second; raises RecordFormatError where these contradict what is said."""
    if fs is None:
        scale_s = unit_s or guessed_unit(times, rate)
        measured = None if scale_s is None else measured_hz(times * scale_s)
        if scale_s is None or measured is None:
            what = f"its times go on by {1 / rate:g} a row without a unit; --fs says how many rows a second there are"
            raise format_error(path, what)
        return scale_s, measured
    scale_s = seconds_in(unit_s, rate, fs)
    if scale_s is None:
        what = f"is said to have {fs:g} samples a second, but has {rate / (unit_s or 1.0):.5g} by its column of times"
        way_out = (
            'correct or leave out --fs or "fs"; where these are no times, call the column otherwise (--column C=x)'
        )
        raise format_error(path, f"{what}; {way_out}")
    return scale_s, fs


def _read(number: int, lines: Sequence[bytes], rows: Rows) -> tuple[CellColumn, FloatArray]:
    """A column as numbers, or as times written as text; NaN where it is neither."""
    layout = rows.layout
    cells = [layout.cells(decoded(line)) for line in lines]
    texts = [row[number] if number < len(row) else "" for row in cells]
    values = [layout.number(text) for text in texts]
    kind = Kind.NUMBERS
    if values and values[0] is None:
        kind, values = Kind.CLOCK, [seconds_of(text) for text in texts]
    times = np.array([np.nan if value is None else value for value in values])
    return CellColumn(number, kind), past_midnight(times) if kind is Kind.CLOCK else times
