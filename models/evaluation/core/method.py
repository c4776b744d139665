"""What is scored: something that gives results for a case."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

from host_sdk.replay import ReplayResult, replay

from .dataset import Case
from .errors import CaseError


class Method(Protocol):
    """Something that gives results for a case; it travels to worker processes."""

    @property
    def name(self) -> str:
        """What its figures are listed under."""
        ...

    @property
    def reports(self) -> frozenset[str]:
        """Which parts of a result it gives, where a signal's methods differ."""
        ...

    def describe(self) -> dict[str, Any]:
        """What it is, with its version; raises PeerMissing where it is not installed."""
        ...

    def run(self, dataset: Any, case: Case, workspace: Path) -> Any:
        """Its result for a case; raises a VitalbandError where it cannot."""
        ...


@dataclass(frozen=True)
class ReplayedDevice(ABC):
    """Simulated sensors, the firmware on a target, and the SDK: the replay that `vitalband replay` runs."""

    target: str
    name: str = "vitalband"
    reports: frozenset[str] = frozenset()
    #: The part of a result that is scored.
    signal: ClassVar[str]
    #: Which signals of a record the device is given, as that command's option says.
    given: ClassVar[str] = "auto"

    def describe(self) -> dict[str, Any]:
        """Which target it runs on."""
        return {"name": self.name, "target": self.target}

    def run(self, dataset: Any, case: Case, workspace: Path) -> Any:
        """The device's result for a case; raises a VitalbandError."""
        options = replace(dataset.replayable(case, workspace), target=self.target, signal=self.given)
        replayed = asyncio.run(replay(options))
        part = self.part(replayed)
        if replayed.record_error is not None or part is None:
            raise CaseError(f"{case}: {replayed.record_error or f'has no {self.signal}'}")
        return part

    @abstractmethod
    def part(self, result: ReplayResult) -> Any:
        """The signal's part of what a replay gave; None where the record does not have it."""
