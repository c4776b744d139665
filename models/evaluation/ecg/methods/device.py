"""The device itself: the replay that `vitalband replay` runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from host_sdk.replay import EcgResult, replay
from host_sdk.replay.result import ecg_object

from ...core.dataset import Case, DataSet
from ...core.errors import CaseError
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
        options = replace(dataset.replayable(case, workspace), target=self.target, signal="ecg")
        result = asyncio.run(replay(options))
        if result.record_error is not None or result.ecg is None:
            raise CaseError(f"{case}: {result.record_error or 'has no ECG'}")
        return answer_of(result.ecg)


def answer_of(ecg: EcgResult) -> Answer:
    """What the device said of an ECG."""
    beats = tuple(Marks(**{name: getattr(beat, name) for name in _MARKS}) for beat in ecg.beats)
    whole = ecg_object(ecg)
    return Answer(beats, whole["intervals"], ecg.flags, tuple(whole["windows"]))
