"""Test signals behind a high-pass filter and pulses in pairs are no beats; what they are like in hearts is measured."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.testing import ecg_signals as make

SECONDS = 30
T = np.arange(SECONDS * make.RATE) / make.RATE


def _noise(seed: int, size: float = 0.004) -> make.FloatArray:
    return np.asarray(size * np.random.default_rng(seed).standard_normal(len(T)))


def _smooth(signal: make.FloatArray, length: int = 3) -> make.FloatArray:
    return np.asarray(np.convolve(signal, np.ones(length) / length, "same"))


def _high_pass(signal: make.FloatArray, tau: float) -> make.FloatArray:
    kept = float(np.exp(-1 / (tau * make.RATE)))
    found = np.zeros(len(signal))
    for i in range(1, len(signal)):
        found[i] = kept * (found[i - 1] + signal[i] - signal[i - 1])
    return found


def _assert_nothing(signal: make.FloatArray) -> None:
    for window in make.run(signal).windows:
        assert window.heart_rate.value is None or window.heart_rate.quality <= 30
        assert all(getattr(window, name).value is None for name in ("pr", "qrs", "qt"))
        assert not window.flags


@pytest.mark.parametrize("mv", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("tau", [0.05, 0.08, 0.1, 0.15])
@pytest.mark.parametrize(("hz", "duty"), [(1.0, 0.5), (0.8, 0.5), (1.2, 0.4), (0.65, 0.5)])
def test_a_square_wave_behind_a_high_pass_filter_is_no_heart(hz: float, duty: float, tau: float, mv: float) -> None:
    square = mv * (np.mod(T * hz, 1) < duty)
    _assert_nothing(_high_pass(_smooth(square), tau) + _noise(round(10 * tau)))


@pytest.mark.parametrize("mv", [0.5, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("hz", [1.5, 2.0, 2.1, 2.2, 2.3, 2.5, 3.0, 4.0, 10.0])
def test_a_triangle_is_no_tachycardia(hz: float, mv: float) -> None:
    _assert_nothing(mv * (np.abs(np.mod(T * hz, 1) * 2 - 1) - 0.5) + _noise(round(10 * hz), 0.003))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("tau", [0.2, 0.3, 0.5])
@pytest.mark.parametrize(("hz", "length"), [(1.2, 0.08), (1.0, 0.06), (1.4, 0.1)])
def test_rectangles_behind_a_high_pass_filter_are_no_complexes(hz: float, length: float, tau: float, sign: int) -> None:
    pulses = sign * (np.mod(T * hz, 1) < hz * length)
    _assert_nothing(_high_pass(_smooth(pulses.astype(float)), tau) + _noise(round(10 * tau)))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("second", [0.8, 1.0])
@pytest.mark.parametrize("width", [0.009, 0.012, 0.014])
@pytest.mark.parametrize("distance", [0.24, 0.3, 0.34])
def test_pairs_of_pulses_are_no_complex_with_t(distance: float, width: float, second: float, seed: int) -> None:
    signal = _noise(seed)
    for at in np.arange(0.5, SECONDS - 1, 0.9):
        signal += np.exp(-0.5 * ((T - at) / width) ** 2)
        signal += second * np.exp(-0.5 * ((T - at - distance) / width) ** 2)
    _assert_nothing(signal)


@pytest.mark.parametrize("bpm", [58, 84])
@pytest.mark.parametrize("t_mv", [0.9, 1.5])
def test_a_complex_with_a_tall_t_is_measured(t_mv: float, bpm: float) -> None:
    times = make.regular(SECONDS, 60 / bpm)
    signal = make.lead(SECONDS, times, qt=0.38) + _noise(1)
    for r in times:
        signal += make.bump(T, r - 0.045 + 0.18, r - 0.045 + 0.38, t_mv - 0.3)
    windows = make.run(signal).windows
    assert all(abs((window.heart_rate.value or 0) / 10 - bpm) < 2 for window in windows if window.beats > 3)


@pytest.mark.parametrize("notch", [0.2, 0.5])
@pytest.mark.parametrize("gap_s", [0.05, 0.07, 0.09])
def test_a_complex_with_two_tops_is_measured(gap_s: float, notch: float) -> None:
    """A bundle branch block: two tops with a notch between them, whose flanks take 40 ms each."""
    signal = _noise(2)
    for r in make.regular(SECONDS, 0.8):
        signal += make.bump(T, r - 0.04, r + 0.04, 0.9) + make.bump(T, r + gap_s - 0.04, r + gap_s + 0.04, 1.0)
        signal += make.bump(T, r + gap_s / 2 - 0.03, r + gap_s / 2 + 0.03, 0.3 - notch)
        signal += make.bump(T, r - 0.2, r - 0.1, 0.12) + make.bump(T, r + 0.2, r + 0.42, -0.3)
    windows = make.run(signal).windows
    assert all(abs((window.heart_rate.value or 0) / 10 - 75) < 2 for window in windows if window.beats > 3)


@pytest.mark.parametrize("polarity", [-1.0, -0.6])
def test_beats_of_the_other_direction_every_second_time_are_measured(polarity: float) -> None:
    """Bigeminy whose wide complexes point the other way is no square wave."""
    signal = _noise(3)
    for k, r in enumerate(make.regular(SECONDS, 0.75)):
        if k % 2:
            at = r - 0.15
            signal += polarity * (make.bump(T, at - 0.07, at + 0.09, 1.1) - make.bump(T, at + 0.16, at + 0.42, 0.45))
        else:
            signal += make.lead(SECONDS, [r], qt=0.36)
    windows = make.run(signal).windows
    assert sum(window.heart_rate.value is not None for window in windows) >= len(windows) - 1
