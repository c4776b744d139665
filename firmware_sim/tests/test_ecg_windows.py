from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.result import EcgWindow, Measure
from firmware_sim.testing import ecg_signals as make

MEASURES = ("heart_rate", "rr", "pr", "qrs", "qt", "qtc_bazett", "qtc_fridericia", "qtc_framingham", "qtc_hodges")


def _noise(n: int, rms_mv: float, seed: int = 5) -> make.FloatArray:
    return rms_mv * np.random.default_rng(seed).standard_normal(n)


def _value(measure: Measure) -> int:
    assert measure.value is not None
    return measure.value


def test_intervals_are_what_was_put_in() -> None:
    signal = make.lead(40, make.regular(40, 0.9), pr=0.17, qrs=0.1, qt=0.4) + _noise(10000, 0.005)
    windows = make.run(signal).windows
    assert [window.end for window in windows] == [2500, 5000, 7500, 10000]
    for window in windows:
        assert window.span_ms == 10000
        assert abs(_value(window.heart_rate) - 667) <= 3
        assert abs(_value(window.rr) - 900) <= 4
        assert abs(_value(window.pr) - 1700) <= 280
        assert abs(_value(window.qrs) - 1000) <= 200
        assert abs(_value(window.qt) - 4000) <= 320
        assert window.quality > 70
        assert window.flags == 0


def test_qtc_follows_the_four_formulas() -> None:
    window = make.run(make.lead(20, make.regular(20, 0.75))).windows[0]
    qt = _value(window.qt) / 10
    rr = _value(window.rr) / 1000
    expected = (qt / rr**0.5, qt / rr ** (1 / 3), qt + 154 * (1 - rr), qt + 1.75 * (60 / rr - 60))
    measures = (window.qtc_bazett, window.qtc_fridericia, window.qtc_framingham, window.qtc_hodges)
    for measure, value in zip(measures, expected, strict=True):
        assert abs(_value(measure) / 10 - value) < 1.0


def test_without_p_there_is_no_pr() -> None:
    for window in make.run(make.lead(30, make.regular(30, 0.8), p_mv=0.0) + _noise(7500, 0.01)).windows:
        assert window.pr.value is None
        assert window.pr.reason == wire.REASON_NO_P_WAVE
        assert window.qt.value is not None


def _fibrillation(seconds: int, seed: int) -> make.FloatArray:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.4, 1.1, 200)) + 0.3
    signal = make.lead(seconds, [float(t) for t in times if t < seconds - 0.3], p_mv=0.0, qt=0.36)
    t = np.arange(seconds * make.RATE) / make.RATE
    phase = 2 * np.pi * np.cumsum(6.0 + 0.8 * np.sin(2 * np.pi * 0.3 * t)) / make.RATE
    waves = 0.06 * np.sin(phase) + 0.02 * np.sin(2 * phase)
    return np.asarray(signal + waves + _noise(len(t), 0.01), dtype=np.float64)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_fibrillation_is_irregular_and_has_no_p(seed: int) -> None:
    output = make.run(_fibrillation(40, seed))
    assert sum(beat.p_peak is not None for beat in output.beats) < len(output.beats) // 3
    assert sum(bool(window.flags & wire.RHYTHM_IRREGULAR) for window in output.windows) >= 3
    assert not any(window.flags & wire.RHYTHM_ATRIAL_FLUTTER for window in output.windows)
    assert sum(window.pr.value is None for window in output.windows) >= 3


@pytest.mark.parametrize(
    ("rr", "pr", "qrs", "qt", "flag"),
    [
        (0.9, 0.26, 0.09, 0.40, wire.RHYTHM_FIRST_DEGREE_AV_BLOCK),
        (0.9, 0.16, 0.16, 0.42, wire.RHYTHM_WIDE_QRS),
        (0.9, 0.16, 0.09, 0.52, wire.RHYTHM_LONG_QTC),
        (1.4, 0.16, 0.09, 0.42, wire.RHYTHM_BRADYCARDIA),
        (0.5, 0.12, 0.09, 0.30, wire.RHYTHM_TACHYCARDIA),
    ],
)
def test_a_finding_raises_its_flag(rr: float, pr: float, qrs: float, qt: float, flag: int) -> None:
    window = make.run(make.lead(20, make.regular(20, rr), pr=pr, qrs=qrs, qt=qt)).windows[1]
    assert window.flags & flag


@pytest.mark.parametrize("pr", [0.14, 0.2, 0.26])
@pytest.mark.parametrize("rr", [1.2, 1.5])
def test_of_two_p_waves_to_one_qrs_the_one_that_is_conducted_counts(pr: float, rr: float) -> None:
    times = make.regular(40, rr)
    signal = make.lead(40, times, pr=pr)
    t = np.arange(len(signal)) / make.RATE
    for r in times:
        blocked = r - 0.045 - pr + rr / 2
        signal += make.bump(t, blocked, blocked + 0.1, 0.15)
    output = make.run(signal)
    assert len(output.beats) == len(times)
    for window in output.windows:
        assert window.pr.value is not None
        assert abs(window.pr.value / 10 - 1000 * pr) <= 12
        assert not window.flags & (wire.RHYTHM_PAUSE | wire.RHYTHM_IRREGULAR)


