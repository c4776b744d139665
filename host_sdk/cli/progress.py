"""How far a command has come, on stderr and only where a person looks."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress


class Progress:
    """A bar over a number of records; nothing where stderr is no terminal."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._begun = 0
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self._bar = RichProgress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("", total=self._total)
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, what: str) -> None:
        """The next record."""
        self._begun += 1
        self._update(self._begun - 1, what)

    def advance(self, part: float) -> None:
        """This part (0 to 1) of the record is done."""
        self._update(self._begun - 1 + min(1.0, max(0.0, part)))

    def pause(self) -> None:
        """Clear the line for something else to be written; the bar comes back by itself."""
        if self._bar is not None:
            self._bar.console.print("", end="")

    def _update(self, completed: float, what: str | None = None) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=completed, description=what)
