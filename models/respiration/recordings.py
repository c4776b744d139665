"""BIDMC by the device's own pipelines: every slot of the series that the breath is looked for in, and true rates."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.breath_series import HEART_SERIES, INDEX, BreathSeries
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.ppg import pipeline
from firmware_sim.firmware.dsp.ppg.respiration import BASELINE, NEXT_SLOT, Respiration
from models.evaluation.ppg.datasets.base import bridged
from models.evaluation.ppg.datasets.bidmc import breaths
from models.evaluation.ppg.datasets.csv_files import column
from models.pulse_motion.signals import Ints

from .signals import SLOTS

Floats = NDArray[np.float64]
_HZ = 125
#: The device's light and how deep its pulses are; volts of a count of its ECG, of which a recording has 1 mV a unit.
_LIGHT_HZ, _LEVEL, _DEPTH = 100, 100_000, 0.02
_ECG_HZ, _MV_PER_COUNT = 250, 48.081e-6
_STEP_S = 4
_PULSES = 5


@dataclass(frozen=True)
class Recording:
    """Of one person: slots (n, 5) by pulses, (n, 1) of the baseline, (n, 2) by heart beats, each since its beginning.

    `windows` are what there was every 4 s: its time (s), slots of each since the latest gap, and slots of each in all.
    """

    person: str
    slots: tuple[Ints, Ints, Ints]
    windows: Ints
    breaths: tuple[Floats, Floats]


class _Kept(BreathSeries):
    """Series whose slots are all kept."""

    def __init__(self, n: int, more: int = 0) -> None:
        super().__init__(n, more)
        self.series = n
        self.kept: list[list[int]] = []
        self.gap = 0

    def restart(self) -> None:
        super().restart()
        self.gap = len(self.kept)

    def add(self, interval_ms: int) -> None:
        before = self.state[INDEX]
        super().add(interval_ms)
        while before != self.state[INDEX]:
            self.kept.append([self.rings[SLOTS * k + before] for k in range(self.series)])
            before = (before + 1) % SLOTS


class _KeptRespiration(Respiration):
    """Keeps the baseline, too."""

    def __init__(self, heart: BreathSeries) -> None:
        self.baseline: list[int] = []
        self.gap = 0
        super().__init__(heart)
        self.pulses = self._pulses = _Kept(_PULSES, 1)

    def begin(self) -> None:
        super().begin()
        self.gap = len(self.baseline)

    def add(self, baseline: int) -> None:
        before = self._state[NEXT_SLOT]
        super().add(baseline)
        if before != self._state[NEXT_SLOT]:
            self.baseline.append(self._pulses.rings[BASELINE * SLOTS + before])


def recording(folder: Path, record: str) -> Recording:
    """A recording of BIDMC; CaseError where it cannot be read."""
    signals = folder / f"{record}_Signals.csv"
    light, lead = (bridged(column(signals, name), f"{record}: its {name}") for name in ("PLETH", "II"))
    heart = _Kept(HEART_SERIES)
    respiration = _KeptRespiration(heart)
    windows = list(_played(light, lead, heart, respiration))
    pulses, baseline, beats = (
        np.array(of, np.int64) for of in (respiration.pulses.kept, respiration.baseline, heart.kept)
    )
    return Recording(record, (pulses, baseline[:, None], beats), np.array(windows), breaths(folder, record))


def _played(light: Floats, lead: Floats, heart: _Kept, respiration: _KeptRespiration) -> Iterator[list[int]]:
    """Plays both; what there was every 4 s."""
    with patch.object(pipeline, "Respiration", lambda _: respiration):
        ecg, ppg = EcgPipeline(heart=heart), pipeline.PpgPipeline()
    pairs, counts = _pairs(light), _counts(lead)
    for second in range(len(counts) // _ECG_HZ):
        ecg.push(counts[second * _ECG_HZ : (second + 1) * _ECG_HZ], _ECG_HZ, False)
        while ecg.next_beat() or ecg.next_window():
            pass
        ppg.push(pairs[2 * second * _LIGHT_HZ : 2 * (second + 1) * _LIGHT_HZ], _LIGHT_HZ, 0)
        while ppg.next_window():
            pass
        if (second + 1) % _STEP_S == 0:
            pulses = respiration.pulses
            since = [
                len(pulses.kept) - pulses.gap,
                len(respiration.baseline) - respiration.gap,
                len(heart.kept) - heart.gap,
            ]
            yield [second + 1, *since, len(pulses.kept), len(respiration.baseline), len(heart.kept)]


def _pairs(light: Floats) -> array[int]:
    values = _at(light, _LIGHT_HZ)
    low, high = np.percentile(values, (1, 99))
    level = np.round(_LEVEL * (1 - _DEPTH * (values - values.mean()) / max(high - low, 1e-9))).astype(int)
    return array("i", np.stack([level, level], axis=1).ravel().tolist())


def _counts(lead: Floats) -> array[int]:
    return array("i", np.round((_at(lead, _ECG_HZ) - lead.mean()) / _MV_PER_COUNT).astype(int).tolist())


def _at(signal: Floats, rate_hz: int) -> Floats:
    n = len(signal) // _HZ * rate_hz
    return np.interp(np.arange(n) * (_HZ / rate_hz), np.arange(len(signal)), signal)
