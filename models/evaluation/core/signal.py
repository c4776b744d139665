"""What the evaluation of one signal brings: its data sets, its methods, its tables."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .dataset import DataSet, Scored
from .method import Method
from .report.section import Methods, Section

Draw = Callable[[Sequence[Scored], str, Path], list[Path]]
Check = Callable[[argparse.Namespace, dict[str, Any]], list[str]]


def _draw_nothing(records: Sequence[Scored], title: str, stem: Path) -> list[Path]:
    return []


def _check_nothing(args: argparse.Namespace, report: dict[str, Any]) -> list[str]:
    return []


@dataclass(frozen=True)
class Signal:
    """One of `ecg`, `ppg`, `motion`, `honesty`; `open_dataset` and `methods` are given the command's arguments."""

    name: str
    open_dataset: Callable[[argparse.Namespace], DataSet]
    methods: Callable[[argparse.Namespace], Sequence[Method]]
    #: Each makes a table of a group's figures, without rows where there are none.
    tables: Sequence[Callable[[Methods], Section]]
    #: Draws the scored records of a group as files that begin with `stem`; the files.
    draw: Draw = _draw_nothing
    #: Lines that say why a finished report fails the command.
    check: Check = _check_nothing
    #: Name of the page, where it is not that of the data set.
    page: str | None = None
    #: Options of the command that ask for other tables, with those.
    views: Mapping[str, Signal] = field(default_factory=dict)

    def view(self, args: argparse.Namespace) -> Signal:
        """This one, or the view that an option of the command asks for."""
        return next((view for name, view in self.views.items() if getattr(args, name, False)), self)

    def sections(self, methods: dict[str, Any]) -> list[Section]:
        """All tables for which there are figures."""
        made = (table(methods) for table in self.tables)
        return [section for section in made if section.rows]
