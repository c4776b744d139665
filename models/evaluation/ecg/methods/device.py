"""The device itself, on an ECG lead."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from host_sdk.replay import EcgResult, ReplayResult

from ...core.method import ReplayedDevice
from ..truth import FINDINGS, WAVES, Marks, MethodResult, RecordIntervals

_MARKS = tuple(field.name for field in fields(Marks))


@dataclass(frozen=True)
class Device(ReplayedDevice):
    """Reports everything that there is."""

    reports: frozenset[str] = frozenset({WAVES, FINDINGS})
    signal: ClassVar[str] = "ecg"
    given: ClassVar[str] = "ecg"

    def part(self, result: ReplayResult) -> MethodResult | None:
        """What it said of the lead."""
        return None if result.ecg is None else result_of(result.ecg)


def result_of(ecg: EcgResult) -> MethodResult:
    """What the device said of an ECG."""
    beats = tuple(Marks(**{name: getattr(beat, name) for name in _MARKS}) for beat in ecg.beats)
    found = ecg.intervals
    intervals = RecordIntervals(found.pr_ms, found.qrs_ms, found.qt_ms, found.hr_bpm)
    return MethodResult(beats, intervals, ecg.flags, ecg.windows)
