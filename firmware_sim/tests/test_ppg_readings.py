from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from firmware_sim.firmware.wire_gen import (
    REASON_INCONSISTENT,
    REASON_LOW_PERFUSION,
    REASON_MOTION,
    REASON_NO_PULSE_WAVE,
    REASON_OUT_OF_RANGE,
    REASON_UNCERTAIN,
)
from firmware_sim.testing import ppg_signals as make
from firmware_sim.testing.ppg_pipeline import Errors, Reading, run
from firmware_sim.world.wearer.presets import PRESETS
from firmware_sim.world.wearer.wearer import Wearer


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("per_min", [32, 45, 60, 72, 90, 120, 150, 180, 210])
def test_pulse_rate_is_found_whichever_way_up(per_min: int, sign: float) -> None:
    windows = run(*make.light(20, per_min, sign=sign, breath=0.0))
    for window in windows[10:]:
        assert window["pulse_rate"].value == pytest.approx(per_min, abs=1.0)
        assert window["pulse_rate"].quality >= (80 if per_min < 190 else 30)


@pytest.mark.parametrize("ratio", [0.36, 0.5, 0.8, 1.1])
def test_spo2_follows_the_ratio_of_ratios(ratio: float) -> None:
    for window in run(*make.light(16, ratio=ratio))[10:]:
        assert window["spo2"].value == pytest.approx(112.0 - 34.0 * ratio, abs=0.4)
        assert window["spo2"].quality >= 60


@pytest.mark.parametrize("spo2", [50.0, 55.0, 62.0, 69.0, 75.0, 88.0, 97.0, 100.0])
@pytest.mark.parametrize("perfusion", [0.5, 2.0])
def test_spo2_of_a_wearer_from_55_to_100_percent(spo2: float, perfusion: float) -> None:
    wearer = Wearer(replace(PRESETS["resting"], spo2_percent=spo2, perfusion_percent=perfusion), 3)
    light = make.counts_of(wearer, 24)
    for window in run(light[:, 0], light[:, 1])[12:]:
        assert window["spo2"].value == pytest.approx(spo2, abs=1.0)
        assert window["pulse_rate"].reason == 0
        if spo2 < 70:
            # the line is continued there: nobody's readings made it
            assert (window["spo2"].reason, window["spo2"].quality <= 50) == (REASON_OUT_OF_RANGE, True)


@pytest.mark.parametrize(("perfusion", "refused"), [(0.05, True), (0.08, True), (0.15, False), (0.3, False)])
def test_spo2_without_perfusion_is_refused(perfusion: float, refused: bool) -> None:
    wearer = Wearer(replace(PRESETS["resting"], perfusion_percent=perfusion), 3)
    light = make.counts_of(wearer, 24)
    readings = [window["spo2"] for window in run(light[:, 0], light[:, 1])[12:]]
    assert all((one.value is None) == refused for one in readings)
    assert not refused or {one.reason for one in readings} == {REASON_LOW_PERFUSION}


def test_spo2_does_not_depend_on_the_level_of_the_light() -> None:
    red, infrared = make.light(14, ratio=0.6)
    for factor in (0.3, 1.6):
        assert run(red * factor, infrared)[-1]["spo2"].value == pytest.approx(112 - 34 * 0.6, abs=0.4)


@pytest.mark.parametrize(("ratio", "reason"), [(0.32, REASON_OUT_OF_RANGE), (0.38, 0)])
def test_a_little_over_a_hundred_percent_is_a_hundred_with_a_warning(ratio: float, reason: int) -> None:
    reading = run(*make.light(12, ratio=ratio))[-1]["spo2"]
    assert reading.value == pytest.approx(min(100.0, 112.0 - 34.0 * ratio), abs=0.4)
    assert reading.value is not None
    assert reading.value <= 100.0
    assert reading.reason == reason


@pytest.mark.parametrize("perfusion", [0.002, 0.02, 0.08])
def test_perfusion_index_is_the_amplitude_of_a_pulse(perfusion: float) -> None:
    reading = run(*make.light(16, perfusion=perfusion, breath=0.0, noise=1.0))[-1]["perfusion_index"]
    assert reading.value == pytest.approx(100 * perfusion, rel=0.15)


@pytest.mark.parametrize("breaths", [6.5, 8, 10, 12, 18, 25, 32, 38])
@pytest.mark.parametrize("per_min", [80, 110])
def test_breath_is_found(breaths: float, per_min: float) -> None:
    windows = run(*make.light(52, per_min, breaths_per_min=breaths))
    assert windows[-1]["respiration_rate"].value == pytest.approx(breaths, abs=1.0)


