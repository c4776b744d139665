"""The tables of a group of leads: title, head and rows of text, for the terminal and for the page alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..scoring.peaks import ANSWERS
from .texts import number, percent, signed

Figures = Mapping[str, Any]
Methods = Mapping[str, Figures]
_WAYS = {"record": "the record's median", "windows": "windows in the marks", "beats": "beats in the marks"}


@dataclass(frozen=True)
class Section:
    """One table."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def sections(methods: Methods) -> Iterator[Section]:
    """All tables for which there are figures; `methods` has a group's figures by method."""
    for make in _MAKERS:
        section = make(methods)
        if section.rows:
            yield section


def _having(methods: Methods, name: str) -> Iterator[tuple[str, Any]]:
    return ((method, figures[name]) for method, figures in methods.items() if figures.get(name))


def _intervals(methods: Methods) -> Section:
    rows = []
    for method, intervals in _having(methods, "intervals"):
        by_way = {title: [ways[way] for ways in intervals.values()] for way, title in _WAYS.items()}
        # in a record of one window its median is the window's: such rows are told once
        told = {repr(stats): title for title, stats in reversed(by_way.items()) if any(each["n"] for each in stats)}
        rows += [(f"{method}: {title}", *_interval_cells(by_way[title])) for title in reversed(told.values())]
    head = ("intervals, MAE ms", "PR", "QRS", "QT", "PR refused", "QRS refused", "QT refused")
    return Section("Record-level median interval against the expert's", head, rows)


def _interval_cells(stats: Sequence[Figures]) -> tuple[str, ...]:
    return (*(number(each["mae_ms"]) for each in stats), *map(_refused, stats))


def _refused(stats: Figures) -> str:
    return f"{stats['refused']} of {stats['n'] + stats['refused']}"


def _agreement(methods: Methods) -> Section:
    rows = [
        (f"{method} {name.upper()}", *_agreement_cells(ways["record"]), percent(ways["windows_refused"]["share"]))
        for method, intervals in _having(methods, "intervals")
        for name, ways in intervals.items()
    ]
    head = ("the record's median, ms", "n", "MAE", "bias", "SD", "limits of agreement", "r", "windows refused %")
    return Section("Agreement of intervals", head, rows)


def _agreement_cells(stats: Figures) -> tuple[str, ...]:
    limits = f"{signed(stats['low_ms'], 0)} to {signed(stats['high_ms'], 0)}"
    parts = (number(stats["mae_ms"]), signed(stats["bias_ms"]), number(stats["sd_ms"]), limits, number(stats["r"], 3))
    return (str(stats["n"]), *parts)


def _fiducials(methods: Methods) -> Section:
    rows = [
        (f"{method} {_fiducial(name)}", *_fiducial_cells(score))
        for method, scores in _having(methods, "fiducials")
        for name, score in scores.items()
        if score["hit"] + score["missed"]
    ]
    head = ("fiducial", "marked", "Se %", "PPV %", "mean ms", "SD ms", "CSE 2 SD")
    return Section("Fiducials within 150 ms", head, rows)


def _experts(methods: Methods) -> Section:
    held = next(_having(methods, "experts"), None)
    scores = {} if held is None else held[1]
    rows = [(_fiducial(name), str(score["hit"]), *_spread(score)) for name, score in scores.items() if score["hit"]]
    head = ("expert against expert", "marked by both", "mean ms", "SD ms", "CSE 2 SD")
    return Section("The second expert against the first, where there is one", head, rows)


def _fiducial(name: str) -> str:
    return "R" if name == "r" else name.replace("qrs", "QRS").replace("p_", "P ").replace("t_", "T ").replace("_", " ")


def _fiducial_cells(score: Figures) -> tuple[str, ...]:
    marked = str(score["hit"] + score["missed"])
    return (marked, percent(score["se"], 2), percent(score["ppv"], 2), *_spread(score))


def _spread(score: Figures) -> tuple[str, ...]:
    return (signed(score["mean_ms"]), number(score["sd_ms"]), number(score["cse_ms"]))


