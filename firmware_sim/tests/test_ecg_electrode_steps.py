"""Steps of the electrode that fade neither hide beats nor make some, and complexes are not taken for steps."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.testing import ecg_signals as make

SECONDS = 40
T = np.arange(SECONDS * make.RATE) / make.RATE
#: How filters on the way spread a step over samples.
SPREADS = {"one sample": [1.0], "two": [0.5, 0.5], "three, as a sinc filter": [1 / 6, 4 / 6, 1 / 6],
           "resampled": [-0.17, 0.89, 0.28]}  # fmt: skip


def _noise(seed: int) -> make.FloatArray:
    return np.asarray(0.005 * np.random.default_rng(seed).standard_normal(len(T)))


def _steps(seed: int, spread: str, fades: tuple[float, float]) -> make.FloatArray:
    """Steps of 0.3 to 2 mV anywhere, some of them next to a complex."""
    rng = np.random.default_rng(seed)
    signal = np.zeros(len(T))
    for at in rng.uniform(4, SECONDS - 2, 9):
        height = rng.choice([-1, 1]) * rng.uniform(0.35, 2.0)
        signal += np.where(at <= T, height * np.exp(-np.maximum(T - at, 0) / rng.uniform(*fades)), 0)
    return np.convolve(signal, SPREADS[spread])[: len(T)]


@pytest.mark.parametrize("spread", sorted(SPREADS))
@pytest.mark.parametrize(("rr", "scale"), [(0.62, 1.0), (0.8, 0.6), (1.05, 1.6)])
def test_steps_neither_hide_beats_nor_make_some(spread: str, rr: float, scale: float) -> None:
    times = make.regular(SECONDS, rr)
    seed = round(100 * rr)
    lead = scale * make.lead(SECONDS, times, qrs=0.085, qt=0.62 * np.sqrt(rr) * 0.6) + _noise(seed)
    output = make.run(lead + _steps(seed, spread, (0.1, 0.5)))
    found = output.r() / make.RATE
    hits = [time for time in times if np.abs(found - time).min() < 0.06]
    assert len(found) - len(hits) <= 1
    assert len(times) - len(hits) <= 1
    rates = [window.heart_rate.value for window in output.windows]
    assert all(rate is None or abs(rate / 10 - 60 / rr) < 3 for rate in rates)
    assert sum(rate is not None for rate in rates) >= 3


@pytest.mark.parametrize("spread", sorted(SPREADS))
@pytest.mark.parametrize("every", [0.45, 0.9, 1.4])
def test_steps_alone_are_no_beats(spread: str, every: float) -> None:
    rng = np.random.default_rng(round(100 * every))
    level = np.zeros(len(T))
    for at in np.arange(0.5, SECONDS, every) + rng.uniform(-0.1, 0.1, len(np.arange(0.5, SECONDS, every))):
        level += np.where(at <= T, rng.choice([-1, 1]) * rng.uniform(0.35, 1.5), 0)
    windows = make.run(np.convolve(level, SPREADS[spread])[: len(T)] + _noise(3)).windows
    assert [window.heart_rate.value for window in windows if window.heart_rate.quality > 30] == []
    assert not any(window.flags for window in windows)


def _filtered(lead_mv: make.FloatArray) -> make.FloatArray:
    """What the filters leave of the last samples of a lead (mV)."""
    ecg = make.pipeline()
    make.push(ecg, make.counts(lead_mv), make.Output(), 16)
    ring = np.array(ecg._conditioner.uv, dtype=np.float64)
    return np.asarray(np.roll(ring, -(len(lead_mv) // 16 * 16 - 16) % len(ring))[-1600:] / 1000)


@pytest.mark.parametrize("qrs", [0.05, 0.07, 0.1, 0.14])
@pytest.mark.parametrize("scale", [-3.0, 0.5, 1.0, 4.0])
def test_complexes_are_no_steps(qrs: float, scale: float) -> None:
    lead = scale * make.lead(10, make.regular(10, 0.8), qrs=qrs)
    steepest = np.abs(np.diff(lead)).max()
    assert np.abs(np.diff(_filtered(lead))).max() == pytest.approx(steepest, rel=0.03)


@pytest.mark.parametrize("spread", sorted(SPREADS))
@pytest.mark.parametrize("height", [-3.0, 0.4, 1.2])
def test_a_step_is_taken_out(spread: str, height: float) -> None:
    n = 10 * make.RATE
    step = np.convolve(np.where(np.arange(n) >= 7.3 * make.RATE, height, 0.0), SPREADS[spread])[:n]
    assert np.abs(np.diff(_filtered(step + _noise(5)[:n]))).max() < 0.05
