"""Fibrillation against what only looks like it: premature beats, breath, bigeminy; as whole leads."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.result import EcgWindow
from firmware_sim.testing import ecg_signals as make

SECONDS = 40


def _noise(seed: int, rms_mv: float) -> make.FloatArray:
    return rms_mv * np.random.default_rng(seed).standard_normal(SECONDS * make.RATE)


def _measured(lead_mv: make.FloatArray) -> list[EcgWindow]:
    """Its windows, nearly all of which have a heart rate."""
    windows = make.run(lead_mv).windows
    assert sum(window.heart_rate.value is not None for window in windows) >= len(windows) - 1
    return windows


def _irregular(windows: list[EcgWindow]) -> int:
    return sum(bool(window.flags & wire.RHYTHM_IRREGULAR) for window in windows)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("fraction", [0.2, 0.35])
@pytest.mark.parametrize(("bpm", "p_mv", "noise_mv"), [(62, 0.15, 0.006), (85, 0.1, 0.02), (102, 0.06, 0.01)])
def test_many_premature_atrial_beats_are_not_fibrillation(
    bpm: float, p_mv: float, noise_mv: float, fraction: float, seed: int
) -> None:
    rng = np.random.default_rng(100 * seed + round(bpm))
    rr = 60 / bpm
    sinus, early = [0.5], []
    at = 0.5
    while at < SECONDS - 1:
        if rng.random() < fraction:
            at += rr * rng.uniform(0.58, 0.8)
            early.append(at)
        at += rr * (1 + 0.025 * rng.standard_normal())
        sinus.append(at)
    qt = 0.39 * rr**0.5
    signal = make.lead(SECONDS, sinus, qt=qt, p_mv=p_mv)
    signal += make.lead(SECONDS, early, qt=0.95 * qt, pr=0.13, p_mv=0.7 * p_mv)
    assert _irregular(_measured(signal + _noise(seed, noise_mv))) == 0


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("p_mv", [0.05, 0.12])
@pytest.mark.parametrize(("bpm", "variation", "breath_hz"), [(58, 0.14, 0.22), (72, 0.16, 0.2), (90, 0.14, 0.3)])
def test_breath_is_not_fibrillation(bpm: float, variation: float, breath_hz: float, p_mv: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = [0.5]
    while times[-1] < SECONDS - 1:
        swung = 1 + variation * np.sin(2 * np.pi * breath_hz * times[-1]) + 0.01 * rng.standard_normal()
        times.append(times[-1] + 60 / bpm * swung)
    signal = make.lead(SECONDS, times, qt=0.37 * (60 / bpm) ** 0.5, p_mv=p_mv)
    assert _irregular(_measured(signal + _noise(seed, 0.01))) == 0


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("p_mv", [0.0, 0.12])
@pytest.mark.parametrize("bpm", [60, 75])
def test_uneven_ventricular_bigeminy_is_not_fibrillation(bpm: float, p_mv: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cycle = 60 / bpm
    sinus, at = [0.5 + cycle * k for k in range(6)], 0.5 + 5 * cycle
    wide = []
    while at < SECONDS - 2:
        wide.append(at + cycle * rng.uniform(0.6, 0.75))
        at += 2 * cycle * (1 + 0.02 * rng.standard_normal())
        sinus.append(at)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    signal = make.lead(SECONDS, sinus, qt=0.36, p_mv=p_mv)
    for r in wide:
        signal += make.bump(t, r - 0.07, r + 0.08, 1.4) + make.bump(t, r + 0.15, r + 0.4, -0.4)
    assert _irregular(_measured(signal + _noise(seed, 0.01))) == 0


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("bpm", "spread"), [(65, 0.2), (75, 0.18), (85, 0.17)])
def test_fibrillation_is(bpm: float, spread: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = [0.5]
    while times[-1] < SECONDS - 1:
        times.append(times[-1] + max(0.3, 60 / bpm * float(np.exp(spread * rng.standard_normal()))))
    signal = make.lead(SECONDS, times, qt=0.37 * (60 / bpm) ** 0.5, p_mv=0)
    windows = _measured(signal + _noise(seed, 0.01))
    assert _irregular(windows) >= len(windows) - 1
