"""Ventricular fibrillation and torsade after sinus rhythm, and movement and tachycardia that look like them."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

FIBRILLATION = wire.RHYTHM_VENTRICULAR_FIBRILLATION
WIDE = wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA | wire.RHYTHM_TACHYCARDIA
STANDSTILL = wire.RHYTHM_PAUSE | wire.RHYTHM_ASYSTOLE
SECONDS = 42
START = 12.6
T = np.arange(SECONDS * make.RATE) / make.RATE


def _sinus(rng: np.random.Generator, end: float = SECONDS, bpm: float = 74) -> make.FloatArray:
    times = [at for at in make.regular(SECONDS, 60 / bpm) if at < end]
    return make.lead(SECONDS, times, qt=0.37) + 0.008 * rng.standard_normal(len(T))


def _fibrillation(hz: float, mv: float, rng: np.random.Generator) -> make.FloatArray:
    """Waves whose frequency and height change all the time."""
    n = make.RATE * 2 // 5
    drift = np.convolve(rng.standard_normal(len(T)), np.ones(n) / np.sqrt(n), "same")
    phase = 2 * np.pi * np.cumsum(hz + 0.6 * drift) / make.RATE
    height = mv * (1 + 0.4 * np.sin(2 * np.pi * 0.35 * T + rng.uniform(0, 6)))
    return np.where(START < T, height * (np.sin(phase) + 0.3 * np.sin(1.7 * phase + 1)), 0)


def _torsade(bpm: float, turn_s: float, mv: float, rng: np.random.Generator) -> make.FloatArray:
    """Wide complexes whose axis turns about the baseline."""
    found = np.zeros(len(T))
    at = START
    while at < SECONDS:
        axis = np.sin(2 * np.pi * (at - START) / turn_s + 0.7)
        axis = np.sign(axis) * max(abs(axis), 0.3)
        found += mv * axis * np.exp(-0.5 * ((T - at) / 0.034) ** 2)
        found -= 0.65 * mv * axis * np.exp(-0.5 * ((T - at - 0.13) / 0.045) ** 2)
        at += 60 / bpm * float(1 + 0.02 * rng.standard_normal())
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("hz", "mv"), [(4.4, 0.15), (4.6, 0.5), (5.2, 0.3), (6.0, 0.8)])
def test_fibrillation_is_suspected_and_has_no_rate(hz: float, mv: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    windows = make.run(_sinus(rng, START) + _fibrillation(hz, mv, rng)).windows
    assert windows[0].heart_rate.value is not None
    for window in windows[2:4]:
        assert window.flags & FIBRILLATION
        assert window.heart_rate.value is None
        assert window.reason == wire.REASON_IRREGULAR
        assert window.irregularity is None
    assert not any(window.flags & STANDSTILL for window in windows)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("bpm", "turn_s"), [(195, 3.2), (210, 3.6), (225, 4.4)])
@pytest.mark.parametrize("mv", [0.7, 1.3])
def test_torsade_is_a_wide_tachycardia(bpm: float, turn_s: float, mv: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    windows = make.run(_sinus(rng, START) + _torsade(bpm, turn_s, mv, rng)).windows
    assert all(window.flags & WIDE == WIDE for window in windows[2:4])
    assert not any(window.flags & STANDSTILL for window in windows)


def _complexes(times: list[float], heights: list[float]) -> make.FloatArray:
    """Wide complexes with T waves against them."""
    found = np.zeros(len(T))
    for at, mv in zip(times, heights, strict=True):
        found += make.bump(T, at - 0.072, at + 0.064, mv) + make.bump(T, at + 0.08, at + 0.25, -0.3 * mv)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("turn_s", [5.0, 5.6])
@pytest.mark.parametrize("bpm", [150, 165])
def test_a_rate_is_not_reported_without_the_beats_that_vanish_where_the_axis_turns(
    bpm: float, turn_s: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    times = [15.2]
    while times[-1] < SECONDS - 1:
        times.append(times[-1] + 60 / bpm * float(1 + 0.04 * rng.standard_normal()))
    heights = [1.4 * float(np.cos(2 * np.pi * (at - 15) / turn_s)) for at in times]
    every = [at for at in make.regular(SECONDS, 0.9) if at < 14.9]
    windows = make.run(_sinus(rng, 14.9, 60 / 0.9) + _complexes(times, heights)).windows
    every += times
    assert windows[0].heart_rate.value is not None
    for number, window in enumerate(windows[:4]):
        within = [at for at in every if 10 * number <= at < 10 * number + 10]
        rate = 60 / float(np.mean(np.diff(within)))
        if window.heart_rate.value is not None:
            # without one beat in ten seconds at most
            assert abs(window.heart_rate.value / 10 - rate) < 8


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("bpm", [130, 150, 170])
@pytest.mark.parametrize("run", [4, 9])
def test_runs_of_ventricular_beats_keep_their_rate(run: int, bpm: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal = [0.5]
    wide: list[float] = []
    while max(normal[-1], *wide, 0) < SECONDS - 2:
        at = max(normal[-1], *wide, 0)
        if len(normal) % 7 == 6:
            wide += [at + 60 / bpm * (1 + k) * float(1 + 0.002 * rng.standard_normal()) for k in range(run)]
            normal.append(wide[-1] + 1.0)
        else:
            normal.append(at + 0.8)
    wide = [at for at in wide if at < SECONDS - 1]
    normal = [at for at in normal if at < SECONDS - 1]
    signal = make.lead(SECONDS, normal, qt=0.37) + _complexes(wide, [1.3] * len(wide))
    windows = make.run(signal + 0.008 * rng.standard_normal(len(T))).windows
    assert sum(window.heart_rate.value is not None for window in windows) >= len(windows) - 1


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("pause_s", [0.9, 1.1, 1.3])
@pytest.mark.parametrize("qrs", [0.09, 0.14, 0.15])
def test_two_ventricular_beats_and_their_pause_in_a_bundle_branch_block_are_no_run_with_gaps(
    qrs: float, pause_s: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    normal = [0.5]
    wide: list[float] = []
    while (at := max(normal[-1], *wide, 0)) < SECONDS - 3:
        if len(normal) % 10 == 9:
            wide += [at + 0.44, at + 0.88]
            normal.append(wide[-1] + pause_s)
        else:
            normal.append(at + 0.82)
    signal = make.lead(SECONDS, normal, qrs=qrs) + _complexes(wide, [-1.3] * len(wide))
    windows = make.run(signal + 0.008 * rng.standard_normal(len(T))).windows
    every = sorted(normal + wide)
    assert len(windows) > 3
    for window in windows[:4]:
        assert window.heart_rate.value == pytest.approx(600 / float(np.mean(np.diff(every))), abs=40)


@pytest.mark.parametrize("bpm", [58, 74, 96])
@pytest.mark.parametrize(("hz", "mv"), [(2.2, 1.0), (3.4, 0.6), (4.6, 0.8), (5.3, 0.4), (6.5, 0.25)])
def test_beats_beneath_movement_do_not_fibrillate(hz: float, mv: float, bpm: float) -> None:
    rng = np.random.default_rng(round(bpm * hz))
    phase = 2 * np.pi * np.cumsum(hz + 0.3 * np.sin(2 * np.pi * 0.2 * T)) / make.RATE
    movement = np.where(START < T, mv * (np.sin(phase) + 0.3 * np.sin(2 * phase + 0.5)), 0)
    windows = make.run(_sinus(rng, bpm=bpm) + movement).windows
    assert not any(window.flags & FIBRILLATION for window in windows)


@pytest.mark.parametrize("seed", [1, 2, 5])
@pytest.mark.parametrize("rr", [0.26, 0.3, 0.35])
def test_a_fast_narrow_rhythm_does_not_fibrillate(rr: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    fast = [START + rr * k for k in range(int((SECONDS - START - 0.5) / rr))]
    lead = make.lead(SECONDS, fast, pr=0.1, qrs=0.07, qt=0.2, p_mv=0.0)
    output = make.run(_sinus(rng, START - 0.4) + lead)
    assert not any(window.flags & FIBRILLATION for window in output.windows)
    assert len(output.beats) >= 0.9 * len(fast)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("hz", [3.4, 4.2, 5.0, 6.5])
def test_nothing_is_suspected_before_there_was_a_heart(hz: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    waves = 0.4 * np.sin(2 * np.pi * hz * T + seed)
    windows = make.run(waves + 0.008 * rng.standard_normal(len(T))).windows
    assert windows
    assert not any(window.flags for window in windows)
    # the same waves behind a heart are
    begun = make.run(_sinus(rng, START) + np.where(START < T, waves, 0)).windows
    assert all(window.flags & WIDE == WIDE for window in begun[2:4])


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("hz", "slow"), [(3.4, True), (5.2, False)])
def test_a_measured_window_is_refused_beside_fast_waves_only(hz: float, slow: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    waves = np.where((T > START) & (T < START + 4.6), 0.3 * np.sin(2 * np.pi * hz * T), 0)
    gap = (T > START - 0.3) & (T < START + 4.9)
    windows = make.run(np.where(gap, 0, _sinus(rng)) + waves).windows
    named = [window for window in windows if window.flags & WIDE == WIDE]
    assert named
    for window in named:
        assert (window.reason == 0) == slow
        assert slow or window.heart_rate.value is None
        assert bool(window.flags & FIBRILLATION) != slow


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("hz", "mv"), [(4.4, 0.3), (5.5, 0.2), (6.4, 0.8), (6.8, 0.5)])
def test_fibrillation_from_the_start_has_a_reason_of_its_own_and_no_rate(hz: float, mv: float, seed: int) -> None:
    """Nobody knows yet that the electrodes are on a person: the same waves may be a sway, and are no finding."""
    rng = np.random.default_rng(seed)
    first = round((START + 0.1) * make.RATE)
    waves = _fibrillation(hz, mv, rng)[first:] + 0.008 * rng.standard_normal(len(T) - first)
    windows = make.run(waves).windows
    assert len(windows) >= 2
    for window in windows[:2]:
        assert window.heart_rate.value is None
        assert window.reason == wire.REASON_IRREGULAR
        assert not window.flags
