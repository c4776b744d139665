"""Movement and an amplifier's gain change the shapes of beats; what is found by shapes must not come from them."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

OF_SHAPES = (
    wire.RHYTHM_FREQUENT_ECTOPY
    | wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA
    | wire.RHYTHM_AV_BLOCK_SECOND_DEGREE
    | wire.RHYTHM_AV_BLOCK_COMPLETE
)
SECONDS = 31


def _beats(bpm: float, rng: np.random.Generator) -> list[float]:
    times = [0.5]
    while times[-1] < SECONDS - 1.2:
        breath = 0.02 * np.sin(2 * np.pi * 0.22 * times[-1])
        times.append(times[-1] + 60 / bpm * float(1 + breath + 0.008 * rng.standard_normal()))
    return times


def _steps(mv: float, hz: float, rng: np.random.Generator) -> make.FloatArray:
    """Foot falls: each rises within 20 ms and fades in 150 ms, none like the one before."""
    t = np.arange(SECONDS * make.RATE) / make.RATE
    found = np.zeros(len(t))
    at = 0.7
    while at < SECONDS:
        after = np.maximum(t - at, 0)
        height = mv * float(rng.uniform(0.6, 1.4))
        found += height * np.exp(-after / 0.15) * np.minimum(1, after / 0.02)
        at += float(1 + 0.04 * rng.standard_normal()) / hz
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("bpm", "mv", "hz"), [(140, 1.2, 2.7), (128, 0.9, 2.6), (150, 1.0, 2.9), (96, 0.8, 1.9), (88, 0.4, 1.8)]
)
def test_steps_of_a_runner_are_no_ectopy(bpm: float, mv: float, hz: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    qt = 0.28 if bpm > 110 else 0.34
    lead = make.lead(SECONDS, _beats(bpm, rng), pr=0.13, qt=qt) + _steps(mv, hz, rng)
    windows = make.run(lead + 0.008 * rng.standard_normal(len(lead))).windows
    assert not any(window.flags & OF_SHAPES for window in windows)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("noise_mv", [0.008, 0.06])
@pytest.mark.parametrize(("bpm", "early"), [(80, 0.6), (86, 0.68)])
def test_early_wide_beats_are_ectopy_still(bpm: float, early: float, noise_mv: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    times = _beats(bpm, rng)
    ectopic = [at - (1 - early) * 60 / bpm for k, at in enumerate(times) if k % 4 == 3]
    lead = make.lead(SECONDS, [at for k, at in enumerate(times) if k % 4 != 3], qt=0.36)
    for at in ectopic:
        lead += make.bump(t, at - 0.08, at + 0.08, 1.4) + make.bump(t, at + 0.15, at + 0.4, -0.5)
    windows = make.run(lead + noise_mv * rng.standard_normal(len(t))).windows
    flagged = [window for window in windows[1:3] if window.flags & wire.RHYTHM_FREQUENT_ECTOPY]
    assert len(flagged) == 2


@pytest.mark.parametrize("bpm", [58, 76, 96])
@pytest.mark.parametrize("gain", [0.4, 2.5, 4.0, 6.0])
@pytest.mark.parametrize("at", [8.3, 12.1])
def test_a_change_of_gain_is_no_ectopy(gain: float, bpm: float, at: float) -> None:
    rng = np.random.default_rng(round(10 * gain))
    lead = make.lead(SECONDS, _beats(bpm, rng), qt=0.37) + 0.006 * rng.standard_normal(SECONDS * make.RATE)
    lead[round(at * make.RATE) :] *= gain
    output = make.run(lead)
    assert not any(window.flags & OF_SHAPES for window in output.windows)
    assert [beat.kind for beat in output.beats].count(wire.BEAT_KIND_VENTRICULAR) <= 1
    assert sum(window.heart_rate.value is not None for window in output.windows) >= 3


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("mv", [0.1, 0.2, 0.3])
def test_muscle_noise_is_no_ectopy(mv: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = SECONDS * make.RATE
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hz = np.fft.rfftfreq(n, 1 / make.RATE)
    noise = np.fft.irfft(spectrum * ((hz > 20) & (hz < 120)), n)
    lead = make.lead(SECONDS, _beats(72, rng), qt=0.38) + mv * noise / noise.std()
    windows = make.run(lead).windows
    assert not any(window.flags & (OF_SHAPES | wire.RHYTHM_SHORT_QTC) for window in windows)