def test_a_pause_raises_its_flag() -> None:
    times = [time for time in make.regular(30, 0.9) if not 13 < time < 13.9]
    windows = make.run(make.lead(30, times) + _noise(7500, 0.004)).windows
    assert not any(window.flags & wire.RHYTHM_PAUSE for window in windows)  # 1.8 s
    times = [time for time in make.regular(30, 0.9) if not 13 < time < 14.5]
    windows = make.run(make.lead(30, times) + _noise(7500, 0.004)).windows
    assert [bool(window.flags & wire.RHYTHM_PAUSE) for window in windows] == [False, True, False]  # 2.7 s


T = np.arange(30 * make.RATE) / make.RATE
BAD = {
    "flat": (0 * T + 3, wire.REASON_NO_SIGNAL),
    "rail": (0 * T + 1000, wire.REASON_SATURATED),
    "negative rail": (0 * T - 1000, wire.REASON_SATURATED),
    "square wave at the rails": (1000 * np.sign(np.sin(2 * np.pi * T)), wire.REASON_SATURATED),
    "square wave": (np.sign(np.sin(2 * np.pi * 1.3 * T + 0.1)), wire.REASON_NOISE),
    # waves that may be a fibrillation, or a sway
    "sine": (np.sin(2 * np.pi * 8 * T), wire.REASON_IRREGULAR),
    "white noise": (_noise(len(T), 0.3), wire.REASON_NOISE),
    "strong noise": (_noise(len(T), 20), wire.REASON_NOISE),
    "random walk": (np.cumsum(_noise(len(T), 0.05)), wire.REASON_NOISE),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_input_gets_a_reason_and_never_a_number(name: str) -> None:
    signal, reason = BAD[name]
    windows = make.run(signal).windows
    assert len(windows) == 3
    for window in windows:
        assert window.reason == reason
        assert window.quality < 20
        for measure in MEASURES:
            assert getattr(window, measure).value is None
            assert getattr(window, measure).reason == reason


def _refused(window: EcgWindow, reason: int) -> bool:
    return window.reason == reason and all(getattr(window, name).reason == reason for name in MEASURES)


def test_lead_off_closes_the_window_and_the_index_goes_on() -> None:
    pipeline = EcgPipeline()
    output = make.Output()
    good = make.counts(make.lead(16, make.regular(16, 0.8)) + _noise(4000, 0.004))
    make.push(pipeline, good, output, 40)
    make.push(pipeline, make.counts(np.full(6000, 300.0)), output, 40, lead_off=True)
    make.push(pipeline, good, output, 40)
    pipeline.flush()
    make.collect(pipeline, output)
    assert [window.end for window in output.windows] == [2500, 4000, 6500, 9000, 10000, 12500, 14000]
    assert output.windows[1].heart_rate.value is not None
    assert all(_refused(window, wire.REASON_LEAD_OFF) for window in output.windows[2:5])
    again = [beat.r - 10000 for beat in output.beats if beat.r >= 10000]
    assert np.max(np.abs(np.array(again) / make.RATE - make.regular(16, 0.8))) < 0.013


@pytest.mark.parametrize("seconds", [0.2, 1.0, 3.2, 7.0])
def test_flush_says_what_is_there(seconds: float) -> None:
    output = make.run(make.lead(seconds, make.regular(seconds, 0.7, first=0.4)))
    assert len(output.beats) == len(make.regular(seconds, 0.7, first=0.4))
    assert len(output.windows) == 1
    if seconds > 3:
        assert output.windows[0].heart_rate.value is not None
    else:
        assert output.windows[0].heart_rate.value is None
        assert output.windows[0].reason in (wire.REASON_TOO_FEW_BEATS, wire.REASON_NO_SIGNAL)


@pytest.mark.slow
def test_a_long_record_takes_no_more_memory_than_a_short_one() -> None:
    minute = make.counts(make.lead(60, make.regular(60, 0.8)) + _noise(15000, 0.01))
    pipeline = EcgPipeline()
    held, windows = [], 0
    tracemalloc.start()
    for _ in range(8):
        output = make.Output()
        make.push(pipeline, minute, output, 50)
        windows += len(output.windows)
        del output
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert windows == 47
    assert abs(held[-1] - held[2]) < 10_000


def test_nothing_pushed_gives_nothing() -> None:
    pipeline = EcgPipeline()
    pipeline.flush()
    pipeline.push(make.counts(np.zeros(0)), 0, False)
    pipeline.flush()
    assert pipeline.next_beat() is None
    assert pipeline.next_window() is None


@pytest.mark.parametrize("seconds", [2.0, 2.5, 3.0, 3.5, 4.5])
@pytest.mark.parametrize("bpm", [40, 50, 60, 72, 90, 120])
def test_a_very_short_ecg_is_measured_or_has_too_few_beats(seconds: float, bpm: int) -> None:
    lead = make.lead(seconds, make.regular(seconds, 60 / bpm), qt=0.34) + _noise(round(seconds * make.RATE), 0.004)
    (window,) = make.run(lead).windows
    if window.heart_rate.value is None:
        assert window.reason == wire.REASON_TOO_FEW_BEATS
        assert window.beats < 3
    else:
        assert abs(window.heart_rate.value / 10 - bpm) < 2


@pytest.mark.parametrize("seconds", [4.5, 6.0])
def test_short_noise_is_noise(seconds: float) -> None:
    (window,) = make.run(_noise(round(seconds * make.RATE), 0.3)).windows
    assert window.reason == wire.REASON_NOISE