def _peaks(methods: Methods) -> Section:
    rows = [
        (f"{method}: {scope}", *_hit_cells(score))
        for method, scopes in _having(methods, "peaks")
        for scope, score in scopes.items()
    ]
    return Section("R peaks within 150 ms, gross", ("R peaks", "beats", "missed", "extra", "Se %", "PPV %"), rows)


def _hit_cells(score: Figures) -> tuple[str, ...]:
    counts = (score["hit"] + score["missed"], score["missed"], score["extra"])
    return (*map(str, counts), percent(score["se"], 3), percent(score["ppv"], 3))


def _p_peaks(methods: Methods) -> Section:
    rows = [(method, *_hit_cells(score)) for method, score in _having(methods, "p_peaks")]
    return Section("P peaks within 150 ms, gross", ("P peaks", "marked", "missed", "extra", "Se %", "PPV %"), rows)


def _kinds(methods: Methods) -> Section:
    rows = []
    for method, kinds in _having(methods, "kinds"):
        for kind, said in kinds["confusion"].items():
            rates = kinds["rates"].get(kind, {"se": None, "ppv": None})
            counts = (str(said[answer]) for answer in ANSWERS)
            rows.append((f"{method}: {kind}", *counts, percent(rates["se"]), percent(rates["ppv"])))
    head = ("kind, and what it was called", "N", "S", "V", "paced", "unknown", "missed", "Se %", "PPV %")
    return Section("Kinds of beats, records without a pacemaker", head, rows)


def _paced(methods: Methods) -> Section:
    rows = [
        (method, *(str(sum(row[answer] for row in kinds["paced"].values())) for answer in ANSWERS))
        for method, kinds in _having(methods, "kinds")
        if any(any(row.values()) for row in kinds["paced"].values())
    ]
    head = ("beats of records with a pacemaker", "N", "S", "V", "paced", "unknown", "missed")
    return Section("What beats of records with a pacemaker were called", head, rows)


def _fibrillation(methods: Methods) -> Section:
    rows = [
        (method, str(score["beats"]), str(score["with_p"]), percent(score["share"]))
        for method, score in _having(methods, "fibrillation")
    ]
    return Section("P in atrial fibrillation", ("P in atrial fibrillation", "beats", "with P", "%"), rows)


def _contrasts(methods: Methods) -> Section:
    rows = [
        (f"{method}: {name}", *_contrast_cells(score))
        for method, contrasts in _having(methods, "contrasts")
        for name, score in contrasts.items()
    ]
    head = ("contrast", "positive", "negative", "AUC", "flag Se %", "flag Sp %")
    return Section("Findings: AUC of the number, sensitivity and specificity of the flag", head, rows)


def _contrast_cells(score: Figures) -> tuple[str, ...]:
    rates = (percent(score.get("sensitivity")), percent(score.get("specificity")))
    return (str(score["positive"]), str(score["negative"]), number(score.get("auc"), 3), *rates)


def _window_contrasts(methods: Methods) -> Section:
    rows = [
        (f"{method}: {name}", *(percent(share) for share in score["refused"]))
        for method, contrasts in _having(methods, "contrasts")
        for name, score in contrasts.items()
        if score["unit"] == "window"
    ]
    return Section("Windows refused", ("windows refused", "positive %", "negative %"), rows)


def _combined(methods: Methods) -> Section:
    rows = [
        (f"{method}: {name}, {how}", *_contrast_cells(score))
        for method, contrasts in _having(methods, "combined")
        for name, ways in contrasts.items()
        for how, score in ways.items()
        if score is not None
    ]
    head = ("leads of a record together", "positive", "negative", "AUC", "flag Se %", "flag Sp %")
    return Section("Leads of a record together", head, rows)


def _windows(methods: Methods) -> Section:
    rows = [
        (method, str(counts["windows"]), str(counts["refused"]), percent(counts["share"], 2))
        for method, counts in _having(methods, "windows")
    ]
    return Section("Windows of 10 s", ("windows of 10 s", "windows", "refused", "%"), rows)


_MAKERS: Iterable[Callable[[Methods], Section]] = (
    _intervals,
    _agreement,
    _fiducials,
    _experts,
    _peaks,
    _p_peaks,
    _kinds,
    _paced,
    _fibrillation,
    _contrasts,
    _window_contrasts,
    _combined,
    _windows,
)
