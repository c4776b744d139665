"""What the wearer knows of readings: the truth that a scenario's numbers are held against."""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.world.wearer import Truth
from host_sdk.wire_gen import ReadingKind


def _rr_ms(truth: Truth) -> float | None:
    intervals = sorted(truth.rr_s)
    return intervals[len(intervals) // 2] * 1000 if intervals else None


#: Reading: its true value in a time, in the reading's unit.
TRUTHS: dict[ReadingKind, Callable[[Truth], float | None]] = {
    ReadingKind.HEART_RATE: lambda truth: truth.heart_rate_bpm,
    ReadingKind.RR: _rr_ms,
    ReadingKind.PR: lambda truth: truth.pr_ms,
    ReadingKind.QRS: lambda truth: truth.qrs_ms,
    ReadingKind.QT: lambda truth: truth.qt_ms,
    ReadingKind.PULSE_RATE: lambda truth: truth.heart_rate_bpm,
    ReadingKind.SPO2: lambda truth: truth.spo2_percent,
    ReadingKind.RESPIRATION_RATE: lambda truth: truth.respiration_per_min,
}
