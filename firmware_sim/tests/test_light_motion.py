"""Movement that only the light shows: refused where it lasts, and pulses of every shape at rest are not."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ppg.channel import RING, PpgChannel
from firmware_sim.firmware.dsp.ppg.light_motion import LightMotion, skewness_percent
from firmware_sim.firmware.kernels import slope_moments
from firmware_sim.firmware.wire_gen import REASON_MOTION, REASON_NO_PULSE_WAVE
from firmware_sim.testing import ppg_signals as make
from firmware_sim.testing.ppg_pipeline import FloatArray, run
from firmware_sim.world.wearer import Wearer, WearerSettings
from firmware_sim.world.wearer.settings import Motion, MotionKind
from models.evaluation.ppg.datasets.troika import Troika


def _moved(duration_s: int, hz: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """A pulse under an arm that moves, not quite evenly: stronger than the pulse, in both colours."""
    chance = np.random.default_rng(seed)
    t = np.arange(duration_s * make.RATE) / make.RATE
    phase = 2 * np.pi * hz * t + 0.6 * np.cumsum(chance.normal(0, 0.1, len(t)))
    arm = 0.03 * np.sin(phase) * (1 + 0.5 * np.sin(2 * np.pi * 0.31 * t + seed))
    arm += 0.02 * np.sin(phase / 2 + 1.0)
    red, infrared = make.light(duration_s, 128)
    return red * (1 + arm), infrared * (1 + arm)


@pytest.mark.parametrize(("hz", "seed"), [(1.4, 1), (2.2, 2), (2.7, 3)])
def test_light_that_moves_has_no_rate_although_no_accelerometer_says_that_it_moves(hz: float, seed: int) -> None:
    windows = run(*_moved(40, hz, seed))[24:]
    assert sum(window["pulse_rate"].value is not None for window in windows) <= 1
    assert all(window["spo2"].value is None for window in windows if window["pulse_rate"].reason == REASON_MOTION)


@pytest.mark.parametrize("gain", [0.006, 0.012, 0.03])
@pytest.mark.parametrize(("kind", "low", "high"), [("walk", 60, 100), ("run", 100, 150)])
@pytest.mark.parametrize("seed", range(3))
def test_steps_of_a_wearer_without_an_accelerometer_are_no_sure_pulse(
    gain: float, kind: MotionKind, low: float, high: float, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    bpm, perfusion = float(chance.uniform(low, high)), float(chance.uniform(0.5, 3))
    settings = WearerSettings(
        heart_rate_bpm=bpm, perfusion_percent=perfusion, ppg_motion=gain, motion=(Motion(kind, 10, 40),)
    )
    counts = make.counts_of(Wearer(settings, seed, groups=("ppg",)), 40)
    for window in run(counts[:, 0], counts[:, 1])[14:]:
        rate = window["pulse_rate"]
        if rate.value is not None and abs(rate.value - bpm) > max(10, 0.1 * bpm):
            assert rate.quality <= 30
            assert rate.reason
            assert window["spo2"].quality <= 30


@pytest.mark.parametrize("per_min", [45, 60, 100, 150, 170])
@pytest.mark.parametrize(("ratio", "sign"), [(0.5, -1.0), (0.5, 1.0), (0.7, -1.0), (1.1, -1.0)])
def test_a_pulse_is_none_of_steps_but_where_it_is_of_dark_blood_and_fast(
    per_min: float, ratio: float, sign: float
) -> None:
    fast_and_dark = per_min > 140 and ratio > 1
    for window in run(*make.light(20, per_min, ratio=ratio, sign=sign, breath=0.0))[10:]:
        assert window["pulse_rate"].value == pytest.approx(per_min, abs=1)
        assert (window["pulse_rate"].quality <= 30) == fast_and_dark
        assert window["pulse_rate"].reason == (REASON_NO_PULSE_WAVE if fast_and_dark else 0)


@pytest.mark.parametrize("per_min", [50, 99])
def test_waves_as_deep_in_both_colours_that_give_light_are_no_sure_pulse(per_min: float) -> None:
    for window in run(*make.light(20, per_min, ratio=0.9, sign=1.0, breath=0.0))[10:]:
        assert window["pulse_rate"].quality <= 30
        assert window["pulse_rate"].reason == REASON_NO_PULSE_WAVE


@pytest.mark.parametrize("per_min", [48, 72, 105, 150])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_pulse_at_rest_is_none(per_min: float, sign: float) -> None:
    windows = run(*make.light(30, per_min, sign=sign))[9:]
    assert all(window["pulse_rate"].reason != REASON_MOTION for window in windows)
    assert windows[-1]["pulse_rate"].value == pytest.approx(per_min, abs=1)


def _with_second_wave(duration_s: int, per_min: float, unevenness: float) -> tuple[FloatArray, FloatArray]:
    """Pulses that rise as slowly as they fall, with a second wave that rises faster."""
    chance = np.random.default_rng(int(per_min))
    blood, t = np.zeros(duration_s * make.RATE), np.arange(duration_s * make.RATE) / make.RATE
    at, period = 0.3, 60 / per_min
    while at < duration_s:
        height = 1 + unevenness * chance.normal()
        second = 0.7 * np.exp(-(((t - at - 0.4 * period) / 0.08) ** 2))
        blood += height * (np.exp(-(((t - at) / 0.14) ** 2)) + second)
        at += period * (1 + unevenness * chance.normal())
    return 100_000 * (1 - 0.01 * blood), 100_000 * (1 - 0.02 * blood)


@pytest.mark.parametrize("per_min", [79, 83, 88])
def test_steady_pulses_of_an_unusual_shape_are_no_movement(per_min: float) -> None:
    steady, uneven = (run(*_with_second_wave(50, per_min, of))[30:] for of in (0.004, 0.2))
    assert all(window["pulse_rate"].reason != REASON_MOTION for window in steady)
    assert all(window["pulse_rate"].value == pytest.approx(per_min, abs=1) for window in steady)
    assert not any(window["pulse_rate"].value is not None and not window["pulse_rate"].reason for window in uneven)


def _channel(wave: FloatArray) -> PpgChannel:
    channel = PpgChannel()
    for i in range(RING):
        channel.pulses[i] = int(wave[i % len(wave)])
    return channel


def test_it_takes_seven_seconds_and_goes_as_it_came() -> None:
    symmetric = _channel(3000 * np.sin(2 * np.pi * np.arange(256) / 16))
    steep = _channel(3000 * ((np.arange(256) % 16) / 8 - 1))
    watch = LightMotion()
    assert [watch.look(symmetric, 256, 200, 70) for _ in range(8)] == [False] * 6 + [True] * 2
    assert [watch.look(steep, 256, 200, 70) for _ in range(3)] == [True, False, False]
    assert not watch.look(symmetric, 256, 200, 95)
    assert [watch.look(steep, 256, 200, 40) for _ in range(8)][-1]
    watch.begin()
    assert not watch.look(symmetric, 256, 200, 70)


@pytest.mark.parametrize("seed", range(4))
def test_skewness_is_that_of_the_slopes(seed: int) -> None:
    chance = np.random.default_rng(seed)
    wave = np.cumsum(chance.exponential(300, 256) - 300)
    wave = np.clip(wave - wave.mean(), -32000, 32000).astype(int)
    out = array("i", bytes(8))
    slope_moments(array("h", wave.tolist()), 256, 200, out)
    slopes = np.diff(wave[56:256].astype(float))
    expected = 100 * (slopes**3).mean() / (slopes**2).mean() ** 1.5
    assert skewness_percent(out[0], out[1]) == pytest.approx(expected, abs=15)


@pytest.mark.data
def test_people_who_run_without_an_accelerometer_have_no_wrong_rate() -> None:
    from host_sdk.records.data_root import data_root

    troika = Troika(data_root() / "troika")
    case = troika.cases("DATA_03_TYPE02", ())[0]
    light = troika.channels(case)[0].values
    low, high = np.percentile(light[:1250], (5, 95))
    level = 130_000 * (1 - 0.02 * (light - (low + high) / 2) / (high - low))
    counts = np.interp(np.arange(len(level) * 100 // 125) * 1.25, np.arange(len(level)), level)
    truth = troika.truth(case).expected["pulse"]
    windows = [window for window in run(counts, counts) if round(window.end_s) in truth]
    values = [(window["pulse_rate"].value, truth[round(window.end_s)]) for window in windows]
    assert len(values) > 100
    assert all(abs(value - known) < 10 for value, known in values if value is not None)