@pytest.mark.parametrize(("breaths", "per_min"), [(32, 55), (32, 60), (25, 45), (38, 70)])
def test_breath_near_half_the_pulse_is_refused(breaths: int, per_min: int) -> None:
    """Pulses sample it: 32 a minute at 55 look like 23, and together they look like anything between."""
    readings = [window["respiration_rate"] for window in run(*make.light(60, per_min, breaths_per_min=breaths))[40:]]
    assert {(one.value, one.reason) for one in readings} <= {(None, REASON_INCONSISTENT), (None, REASON_UNCERTAIN)}


@pytest.mark.parametrize(("before", "after"), [(12, 24), (24, 12), (10, 16)])
def test_a_new_rate_of_breath_is_followed_within_a_minute(before: int, after: int) -> None:
    first, then = make.light(60, 80, breaths_per_min=before), make.light(64, 80, breaths_per_min=after)
    readings = [window["respiration_rate"] for window in run(*np.concatenate((first, then), axis=1))]
    assert readings[58].value == pytest.approx(before, abs=1.0)
    assert readings[-2].value == pytest.approx(after, abs=1.0)


@pytest.mark.parametrize("breaths", [9, 15, 22])
@pytest.mark.parametrize("seed", [1, 2])
def test_slow_waves_of_the_vessels_are_no_breath(breaths: int, seed: int) -> None:
    """Waves of 0.1 Hz as large as the breath, which come and go."""
    red, infrared = make.light(70, 75, breaths_per_min=breaths)
    t = np.arange(len(red)) / 100
    rng = np.random.default_rng(seed)
    slow = sum(np.sin(2 * np.pi * hz * t + rng.uniform(0, 6)) for hz in rng.uniform(0.04, 0.11, 5)) / 3
    wave = 1 + 0.2 * 0.02 * slow
    answered = [w["respiration_rate"] for w in run(red * wave, infrared * wave)[40:]]
    assert all(one.value is None or abs(one.value - breaths) <= 2.0 for one in answered)


def test_without_breath_there_is_no_respiration_rate() -> None:
    assert run(*make.light(48, 70, breath=0.0, noise=30.0))[-1]["respiration_rate"].value is None


def test_pulses_that_differ_without_a_breath_have_hardly_a_sure_respiration_rate() -> None:
    """Intervals and heights differ by chance, as in apnoea: what of it looks like a breath is in doubt."""
    windows = [one for per_min, seed in _APNOEA for one in _respiration(per_min, seed, 0.0)]
    assert sum(one.quality > 30 for one in windows) <= 0.1 * len(windows)


@pytest.mark.parametrize(("per_min", "seed"), [(64, 5), (110, 6)])
def test_beside_pulses_that_differ_a_breath_is_sure(per_min: float, seed: int) -> None:
    found = _respiration(per_min, seed, 0.1)
    assert all(one.quality > 30 and one.value == pytest.approx(14, abs=1.5) for one in found)


@pytest.mark.parametrize(("per_min", "rate", "seed"), [(60, 12, 1), (60, 18, 2), (90, 12, 1), (90, 18, 2)])
def test_who_breathes_unevenly_has_a_sure_respiration_rate(per_min: int, rate: int, seed: int) -> None:
    """Each breath is a fifth longer or shorter than another."""
    times = np.arange(0, 96, 60 / rate)
    each = rate / 60 * (1 + 0.2 * np.random.default_rng(seed + 50).normal(0, 1, len(times)))
    breaths = np.cumsum(np.interp(np.arange(90.0), times, each))
    found = _respiration(per_min, seed, 0.1, breaths)
    assert sum(one.quality > 30 for one in found) >= 0.5 * len(found)


_APNOEA = ((55, 1), (72, 2), (95, 3), (125, 4), (70, 31), (99, 33), (63, 37), (76, 53))


