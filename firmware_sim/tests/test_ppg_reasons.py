from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware.dsp.acceleration import Acceleration
from firmware_sim.firmware.dsp.ppg.pipeline import PUSH_LIMIT, PpgPipeline
from firmware_sim.firmware.dsp.ppg.pulse_rhythm import SUSPECTED_X10
from firmware_sim.firmware.wire_gen import (
    REASON_LOW_PERFUSION,
    REASON_MOTION,
    REASON_NO_SIGNAL,
    REASON_NOISE,
    REASON_NOT_WORN,
    REASON_OUT_OF_RANGE,
    REASON_SATURATED,
    REASON_WARMING_UP,
)
from firmware_sim.testing import ppg_signals as make
from firmware_sim.testing.ppg_pipeline import NAMES, Window, run


def _all_refused(window: Window, reason: int) -> None:
    assert [(window[name].value, window[name].reason) for name in NAMES] == [(None, reason)] * len(NAMES)


def _noise(level: float, size: float, seed: int = 5) -> make.FloatArray:
    return level + np.random.default_rng(seed).normal(0, size, 2000)


def test_every_second_has_a_result_from_the_first_on() -> None:
    windows = run(*make.light(20))
    assert [window.end_s for window in windows] == list(range(1, 21))
    for window in windows:
        for name in NAMES:
            assert (window[name].value is None) == (window[name].reason != 0)
            assert 0 <= window[name].quality <= 100
    _all_refused(windows[0], REASON_WARMING_UP)
    assert windows[8]["pulse_rate"].value is not None
    assert windows[8]["respiration_rate"].reason == REASON_WARMING_UP


def test_bare_sensor_is_not_worn_and_warms_up_again_when_it_is() -> None:
    red, infrared = make.light(12)
    bare = np.full(500, 40.0)
    windows = run(np.concatenate((bare, red, bare)), np.concatenate((bare, infrared, bare)))
    _all_refused(windows[3], REASON_NOT_WORN)
    _all_refused(windows[6], REASON_WARMING_UP)
    assert windows[15]["pulse_rate"].value == pytest.approx(72, abs=1)
    _all_refused(windows[18], REASON_NOT_WORN)


def test_dark_red_refuses_only_spo2() -> None:
    _, infrared = make.light(14)
    window = run(np.full(len(infrared), 60.0), infrared)[-1]
    assert window["spo2"].reason == REASON_NO_SIGNAL
    assert window["pulse_rate"].value == pytest.approx(72, abs=1)


def test_saturated_light() -> None:
    red, infrared = make.light(14)
    _all_refused(run(red, infrared * 3)[-1], REASON_SATURATED)
    window = run(red * 3, infrared)[-1]
    assert window["spo2"].reason == REASON_SATURATED
    assert window["pulse_rate"].value == pytest.approx(72, abs=1)


def test_flat_light_has_no_signal() -> None:
    flat = np.full(1400, 100000.0)
    _all_refused(run(flat, flat)[-1], REASON_NO_SIGNAL)


def test_pulses_too_small_are_low_perfusion() -> None:
    _all_refused(run(*make.light(14, perfusion=0.0002, noise=0.5))[-1], REASON_LOW_PERFUSION)
    faint = run(_noise(100000, 60), _noise(100000, 60, 6))[-1]
    assert faint["pulse_rate"].reason == REASON_LOW_PERFUSION


def test_noise_is_refused_for_what_it_is() -> None:
    for seed in range(6):
        for window in run(_noise(100000, 2000, seed), _noise(100000, 2000, seed + 50))[7:]:
            assert window["pulse_rate"].reason in (REASON_NOISE, REASON_LOW_PERFUSION)
            assert window["spo2"].value is None


def test_movement_without_a_pulse_is_motion() -> None:
    _all_refused(run(_noise(100000, 2000), _noise(100000, 2000, 6), motion_mg=250)[-1], REASON_MOTION)
    _all_refused(run(*make.light(14), motion_mg=900)[-1], REASON_MOTION)


def test_a_pulse_through_movement_is_published_with_a_caution() -> None:
    still, moving = (run(*make.light(14), motion_mg=motion)[-1]["pulse_rate"] for motion in (0, 200))
    assert still.value == pytest.approx(72.0, abs=0.05)
    assert moving.value == pytest.approx(72.0, abs=0.15)
    assert (still.reason, moving.reason) == (0, REASON_MOTION)
    assert moving.quality <= still.quality // 2


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize(("motion_mg", "reason"), [(0, 0), (60, 0), (150, REASON_MOTION), (500, REASON_MOTION)])
def test_the_regularity_of_a_pulse_in_motion_is_refused_for_motion(motion_mg: int, reason: int, seed: int) -> None:
    _, red, infrared = make.worn("resting", 60, seed)
    late = [window["pulse_irregularity"] for window in run(red, infrared, motion_mg=motion_mg)[30:]]
    assert {measure.reason for measure in late} == {reason}
    assert all((measure.value is None) is (reason == REASON_MOTION) for measure in late)


