"""The motion pipeline alone, on motion in g and degrees per second: for tests of what it says."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.imu.pipeline import ImuPipeline
from firmware_sim.firmware.frontends.imu_gen import ACCEL_LSB_NANO, GYRO_LSB_NANO

FloatArray = NDArray[np.float64]
_G_LSB = ACCEL_LSB_NANO / 1e9
_DPS_LSB = GYRO_LSB_NANO / 1e9


@dataclass(frozen=True)
class Seen:
    """A copied event."""

    index: int
    kind: int
    severity: int
    peak_mg: int


@dataclass(frozen=True)
class Second:
    """A copied window; a class is None where refused."""

    end: int
    activity: int | None
    activity_reason: int
    posture: int | None
    posture_reason: int


@dataclass
class Output:
    """All events and windows of one run."""

    events: list[Seen] = field(default_factory=list)
    seconds: list[Second] = field(default_factory=list)
    motion_mg: list[int] = field(default_factory=list)

    @property
    def kinds(self) -> list[int]:
        """Kinds of the events in order."""
        return [event.kind for event in self.events]


def run(motion: FloatArray, block: int = 26, *, ends: bool = False) -> Output:
    """A whole recording (n, 6) in g and deg/s at 104/s through a fresh pipeline; `ends`: it is flushed then."""
    scaled = np.rint(motion / np.array([_G_LSB] * 3 + [_DPS_LSB] * 3))
    counts = np.clip(scaled, -32768, 32767).astype(np.int16)
    pipeline, output = ImuPipeline(), Output()
    for start in range(0, len(counts), block):
        piece = counts[start : start + block]
        accel = array("h", piece[:, :3].ravel().tolist())
        gyro = array("h", piece[:, 3:].ravel().tolist())
        pipeline.push(accel, gyro, len(piece))
        _collect(pipeline, output)
    if ends:
        pipeline.flush()
        _collect(pipeline, output)
    return output


def _collect(pipeline: ImuPipeline, output: Output) -> None:
    output.motion_mg.append(pipeline.motion_mg)
    while (event := pipeline.next_event()) is not None:
        output.events.append(Seen(event.index, event.kind, event.severity, event.peak_mg))
    while (window := pipeline.next_window()) is not None:
        activity, posture = window.activity, window.posture
        output.seconds.append(Second(window.end, activity.value, activity.reason, posture.value, posture.reason))
