"""Beats that the device's detector finds in leads, with a network that never saw the person, and without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.networks.sliced import SlicedNetwork
from firmware_sim.firmware.nn import load
from models.common.feeding import r_indices
from models.evaluation.core.matching import match
from models.evaluation.ecg.leads import RATE, to_counts

from .leads import Floats

if TYPE_CHECKING:
    from firmware_sim.firmware.networks.sliced import Network


@dataclass
class Tally:
    """Beats judged, missed and extra ones; seconds of signal, and inferences of the network."""

    beats: int = 0
    missed: int = 0
    extra: int = 0
    seconds: float = 0.0
    inferences: int = 0

    def __iadd__(self, other: Tally) -> Tally:
        self.beats += other.beats
        self.missed += other.missed
        self.extra += other.extra
        self.seconds += other.seconds
        self.inferences += other.inferences
        return self


class CountingNetwork(SlicedNetwork):
    """Counts its inferences."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self.inferences = 0
        self._output, self.output = self.output, self._counted

    def _counted(self) -> memoryview:
        self.inferences += 1
        return self._output()


def detected_r(mv: Floats, model: bytes | None) -> tuple[NDArray[np.int64], int]:
    """R (samples at 250/s) of the beats in a lead, and the number of inferences."""
    network = None if model is None else CountingNetwork(load(model))
    r = r_indices(EcgPipeline(None, None, network), to_counts(mv, RATE))
    return np.array(r, dtype=np.int64), 0 if network is None else network.inferences


def tally(mv: Floats, beats: Floats, spans: tuple[tuple[float, float], ...], model: bytes | None) -> Tally:
    """How the beats detected agree with those marked, within `spans` (samples)."""
    detected, inferences = detected_r(mv, model)
    pairs = match(beats / RATE, detected / RATE)
    missed = np.ones(len(beats), dtype=bool)
    extra = np.ones(len(detected), dtype=bool)
    for i, j in pairs:
        missed[i] = extra[j] = False
    judged = _inside(beats, spans)
    return Tally(
        int(judged.sum()),
        int((missed & judged).sum()),
        int((extra & _inside(detected.astype(float), spans)).sum()),
        len(mv) / RATE,
        inferences,
    )


def _inside(indices: Floats, spans: tuple[tuple[float, float], ...]) -> NDArray[np.bool_]:
    inside = np.zeros(len(indices), dtype=bool)
    for begin, end in spans:
        inside |= (indices >= begin) & (indices < end)
    return inside
