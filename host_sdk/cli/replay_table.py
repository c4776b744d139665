"""Replayed records as a table for people."""

from __future__ import annotations

import statistics

from rich.console import Console
from rich.table import Table

from ..replay import EcgResult, PpgResult, ReplayResult, SeriesPoint

_ABSENT = "–"
_COLUMNS = ("record", "ch.", "s", "beats", "HR", "PR", "QRS", "QT", "QTcF", "q", "pulse", "SpO2", "resp", "findings")


def print_table(results: list[ReplayResult], console: Console | None = None) -> None:
    """Print a line a record, then what the motion unit saw."""
    out = console or Console()
    table = Table(box=None, header_style="bold")
    for name in _COLUMNS:
        table.add_column(
            name, justify="left" if name in ("record", "ch.", "findings") else "right", no_wrap=name == "record"
        )
    for result in results:
        table.add_row(*_row(result))
    out.print(table)
    for result in results:
        for event in result.imu or ():
            out.print(
                f"{result.record}: {event.kind} at {event.t:.2f} s, severity {event.severity}, {event.peak_g:.1f} g",
                highlight=False,
            )


def _row(result: ReplayResult) -> list[str]:
    head = [str(result.record), result.channel or _ABSENT, _number(result.duration_s, 0)]
    return [*head, *_ecg_cells(result.ecg), *_ppg_cells(result.ppg), _findings(result.ecg)]


def _ecg_cells(ecg: EcgResult | None) -> list[str]:
    if ecg is None:
        return [_ABSENT] * 7
    got = ecg.intervals
    numbers = (got.hr_bpm, got.pr_ms, got.qrs_ms, got.qt_ms, got.qtc_ms["fridericia"])
    return [str(len(ecg.beats)), *(_number(value, 0) for value in numbers), str(got.quality)]


def _ppg_cells(ppg: PpgResult | None) -> list[str]:
    if ppg is None:
        return [_ABSENT] * 3
    return [_middle(series) for series in (ppg.pulse, ppg.spo2, ppg.resp)]


def _middle(series: tuple[SeriesPoint, ...]) -> str:
    values = [point.value for point in series if point.value is not None]
    return _number(statistics.median(values) if values else None, 0)


def _findings(ecg: EcgResult | None) -> str:
    if ecg is None:
        return ""
    reason = ecg.intervals.reason
    return ", ".join([*(flag.replace("_", " ") for flag in ecg.flags), *([f"({reason})"] if reason else [])])


def _number(value: float | None, digits: int) -> str:
    return _ABSENT if value is None else f"{value:.{digits}f}"
