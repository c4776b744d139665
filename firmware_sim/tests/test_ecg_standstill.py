"""Standstill of the ventricles is reported while it lasts, and nothing else is called one."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.result import EcgWindow
from firmware_sim.testing import ecg_signals as make

PAUSE, ASYSTOLE = wire.RHYTHM_PAUSE, wire.RHYTHM_ASYSTOLE
#: From R to the flag: what is decided must be complete, and falls on steps of 64 ms.
LATENCY_S = 0.7


def _noise(seconds: float, rms_mv: float, seed: int = 1) -> make.FloatArray:
    return rms_mv * np.random.default_rng(seed).standard_normal(round(seconds * make.RATE))


def _wander(seconds: float, mv: float, hz: float) -> make.FloatArray:
    return np.asarray(mv * np.sin(2 * np.pi * hz * np.arange(round(seconds * make.RATE)) / make.RATE))


def _p_waves(seconds: float, times: list[float], mv: float) -> make.FloatArray:
    t = np.arange(round(seconds * make.RATE)) / make.RATE
    return np.asarray(sum((make.bump(t, time, time + 0.1, mv) for time in times), np.zeros_like(t)))


def _times(seconds: float, rr: float, begin: float, end: float) -> list[float]:
    """R times without those between `begin` and `end`."""
    return [time for time in make.regular(seconds, rr) if not begin < time < end]


def _flagged(windows: list[EcgWindow], flag: int) -> list[EcgWindow]:
    return [window for window in windows if window.flags & flag]


def _check_standstill(output: make.Output, last: float, end: float, rr: float) -> None:
    """Standstill from R at `last` to `end` (s) is reported in time and without numbers; beats have their own rate."""
    paused, asystole = _flagged(output.windows, PAUSE), _flagged(output.windows, ASYSTOLE)
    assert last + 3 <= paused[0].end / make.RATE <= last + 3 + LATENCY_S
    if end - last > 5.5:
        assert last + 5 <= asystole[0].end / make.RATE <= last + 5 + LATENCY_S
        assert asystole[-1].end / make.RATE > end - 1.4  # a short rest has no window
    elif end - last < 4.9:
        assert not asystole
    for window in paused:
        assert window.heart_rate.value is None
        assert window.heart_rate.reason == window.rr.reason == window.reason == wire.REASON_TOO_FEW_BEATS
        assert window.quality > 60
    for window in output.windows:
        if window.heart_rate.value is not None:
            assert abs(window.heart_rate.value / 10 * rr / 60 - 1) < 0.04
    assert not [beat for beat in output.beats if last + 0.3 < beat.r / make.RATE < end - 0.3]
    assert not [beat for beat in output.beats if beat.kind == wire.BEAT_KIND_VENTRICULAR]


@pytest.mark.parametrize("rr", [0.45, 0.8, 1.3])
@pytest.mark.parametrize(("length", "noise_uv"), [(3.2, 6), (3.6, 2), (6.7, 10), (12.5, 4), (21, 10)])
def test_a_standstill_is_reported_while_it_lasts(rr: float, length: float, noise_uv: float) -> None:
    times = _times(60, rr, 17.3, 17.3 + length)
    last, after = max(time for time in times if time < 17.4), min(time for time in times if time > 17.4)
    output = make.run(make.lead(60, times, qt=0.3) + _noise(60, noise_uv / 1000) + _wander(60, 0.2, 0.3))
    _check_standstill(output, last, after, rr)
    assert [beat.rr_ms for beat in output.beats if (beat.rr_ms or 0) > 3000] == [
        pytest.approx(1000 * (after - last), abs=8)
    ]


@pytest.mark.parametrize("p_mv", [0.08, 0.12, 0.2])
@pytest.mark.parametrize("pp", [0.5, 0.8, 1.1])
def test_p_waves_that_go_on_are_no_beats(p_mv: float, pp: float) -> None:
    times = _times(70, 0.8, 15.5, 99)
    p = [float(time) for time in np.arange(max(times) + pp, 69, pp)]
    output = make.run(make.lead(70, times) + _p_waves(70, p, p_mv) + _noise(70, 0.004))
    _check_standstill(output, max(times), 70, 0.8)


@pytest.mark.parametrize(("mv", "hz"), [(0.5, 0.4), (1.5, 0.25), (3.0, 0.15)])
def test_wander_that_goes_on_is_no_heart(mv: float, hz: float) -> None:
    times = _times(50, 0.8, 20, 99)
    _check_standstill(make.run(make.lead(50, times) + _wander(50, mv, hz) + _noise(50, 0.005)), max(times), 50, 0.8)


def test_beats_between_two_standstills_have_their_own_rate() -> None:
    times = [time for time in make.regular(60, 0.8) if not 12 < time < 24 and not 26.6 < time < 40]
    output = make.run(make.lead(60, times) + _noise(60, 0.006))
    for window in output.windows:
        if window.heart_rate.value is not None:
            assert abs(window.heart_rate.value - 750) < 20
    assert len(_flagged(output.windows, ASYSTOLE)) >= 4
    assert len(output.beats) == len(times)


@pytest.mark.parametrize("rr", [1.5, 2.0, 2.9])
def test_a_slow_heart_does_not_stand_still(rr: float) -> None:
    output = make.run(make.lead(60, make.regular(60, rr), qt=0.5) + _noise(60, 0.005))
    assert not _flagged(output.windows, ASYSTOLE)
    for window in output.windows:
        assert window.flags & wire.RHYTHM_BRADYCARDIA
        assert window.heart_rate.value is not None
        assert abs(window.heart_rate.value - 600 / rr) < 5


@pytest.mark.parametrize("seed", [1, 2])
def test_pauses_of_fibrillation_are_no_standstill(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(np.where(np.arange(60) % 9 == 8, 2.75, rng.uniform(0.45, 1.1, 60))) + 0.5
    inside = [float(time) for time in times if time < 49.5]
    output = make.run(make.lead(50, inside, p_mv=0.0, qt=0.36) + _noise(50, 0.01))
    assert not _flagged(output.windows, ASYSTOLE)
    assert not any(window.reason for window in output.windows if window.span_ms == 10000)


@pytest.mark.parametrize("scale", [0.15, 0.3])
def test_a_low_lead_does_not_stand_still(scale: float) -> None:
    output = make.run(scale * make.lead(50, make.regular(50, 0.9)) + _noise(50, 0.006))
    assert not _flagged(output.windows, PAUSE)
    assert len(output.beats) == len(make.regular(50, 0.9))


def test_noise_that_may_hide_beats_is_no_standstill() -> None:
    times = _times(50, 0.8, 20, 99)
    t = np.arange(50 * make.RATE) / make.RATE
    output = make.run(make.lead(50, times) + np.where(t > 20.3, _noise(50, 0.25), 0) + _noise(50, 0.005, 2))
    assert not _flagged(output.windows, ASYSTOLE)


@pytest.mark.parametrize("noise_uv", [0.5, 2, 5, 10])
@pytest.mark.parametrize("begin", [4.2, 12.7, 26.05])
def test_noise_before_the_electrodes_are_on_has_no_beats(noise_uv: float, begin: float) -> None:
    t = np.arange(70 * make.RATE) / make.RATE
    ecg = make.lead(70, make.regular(70, 0.8)) + _noise(70, 0.004)
    output = make.run(np.where(t < begin, _noise(70, noise_uv / 1000, 3), ecg))
    assert not [beat for beat in output.beats if beat.r / make.RATE < begin - 0.1]
    assert not [beat for beat in output.beats if beat.kind == wire.BEAT_KIND_VENTRICULAR]
    assert not _flagged(output.windows, PAUSE | wire.RHYTHM_BRADYCARDIA)
    whole = [window for window in output.windows if (window.end - 2500) / make.RATE >= begin]
    assert len(whole) >= 3
    for window in whole:
        assert window.heart_rate.value is not None
        assert abs(window.heart_rate.value - 750) < 10


def test_an_artefact_does_not_deafen_the_detector() -> None:
    times = make.regular(60, 0.8)
    t = np.arange(60 * make.RATE) / make.RATE
    artefact = sum(make.bump(t, at, at + 0.1, 6.0) for at in np.arange(15.3, 18, 0.6))
    output = make.run(make.lead(60, times) + artefact + _noise(60, 0.005))
    assert not _flagged(output.windows, ASYSTOLE)
    found = [beat.r / make.RATE for beat in output.beats if beat.r / make.RATE > 24]
    assert len(found) == len([time for time in times if time > 24])


@pytest.mark.parametrize("bpm", [30, 24, 20.5])
def test_a_very_slow_heart_has_its_rate(bpm: float) -> None:
    output = make.run(make.lead(60, make.regular(60, 60 / bpm)) + _noise(60, 0.004))
    assert [window.heart_rate.value for window in output.windows] == pytest.approx([10 * bpm] * 6, abs=5)


@pytest.mark.parametrize("bpm", [19.2, 17, 14])
def test_of_a_slower_one_only_the_pauses_are_reported(bpm: float) -> None:
    windows = make.run(make.lead(60, make.regular(60, 60 / bpm)) + _noise(60, 0.004)).windows
    assert {window.heart_rate.value for window in windows} == {None}
    assert all(window.flags & PAUSE for window in windows if window.beats >= 3)
    assert any(window.flags & PAUSE for window in windows)


@pytest.mark.parametrize("mv", [4.0, 9.0])
@pytest.mark.parametrize("times", [(0.3, 1.3), (0.3, 1.3, 2.6)])
def test_artefacts_that_come_first_do_not_hide_the_beats(mv: float, times: tuple[float, ...]) -> None:
    t = np.arange(30 * make.RATE) / make.RATE
    artefacts = sum((make.bump(t, at, at + 0.06, mv) for at in times), np.zeros_like(t))
    output = make.run(0.3 * make.lead(30, make.regular(30, 0.8)) + artefacts + _noise(30, 0.005))
    assert len([beat for beat in output.beats if beat.r / make.RATE > 9]) == 26


def _wide(seconds: float, times: list[float], mv: float) -> make.FloatArray:
    """Ventricular complexes of 130 ms with their T waves."""
    t = np.arange(round(seconds * make.RATE)) / make.RATE
    made = [make.bump(t, r - 0.065, r + 0.065, mv) + make.bump(t, r + 0.18, r + 0.42, -mv / 3) for r in times]
    return np.asarray(sum(made, np.zeros_like(t)))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("p_mv", [0.3, 0.4, 0.5, -0.45])
@pytest.mark.parametrize(("rr", "pp"), [(0.65, 0.55), (0.8, 0.8), (1.05, 0.7)])
def test_tall_p_waves_that_go_on_are_no_beats(rr: float, pp: float, p_mv: float, seed: int) -> None:
    times = _times(60, rr, 17.5, 99)
    p = [float(time) for time in np.arange(max(times) + pp, 59, pp)]
    lead = make.lead(60, times, p_mv=p_mv, qt=0.36) + _p_waves(60, p, p_mv)
    _check_standstill(make.run(lead + _noise(60, 0.006, seed)), max(times), 60, rr)


@pytest.mark.parametrize("p_mv", [0.3, 0.4, 0.5])
@pytest.mark.parametrize("rate", [65, 85])
def test_each_third_tall_p_wave_may_be_blocked(rate: float, p_mv: float) -> None:
    p = make.regular(50, 60 / rate)
    times = [time for k, time in enumerate(p) if k % 3 != 2]
    blocked = [time - 0.205 for k, time in enumerate(p) if k % 3 == 2]
    output = make.run(make.lead(50, times, p_mv=p_mv) + _p_waves(50, blocked, p_mv) + _noise(50, 0.006))
    assert len(output.beats) == len(times)
    assert all(abs((window.heart_rate.value or 0) / 10 * 3 / 2 / rate - 1) < 0.12 for window in output.windows)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("p_mv", [0.25, 0.35, 0.45])
@pytest.mark.parametrize(("pp", "rr"), [(0.6, 1.5), (0.85, 1.7), (0.7, 2.0)])
def test_tall_p_waves_of_a_block_that_begins_are_no_beats(pp: float, rr: float, p_mv: float, wide: bool) -> None:
    p = make.regular(50, pp)
    conducted = [time for time in p if time < 15]
    escape = [float(time) for time in np.arange(conducted[-1] + 1.8, 49.5, rr)]
    lead = make.lead(50, conducted, p_mv=p_mv, qt=0.36) + _p_waves(50, [time - 0.205 for time in p if time > 15], p_mv)
    lead += _wide(50, escape, 1.1) if wide else make.lead(50, escape, p_mv=0, qt=0.44)
    output = make.run(lead + _noise(50, 0.006))
    if not wide or p_mv < 0.4:
        assert [beat.r / make.RATE for beat in output.beats] == pytest.approx([*conducted, *escape], abs=0.06)
    for window in output.windows[-2:]:
        # low wide complexes beside P of nearly their height may be refused
        rate = window.heart_rate.value or (600 / rr if wide and p_mv > 0.4 else 0)
        assert abs(rate / 10 * rr / 60 - 1) < 0.04


@pytest.mark.parametrize("p_mv", [0.15, 0.3])
@pytest.mark.parametrize("mv", [0.7, -0.9])
@pytest.mark.parametrize("rr", [1.5, 1.8])
def test_an_escape_rhythm_beside_tall_p_waves_is_no_standstill(rr: float, mv: float, p_mv: float) -> None:
    times = _times(50, 0.8, 15, 99)
    escape = [float(time) for time in np.arange(max(times) + 1.6, 49.5, rr)]
    output = make.run(make.lead(50, times, p_mv=p_mv) + _wide(50, escape, mv) + _noise(50, 0.006))
    assert len(output.beats) == len(times) + len(escape)
    assert not _flagged(output.windows, ASYSTOLE)
