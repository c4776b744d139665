"""PR of a fast heart, whose P comes close behind T; and none where there is no P, but flutter or nothing."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.result import EcgWindow
from firmware_sim.testing import ecg_signals as make

SECONDS = 22
T = np.arange(SECONDS * make.RATE) / make.RATE


def _fast(bpm: float, pr: float, qt: float, p_mv: float, seed: int) -> list[EcgWindow]:
    rng = np.random.default_rng(seed)
    rr = 60 / bpm * (1 + 0.005 * rng.standard_normal(4 * SECONDS))
    times = [float(time) for time in np.cumsum(rr) if time < SECONDS - 0.3]
    lead = make.lead(SECONDS, times, pr=pr, qrs=0.085, qt=qt, p_mv=p_mv)
    return make.run(lead + 0.005 * rng.standard_normal(len(lead))).windows


@pytest.mark.parametrize(("bpm", "pr", "qt"), [
    (112, 0.15, 0.33), (120, 0.14, 0.31), (130, 0.14, 0.30), (137, 0.13, 0.28), (143, 0.13, 0.27), (149, 0.12, 0.26),
])  # fmt: skip
@pytest.mark.parametrize("p_mv", [0.1, 0.18])
def test_pr_is_measured_up_to_150_a_minute(bpm: float, pr: float, qt: float, p_mv: float) -> None:
    windows = _fast(bpm, pr, qt, p_mv, seed=round(bpm))
    assert len(windows) == 3
    for window in windows[:2]:
        assert window.pr.value is not None
        assert window.pr.value / 10 == pytest.approx(1e3 * pr, abs=20)
    # four beats in the last two seconds are few
    assert windows[2].pr.value is not None or windows[2].pr.reason == wire.REASON_UNCERTAIN


@pytest.mark.parametrize("bpm", [115, 128, 140, 149])
def test_a_fast_heart_without_p_has_no_pr(bpm: float) -> None:
    windows = _fast(bpm, 0.13, 0.27, 0.0, seed=round(bpm))
    assert [window.pr.value for window in windows] == [None] * len(windows)


@pytest.mark.parametrize("bpm", [128, 136, 143, 150])
@pytest.mark.parametrize("delay", [0.0, 0.06, 0.12, 0.18])
def test_flutter_waves_are_no_p(bpm: float, delay: float) -> None:
    """Two to one: a sawtooth at twice the rate, at any distance from the complexes."""
    times = make.regular(SECONDS, 60 / bpm)
    phase = np.mod((T - 0.5 - delay) * bpm / 30, 1)
    saw = np.where(phase < 0.7, phase / 0.7, (1 - phase) / 0.3) - 0.5
    waves = 0.3 * np.convolve(saw, np.hanning(13) / np.hanning(13).sum(), "same")
    lead = make.lead(SECONDS, times, qrs=0.085, qt=0.27, p_mv=0.0)
    windows = make.run(lead + waves + 0.005 * np.random.default_rng(1).standard_normal(len(T))).windows
    assert [window.pr.value for window in windows if window.pr.value is not None and not window.pr.reason] == []
