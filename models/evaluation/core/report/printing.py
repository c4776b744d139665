"""A report for people: fixed-width text of at most 80 columns where names allow it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..signal import Signal
from .texts import ABSENT, columns, counted

Report = Mapping[str, Any]
Rows = Sequence[tuple[str, ...]]
_WIDTH = 80
#: The group of everything.
ALL = "all"
#: What is short in tables, by where it stands between blanks.
_SHORT = {
    "MAE": "mean absolute error", "bias": "mean error", "SD": "standard deviation", "r": "correlation",
    "Se": "sensitivity", "Sp": "specificity", "PPV": "positive predictive value", "AUC": "area under the ROC curve",
    "CSE": "limits of the CSE working party", "u95": "half-width said to hold 95 % of errors",
    "N": "normal", "S": "supraventricular", "V": "ventricular", "F": "fusion", "Q": "unknown beats",
    ABSENT: "no number",
}  # fmt: skip


def text_of(report: Report, signal: Signal) -> str:
    """The whole report."""
    tables = "\n".join([_heading(report), *_groups(report, signal)])
    return "\n".join([tables, *_legend(tables), *_worst(report)])


def groups_of(report: Report) -> list[str]:
    """Names of the groups of leads that have tables of their own, in order; leads listed together have none."""
    summaries = [method["summary"] for method in report["methods"].values()]
    if any("combined" in summary.get(ALL, {}) for summary in summaries):
        return [ALL]
    return list(dict.fromkeys(group for summary in summaries for group in summary))


def figures_of(report: Report, group: str) -> dict[str, Any]:
    """Figures of a group by method."""
    methods = report["methods"].items()
    return {name: method["summary"][group] for name, method in methods if group in method["summary"]}


def _heading(report: Report) -> str:
    counts = f"{counted(report['records'], 'record')}, {counted(report['cases'], 'channel')}"
    split = "" if report["split"] == "all" else f", part {report['split']}"
    return f"{report['dataset']}{split}: {counts}, {report['failed']} not read"


def _groups(report: Report, signal: Signal) -> Iterator[str]:
    names = groups_of(report)
    for group in names:
        yield f"\n== {report['dataset']} {group} ==" if len(names) > 1 else ""
        for section in signal.sections(figures_of(report, group)):
            yield columns(section.head, _named(section.rows, list(report["methods"])), _WIDTH) + "\n"


def _legend(tables: str) -> Iterator[str]:
    """What the short words in the tables mean."""
    there = set(tables.split())
    words = "; ".join(f"{word}: {meaning}" for word, meaning in _SHORT.items() if word in there)
    if words:
        yield textwrap.fill(words, _WIDTH, break_on_hyphens=False) + "\n"


def _named(rows: Rows, methods: list[str]) -> Rows:
    """Rows without the method's name before their own, where there is one method only."""
    if len(methods) > 1:
        return rows
    pattern = re.compile(rf"{re.escape(methods[0])}:? (?=\S)")
    return [(pattern.sub("", row[0], count=1) if pattern.match(row[0]) else row[0], *row[1:]) for row in rows]


def _worst(report: Report) -> Iterator[str]:
    """Of the first method, which is the device; the others' are in the JSON."""
    worst = next(iter(report["methods"].values()))["worst"]
    if worst:
        lines = (f"  {each['record']} {each['group']}: {each['wrong']}" for each in worst)
        wrapped = (part for line in lines for part in textwrap.wrap(line, _WIDTH, subsequent_indent="    "))
        yield "\n".join(["the worst records", *wrapped])
