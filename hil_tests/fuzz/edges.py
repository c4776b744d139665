"""Which lines of some files run, and in which order: what a coverage-guided campaign is guided by."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

#: Number of a file, line before (0: none, a function begins), line.
Edge = tuple[int, int, int]


class Edges:
    """Traces what runs in `files` (resolved paths) while something is called."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = {str(path): number for number, path in enumerate(files)}
        self._now: set[Edge] = set()
        self.seen: set[Edge] = set()
        #: Edges that the latest call was the first to reach.
        self.found = 0

    def trace(self, call: Callable[[], object]) -> None:
        """Call it, and note the edges, also where it raises."""
        self._now = set()
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            call()
        finally:
            sys.settrace(before)
            self.found = len(self._now - self.seen)
            self.seen |= self._now

    def _enter(self, frame: FrameType, _event: str, _argument: object) -> Callable[..., Any] | None:
        number = self._files.get(frame.f_code.co_filename)
        if number is None:
            return None
        now, before = self._now, 0

        def step(inner: FrameType, event: str, _argument: object) -> Callable[..., Any]:
            nonlocal before
            if event == "line":
                now.add((number, before, inner.f_lineno))
                before = inner.f_lineno
            return step

        return step

    def coverage(self) -> tuple[int, int]:
        """(lines that ran, lines that could) in functions of the files."""
        ran = {(number, line) for number, _, line in self.seen}
        lines = {(number, line) for path, number in self._files.items() for line in function_lines(Path(path))}
        return len(ran & lines), len(lines)


def function_lines(path: Path) -> set[int]:
    """Lines of a file that run when its functions are called."""
    module = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    found: set[int] = set()
    for code in _codes(module):
        if code.co_flags & inspect.CO_NEWLOCALS:  # a function's, not a module's or a class's
            found |= {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
