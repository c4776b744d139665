"""An open input that drifts hides beats: what it leaves is no pause, while a pause in a quiet lead is one."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

SECONDS = 32
NEVER = wire.RHYTHM_PAUSE | wire.RHYTHM_ASYSTOLE | wire.RHYTHM_BRADYCARDIA


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("step_mv", [0.045, 0.06, 0.08])
@pytest.mark.parametrize(("begin", "length"), [(11.0, 7.0), (13.2, 4.5), (9.4, 6.0)])
def test_a_random_walk_is_no_pause(begin: float, length: float, step_mv: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lead = make.lead(SECONDS, make.regular(SECONDS, 0.84), qt=0.38) + 0.006 * rng.standard_normal(SECONDS * make.RATE)
    first, last = round(begin * make.RATE), round((begin + length) * make.RATE)
    lead[first:last] = lead[first] + np.cumsum(step_mv * rng.standard_normal(last - first))
    windows = make.run(lead).windows
    assert not any(window.flags & NEVER for window in windows)
    rates = [window.heart_rate.value for window in windows if window.heart_rate.value is not None]
    assert len(rates) >= 2
    assert all(abs(rate / 10 - 60 / 0.84) < 5 for rate in rates), rates


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("p_mv", [0.0, 0.2])
@pytest.mark.parametrize(("wander_mv", "noise_mv"), [(0.0, 0.006), (1.0, 0.006), (0.1, 0.03)])
@pytest.mark.parametrize("pause", [2.6, 3.4, 4.4])
def test_a_pause_is_reported_still(pause: float, wander_mv: float, noise_mv: float, p_mv: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    before = make.regular(13, 0.84)
    times = [*before, *(before[-1] + pause + 0.84 * k for k in range(16))]
    lead = make.lead(SECONDS, [at for at in times if at < SECONDS - 0.6], qt=0.38)
    for onset in np.arange(before[-1] + 0.64, before[-1] + pause - 0.4, 0.84):
        lead += make.bump(t, onset, onset + 0.1, p_mv)
    lead += wander_mv * np.sin(2 * np.pi * 0.25 * t) + noise_mv * rng.standard_normal(len(t))
    assert any(window.flags & wire.RHYTHM_PAUSE for window in make.run(lead).windows)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("noise_mv", [0.03, 0.06, 0.08])
@pytest.mark.parametrize("rr", [2.1, 2.6, 3.2])
def test_a_slow_heart_whose_every_interval_is_full_of_noise_has_no_rate(rr: float, noise_mv: float, seed: int) -> None:
    """Where no interval of a window is one, it has nothing that a rate could come from."""
    rng = np.random.default_rng(seed)
    lead = make.lead(SECONDS, make.regular(SECONDS, rr), qt=0.42)
    windows = make.run(lead + noise_mv * rng.standard_normal(len(lead))).windows
    assert sum(window.beats for window in windows) >= 9
    if noise_mv > 0.05:
        assert {window.reason for window in windows} == {wire.REASON_NOISE}
        assert all(window.heart_rate.value is None and not window.flags for window in windows)
    else:
        assert all(window.flags & wire.RHYTHM_PAUSE for window in windows)
