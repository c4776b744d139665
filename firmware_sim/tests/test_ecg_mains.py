"""Mains interference: intervals are those of the signal without it, and a signal without it stays as it is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.mains import Mains
from firmware_sim.firmware.dsp.result import EcgWindow
from firmware_sim.firmware.wire_gen import (
    REASON_INCONSISTENT,
    REASON_LEAD_OFF,
    REASON_MAINS,
    REASON_NO_P_WAVE,
    REASON_NO_SIGNAL,
    REASON_NOISE,
    REASON_TOO_FEW_BEATS,
    REASON_UNCERTAIN,
)
from firmware_sim.testing import ecg_signals as make

SECONDS = 22
T = np.arange(SECONDS * make.RATE) / make.RATE
INTERVALS = ("pr", "qrs", "qt")
REFUSALS = (REASON_UNCERTAIN, REASON_INCONSISTENT, REASON_NO_P_WAVE)
#: 0.1 ms.
TOLERANCE = 80


@cache
def _heart(seed: int) -> make.FloatArray:
    """Another rate, height and width for each seed, with 4 µV of noise."""
    rng = np.random.default_rng(seed)
    rr, qrs = rng.uniform(0.6, 1.1), rng.uniform(0.08, 0.12)
    times = np.cumsum(rr * (1 + 0.02 * rng.standard_normal(2 * SECONDS)))
    beats = [float(time) for time in times if time < SECONDS - 0.4]
    lead = make.lead(SECONDS, beats, pr=rng.uniform(0.14, 0.19), qrs=qrs, qt=0.4 * rr**0.5)
    return np.asarray(rng.uniform(0.7, 1.5) * lead + 0.004 * rng.standard_normal(len(T)))


def _hum(hz: float, mv: float, seed: int = 1, third: float = 0.15, variation: float = 0.0) -> make.FloatArray:
    """Mains with its third harmonic, of an amplitude that varies slowly by this fraction."""
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, 3)
    shape = np.sin(2 * np.pi * hz * T + phase[0]) + third * np.sin(6 * np.pi * hz * T + phase[1])
    return np.asarray(mv * (1 + variation * np.sin(2 * np.pi * 0.2 * T + phase[2])) * shape)


@cache
def _clean(seed: int) -> dict[str, float]:
    windows = make.run(_heart(seed)).windows
    return {name: float(np.median([getattr(window, name).value for window in windows])) for name in INTERVALS}


def _wrong(windows: list[EcgWindow], seed: int) -> list[tuple[str, int]]:
    """Intervals without a reason that are not those of the clean signal."""
    measures = [(name, getattr(window, name)) for window in windows for name in INTERVALS]
    claimed = [(name, measure.value) for name, measure in measures if measure.value is not None and not measure.reason]
    return [(name, value) for name, value in claimed if abs(value - _clean(seed)[name]) > TOLERANCE]


def _answered(windows: list[EcgWindow]) -> bool:
    return all(getattr(window, name).value is not None for window in windows for name in INTERVALS)


@pytest.mark.parametrize("mv", [0.05, 0.3, 2.0])
@pytest.mark.parametrize("hz", [49.8, 50.0, 50.17, 59.8, 60.0, 60.2])
def test_intervals_are_those_without_mains(hz: float, mv: float) -> None:
    seed = round(10 * hz)
    windows = make.run(_heart(seed) + _hum(hz, mv, seed)).windows
    assert len(windows) >= 2
    assert _wrong(windows, seed) == []
    assert mv > 0.3 or _answered(windows)


@pytest.mark.parametrize("mv", [0.1, 0.5, 1.5])
@pytest.mark.parametrize("hz", [50.05, 59.9])
def test_the_amplitude_may_vary(hz: float, mv: float) -> None:
    windows = make.run(_heart(7) + _hum(hz, mv, 3, variation=0.4)).windows
    assert _wrong(windows, 7) == []
    assert mv > 0.3 or _answered(windows)


@pytest.mark.parametrize("hz", [49.0, 51.0, 59.0, 61.0])
def test_the_clock_may_be_off_by_two_percent(hz: float) -> None:
    windows = make.run(_heart(5) + _hum(hz, 0.3, 4, third=0.05)).windows
    assert _wrong(windows, 5) == []
    assert _answered(windows)


@pytest.mark.parametrize("hz", [50, 60])
@pytest.mark.parametrize("begin", [8.3, 13.0])
def test_mains_may_come_and_go(hz: float, begin: float) -> None:
    windows = make.run(_heart(6) + np.where((begin < T) & (begin + 4 > T), _hum(hz, 0.6), 0)).windows
    assert _wrong(windows, 6) == []
    assert _answered(windows)


#: What is left of these may move edges: it varies within a heart beat, is far from its frequency, is of two.
_BLURRING = {
    "varies at 1 Hz": _hum(50.0, 2.0, third=0.0) * (1 + 0.5 * np.sin(2 * np.pi * T)),
    "49 Hz": _hum(49.0, 2.0),
    "61 Hz": _hum(61.0, 2.0),
    "both": _hum(50.1, 0.4) + _hum(59.9, 0.4, 2),
}


@pytest.mark.parametrize("name", sorted(_BLURRING))
@pytest.mark.parametrize("seed", [9, 10])
def test_caution_where_edges_may_move(name: str, seed: int) -> None:
    windows = make.run(_heart(seed) + _BLURRING[name]).windows
    assert _wrong(windows, seed) == []
    for window in windows:
        assert {getattr(window, interval).reason for interval in INTERVALS} <= {REASON_MAINS, *REFUSALS}
        assert window.heart_rate.reason in {0, REASON_MAINS}


@pytest.mark.parametrize("hz", [50.0, 60.0])
def test_steady_mains_needs_no_caution(hz: float) -> None:
    windows = make.run(_heart(11) + _hum(hz, 1.0)).windows
    assert {getattr(window, interval).reason for window in windows for interval in INTERVALS} == {0}


@pytest.mark.parametrize("hz", [50.1, 59.9])
@pytest.mark.parametrize("variation", [0.0, 0.4])
def test_mains_alone_is_refused_as_mains(hz: float, variation: float) -> None:
    noise = 0.004 * np.random.default_rng(2).standard_normal(len(T))
    windows = make.run(_hum(hz, 1.0, variation=variation) + noise).windows
    assert len(windows) >= 2
    for window in windows:
        assert window.heart_rate.value is None
        assert window.reason in {REASON_MAINS, REASON_TOO_FEW_BEATS, REASON_NO_SIGNAL}


@pytest.mark.parametrize("mv", [5.0, 12.0, 20.0])
@pytest.mark.parametrize("begin", [0.0, 8.3])
@pytest.mark.parametrize("hz", [50.0, 60.0])
def test_hum_that_hides_complexes_is_no_lead_off(hz: float, begin: float, mv: float) -> None:
    windows = make.run(0.4 * _heart(1) + np.where(begin <= T, _hum(hz, mv), 0)).windows
    for window in windows[1:]:
        assert window.heart_rate.value is None
        assert window.reason in {REASON_MAINS, REASON_NOISE}


@pytest.mark.parametrize("hz", [50.0, 60.0])
def test_hum_of_an_open_lead_in_which_complexes_would_show_is_lead_off(hz: float) -> None:
    windows = make.run(np.where(T < 8.3, _heart(1), _hum(hz, 0.3))).windows
    assert {window.reason for window in windows[1:]} == {REASON_LEAD_OFF}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("noise_mv", [0.0, 0.08])
def test_a_signal_without_mains_stays_as_it_is(seed: int, noise_mv: float, monkeypatch: pytest.MonkeyPatch) -> None:
    signal = _heart(seed) + noise_mv * np.random.default_rng(seed).standard_normal(len(T))
    followed = make.run(signal)
    monkeypatch.setattr(Mains, "step", lambda *_: None)
    passed = make.run(signal)
    assert [vars(beat) for beat in followed.beats] == [vars(beat) for beat in passed.beats]
    assert len(followed.beats) > 15


@pytest.mark.parametrize("hz", [50.1, 60.1])
def test_the_last_beats_are_clean_too(hz: float) -> None:
    clean = make.run(_heart(8)).beats
    hummed = make.run(_heart(8) + _hum(hz, 0.5)).beats
    pairs = [(a, b) for a, b in zip(clean[-3:], hummed[-3:], strict=True) if a.t_off and b.t_off]
    assert len(pairs) >= 2
    for a, b in pairs:
        assert abs(a.r - b.r) <= 2
        assert abs((a.t_off or 0) - (b.t_off or 0)) <= 3


@pytest.mark.parametrize("mv", [0.05, 0.15, 0.25, 0.5])
@pytest.mark.parametrize("hz", [16.7, 100.0, 120.0])
def test_other_hums_are_not_followed_and_widen_what_is_uncertain(hz: float, mv: float) -> None:
    """Railways' 16.7 Hz, and rectified mains: intervals stay within 13 ms, or have a caution, or are refused."""
    for window in make.run(_heart(4) + _hum(hz, mv, third=0.0)).windows:
        for name in INTERVALS:
            measure = getattr(window, name)
            if measure.value is not None and not measure.reason:
                assert abs(measure.value - _clean(4)[name]) <= min(130, measure.u95)
            assert mv < 0.25 or hz < 50 or measure.reason or window.reason
