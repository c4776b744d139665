"""Tables of intervals and fiducials."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.report.section import Figures, Methods, Section, having
from ...core.report.texts import number, percent, signed
from ..scoring.agreement import LONG_MS, NEAR_MS, QTC, SHORT_MS

_NAMES = {QTC: "QTc (Bazett)"}
_WAYS = {"record": "the record's median", "windows": "windows in the marks", "beats": "beats in the marks"}


def intervals_table(methods: Methods) -> Section:
    """MAE of each interval, and how many records were refused."""
    rows = []
    for method, intervals in having(methods, "intervals"):
        by_way = {title: [ways[way] for ways in intervals.values()] for way, title in _WAYS.items()}
        # in a record of one window its median is the window's: such rows are listed once
        shown = {repr(stats): title for title, stats in reversed(by_way.items()) if any(each["n"] for each in stats)}
        rows += [(f"{method}: {title}", *_interval_cells(by_way[title])) for title in reversed(shown.values())]
    head = ("intervals, MAE ms", "PR", "QRS", "QT", "PR refused", "QRS refused", "QT refused")
    return Section("Record-level median interval against the expert's", head, rows)


def _interval_cells(stats: Sequence[Figures]) -> tuple[str, ...]:
    return (*(number(each["mae_ms"]) for each in stats), *map(_refused, stats))


def _refused(stats: Figures) -> str:
    return f"{stats['refused']} of {stats['n'] + stats['refused']}"


def agreement_table(methods: Methods) -> Section:
    """Bias, spread and limits of agreement of each interval."""
    rows = [
        (f"{method} {name.upper()}", *_agreement_cells(ways["record"]), percent(ways["windows_refused"]["fraction"]))
        for method, intervals in having(methods, "intervals")
        for name, ways in intervals.items()
    ]
    head = ("the record's median, ms", "n", "MAE", "bias", "SD", "limits of agreement", "r", "windows refused %")
    return Section("Agreement of intervals", head, rows)


def _agreement_cells(stats: Figures) -> tuple[str, ...]:
    limits = f"{signed(stats['low_ms'], 0)} to {signed(stats['high_ms'], 0)}"
    parts = (number(stats["mae_ms"]), signed(stats["bias_ms"]), number(stats["sd_ms"]), limits, number(stats["r"], 3))
    return (str(stats["n"]), *parts)


def near_table(methods: Methods) -> Section:
    """Shares of intervals within 20 and 40 ms."""
    rows = [
        (
            f"{method} {_NAMES.get(name, name.upper())}",
            str(near["n"]),
            *(percent(near[f"within_{ms}"]) for ms in NEAR_MS),
        )
        for method, agreement in having(methods, "agreement")
        for name, near in agreement["near"].items()
    ]
    head = ("the record's median", "n", *(f"within {ms} ms %" for ms in NEAR_MS))
    return Section("Intervals within 20 and 40 ms of the expert's", head, rows)


def extreme_table(methods: Methods) -> Section:
    """Extreme QTc, and how many were found."""
    limits = {"long": f"{LONG_MS:.0f} ms or more", "short": f"{SHORT_MS:.0f} ms or less"}
    rows = [
        (f"{method} {limits[name]}", *_extreme_cells(agreement[name]))
        for method, agreement in having(methods, "agreement")
        for name in limits
        if agreement[name]["n"] or agreement[name]["extra"]
    ]
    head = ("QTc (Bazett)", "n", "found", "refused", "extra", "Se %", "PPV %")
    return Section("Extreme QTc", head, rows)


def _extreme_cells(found: Figures) -> tuple[str, ...]:
    counts = (str(found[name]) for name in ("n", "hit", "refused", "extra"))
    return (*counts, percent(found["se"]), percent(found["ppv"]))


def fiducials_table(methods: Methods) -> Section:
    """Sensitivity, predictive value and errors of each fiducial."""
    rows = [
        (f"{method} {_fiducial(name)}", *_fiducial_cells(score))
        for method, scores in having(methods, "fiducials")
        for name, score in scores.items()
        if score["hit"] + score["missed"]
    ]
    head = ("fiducial", "marked", "Se %", "PPV %", "mean ms", "SD ms", "CSE 2 SD")
    return Section("Fiducials within 150 ms", head, rows)


def experts_table(methods: Methods) -> Section:
    """Two experts against each other; all methods have the same."""
    held = next(having(methods, "experts"), None)
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
