"""Replayed records as a table for people."""

from __future__ import annotations

import statistics
from typing import Any

from rich.console import Console
from rich.table import Table

_ABSENT = "–"
_COLUMNS = ("record", "ch.", "s", "beats", "HR", "PR", "QRS", "QT", "QTcF", "q", "pulse", "SpO2", "resp", "findings")


def print_table(results: list[dict[str, Any]], console: Console | None = None) -> None:
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
        for event in result.get("imu", {}).get("events", []):
            out.print(
                f"{result['record']}: {event['kind']} at {event['t']:.2f} s, severity {event['severity']}, "
                f"{event['peak_g']:.1f} g",
                highlight=False,
            )


def _row(result: dict[str, Any]) -> list[str]:
    head = [str(result["record"]), result["channel"] or _ABSENT, _number(result["duration_s"], 0)]
    return [*head, *_ecg_cells(result.get("ecg")), *_ppg_cells(result.get("ppg")), _findings(result)]


def _ecg_cells(ecg: dict[str, Any] | None) -> list[str]:
    if ecg is None:
        return [_ABSENT] * 7
    intervals = ecg["intervals"]
    numbers = [intervals["hr_bpm"], intervals["pr_ms"], intervals["qrs_ms"], intervals["qt_ms"]]
    cells = [_number(value, 0) for value in (*numbers, intervals["qtc_ms"]["fridericia"])]
    return [str(len(ecg["beats"])), *cells, str(intervals["quality"])]


def _ppg_cells(ppg: dict[str, Any] | None) -> list[str]:
    if ppg is None:
        return [_ABSENT] * 3
    return [_middle(ppg[name], unit) for name, unit in (("pulse", "bpm"), ("spo2", "percent"), ("resp", "per_min"))]


def _middle(series: list[dict[str, Any]], unit: str) -> str:
    values = [entry[unit] for entry in series if entry[unit] is not None]
    return _number(statistics.median(values) if values else None, 0)


def _findings(result: dict[str, Any]) -> str:
    ecg = result.get("ecg")
    if ecg is None:
        return ""
    reason = ecg["intervals"]["reason"]
    return ", ".join([*(flag.replace("_", " ") for flag in ecg["flags"]), *([f"({reason})"] if reason else [])])


def _number(value: float | None, digits: int) -> str:
    return _ABSENT if value is None else f"{value:.{digits}f}"
