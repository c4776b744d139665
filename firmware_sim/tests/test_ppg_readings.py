from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware.wire_gen import REASON_OUT_OF_RANGE, REASON_UNCERTAIN
from firmware_sim.testing import ppg_signals as make
from firmware_sim.testing.ppg_pipeline import Errors, run


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


@pytest.mark.parametrize("breaths", [12, 18, 25, 32])
def test_breath_is_found(breaths: int) -> None:
    windows = run(*make.light(52, 80, breaths_per_min=breaths))
    assert windows[-1]["respiration_rate"].value == pytest.approx(breaths, abs=1.0)


def test_slow_breath_is_uncertain() -> None:
    reading = run(*make.light(52, 80, breaths_per_min=8))[-1]["respiration_rate"]
    assert (reading.value, reading.reason) == (None, REASON_UNCERTAIN)


def test_without_breath_there_is_no_respiration_rate() -> None:
    assert run(*make.light(48, 70, breath=0.0, noise=30.0))[-1]["respiration_rate"].value is None


def test_pulse_rate_follows_a_change_within_a_window() -> None:
    slow, fast = make.light(20, 60), make.light(20, 100)
    windows = run(np.concatenate((slow[0], fast[0])), np.concatenate((slow[1], fast[1])))
    assert windows[18]["pulse_rate"].value == pytest.approx(60, abs=1)
    assert windows[31]["pulse_rate"].value == pytest.approx(100, abs=1)


@pytest.mark.parametrize(("preset", "most", "refused"), [("resting", 1.0, 0), ("hypoxia", 1.0, 0), ("af", 6.0, 0.65)])
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
