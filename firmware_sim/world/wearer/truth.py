"""What is known about a synthetic wearer: it travels beside the samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

#: Normal, supraventricular, ventricular, paced: letters of the WFDB annotation code.
BeatKind = Literal["N", "S", "V", "/"]


@dataclass(frozen=True)
class TruthBeat:
    """One beat: world times (s) of its fiducials, None where the wave is absent."""

    kind: BeatKind
    r: float
    p_on: float | None
    p_peak: float | None
    p_off: float | None
    qrs_on: float
    qrs_off: float
    t_on: float
    t_peak: float
    t_off: float
    #: Interval to the beat before, s.
    rr_s: float
    #: When its pulse begins to rise at the optical sensor.
    pulse_s: float
    #: When a pacemaker gave its pulses for it.
    spikes: tuple[float, ...] = ()

    @property
    def pr_ms(self) -> float | None:
        """P onset to QRS onset, ms; None without P."""
        return None if self.p_on is None else (self.qrs_on - self.p_on) * 1000.0

    @property
    def qrs_ms(self) -> float:
        """QRS duration, ms."""
        return (self.qrs_off - self.qrs_on) * 1000.0

    @property
    def qt_ms(self) -> float:
        """QRS onset to T end, ms."""
        return (self.t_off - self.qrs_on) * 1000.0


@dataclass(frozen=True)
class TruthEvent:
    """Something that happened to the wearer, at the moment of its greatest acceleration."""

    kind: Literal["fall", "accident"]
    time_s: float
    peak_g: float


@dataclass(frozen=True)
class Truth:
    """Ground truth of the interval [start_s, end_s): beats by their R peaks, events by their impact."""

    start_s: float
    end_s: float
    rhythm: str
    beats: tuple[TruthBeat, ...]
    events: tuple[TruthEvent, ...]
    #: Mean over the interval.
    spo2_percent: float
    perfusion_percent: float
    respiration_per_min: float

    @property
    def rr_s(self) -> tuple[float, ...]:
        """RR intervals that end in this interval, s."""
        return tuple(beat.rr_s for beat in self.beats)

    @property
    def heart_rate_bpm(self) -> float | None:
        """60 over the mean RR; None without beats."""
        return 60.0 / float(np.mean(self.rr_s)) if self.beats else None

    @property
    def pr_ms(self) -> float | None:
        """Median PR of the normal and paced beats, ms; None where there is none."""
        return _median([beat.pr_ms for beat in self.beats if beat.kind in "N/"])

    @property
    def qrs_ms(self) -> float | None:
        """Median QRS duration of the normal and paced beats, ms."""
        return _median([beat.qrs_ms for beat in self.beats if beat.kind in "N/"])

    @property
    def qt_ms(self) -> float | None:
        """Median QT of the normal and paced beats, ms."""
        return _median([beat.qt_ms for beat in self.beats if beat.kind in "N/"])


def _median(values: list[float | None] | list[float]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None
