"""The PPG pipeline alone, on counts: for tests of what it says."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ppg.pipeline import PpgPipeline
from firmware_sim.firmware.dsp.result import Measure
from firmware_sim.firmware.frontends.ppg_gen import RATE_HZ

FloatArray = NDArray[np.float64]
NAMES = ("pulse_rate", "spo2", "perfusion_index", "respiration_rate", "pulse_irregularity")
#: Wire units a unit people read.
SCALES = {
    "pulse_rate": 10.0,
    "spo2": 10.0,
    "perfusion_index": 100.0,
    "respiration_rate": 10.0,
    "pulse_irregularity": 10.0,
}


@dataclass(frozen=True)
class Reading:
    """A copied measure in the units people read; None where refused."""

    value: float | None
    quality: int
    reason: int
    u95: float


@dataclass(frozen=True)
class Window:
    """A copied window; `end_s` is its end."""

    end_s: float
    readings: dict[str, Reading]

    def __getitem__(self, name: str) -> Reading:
        return self.readings[name]


def run(red: FloatArray, infrared: FloatArray, block: int = 32, motion_mg: int = 0) -> list[Window]:
    """Windows of a whole recording of counts at 100/s."""
    pairs = np.clip(np.rint(np.stack((red, infrared), axis=1)), 0, 2**18 - 1).astype(np.int64)
    samples = array("i", pairs.ravel().tolist())
    pipeline = PpgPipeline()
    windows = []
    for start in range(0, len(pairs), block):
        piece = samples[2 * start : 2 * (start + block)]
        pipeline.push(piece, len(piece) // 2, motion_mg)
        while (window := pipeline.next_window()) is not None:
            readings = {name: _copy(getattr(window, name), SCALES[name]) for name in NAMES}
            windows.append(Window(window.end / RATE_HZ, readings))
    return windows


def _copy(measure: Measure, scale: float) -> Reading:
    value = None if measure.value is None else measure.value / scale
    return Reading(value, measure.quality, measure.reason, measure.u95 / scale)


@dataclass
class Errors:
    """Errors of a reading over all windows, with what was refused."""

    errors: list[float] = field(default_factory=list)
    refused: int = 0

    def add(self, reading: Reading, truth: float) -> None:
        """Compare one reading."""
        if reading.value is None:
            self.refused += 1
        else:
            self.errors.append(reading.value - truth)

    @property
    def mae(self) -> float:
        """Mean absolute error; NaN without any."""
        return float(np.abs(self.errors).mean()) if self.errors else float("nan")
