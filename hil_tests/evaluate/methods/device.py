"""The device itself: the replay that `vitalband replay` runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from host_sdk.replay import replay

from ..datasets.base import Case, DataSet
from ..errors import CaseError
from ..truth import FINDINGS, WAVES, Answer, Marks

_MARKS = tuple(field.name for field in fields(Marks))


@dataclass(frozen=True)
class Device:
    """Simulated sensors, the firmware on a target, and the SDK."""

    target: str
    name: str = "vitalband"
    tells: frozenset[str] = frozenset({WAVES, FINDINGS})

    def describe(self) -> dict[str, Any]:
        """Which target it runs on."""
        return {"name": self.name, "target": self.target}

    def answer(self, dataset: DataSet, case: Case, workspace: Path) -> Answer:
        """What the device says of a lead; raises a VitalbandError."""
        options = {"target": self.target, "signal": "ecg", "pace": "max", **dataset.replayable(case, workspace)}
        result = asyncio.run(replay(options))
        if "error" in result:
            raise CaseError(f"{case}: {result['error']['message']}")
        return answer_of(result["ecg"])


def answer_of(ecg: dict[str, Any]) -> Answer:
    """The `ecg` part of a replay's JSON object."""
    beats = tuple(Marks(**{name: beat[name] for name in _MARKS}) for beat in ecg["beats"])
    return Answer(beats, ecg["intervals"], tuple(ecg["flags"]), tuple(ecg["windows"]))
