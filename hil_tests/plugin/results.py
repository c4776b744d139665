"""What became of a test, for reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Result:
    """What became of one test."""

    nodeid: str
    outcome: str = "passed"
    seconds: float = 0.0
    devices: list[str] = field(default_factory=list)
    folder: str = ""
    measured: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Why it failed or was skipped.
    text: str = ""