def test_impossible_spo2_is_out_of_range() -> None:
    for ratio in (0.2, 1.5):
        window = run(*make.light(14, ratio=ratio))[-1]
        assert window["spo2"].reason == REASON_OUT_OF_RANGE
        assert window["pulse_rate"].value == pytest.approx(72, abs=1)


def test_results_do_not_depend_on_block_sizes() -> None:
    wearer, red, infrared = make.worn("walking", 45)
    assert wearer.duration_s is None
    reference = run(red, infrared)
    for block in (1, 7, 100, PUSH_LIMIT):
        assert run(red, infrared, block) == reference


@pytest.mark.parametrize("block", [1, 32, 99, PUSH_LIMIT])
@pytest.mark.parametrize("motion_mg", [0, 50, 200])
def test_no_window_is_lost_or_comes_twice_where_the_tracker_holds_them(block: int, motion_mg: int) -> None:
    red, infrared = make.light(40, 80)
    samples = array("i", np.rint(np.stack((red, infrared), axis=1)).astype(np.int64).ravel().tolist())
    acceleration, known = Acceleration(), 0
    pipeline = PpgPipeline(acceleration)
    ends = []
    held = 0
    for start in range(0, len(red), block):
        n = min(block, len(red) - start)
        while known < (start + n) * 104 // 100:
            steps = 1000 * np.sin(np.arange(known, known + 10)[:, None] / 8 + np.arange(3))
            known += 10
            acceleration.add(array("h", steps.astype(int).ravel().tolist()), 10, known * 1_000_000 // 104)
        pipeline.push(samples[2 * start : 2 * (start + n)], n, motion_mg, start * 10_000)
        while (window := pipeline.next_window()) is not None:
            ends.append(window.end)
            held += start + n >= window.end + block
    if pipeline.flush():
        ends.append(pipeline.next_window().end)  # type: ignore[union-attr]
    assert ends == list(range(100, len(red) + 1, 100))
    assert block > 32 or (held > 0) == (motion_mg > 25)


def test_extremes_do_no_harm() -> None:
    generator = np.random.default_rng(1)
    jumps = generator.choice([0.0, 4999.0, 5001.0, 130000.0, 262143.0], 3000)
    held = np.repeat(generator.choice([0.0, 30000.0, 130000.0, 262143.0], 60), 50)
    assert len(run(jumps, jumps[::-1])) == 30
    assert len(run(held, held[::-1])) == 30


def test_results_are_reused_objects() -> None:
    pipeline = PpgPipeline()
    samples = array("i", [100000] * 200)
    seen = set()
    for _ in range(20):
        pipeline.push(samples, 100, 0)
        window = pipeline.next_window()
        assert window is not None
        assert pipeline.next_window() is None
        seen.add(id(window))
    assert len(seen) <= 4


def test_too_large_a_push_is_refused() -> None:
    with pytest.raises(ValueError, match="too many samples"):
        PpgPipeline().push(array("i", [0] * 1000), PUSH_LIMIT + 1, 0)


@pytest.mark.parametrize("ratio", [0.4, 0.6, 0.9])
@pytest.mark.parametrize("motion_mg", [0, 80, 120, 200, 350])
def test_saturation_in_motion_is_uncertain(ratio: float, motion_mg: int) -> None:
    """Steps move venous blood, which both colours see alike: what is left of it draws the ratio to its own."""
    for window in run(*make.light(20, ratio=ratio), motion_mg=motion_mg)[10:]:
        spo2 = window["spo2"]
        assert spo2.value is not None
        if motion_mg > 100:
            assert (spo2.quality <= 30, spo2.reason) == (True, REASON_MOTION)
        else:
            assert (spo2.quality > 30, spo2.reason) == (True, 0)


@pytest.mark.parametrize(("per_min", "perfusion"), [(60, 0.005), (60, 0.01), (92, 0.005), (75, 0.005)])
def test_light_too_coarse_for_its_pulse_says_nothing_of_the_rhythm_later(per_min: float, perfusion: float) -> None:
    """As of a finger that is put on late: the pulse is a step of the converter until the current fits it."""
    settling = 25 * make.RATE
    light = make.light(80, per_min, perfusion=perfusion, breath=0.3, noise=20)
    for values in light:
        values[:settling] = np.rint(values[:settling] / 1600) * 1600
    evidence = [window["pulse_irregularity"].value for window in run(*light)]
    known = [value for value in evidence if value is not None]
    assert known
    assert max(known) < SUSPECTED_X10 / 10


@pytest.mark.parametrize("perfusion", [0.0004, 0.0006, 0.0009])
def test_a_wave_of_a_few_counts_has_low_perfusion_and_is_not_cut_off(perfusion: float) -> None:
    for window in run(*make.light(20, perfusion=perfusion, level=40_000, noise=0.3))[10:]:
        assert window["spo2"].value is None
        assert window["spo2"].reason == REASON_LOW_PERFUSION
