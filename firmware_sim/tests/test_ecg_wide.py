"""Wide and slow complexes: measured whatever their upstroke, and what is as slow and no complex is refused."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.result import EcgWindow
from firmware_sim.testing import ecg_signals as make

SECONDS = 30
T = np.arange(SECONDS * make.RATE) / make.RATE


def _slope(at: float, rise: float, fall: float, amplitude: float) -> make.FloatArray:
    """A lobe with its top at `at` whose sides take `rise` and `fall` seconds (2.5 sigma of a Gaussian)."""
    away = T - at
    sigma = np.where(away < 0, rise, fall) / 2.5
    return np.asarray(amplitude * np.exp(-0.5 * (away / sigma) ** 2), dtype=np.float64)


def _ventricular(tops: make.FloatArray, upstroke: float, amplitude: float, t_after: float = 0.28) -> make.FloatArray:
    """Complexes with a slow upstroke, a lobe of the other sign and a discordant T."""
    signal = np.zeros_like(T)
    for top in tops:
        signal += _slope(float(top), upstroke, upstroke + 0.01, amplitude)
        signal += _slope(float(top) + 0.11, 0.08, 0.08, -0.35 * amplitude)
        signal += _slope(float(top) + t_after, 0.12, 0.10, -0.25 * amplitude)
    return signal


def _quiet(signal: make.FloatArray, seed: int) -> make.FloatArray:
    return np.asarray(signal + 0.006 * np.random.default_rng(seed).standard_normal(len(signal)))


def _assert_rate(window: EcgWindow, rate: float) -> None:
    assert window.heart_rate.value is not None
    assert abs(window.heart_rate.value / 10 - rate) <= max(2.0, 0.02 * rate)


@pytest.mark.parametrize("amplitude", [1.5, -0.9])
@pytest.mark.parametrize("upstroke", [0.04, 0.06, 0.08])
@pytest.mark.parametrize("rate", [125, 150, 180, 210])
def test_slow_tachycardia_is_measured(rate: int, upstroke: float, amplitude: float) -> None:
    tops = np.arange(0.5, SECONDS - 0.2, 60 / rate)
    windows = make.run(_quiet(_ventricular(tops, upstroke, amplitude, 0.5 * 60 / rate + 0.06), rate)).windows
    assert len(windows) == 3
    for window in windows:
        _assert_rate(window, rate)
        assert window.flags & wire.RHYTHM_TACHYCARDIA


@pytest.mark.parametrize("upstroke", [0.04, 0.06, 0.08])
@pytest.mark.parametrize("rate", [60, 75, 90])
def test_slow_paced_complexes_without_spikes_are_measured(rate: int, upstroke: float) -> None:
    tops = np.arange(0.5, SECONDS - 0.3, 60 / rate)
    for window in make.run(_quiet(_ventricular(tops, upstroke, 1.2), 3)).windows:
        _assert_rate(window, rate)
        assert window.quality >= 50


@pytest.mark.parametrize("upstroke", [0.04, 0.06, 0.08])
@pytest.mark.parametrize("rate", [60, 75])
def test_bigeminy_with_slow_beats_keeps_the_numbers_of_the_normal_ones(rate: int, upstroke: float) -> None:
    pair = 120 / rate
    normal = np.arange(0.5, SECONDS - 0.5, pair)
    signal = make.lead(SECONDS, [float(time) for time in normal])
    signal += _ventricular(normal + 0.6 * 60 / rate, upstroke, 1.4)
    windows = make.run(_quiet(signal, 4)).windows
    for window in windows:
        assert window.quality >= 50
        assert window.flags & wire.RHYTHM_FREQUENT_ECTOPY
    # while few beats are known a number may be too uncertain
    measured = [window.qrs.value / 10 for window in windows if window.qrs.value is not None]
    assert len(measured) >= 2
    assert max(abs(qrs - 90) for qrs in measured) <= 20


def _left_bundle_branch_block(times: make.FloatArray, qrs: float, amplitude: float) -> make.FloatArray:
    signal = np.zeros_like(T)
    for onset in times:
        signal += make.bump(T, onset - 0.17, onset - 0.07, 0.12)
        signal += make.bump(T, onset, onset + 0.75 * qrs, amplitude)
        signal += make.bump(T, onset + 0.3 * qrs, onset + qrs, 0.8 * amplitude)
        signal += make.bump(T, onset + 0.25, onset + 0.43, -0.3 * amplitude)
    return signal


@pytest.mark.parametrize("amplitude", [0.5, 1.5])
@pytest.mark.parametrize("qrs", [0.145, 0.155, 0.17])
def test_a_bundle_branch_block_is_measured_and_wide(qrs: float, amplitude: float) -> None:
    times = np.arange(0.4, SECONDS - 0.5, 0.8)
    for window in make.run(_quiet(_left_bundle_branch_block(times, qrs, amplitude), 5)).windows:
        _assert_rate(window, 75)
        assert window.quality >= 50
        assert window.flags & wire.RHYTHM_WIDE_QRS


@pytest.mark.parametrize("hz", [2.0, 2.4, 2.8, 3.2, 3.6, 4.0, 4.4])
def test_a_sine_of_a_tachycardias_rate_is_refused(hz: float) -> None:
    for window in make.run(_quiet(np.sin(2 * np.pi * hz * T), 6)).windows:
        assert window.heart_rate.value is None
        assert window.flags == 0
