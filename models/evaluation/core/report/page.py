"""Writes the tables of saved reports into docs/evaluation.md: `python -m models.evaluation.core.report.page FILE …`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from host_sdk.errors import VitalbandError
from models.common.errors import ModelError
from models.common.tables import replace, table

from ...ecg.report.sections import sections
from .printing import figures_of, groups_of
from .saving import load

PAGE = Path(__file__).resolve().parents[4] / "docs/evaluation.md"


def results(report: Mapping[str, Any]) -> str:
    """A report as Markdown."""
    return "\n\n".join([_about(report), *_tables(report), *_worst(report)])


def _about(report: Mapping[str, Any]) -> str:
    said = [
        f"{each['name']} {each.get('version', '')}".strip() for each in (m["about"] for m in report["methods"].values())
    ]
    return f"`{report['command']}`: {report['records']} records, {report['cases']} leads; {', '.join(said)}."


def _tables(report: Mapping[str, Any]) -> Iterator[str]:
    groups = groups_of(report)
    for group in groups:
        for section in sections(figures_of(report, group)):
            where = f" ({group})" if len(groups) > 1 else ""
            yield f"**{section.title}{where}**"
            yield table(section.head, section.rows)


def _worst(report: Mapping[str, Any]) -> Iterator[str]:
    """Of the first method, which is the device."""
    worst = next(iter(report["methods"].values()))["worst"]
    if worst:
        yield "**The worst leads**"
        yield table(("lead", "what is wrong"), [(f"{each['record']} {each['group']}", each["wrong"]) for each in worst])


def write(paths: Sequence[Path], page: Path = PAGE) -> None:
    """Put each report between the page's markers `<!-- DATASET -->`; raises a typed error where there are none."""
    for path in paths:
        report = load(path)
        replace(page, str(report["dataset"]), results(report))


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluation.core.report.page", description=__doc__)
    parser.add_argument("reports", nargs="+", type=Path, metavar="FILE", help="JSON that `vitalband evaluate` wrote")
    parser.add_argument("--page", type=Path, default=PAGE, help="page with the markers (default: docs/evaluation.md)")
    options = parser.parse_args(arguments)
    try:
        write(options.reports, options.page)
    except (VitalbandError, ModelError, OSError) as error:
        print(f"page: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
