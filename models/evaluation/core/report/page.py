"""A report as a page of docs/results: one page a data set, its tables of a fixed width."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import EvaluationError
from ..signal import Signal
from .printing import figures_of, groups_of
from .texts import columns, counted

_WIDTH = 120


def write_page(report: Mapping[str, Any], folder: Path, signal: Signal) -> list[Path]:
    """Write `DATASET.md`, or the view's page, into a folder; raises EvaluationError."""
    path = folder / f"{signal.page or report['dataset']}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(page(report, signal), encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return [path]


def page(report: Mapping[str, Any], signal: Signal) -> str:
    """The report as Markdown, no line longer than 120 characters where names allow it."""
    parts = [f"# {signal.page or report['dataset']}", _about(report), *_tables(report, signal), *_worst(report)]
    return "\n\n".join(parts) + "\n"


def _about(report: Mapping[str, Any]) -> str:
    about = [method["about"] for method in report["methods"].values()]
    names = ", ".join(f"{each['name']} {each.get('version', '')}".strip() for each in about)
    records, channels = counted(report["records"], "record"), counted(report["cases"], "channel")
    counts = f"{records}, {channels}, {report['failed']} not read; {names}."
    return f"Written by `{report['command']} --page docs/results`:\n{counts}"


def _tables(report: Mapping[str, Any], signal: Signal) -> Iterator[str]:
    groups = groups_of(report)
    for group in groups:
        for section in signal.sections(figures_of(report, group)):
            where = f" ({group})" if len(groups) > 1 else ""
            yield f"## {section.title}{where}"
            yield _block(columns(section.head, section.rows, _WIDTH))


def _worst(report: Mapping[str, Any]) -> Iterator[str]:
    """Of the first method, which is the device."""
    worst = next(iter(report["methods"].values()))["worst"]
    if worst:
        yield "## The worst records"
        lines = (f"{each['record']} {each['group']}: {each['wrong']}" for each in worst)
        yield _block("\n".join(line for long in lines for line in textwrap.wrap(long, _WIDTH, subsequent_indent="  ")))


def _block(text: str) -> str:
    return f"```text\n{text}\n```"
