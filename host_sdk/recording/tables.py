"""Rows on disk: beats, readings, rhythms, events, gaps and, for CSV recordings, samples.

Every table is UTF-8 with a header line, a comma between fields and an empty field for what is absent. `time_s` is
the device's time in seconds since its start (`tick_us` / 1e6); `recording.json` says when that was by the calendar.
Over a restart of the device, time and sample numbers go on by the host's clock: a gap with the cause `restart`.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..models import Beat, Event, Gap, Item, Reading, Rhythm, SampleBlock
from ..wire_gen import BEAT_KIND_SYMBOLS, UNIT_SYMBOLS
from .files import WholeFile

Row = Sequence[object]


#: File name and columns of each table.
TABLES: dict[type[Item], tuple[str, tuple[str, ...]]] = {
    Beat: ("beats.csv", ("time_s", "number", "kind", "quality", "rr_ms", "r", *Beat.FIDUCIALS)),
    Reading: (
        "readings.csv",
        ("time_s", "span_s", "kind", "value", "u95", "unit", "quality", "reason", "choice", "calibration"),
    ),
    Rhythm: (
        "rhythms.csv",
        ("time_s", "span_s", "beats", "quality", "reason", "findings", "irregularity", "alternans_uv"),
    ),
    Event: ("events.csv", ("time_s", "number", "kind", "severity", "peak_g")),
    Gap: ("gaps.csv", ("time_s", "stream", "first_index", "samples", "duration_s", "cause")),
}


class Table:
    """A CSV file that grows; rows are on disk once they are added."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.rows = 0
        self._file = WholeFile(path)
        self.add([columns])
        self.rows = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows, None as an empty field; raises OSError with none of them written."""
        text = io.StringIO()
        csv.writer(text).writerows(["" if field is None else field for field in row] for row in rows)
        self._file.append(text.getvalue().encode())
        self.rows += len(rows)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def seconds(tick_us: float) -> str:
    """Device time as it stands in a table."""
    return f"{tick_us / 1e6:.6f}"


def row_of(item: Item) -> Row | None:
    """An item as a row of its table; None for items that have none."""
    if isinstance(item, Beat):
        fiducials = (getattr(item, name) for name in Beat.FIDUCIALS)
        kind = BEAT_KIND_SYMBOLS[item.kind]
        return (seconds(item.tick_us), item.number, kind, item.quality, item.rr_ms, item.r, *fiducials)
    if isinstance(item, Reading):
        return _reading_row(item)
    if isinstance(item, Rhythm):
        return _rhythm_row(item)
    if isinstance(item, Event):
        return (seconds(item.tick_us), item.number, item.kind.name.lower(), item.severity, item.peak_g)
    if isinstance(item, Gap):
        length = round(item.duration_s, 6)
        cause = "restart" if item.restart else "lost"
        return (seconds(item.end_tick_us), item.stream.name.lower(), item.first_index, item.samples, length, cause)
    return None


def _rhythm_row(item: Rhythm) -> Row:
    reason = item.reason.name.lower() if item.reason else None
    head = (seconds(item.tick_us), item.span_ms / 1000, item.beats, item.quality, reason)
    return (*head, " ".join(item.names), item.irregularity, item.alternans_uv)


def _reading_row(item: Reading) -> Row:
    reason = item.reason.name.lower() if item.reason else None
    choice = item.choice.name.lower() if item.choice is not None else None
    calibration = item.calibration.name.lower() if item.calibration is not None else None
    unit = UNIT_SYMBOLS.get(item.unit)
    head = (seconds(item.tick_us), item.span_ms / 1000, item.kind.name.lower())
    return (*head, item.value, item.u95, unit, item.quality, reason, choice, calibration)


def sample_rows(block: SampleBlock, rate_hz: float) -> list[Row]:
    """A block as rows: index, time by the stream's true rate, one column a channel; empty where nothing was sensed."""
    values = block.values
    period_us = 1e6 / (block.measured_hz or rate_hz)
    ticks = block.tick_us + block.correction_us + np.arange(len(values)) * period_us
    return [
        (
            block.first_index + n,
            seconds(ticks[n]),
            *("" if math.isnan(value) else f"{value:.9g}" for value in values[n].tolist()),
        )
        for n in range(len(values))
    ]
