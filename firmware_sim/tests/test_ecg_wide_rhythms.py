"""Ventricular runs, tachycardia and bigeminy by rate and shape, tall T waves, and what is normal beside them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

N, V = wire.BEAT_KIND_NORMAL, wire.BEAT_KIND_VENTRICULAR
WIDE = wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA
SECONDS = 40


def _noise(seed: int) -> make.FloatArray:
    return 0.006 * np.random.default_rng(seed).standard_normal(SECONDS * make.RATE)


def _ventricular(times: list[float], upstroke: float, mv: float) -> make.FloatArray:
    """Wide complexes: a lobe that rises for `upstroke` s and falls a little slower, an S, and a T against it."""
    t = np.arange(SECONDS * make.RATE) / make.RATE
    signal = np.zeros_like(t)
    for at in times:
        rise, fall = (np.clip((t - at) / length, -1, 1) for length in (upstroke, 1.2 * upstroke + 0.02))
        signal += mv * np.where(t < at, np.cos(np.pi / 2 * rise), np.cos(np.pi / 2 * fall)) ** 1.8
        end = at + 1.2 * upstroke + 0.02
        signal += make.bump(t, end - 0.03, end + 0.04, -0.35 * mv)
        signal += make.bump(t, end + 0.04, end + 0.2, -0.3 * mv)
    return signal


def _sinus(times: list[float], qt: float = 0.38) -> make.FloatArray:
    return make.lead(SECONDS, times, qt=qt)


def _kinds_near(output: make.Output, times: list[float]) -> list[int]:
    """The kinds of the beats at these times, -1 where there is none."""
    r = output.r() / make.RATE
    return [output.beats[int(np.argmin(abs(r - at)))].kind if min(abs(r - at)) < 0.09 else -1 for at in times]


@pytest.mark.parametrize("mv", [1.4, -1.2])
@pytest.mark.parametrize("upstroke", [0.045, 0.06])
@pytest.mark.parametrize(("bpm", "beats"), [(140, 4), (150, 25), (165, 9), (185, 30)])
def test_a_ventricular_run_in_sinus_rhythm_is_one(bpm: float, beats: int, upstroke: float, mv: float) -> None:
    fast = [14 + 60 / bpm * k for k in range(beats)]
    normal = [t for t in make.regular(SECONDS, 0.82) if t < fast[0] - 0.5 or t > fast[-1] + 0.7]
    output = make.run(_sinus(normal) + _ventricular(fast, upstroke, mv) + _noise(beats))
    assert any(window.flags & WIDE for window in output.windows)
    kinds = _kinds_near(output, fast)
    assert kinds.count(V) >= 0.75 * beats
    assert sum(kind != N for kind in _kinds_near(output, normal)) <= 2
    assert not output.windows[-1].flags
    for window in output.windows:
        assert not window.flags & (wire.RHYTHM_LONG_QTC | wire.RHYTHM_SHORT_QTC)


@pytest.mark.parametrize("mv", [1.0, -1.0, -1.4])
@pytest.mark.parametrize("upstroke", [0.02, 0.026])
@pytest.mark.parametrize(("bpm", "seconds"), [(160, 6), (175, 8), (188, 6), (188, 12)])
def test_a_run_of_hardly_wider_complexes_stays_one(bpm: float, seconds: float, upstroke: float, mv: float) -> None:
    fast = [13 + 60 / bpm * k for k in range(int(seconds * bpm / 60))]
    normal = [t for t in make.regular(SECONDS, 0.8) if t < fast[0] - 0.5 or t > fast[-1] + 0.7]
    output = make.run(_sinus(normal) + _ventricular(fast, upstroke, mv) + _noise(round(bpm)))
    both = WIDE | wire.RHYTHM_TACHYCARDIA
    assert any(window.flags & both == both for window in output.windows)
    assert _kinds_near(output, fast).count(V) >= 0.75 * len(fast)
    assert sum(kind != N for kind in _kinds_near(output, normal)) <= 2
    assert not output.windows[-1].flags


@pytest.mark.parametrize("rr", [0.33, 0.375, 0.42])
@pytest.mark.parametrize("start", [14.0, 22.0])
def test_a_narrow_run_is_no_wide_tachycardia(rr: float, start: float) -> None:
    normal = [t for t in make.regular(SECONDS, 0.82) if t < start - 0.4]
    fast = [start + rr * k for k in range(int((SECONDS - start - 0.5) / rr))]
    lead = _sinus(normal) + make.lead(SECONDS, fast, pr=0.1, qrs=0.08, qt=0.24, p_mv=0.0)
    output = make.run(lead + _noise(3))
    assert not any(window.flags & WIDE for window in output.windows)
    assert output.windows[-1].flags == wire.RHYTHM_TACHYCARDIA
    assert V not in _kinds_near(output, normal + fast)


@pytest.mark.parametrize("mv", [1.5, -0.8])
@pytest.mark.parametrize("upstroke", [0.035, 0.045, 0.06])
@pytest.mark.parametrize("bpm", [130, 160, 200])
def test_a_tachycardia_of_slow_complexes_is_wide(bpm: float, upstroke: float, mv: float) -> None:
    output = make.run(_ventricular(make.regular(SECONDS, 60 / bpm), upstroke, mv) + _noise(1))
    measured = [window for window in output.windows if window.reason == 0]
    assert len(measured) >= 3
    assert all(window.flags & wire.RHYTHM_TACHYCARDIA for window in measured)
    assert sum(bool(window.flags & WIDE) for window in measured) >= 3
    assert all(window.pr.value is None for window in measured)


@pytest.mark.parametrize("bpm", [120, 150, 180, 210])
@pytest.mark.parametrize("qrs", [0.06, 0.075, 0.09])
def test_a_narrow_tachycardia_is_not_wide(bpm: float, qrs: float) -> None:
    lead = make.lead(SECONDS, make.regular(SECONDS, 60 / bpm), qrs=qrs, qt=min(0.3, 0.75 * 60 / bpm), p_mv=0.0)
    output = make.run(lead + _noise(2))
    assert all(window.flags == wire.RHYTHM_TACHYCARDIA for window in output.windows)


@pytest.mark.parametrize("first", [0.4, 0.9])
@pytest.mark.parametrize("coupling", [0.6, 0.64, 0.68])
@pytest.mark.parametrize(("rr", "mv"), [(0.82, 1.5), (0.9, -1.3), (1.0, 1.2)])
def test_bigeminy_has_a_rate_and_qt_of_normal_beats(rr: float, mv: float, coupling: float, first: float) -> None:
    normal = make.regular(SECONDS, 2 * rr, first)
    early = [t + coupling * rr for t in normal if t + coupling * rr < SECONDS - 0.5]
    output = make.run(_sinus(normal) + _ventricular(early, 0.04, mv) + _noise(4))
    for window in output.windows:
        assert window.flags & wire.RHYTHM_FREQUENT_ECTOPY
        assert not window.flags & (wire.RHYTHM_IRREGULAR | wire.RHYTHM_LONG_QTC | WIDE)
        assert window.heart_rate.value == pytest.approx(600 / rr, rel=0.07)
        assert window.qt.value == pytest.approx(3800, abs=310)
    assert _kinds_near(output, early).count(V) >= len(early) - 3


@pytest.mark.parametrize("t_mv", [0.8, 1.1, 1.4])
@pytest.mark.parametrize("rr", [0.62, 0.8, 1.05])
@pytest.mark.parametrize("first", [0.1, 0.5])
def test_tall_t_waves_are_no_beats_from_the_start(rr: float, t_mv: float, first: float) -> None:
    times = make.regular(SECONDS, rr, first)
    qt = 0.38 * rr ** (1 / 3)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    tall = sum(make.bump(t, at - 0.045 + qt - 0.16, at - 0.045 + qt, t_mv - 0.3) for at in times)
    output = make.run(_sinus(times, qt) + tall + _noise(6))
    assert abs(len(output.beats) - len(times)) <= 1
    for window in output.windows:
        assert window.heart_rate.value == pytest.approx(600 / rr, rel=0.05)
        assert not window.flags & (WIDE | wire.RHYTHM_FREQUENT_ECTOPY)


def test_beats_that_come_early_from_the_start_are_found() -> None:
    for coupling in (0.38, 0.45):
        normal = make.regular(SECONDS, 1.5)
        early = [t + coupling for t in normal if t + coupling < SECONDS - 0.5]
        output = make.run(_sinus(normal, 0.34) + _ventricular(early, 0.03, 1.2) + _noise(7))
        found = output.r() / make.RATE
        missed = [t for a, b in pairwise([*normal, *early]) for t in (a, b) if min(abs(found - t)) > 0.09]
        assert not missed


@pytest.mark.parametrize("rr", [0.24, 0.26, 0.28])
def test_every_beat_of_the_fastest_rhythm_is_found(rr: float) -> None:
    times = make.regular(SECONDS, rr)
    output = make.run(make.lead(SECONDS, times, qrs=0.06, qt=0.17, p_mv=0.0) + _noise(8))
    assert abs(len(output.beats) - len(times)) <= 2
