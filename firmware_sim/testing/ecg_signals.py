"""Synthetic leads with known fiducials, and a runner that copies the pipeline's reused results."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.result import Beat, EcgWindow
from firmware_sim.firmware.frontends.ecg_gen import LSB_NANO, RATE_HZ
from firmware_sim.firmware.networks.loading import load_all

RATE = RATE_HZ
LSB_MV = LSB_NANO / 1e9
FloatArray = NDArray[np.float64]


@dataclass
class Output:
    """All beats and windows of one run."""

    beats: list[Beat] = field(default_factory=list)
    windows: list[EcgWindow] = field(default_factory=list)

    def r(self) -> FloatArray:
        """Samples of all R."""
        return np.array([beat.r for beat in self.beats], dtype=np.float64)


def counts(lead_mv: FloatArray) -> array[int]:
    """Converter counts of a lead in mV at 250/s, clipped at the rails."""
    scaled = np.clip(np.round(lead_mv / LSB_MV), -(2**23), 2**23 - 1)
    return array("i", scaled.astype(np.int64).tolist())


def push(pipeline: EcgPipeline, samples: array[int], output: Output, block: int, lead_off: bool = False) -> None:
    """Push in blocks and collect."""
    for start in range(0, len(samples), block):
        piece = samples[start : start + block]
        pipeline.push(piece, len(piece), lead_off)
        collect(pipeline, output)


def collect(pipeline: EcgPipeline, output: Output) -> None:
    """Copy what the pipeline has."""
    while (beat := pipeline.next_beat()) is not None:
        output.beats.append(deepcopy(beat))
    while (window := pipeline.next_window()) is not None:
        output.windows.append(deepcopy(window))


networks = cache(load_all)


def pipeline() -> EcgPipeline:
    """A fresh one with the firmware's networks."""
    nets = networks()
    return EcgPipeline(nets.beat_kind, nets.ecg_delineator, nets.qrs_evidence)


def run(lead_mv: FloatArray, block: int = 50) -> Output:
    """The whole lead through a fresh pipeline with the firmware's networks, flushed."""
    ecg = pipeline()
    output = Output()
    push(ecg, counts(lead_mv), output, block)
    ecg.flush()
    collect(ecg, output)
    return output


def bump(t: FloatArray, start: float, end: float, amplitude: float) -> FloatArray:
    """A raised cosine from `start` to `end` seconds: its edges are where a reader would mark them."""
    phase = np.clip((t - start) / (end - start), 0, 1)
    return np.asarray(amplitude * (1 - np.cos(2 * np.pi * phase)) / 2, dtype=np.float64)


def lead(
    seconds: float,
    r_times: Sequence[float],
    *,
    pr: float = 0.16,
    qrs: float = 0.09,
    qt: float = 0.40,
    p_mv: float = 0.15,
) -> FloatArray:
    """mV of beats with R at `r_times`: P of 100 ms, q, R and s, T ending at QT."""
    t = np.arange(round(seconds * RATE)) / RATE
    signal = np.zeros_like(t)
    for r in r_times:
        onset = r - qrs / 2
        signal += bump(t, onset - pr, onset - pr + 0.1, p_mv)
        signal += bump(t, onset, onset + qrs * 0.35, -0.12)
        signal += bump(t, onset + qrs * 0.2, onset + qrs * 0.8, 1.1)
        signal += bump(t, onset + qrs * 0.65, onset + qrs, -0.25)
        signal += bump(t, onset + qt - 0.2, onset + qt, 0.3)
    return signal


def regular(seconds: float, rr: float, first: float = 0.5) -> list[float]:
    """Times of beats `rr` seconds apart."""
    return [float(time) for time in np.arange(first, seconds - 0.3, rr)]
