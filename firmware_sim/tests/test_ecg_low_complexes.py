"""Complexes that become low are beats still, and what goes on in a standstill is none."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

STANDSTILL = wire.RHYTHM_PAUSE | wire.RHYTHM_ASYSTOLE
BLOCK = wire.RHYTHM_AV_BLOCK_SECOND_DEGREE | wire.RHYTHM_AV_BLOCK_COMPLETE | wire.RHYTHM_P_WITHOUT_QRS
SECONDS = 30
#: When the complexes become low.
CHANGE_S = 10


def _noise(seed: int, rms_mv: float = 0.006) -> make.FloatArray:
    return rms_mv * np.random.default_rng(seed).standard_normal(SECONDS * make.RATE)


def _wide(times: list[float], mv: float, sigma: float) -> make.FloatArray:
    """Ventricular complexes: R of this height and width, what follows it, and T."""
    t = np.arange(SECONDS * make.RATE) / make.RATE
    signal = np.zeros_like(t)
    for at, part, width in ((0, 1, sigma), (2 * sigma, -0.4, sigma), (0.2, -0.3, 0.05)):
        for r in times:
            signal += part * mv * np.exp(-0.5 * ((t - r - at) / width) ** 2)
    return signal


def _times(rr: float, begin: float, seed: int, variation: float) -> list[float]:
    steps = rr * (1 + variation * np.random.default_rng(seed).standard_normal(int((SECONDS - begin) / rr) + 9))
    return [float(at) for at in begin + np.cumsum(steps) - steps[0] if at < SECONDS - 0.4]


def _sinus(rr: float, seed: int) -> list[float]:
    return [at for at in _times(rr, 0.5, seed, 0.02) if at < CHANGE_S]


def _missed(output: make.Output, times: list[float]) -> list[float]:
    found = output.r() / make.RATE
    return [at for at in times if at < SECONDS - 1 and np.min(np.abs(found - at)) > 0.12]


def _extra(output: make.Output, times: list[float]) -> list[float]:
    known = np.array(times)
    return [float(r) for r in output.r() / make.RATE if np.min(np.abs(known - r)) > 0.15]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("bpm", "sign", "sigma"), [(110, 1, 0.035), (140, -1, 0.04), (170, 1, 0.03), (200, -1, 0.035)])
@pytest.mark.parametrize("height", [0.3, 0.4])
def test_a_low_ventricular_tachycardia_is_no_standstill(
    height: float, bpm: float, sign: int, sigma: float, seed: int
) -> None:
    sinus = _sinus(0.8, seed)
    run = _times(60 / bpm, sinus[-1] + max(0.42, 60 / bpm), seed, 0.008)
    output = make.run(make.lead(SECONDS, sinus) + _wide(run, 1.2 * sign * height, sigma) + _noise(seed))
    assert not any(window.flags & (STANDSTILL | BLOCK) for window in output.windows)
    assert any(window.flags & wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA for window in output.windows)
    assert len(_missed(output, run)) <= 3
    assert not _extra(output, sinus + run)
    rates = [window.heart_rate.value for window in output.windows[1:]]
    assert any(rate is not None and abs(rate / 10 - bpm) < 4 for rate in rates)
    assert all(rate is None or abs(rate / 10 - bpm) < 10 for rate in rates)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("bpm", "sign"), [(62, 1), (75, -1)])
@pytest.mark.parametrize("height", [0.3, 0.4])
def test_a_low_escape_rhythm_is_no_standstill(height: float, bpm: float, sign: int, seed: int) -> None:
    sinus = _sinus(0.8, seed)
    run = _times(60 / bpm, sinus[-1] + 60 / bpm, seed, 0.008)
    output = make.run(make.lead(SECONDS, sinus) + _wide(run, 1.2 * sign * height, 0.035) + _noise(seed))
    assert not any(window.flags & STANDSTILL for window in output.windows)
    assert len(_missed(output, run)) <= 2
    assert not _extra(output, sinus + run)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("bpm", "sign"), [(50, 1), (75, -1), (95, 1)])
@pytest.mark.parametrize("height", [0.15, 0.2, 0.3])
def test_a_lead_that_becomes_low_is_no_standstill(height: float, bpm: float, sign: int, seed: int) -> None:
    sinus = _sinus(60 / bpm, seed)
    low = _times(60 / bpm, sinus[-1] + 60 / bpm, seed, 0.02)
    lead = make.lead(SECONDS, sinus, p_mv=0.12) + sign * height * make.lead(SECONDS, low, p_mv=0.12)
    output = make.run(lead + _noise(seed, 0.004))
    assert not any(window.flags & STANDSTILL for window in output.windows)
    assert len(_missed(output, low)) <= 1
    assert not _extra(output, sinus + low)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("p_mv", "of_usual"), [(0.1, 1.0), (0.15, 1.3), (0.25, 1.2), (0.25, 0.8)])
@pytest.mark.parametrize("pp", [0.5, 0.7, 1.0])
def test_p_waves_of_a_standstill_are_no_low_complexes(pp: float, p_mv: float, of_usual: float, seed: int) -> None:
    sinus = _sinus(0.8, seed)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    lead = make.lead(SECONDS, sinus, p_mv=p_mv) + _noise(seed, 0.005)
    for at in _times(pp, sinus[-1] + pp, seed, 0.02):
        lead += make.bump(t, at, at + 0.1, p_mv * of_usual)
    output = make.run(lead)
    assert any(window.flags & wire.RHYTHM_ASYSTOLE for window in output.windows)
    assert not [beat for beat in output.beats if beat.r / make.RATE > sinus[-1] + 0.3]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("bpm", "sign"), [(36, 1), (45, -1), (60, 1), (90, -1), (130, 1)])
@pytest.mark.parametrize(("height", "sigma"), [(0.2, 0.045), (0.25, 0.04), (0.3, 0.055)])
def test_broad_low_complexes_are_no_standstill(height: float, sigma: float, bpm: float, sign: int, seed: int) -> None:
    sinus = _sinus(0.8, seed)
    run = _times(60 / bpm, sinus[-1] + 1.2, seed, 0.008)
    output = make.run(make.lead(SECONDS, sinus) + _wide(run, 1.2 * sign * height, sigma) + _noise(seed))
    assert not any(window.flags & (STANDSTILL | BLOCK) for window in output.windows)
    assert output.windows[0].heart_rate.value is not None
    rates = [window.heart_rate.value for window in output.windows[1:]]
    assert all(rate is None or abs(rate / 10 - bpm) < 4 for rate in rates)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("p_s", "p_mv"), [(0.1, 0.2), (0.13, 0.15), (0.13, 0.25)])
@pytest.mark.parametrize("wander_mv", [0.0, 0.4])
def test_broad_p_waves_and_wander_of_a_standstill_are_no_complexes(
    wander_mv: float, p_s: float, p_mv: float, seed: int
) -> None:
    sinus = _sinus(0.8, seed)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    lead = make.lead(SECONDS, sinus, p_mv=0) + _noise(seed, 0.005) + wander_mv * np.sin(2 * np.pi * 0.35 * t + seed)
    for at in [*sinus, *_times(0.85, sinus[-1] + 0.85, seed, 0.02)]:
        lead += make.bump(t, at - 0.2, at - 0.2 + p_s, p_mv)
    output = make.run(lead)
    paused = [window.end / make.RATE for window in output.windows if window.flags & STANDSTILL]
    assert sinus[-1] + 3 <= paused[0] <= sinus[-1] + 3.7
    assert output.windows[-1].flags & wire.RHYTHM_ASYSTOLE
    assert not [beat for beat in output.beats if beat.r / make.RATE > sinus[-1] + 0.3]


@pytest.mark.parametrize("rms_mv", [0.005, 0.01, 0.015])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_noise_of_a_standstill_is_no_low_complex(rms_mv: float, seed: int) -> None:
    sinus = _sinus(0.8, seed)
    output = make.run(0.6 * make.lead(SECONDS, sinus) + _noise(seed, rms_mv))
    assert any(window.flags & wire.RHYTHM_ASYSTOLE for window in output.windows)
    assert not [beat for beat in output.beats if beat.r / make.RATE > sinus[-1] + 0.3]


def _with_ectopy(rr: float, every: int, coupling: float, seed: int) -> tuple[list[float], list[float]]:
    """Normal beats, and an early one in place of each `every`-th, with a full pause behind."""
    rng = np.random.default_rng(seed)
    times = [rr * (k + rng.uniform(-0.01, 0.01)) + 0.6 for k in range(int((SECONDS - 1) / rr))]
    early = [at for k, at in enumerate(times) if k % every == every - 1]
    return [at for at in times if at not in early], [at - (1 - coupling) * rr for at in early]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("height", "sign", "every"),
    [(0.45, 1, 3), (0.45, -1, 3), (0.45, -1, 4), (0.45, 1, 5), (0.5, -1, 2), (0.5, 1, 3), (0.6, 1, 2), (0.6, -1, 4)],
)
def test_low_ventricular_beats_are_found_beside_normal_ones(height: float, sign: int, every: int, seed: int) -> None:
    normal, early = _with_ectopy(0.84, every, 0.6, seed)
    lead = make.lead(SECONDS, normal, qt=0.36) + _wide(early, sign * height, 0.035)
    output = make.run(lead + _noise(seed, 0.008))
    assert len([at for at in _missed(output, early + normal) if at > 3]) <= 1
    assert not _extra(output, early + normal)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("height", "sign", "rr", "sigma"), [(0.35, -1, 0.84, 0.035), (0.4, 1, 0.75, 0.032), (0.48, -1, 0.7, 0.03)]
)
def test_low_bigeminy_has_its_rate(height: float, sign: int, rr: float, sigma: float, seed: int) -> None:
    normal, early = _with_ectopy(rr, 2, 0.62, seed)
    output = make.run(make.lead(SECONDS, normal, qt=0.36) + _wide(early, sign * height, sigma) + _noise(seed))
    assert len([at for at in _missed(output, early + normal) if at > 6]) <= 1
    assert not _extra(output, early + normal)
    for window in output.windows[1:]:
        assert window.heart_rate.value is not None
        assert abs(window.heart_rate.value / 10 - 60 / rr) < 6
        assert not window.flags & wire.RHYTHM_BRADYCARDIA


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("rr", "pp", "p_mv"), [(1.58, 0.77, 0.13), (1.58, 0.79, 0.2), (1.42, 0.6, 0.15)])
def test_p_waves_of_a_slow_escape_rhythm_are_no_low_beats(rr: float, pp: float, p_mv: float, seed: int) -> None:
    times = _times(rr, 0.5, seed, 0.004)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    lead = make.lead(SECONDS, times, p_mv=0) + _noise(seed)
    for at in _times(pp, 0.6, seed + 5, 0.012):
        lead += make.bump(t, at, at + 0.1, p_mv)
    output = make.run(lead)
    assert not _extra(output, times)
    assert not _missed(output, times)


def _atria(pp: float, p_mv: float, seed: int) -> make.FloatArray:
    """P waves that know nothing of the ventricles."""
    t = np.arange(SECONDS * make.RATE) / make.RATE
    times = _times(pp, 0.1 + 0.13 * (seed % 5), seed + 5, 0.01)
    return np.asarray(np.sum([make.bump(t, at, at + 0.1, p_mv) for at in times], axis=0))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("bpm", [28, 34, 40])
@pytest.mark.parametrize(("pp", "p_mv"), [(0.66, 0.25), (0.74, 0.25), (0.82, 0.3), (0.74, 0.3)])
def test_large_p_waves_of_a_complete_block_are_no_beats(
    pp: float, p_mv: float, bpm: float, wide: bool, seed: int
) -> None:
    times = _times(60 / bpm, 0.7, seed, 0.004)
    complexes = _wide(times, 1.7, 0.035) if wide else make.lead(SECONDS, times, p_mv=0)
    output = make.run(complexes + _atria(pp, p_mv, seed) + _noise(seed))
    rates = [window.heart_rate.value for window in output.windows]
    assert sum(rate is not None for rate in rates) >= 2
    assert all(rate is None or abs(rate / 10 - bpm) < 5 for rate in rates)
    assert not _missed(output, times)
    assert len(_extra(output, times)) <= 1
    assert not any(window.flags & (wire.RHYTHM_IRREGULAR | wire.RHYTHM_TACHYCARDIA) for window in output.windows)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("coupling", "sign", "sigma"), [(0.4, -1, 0.036), (0.42, 1, 0.032), (0.46, -1, 0.04)])
def test_ventricular_beats_on_the_end_of_t_are_found(coupling: float, sign: int, sigma: float, seed: int) -> None:
    normal, early = _with_ectopy(0.92, 6, coupling, seed)
    lead = make.lead(SECONDS, normal, qt=0.38) + _wide(early, 1.1 * sign, sigma)
    output = make.run(lead + _noise(seed, 0.008))
    assert len([at for at in _missed(output, early + normal) if at > 14]) <= 1
    assert not _extra(output, early + normal)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("grown", [1.5, 2.0, 3.0])
def test_t_waves_that_grow_are_no_beats(grown: float, seed: int) -> None:
    times = _times(0.85, 0.5, seed, 0.02)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    lead = make.lead(SECONDS, times, qt=0.38) + _noise(seed)
    for at in times:
        onset = at - 0.045
        lead += min(1, max(0, (at - 12) / 6)) * (grown - 1) * make.bump(t, onset + 0.18, onset + 0.38, 0.3)
    output = make.run(lead)
    assert not _extra(output, times)
    assert not _missed(output, times)
