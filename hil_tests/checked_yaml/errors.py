"""What is wrong with a file that somebody wrote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from host_sdk.errors import VitalbandError


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: the line (from 1), and what it is."""

    line: int
    what: str


class FileError(VitalbandError):
    """A file cannot be used; the message has one line for each problem, as FILE:LINE: what."""

    def __init__(self, path: str, problems: Iterable[Problem]) -> None:
        self.path = path
        self.problems = sorted(set(problems))
        super().__init__("\n".join(f"{path}:{problem.line}: {problem.what}" for problem in self.problems))
