"""Levels that were learned from movement, noise or an open input do not hide the beats that come after it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.testing import ecg_signals as make

SECONDS = 36
RR = 0.8
Trouble = Callable[[np.random.Generator, make.FloatArray], make.FloatArray]


def _sinus(rng: np.random.Generator, rr: float = RR) -> make.FloatArray:
    noise = 0.006 * rng.standard_normal(SECONDS * make.RATE)
    return np.asarray(make.lead(SECONDS, make.regular(SECONDS, rr), qt=0.36) + noise)


def _band(rng: np.random.Generator, n: int, low: float, high: float) -> make.FloatArray:
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hz = np.fft.rfftfreq(n, 1 / make.RATE)
    spectrum[(hz < low) | (hz > high)] = 0
    found = np.fft.irfft(spectrum, n)
    return np.asarray(found / np.std(found))


def _movement(rng: np.random.Generator, t: make.FloatArray) -> make.FloatArray:
    return rng.uniform(1, 6) * _band(rng, len(t), 0.5, 12)


def _noise(rng: np.random.Generator, t: make.FloatArray) -> make.FloatArray:
    return np.asarray(rng.uniform(0.2, 2) * rng.standard_normal(len(t)))


def _open_input(rng: np.random.Generator, t: make.FloatArray) -> make.FloatArray:
    walk = np.cumsum(rng.uniform(0.2, 1) * rng.standard_normal(len(t)))
    return np.asarray(walk + rng.uniform(0.2, 2) * np.sin(2 * np.pi * 50.03 * t))


def _between_rails(rng: np.random.Generator, t: make.FloatArray) -> make.FloatArray:
    return np.asarray(500 * np.sign(np.sin(2 * np.pi * rng.uniform(0.3, 3) * t)))


TROUBLES: dict[str, Trouble] = {
    "movement": _movement,
    "noise": _noise,
    "open input": _open_input,
    "from rail to rail": _between_rails,
}


@pytest.mark.parametrize("name", sorted(TROUBLES))
@pytest.mark.parametrize("length", [1.6, 4.0, 9.5, 13.0])
def test_the_first_whole_good_window_after_trouble_at_the_start_is_measured(name: str, length: float) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        signal = _sinus(rng)
        t = np.arange(SECONDS * make.RATE) / make.RATE
        bad = t < length
        signal[bad] = TROUBLES[name](rng, t[bad])
        windows = make.run(signal).windows
        begins = [window.end / make.RATE - window.span_ms / 1000 for window in windows]
        good = [w for w, begin in zip(windows, begins, strict=True) if begin >= length and w.span_ms > 9900]
        assert good, (seed, begins)
        assert good[0].heart_rate.value is not None, (seed, begins)
        for window, begin in zip(windows, begins, strict=True):
            if begin >= length - 2:
                assert not window.flags & (wire.RHYTHM_PAUSE | wire.RHYTHM_ASYSTOLE | wire.RHYTHM_BRADYCARDIA), begin
                rate = window.heart_rate
                assert rate.value is None or rate.quality <= 30 or abs(rate.value - 600 / RR) <= 20 + rate.u95, begin


def test_low_complexes_after_movement_are_found_at_once_where_usual_ones_are_known() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        signal = _sinus(rng)
        first, last = 14 * make.RATE, round((16.5 + seed) * make.RATE)
        signal[first:last] = 2.5 * _band(rng, last - first, 0.5, 12)
        output = make.run(signal)
        found = output.r() / make.RATE
        expected = [r for r in make.regular(SECONDS, RR) if r > last / make.RATE + 0.5]
        assert all(np.min(np.abs(found - r)) < 0.06 for r in expected), seed
        assert not any(window.flags & wire.RHYTHM_PAUSE for window in output.windows)


@pytest.mark.parametrize("rr", [0.5, 1.0, 1.7])
@pytest.mark.parametrize("noise_mv", [0.0, 0.01, 0.05])
def test_a_record_that_begins_well_begins_once(rr: float, noise_mv: float) -> None:
    rng = np.random.default_rng(1)
    signal = _sinus(rng, rr) + noise_mv * rng.standard_normal(SECONDS * make.RATE)
    output = make.run(np.asarray(signal))
    assert [window.end for window in output.windows][:3] == [2500, 5000, 7500]
    rates = [window.heart_rate.value for window in output.windows[:3]]
    assert all(rate is not None and abs(rate - 600 / rr) < 15 for rate in rates)


@pytest.mark.parametrize("p_mv", [0.1, 0.2])
def test_p_waves_that_go_on_in_the_first_window_are_no_lower_complexes(p_mv: float) -> None:
    """The ventricles stand still after 6 s: no signal begins anew, and no P wave is a beat."""
    rng = np.random.default_rng(2)
    beats = make.regular(6, RR)
    signal = make.lead(SECONDS, beats, qt=0.36, p_mv=p_mv) + 0.006 * rng.standard_normal(SECONDS * make.RATE)
    t = np.arange(SECONDS * make.RATE) / make.RATE
    for k in range(40):
        onset = beats[-1] + RR * (k + 1) - 0.2
        signal += make.bump(t, onset, onset + 0.1, p_mv)
    output = make.run(np.asarray(signal))
    assert not [beat for beat in output.beats if beat.r / make.RATE > 6.5]
    assert all(window.heart_rate.value is None for window in output.windows[1:])


@pytest.mark.parametrize("hz", [0.2, 0.4, 0.8])
def test_what_sways_beyond_the_range_is_no_standstill(hz: float) -> None:
    """300 mV at the electrodes are within the converter's range, and beyond what is looked at."""
    signal = _sinus(np.random.default_rng(3))
    t = np.arange(SECONDS * make.RATE) / make.RATE
    off = (t > 14) & (t < 22)
    signal[off] = 300 * np.sin(2 * np.pi * hz * (t[off] - 14))
    windows = make.run(signal).windows
    assert not any(window.flags & (wire.RHYTHM_PAUSE | wire.RHYTHM_ASYSTOLE) for window in windows)
