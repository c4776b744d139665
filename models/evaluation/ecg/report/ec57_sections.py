"""Tables of the report after ANSI/AAMI EC57 and IEC 60601-2-47."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...core.report.section import Figures, Methods, Section, having
from ...core.report.texts import number, percent
from ..scoring.ec57 import BEATS, CLASSES, EPISODES, NO_BEAT

_PARTS = ("gross", "average")
_BEAT_HEAD = (
    "record",
    "QRS Se %",
    "QRS PPV %",
    *(f"{k} {w}" for k in ("VEB", "SVEB") for w in ("n", "Se", "PPV", "FPR")),
)
_EPISODE_HEAD = ("AF", "n", "found", "Se %", "PPV %", "s", "s found", "duration Se %", "duration PPV %")


def beats_table(methods: Methods) -> Section:
    """QRS, VEB and SVEB of each record, gross and average."""
    return Section("Beat by beat, records without a pacemaker", _BEAT_HEAD, _rows(methods, "plain", _beat_cells))


def paced_beats_table(methods: Methods) -> Section:
    """The same of records with a pacemaker, which the standard leaves out of the figures."""
    return Section("Beat by beat, records with a pacemaker", _BEAT_HEAD, _rows(methods, "paced", _beat_cells))


def episodes_table(methods: Methods) -> Section:
    """Episodes of atrial fibrillation, and their duration."""
    return Section("Episodes of atrial fibrillation", _EPISODE_HEAD, _rows(methods, "fibrillation", _episode_cells))


def matrix_table(methods: Methods) -> Section:
    """Beats of each class by what they were called, gross."""
    every = (*CLASSES, NO_BEAT)
    rows = [
        (f"{method}: {_written(known)}", *(str(row[called]) for called in every))
        for method, ec57 in having(methods, "ec57")
        for known, row in ec57["plain"]["matrix"].items()
    ]
    head = ("class, and what it was called", *CLASSES, "missed")
    return Section("Beats of each class, gross, records without a pacemaker", head, rows)


def _written(known: str) -> str:
    return "no beat" if known == NO_BEAT else known


def _rows(methods: Methods, part: str, cells: Callable[[Figures], Iterator[str]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for method, ec57 in having(methods, "ec57"):
        figures = ec57[part]
        if figures["records"]:
            every = {**figures["records"], **{name: figures[name] for name in _PARTS}}
            rows += [(f"{method}: {name}", *cells(rates)) for name, rates in every.items()]
    return rows


def _beat_cells(rates: Figures) -> Iterator[str]:
    for name in BEATS:
        one = rates[name]
        if name == "qrs":
            yield from (percent(one["se"], 2), percent(one["ppv"], 2))
        else:
            yield from (_count(one, "n"), percent(one["se"]), percent(one["ppv"]), percent(one["fpr"], 2))


def _episode_cells(rates: Figures) -> Iterator[str]:
    for name in EPISODES:
        one = rates[name]
        yield from (_count(one, "known"), _count(one, "found"), percent(one["se"]), percent(one["ppv"]))


def _count(rates: Figures, name: str) -> str:
    """A sum; averages have none."""
    return number(rates.get(name), 0)


EC57_TABLES = (beats_table, paced_beats_table, matrix_table, episodes_table)
