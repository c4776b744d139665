"""Quality of windows, and input that is no ECG: a reason, never a number."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.ecg.quality import CAUTION_UNDER, REFUSED_UNDER
from firmware_sim.firmware.dsp.result import EcgWindow
from firmware_sim.testing import ecg_signals as make

MEASURES = ("heart_rate", "rr", "pr", "qrs", "qt", "qtc_bazett", "qtc_fridericia", "qtc_framingham", "qtc_hodges")
SECONDS = 30
T = np.arange(SECONDS * make.RATE) / make.RATE


def _beats(seconds: int = SECONDS, seed: int = 3) -> make.FloatArray:
    rng = np.random.default_rng(seed)
    times = np.cumsum(0.85 + 0.02 * rng.standard_normal(2 * seconds))
    return make.lead(seconds, [float(time) for time in times if time < seconds - 0.3])


def _white(seed: int) -> make.FloatArray:
    return np.random.default_rng(seed).standard_normal(len(T))


def _coloured(seed: int, power: float) -> make.FloatArray:
    """Noise of one mV whose amplitude falls with frequency to `power`."""
    frequency = np.maximum(np.fft.rfftfreq(len(T), 1 / make.RATE), 0.05)
    noise = np.fft.irfft(np.fft.rfft(_white(seed)) / frequency**power, len(T))
    return np.asarray(noise / noise.std(), dtype=np.float64)


def _wave(foot: float, rise: float, fall: float, amplitude: float) -> make.FloatArray:
    """Rises within `rise` seconds, falls within `fall`."""
    top = foot + rise
    before = make.bump(T, foot, top + rise, amplitude)
    return np.where(top > T, before, make.bump(T, top - fall, top + fall, amplitude))


def _pulses(rate: float, amplitude: float) -> make.FloatArray:
    """A pulse wave: a steep systolic side, a slow decay and the dicrotic wave in it."""
    signal = np.zeros_like(T)
    for foot in np.arange(0.2, SECONDS, 1 / rate):
        signal += _wave(foot, 0.17 / rate, 0.5 / rate, amplitude)
        signal += _wave(foot + 0.3 / rate, 0.12 / rate, 0.4 / rate, 0.3 * amplitude)
    return signal


def _triangle(rate: float) -> make.FloatArray:
    return np.asarray(2 * np.abs(2 * ((rate * T) % 1) - 1) - 1, dtype=np.float64)


def _square(rate: float, duty: float) -> make.FloatArray:
    return np.where((rate * T + 0.03) % 1 < duty, 1.0, -1.0)


NOT_ECG = {
    **{f"sine of {rate} Hz": np.sin(2 * np.pi * rate * T) for rate in (0.5, 1.2, 2, 4, 8, 15, 25, 50)},
    **{f"triangle of {rate} Hz": _triangle(rate) for rate in (0.5, 1, 1.5, 3, 10)},
    **{f"square of {rate} Hz": _square(rate, 0.5) for rate in (0.3, 0.7, 1, 1.3, 2, 3, 5, 10)},
    **{f"noisy square of {rate} Hz": _square(rate, 0.5) + 0.03 * _white(1) for rate in (0.7, 1, 2, 4)},
    **{f"pulses of 80 ms at {rate} Hz": _square(rate, 0.08 * rate) for rate in (0.8, 1.2, 2)},
    **{f"saw of {rate} Hz": (rate * T) % 1 for rate in (0.6, 1.1, 3)},
    **{f"pulse wave of {rate} Hz": _pulses(rate, 1.5) for rate in (0.9, 1.3, 2.1)},
    **{f"white noise of {size} mV": size * _white(2) for size in (0.03, 0.3, 3, 20)},
    **{f"pink noise of {size} mV": size * _coloured(3, 0.5) for size in (0.1, 1)},
    **{f"brown noise of {size} mV": size * _coloured(4, 1.0) for size in (0.1, 0.4, 1)},
    "mains": 0.5 * np.sin(2 * np.pi * 50.03 * T) + 0.005 * _white(5),
    "mains of 60 Hz": np.sin(2 * np.pi * 60 * T) * (1 + 0.3 * np.sin(2 * np.pi * 0.3 * T)) + 0.01 * _white(6),
    "flat": np.full_like(T, 2.0),
    "rail": np.full_like(T, 500.0),
    "one spike": np.where(np.abs(T - 13) < 0.02, 3.0, 0.0),
}


def _says_nothing(window: EcgWindow) -> bool:
    measures = [getattr(window, name) for name in MEASURES]
    silent = all(measure.value is None and measure.reason == window.reason for measure in measures)
    return silent and window.irregularity is None and window.alternans_uv is None and window.flags == 0


@pytest.mark.parametrize("name", sorted(NOT_ECG))
def test_what_is_no_ecg_gets_a_reason(name: str) -> None:
    windows = make.run(NOT_ECG[name]).windows
    assert sum(window.span_ms for window in windows) == 30000
    for window in windows:
        assert window.reason
        assert window.quality < REFUSED_UNDER
        assert _says_nothing(window)


def test_a_clean_lead_is_measured() -> None:
    for window in make.run(_beats()).windows:
        assert window.quality >= 95
        assert window.reason == 0
        assert window.heart_rate.reason == 0


def test_quality_falls_with_noise_until_nothing_is_said() -> None:
    qualities = [make.run(_beats() + size * _white(7)).windows[1].quality for size in (0.01, 0.06, 0.12, 0.25, 0.8)]
    assert qualities == sorted(qualities, reverse=True)
    assert qualities[0] > 90
    assert qualities[-1] < REFUSED_UNDER


def test_between_good_and_refused_a_number_carries_its_reason() -> None:
    uncertain = [
        window
        for size in (0.12, 0.16, 0.2, 0.25, 0.3)
        for window in make.run(_beats() + size * _white(8)).windows
        if REFUSED_UNDER <= window.quality < CAUTION_UNDER
    ]
    assert uncertain
    for window in uncertain:
        assert window.heart_rate.value is not None
        assert window.heart_rate.reason == wire.REASON_NOISE
        assert window.alternans_uv is None


@pytest.mark.parametrize("scale", [0.4, 3.0])
def test_quality_does_not_depend_on_the_size_of_the_lead(scale: float) -> None:
    signal = _beats() + 0.05 * _white(9)
    usual = make.run(signal).windows[1].quality
    assert abs(make.run(scale * signal).windows[1].quality - usual) <= 3


def test_wander_and_polarity_cost_nothing() -> None:
    signal = -_beats() + 0.8 * np.sin(2 * np.pi * 0.25 * T)
    assert min(window.quality for window in make.run(signal).windows) >= 85


def test_pacing_spikes_are_no_square_wave() -> None:
    signal = _beats()
    rng = np.random.default_rng(3)
    times = np.cumsum(0.85 + 0.02 * rng.standard_normal(2 * SECONDS))
    for time in times[times < SECONDS - 0.3]:
        signal[round((time - 0.06) * make.RATE)] += 2.5
    assert {window.reason for window in make.run(signal).windows} == {0}


def test_an_artefact_costs_its_window_only() -> None:
    signal = _beats(40)
    signal[11 * make.RATE : 19 * make.RATE] += 3 * np.random.default_rng(1).standard_normal(8 * make.RATE)
    windows = make.run(signal).windows
    for window in windows:
        begin, end = window.end / make.RATE - window.span_ms / 1000, window.end / make.RATE
        if end - begin > 3:
            assert (window.quality >= REFUSED_UNDER) == (end < 12 or begin > 18.5)
    assert any(window.reason == wire.REASON_NOISE for window in windows)