def _respiration(
    per_min: float, seed: int, breath: float, breaths: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None
) -> list[Reading]:
    """Of pulses each of its own length and height, moved by 14 breaths a minute or `breaths` until each second."""
    generator = np.random.default_rng(seed)
    n = round(per_min * 1.3)
    wave = 1 - make.light(60 / per_min, per_min, level=1.0, perfusion=1.0, breath=0.0, noise=0.0)[1]
    found = []
    for at in np.arange(n) / per_min * 60:
        until = 14 / 60 * at if breaths is None else np.interp(at, np.arange(len(breaths)), breaths)
        moved = breath * np.sin(2 * np.pi * until)
        length = round(len(wave) * (1 + generator.normal(0, 0.03)))
        stretched = np.interp(np.linspace(0, len(wave) - 1, length), np.arange(len(wave)), wave)
        found.append(moved / 2 + stretched * (1 + moved + generator.normal(0, 0.02)))
    blood = np.concatenate(found)
    noise = generator.normal(0, 4, (2, len(blood)))
    red, infrared = (100_000 * (1 - part * 0.015 * blood) + own for part, own in zip((0.5, 1.0), noise, strict=True))
    return [window["respiration_rate"] for window in run(red, infrared)[48:64]]


@pytest.mark.parametrize("per_min", [52, 75, 110])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_known_pulse_is_followed_through_noise(per_min: int, seed: int) -> None:
    """Noise as large as the pulses comes for 8 s: the rate of just before is looked for in it, with a caution.

    Where it goes on for as long, it looks like movement, and is refused until 10 s after it has left the window.
    """
    red, infrared = make.light(50, per_min)
    rng = np.random.default_rng(seed)
    noise = np.convolve(rng.normal(0, 1, len(red)), np.ones(20) / 20**0.5, "same") * 900
    noise[:2400] = noise[3200:] = 0
    windows = run(red + 0.5 * noise, infrared + noise)
    readings = [window["pulse_rate"] for window in windows[10:]]
    answered = [one for one in readings if one.value is not None]
    lost = [one.reason for one in readings if one.value is None]
    assert len([reason for reason in lost if reason != REASON_MOTION]) <= 8
    assert len(lost) <= 18
    assert all(abs((one.value or 0) - per_min) <= 9 for one in answered)
    assert {one.reason for one in answered} <= {0, REASON_UNCERTAIN, REASON_NO_PULSE_WAVE}
    assert readings[-1].reason == 0


def test_noise_is_no_pulse_for_longer_than_the_rate_is_known() -> None:
    red, infrared = make.light(70, 75)
    noise = np.random.default_rng(1).normal(0, 4000, len(red))
    noise[:2000] = 0
    windows = run(red + noise, infrared + np.roll(noise, 37))
    assert all(window["pulse_rate"].value is None for window in windows[42:])


def test_pulse_rate_follows_a_change_within_a_window() -> None:
    slow, fast = make.light(20, 60), make.light(20, 100)
    windows = run(np.concatenate((slow[0], fast[0])), np.concatenate((slow[1], fast[1])))
    assert windows[18]["pulse_rate"].value == pytest.approx(60, abs=1)
    assert windows[31]["pulse_rate"].value == pytest.approx(100, abs=1)


@pytest.mark.parametrize(("preset", "most", "refused"), [("resting", 1.0, 0), ("hypoxia", 1.0, 0), ("af", 6.0, 0.35)])
def test_a_synthetic_wearer_is_read(preset: str, most: float, refused: float) -> None:
    wearer, red, infrared = make.worn(preset, 100)
    pulse, spo2, perfusion = Errors(), Errors(), Errors()
    for window in run(red, infrared)[12:]:
        truth = wearer.truth(window.end_s - 8, window.end_s)
        pulse.add(window["pulse_rate"], truth.heart_rate_bpm or 0.0)
        spo2.add(window["spo2"], truth.spo2_percent)
        perfusion.add(window["perfusion_index"], truth.perfusion_percent)
    assert pulse.mae < most
    assert pulse.refused <= refused * 88
    assert spo2.mae < 0.5
    assert perfusion.mae < 0.4


def test_a_resting_wearers_breath_is_read() -> None:
    wearer, red, infrared = make.worn("resting", 60)
    reading = run(red, infrared)[-1]["respiration_rate"]
    assert reading.value == pytest.approx(wearer.truth(0, 60).respiration_per_min, abs=1.5)


@pytest.mark.parametrize("breaths", [6.5, 8.0, 10.0, 20.0])
def test_a_synthetic_wearers_slow_breath_is_read(breaths: float) -> None:
    """Its heart rate follows waves of 0.1 Hz, too."""
    wearer = Wearer(replace(PRESETS["resting"], respiration_per_min=breaths), 4)
    light = make.counts_of(wearer, 60)
    readings = [window["respiration_rate"] for window in run(light[:, 0], light[:, 1])[40:]]
    assert {one.reason for one in readings} == {0}
    assert all(abs((one.value or 0.0) - breaths) <= 0.5 for one in readings)
