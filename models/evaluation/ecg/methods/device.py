"""The device itself, on an ECG lead."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from host_sdk.replay import EcgResult, ReplayResult
from host_sdk.replay.result import ecg_object

from ...core.method import ReplayedDevice
from ..truth import FINDINGS, WAVES, Answer, Marks

_MARKS = tuple(field.name for field in fields(Marks))


@dataclass(frozen=True)
class Device(ReplayedDevice):
    """Tells everything that there is."""

    tells: frozenset[str] = frozenset({WAVES, FINDINGS})
    signal: ClassVar[str] = "ecg"

    def part(self, result: ReplayResult) -> Answer | None:
        """What it said of the lead."""
        return None if result.ecg is None else answer_of(result.ecg)


def answer_of(ecg: EcgResult) -> Answer:
    """What the device said of an ECG."""
    beats = tuple(Marks(**{name: getattr(beat, name) for name in _MARKS}) for beat in ecg.beats)
    whole = ecg_object(ecg)
    return Answer(beats, whole["intervals"], ecg.flags, tuple(whole["windows"]))
