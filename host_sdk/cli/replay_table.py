"""Replayed records as tables for people: one of the ECG, one of all other readings; what is text has its own line."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable

from rich.console import Console

from ..replay import EcgResult, ImuResult, ReplayResult, SeriesPoint
from ..replay.result import SENSOR_STATES
from ..wire_gen import READINGS, ReadingKind
from .columns import print_columns, print_text
from .ecg_notes import ecg_notes
from .output import with_u95

_ABSENT = "–"
_ECG = ("beats", "HR", "PR", "QRS", "QT", "QTcF", "q")
#: Readings of a window that the numbers among these are medians of.
_WINDOW_NAMES = ("hr_bpm", "pr_ms", "qrs_ms", "qt_ms", "qtc_fridericia_ms")
#: Headers of readings that people call otherwise than the schema does.
_LABELS = {
    ReadingKind.SPO2: "SpO2",
    ReadingKind.PERFUSION_INDEX: "perf.",
    ReadingKind.SKIN_TEMPERATURE: "skin",
}

#: Why there is nothing in the first seconds of any record.
_NOT_READY = "warming_up"
_LEGEND = (
    "Medians over what was measured, ± what holds 95 % of true values where that is known: HR and pulse in bpm, PR, "
    "QRS, QT and QTcF (Fridericia) in ms, SpO2 and perf. in %, resp per minute, skin in °C; ch.: the ECG channel, s: "
    "seconds replayed, q: quality from 0 to 100, –: no number. --json has all, window by window."
)


def print_table(results: list[ReplayResult], console: Console | None = None) -> None:
    """Print the readings of each record, then findings and what the motion unit saw; what columns mean is said last."""
    out = console or Console()
    ecg = [(str(r.record), [*_head(r), *_ecg_cells(r.ecg)]) for r in results if r.ecg]
    numbers = _print(out, ("ch.", "s", *_ECG), ecg)
    others = [kind for kind, spec in READINGS.items() if spec.sensor in ("ppg", "skin", "imu")]
    headers = [_label(kind) for kind in others]
    numbers |= _print(out, headers, [(str(r.record), [_middle(r, kind) for kind in others]) for r in results])
    times = Counter(result.record for result in results)
    for result in results:
        lead = f", {result.channel}" if result.channel and times[result.record] > 1 else ""
        for line in _lines(result):
            print_text(out, f"{result.record}{lead}: {line}")
    if numbers:
        print_text(out, _LEGEND, style="dim")


def _print(out: Console, headers: tuple[str, ...] | list[str], rows: list[tuple[str, list[str]]]) -> bool:
    """A table of the columns in which any record has something, and of the records that have something in any.

    Returns whether there was anything to print.
    """
    used = [n for n in range(len(headers)) if any(cells[n] != _ABSENT for _, cells in rows)]
    if not used:
        return False
    texts = [[record, *(cells[n] for n in used)] for record, cells in rows]
    there = [row for row in texts if any(cell != _ABSENT for cell in row[1:])]
    print_columns(out, ["record", *(headers[n] for n in used)], there)
    return True


def _head(result: ReplayResult) -> list[str]:
    return [result.channel or _ABSENT, _number(result.duration_s, 0)]


def _ecg_cells(ecg: EcgResult | None) -> list[str]:
    if ecg is None:
        return [_ABSENT] * len(_ECG)
    got = ecg.intervals
    numbers = (got.hr_bpm, got.pr_ms, got.qrs_ms, got.qt_ms, got.qtc_ms["fridericia"])
    known = [[window.readings.get(name) for window in ecg.windows] for name in _WINDOW_NAMES]
    u95 = [_median(each.u95 for each in readings if each is not None) for readings in known]
    cells = [_number(value, 0, around) for value, around in zip(numbers, u95, strict=True)]
    return [str(len(ecg.beats)), *cells, str(got.quality)]


def _middle(result: ReplayResult, kind: ReadingKind) -> str:
    """Median of a reading over the record, or its commonest class."""
    spec = READINGS[kind]
    series: tuple[SeriesPoint, ...] = getattr(getattr(result, spec.sensor), spec.short, ())
    if spec.choices:
        choices = Counter(point.choice for point in series if point.choice is not None)
        return choices.most_common(1)[0][0].replace("_", " ") if choices else _ABSENT
    value, u95 = _median(point.value for point in series), _median(point.u95 for point in series)
    return _number(value, 1 if spec.scale >= 100 else 0, u95)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _lines(result: ReplayResult) -> list[str]:
    return (
        (ecg_notes(result.ecg) if result.ecg is not None else [])
        + _absent_lines(result)
        + _fractions(result)
        + _uncalibrated(result)
        + _desaturations(result)
        + (_motion_lines(result.imu) if result.imu is not None else [])
    )


def _absent_lines(result: ReplayResult) -> list[str]:
    """Readings of light and skin that no window gave, by the commonest reason for it once the device was ready."""
    absent: dict[str, list[str]] = {}
    for kind, spec in READINGS.items():
        series: tuple[SeriesPoint, ...] = getattr(getattr(result, spec.sensor, None), spec.short, ())
        if spec.sensor in ("ppg", "skin") and series and all(point.value is None for point in series):
            reasons = Counter(point.reason for point in series if point.reason not in (None, _NOT_READY))
            reason = str(reasons.most_common(1)[0][0] if reasons else _NOT_READY).replace("_", " ")
            absent.setdefault(reason, []).append(_label(kind))
    return [f"no {', '.join(names)}: {reason}" for reason, names in absent.items()]


def _fractions(result: ReplayResult) -> list[str]:
    """Of how much of the record the numbers of the light are, where that is not all once the device was ready."""
    fractions: list[str] = []
    for kind, spec in READINGS.items():
        series: tuple[SeriesPoint, ...] = getattr(result.ppg, spec.short, ()) if spec.sensor == "ppg" else ()
        ready = [point for point in series if point.value is not None or point.reason != _NOT_READY]
        given = sum(point.value is not None for point in ready)
        if 0 < given < len(ready):
            reasons = Counter(point.reason for point in ready if point.value is None and point.reason is not None)
            why = f" ({str(reasons.most_common(1)[0][0]).replace('_', ' ')})" if reasons else ""
            fractions.append(f"{_label(kind)} {max(1, 100 * given // len(ready))} %{why}")
    return [f"numbers for part of the time, else none: {', '.join(fractions)}"] if fractions else []


def _uncalibrated(result: ReplayResult) -> list[str]:
    points = result.ppg.spo2 if result.ppg is not None else ()
    found = {point.calibration for point in points if point.calibration is not None}
    return [f"SpO2 is {name}" for name in sorted(found)]


def _desaturations(result: ReplayResult) -> list[str]:
    found = result.ppg.desaturations if result.ppg is not None else ()
    return [
        f"desaturation from {each.onset_s:.0f} s on: {each.baseline:.0f} to {each.nadir:.0f} % at {each.nadir_s:.0f} s,"
        f" {'' if each.recovered else 'not '}over at {each.end_s:.0f} s"
        for each in found
    ]


def _motion_lines(imu: ImuResult) -> list[str]:
    lines = [f"{e.kind} at {e.t:.2f} s, severity {e.severity}, {e.peak_g:.1f} g" for e in imu.events]
    states = [
        f"{span.t_on:.0f} to {span.t_off:.0f} s: no motion can be told, {SENSOR_STATES[span.reason]} ({span.reason})"
        for span in imu.sensor
    ]
    return lines + states or ["no event of motion (fall, accident, braking)"]


def _label(kind: ReadingKind) -> str:
    return _LABELS.get(kind) or READINGS[kind].short.replace("_", " ")


def _number(value: float | None, digits: int, u95: float | None = None) -> str:
    return _ABSENT if value is None else with_u95(value, u95, digits)
