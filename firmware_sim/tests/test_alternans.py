from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

SECONDS = 80


def _lead(
    alternans_uv: float, *, rr: float = 0.8, noise_mv: float = 0.01, resets: int = 0, ectopic: int = 0, seed: int = 1
) -> make.FloatArray:
    """Beats whose T wave is higher by `alternans_uv` in every other one.

    Every `resets`-th beat takes the same phase as the one before; every `ectopic`-th is early, wide and of no phase.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    signal = noise_mv * rng.standard_normal(len(t))
    time, phase, number = 0.6, 0, 0
    while time < SECONDS - 0.6:
        number += 1
        early = bool(ectopic) and number % ectopic == 0
        if early:
            signal += make.bump(t, time - 0.38 * rr - 0.08, time - 0.38 * rr + 0.08, -1.6)
        else:
            phase = phase if resets and number % resets == 0 else 1 - phase
            signal += make.lead(SECONDS, [time])
            signal += make.bump(t, time + 0.155, time + 0.355, alternans_uv / 1000 * phase)
        time += rr * (1 + 0.01 * rng.standard_normal())
    return np.asarray(signal, dtype=np.float64)


def _found(signal: make.FloatArray) -> list[int]:
    return [window.alternans_uv for window in make.run(signal).windows if window.alternans_uv is not None]


def _flagged(signal: make.FloatArray) -> bool:
    return any(window.flags & wire.RHYTHM_T_WAVE_ALTERNANS for window in make.run(signal).windows)


@pytest.mark.parametrize("uv", [70, 100])
@pytest.mark.parametrize("noise_mv", [0.002, 0.02])
def test_alternans_is_found_with_its_amplitude(uv: int, noise_mv: float) -> None:
    signal = _lead(uv, noise_mv=noise_mv)
    # the mean over 64 ms of a hump of 200 ms is a little lower than its top
    assert 0.7 * uv <= _found(signal)[-1] <= 1.15 * uv
    assert _flagged(signal)


@pytest.mark.parametrize("uv", [20, 35])
def test_small_alternans_is_measured_but_not_flagged(uv: int) -> None:
    signal = _lead(uv, noise_mv=0.004)
    assert 0.7 * uv <= _found(signal)[-1] <= 1.15 * uv
    assert not _flagged(signal)


def test_phase_resets_do_not_hide_it() -> None:
    assert _flagged(_lead(90, resets=15))


def test_ectopic_beats_do_not_hide_it() -> None:
    assert _flagged(_lead(90, ectopic=17))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("noise_mv", [0.01, 0.04, 0.1])
def test_noise_is_no_alternans(seed: int, noise_mv: float) -> None:
    assert not _flagged(_lead(0, noise_mv=noise_mv, seed=seed))


@pytest.mark.parametrize("rr", [0.44, 1.7])
def test_too_fast_and_too_slow_hearts_are_not_judged(rr: float) -> None:
    assert not _found(_lead(100, rr=rr))


def test_breathing_is_no_alternans() -> None:
    signal = _lead(0)
    t = np.arange(len(signal)) / make.RATE
    assert not _flagged(signal * (1 + 0.15 * np.sin(2 * np.pi * 0.27 * t)))
