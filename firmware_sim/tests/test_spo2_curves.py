"""Calibration curves of SpO2: what each makes of a ratio, the setting that chooses one, and what readings say of it."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.firmware.dsp.ppg import spo2
from firmware_sim.firmware.dsp.ppg.pipeline import PpgPipeline
from firmware_sim.firmware.dsp.ppg.spo2_curves_gen import CURVES
from firmware_sim.firmware.dsp.ppg.uncertainty import SPO2_MOST_ADDED
from firmware_sim.testing import ppg_signals as make
from firmware_sim.testing.ppg_pipeline import run
from firmware_sim.tests.serial_host import Serial, subscribed
from firmware_sim.world.base import PPG
from firmware_sim.world.wearer import Wearer, WearerSettings
from host_sdk import wire_gen as wire
from host_sdk.wire_gen import Calibration, ReadingKind
from models.spo2.curve import load_all


def last_window(curve: int, ratio: float) -> Any:
    """The last window of 12 s of light at this ratio of ratios."""
    pairs = np.rint(np.stack(make.light(12, ratio=ratio), axis=1)).astype(np.int64)
    pipeline, window = PpgPipeline(), None
    pipeline.choose_curve(curve)
    for start in range(0, len(pairs), 100):
        block = array("i", pairs[start : start + 100].ravel().tolist())
        pipeline.push(block, len(block) // 2, 0)
        while (ready := pipeline.next_window()) is not None:
            window = ready
    return window


@pytest.mark.parametrize("ratio", [0.45, 0.7, 0.85])
@pytest.mark.parametrize("name", list(load_all()))
def test_each_curve_reads_the_ratio_as_its_file_says(name: str, ratio: float) -> None:
    curve = load_all()[name]
    measure = last_window(curve.number, ratio).spo2
    assert measure.value / 10 == pytest.approx(curve.percent(ratio), abs=0.4)
    assert (measure.u95 == 0) == (curve.u95_percent is None)
    assert measure.reason == (0 if curve.percent(ratio) >= curve.least_percent else device_wire.REASON_OUT_OF_RANGE)


@pytest.mark.parametrize("saturation", [60, 70, 85])
def test_noise_in_both_lights_does_not_move_the_ratio(saturation: int) -> None:
    """Each has noise of a third of its own pulses: a slope of red over infrared would be 10 % too small."""
    means = []
    for seed in range(1, 5):
        rng = np.random.default_rng(seed)
        noisy = [
            light + np.convolve(rng.normal(0, 1, len(light)), np.ones(20) / 20**0.5, "same") * light.std() / 3
            for light in make.light(60, ratio=(112 - saturation) / 34, breath=0.0)
        ]
        readings = [window["spo2"].value for window in run(*noisy)[10:]]
        known = [value for value in readings if value is not None]
        assert len(known) >= 40
        means.append(np.mean(known))
    assert np.mean(means) == pytest.approx(saturation, abs=0.7)


def test_the_line_of_oxiwear_is_exactly_the_one_of_integers_in_permille() -> None:
    at_0, slope, bend, *_ = CURVES[0]
    for ratio in range(300, 1900):
        assert (at_0 * 1000 + (slope + (bend * ratio + 500) // 1000) * ratio + 5000) // 10000 == 1120 + (
            500 - 340 * ratio
        ) // 1000


def latest(host: Serial) -> wire.Reading:
    return next(one for one in reversed(host.all(wire.Reading)) if one.kind == ReadingKind.SPO2)


def choose(host: Serial, curve: int) -> None:
    device: Any = host.simulation.device
    device.settings.set(device_wire.SETTING_SPO2_CURVE, curve)
    device.apply_settings()


def test_a_curve_is_chosen_by_a_setting_and_each_number_says_that_it_is_uncalibrated() -> None:
    host = subscribed(Wearer(WearerSettings(spo2_percent=95.0), seed=1, groups=(PPG,)))
    host.wait(3)
    assert (latest(host).value, latest(host).calibration) == (None, None)
    host.wait(12)
    by_line = latest(host)
    choose(host, 1)
    host.wait(2)
    by_textbook = latest(host)
    assert by_line.value == pytest.approx(950, abs=15)
    assert by_textbook.value == pytest.approx(1100 - 250 * (112 - 95) / 34, abs=15)
    assert {by_line.calibration, by_textbook.calibration} == {Calibration.UNCALIBRATED}
    others = [one for one in host.all(wire.Reading) if one.kind != ReadingKind.SPO2]
    assert others
    assert {one.calibration for one in others} == {None}


def test_a_curve_that_a_study_calibrated_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (*CURVES[:1], (*CURVES[1][:5], 1), *CURVES[2:])
    for module in ("dsp.ppg.spo2", "chains.ppg_chain"):
        monkeypatch.setattr(f"firmware_sim.firmware.{module}.CURVES", rows)
    host = subscribed(Wearer(WearerSettings(spo2_percent=95.0), seed=1, groups=(PPG,)))
    choose(host, 1)
    host.wait(12)
    assert latest(host).value is not None
    assert latest(host).calibration is None


@pytest.mark.parametrize("u95", [20, 58, 67, 80, 120])
def test_bad_moments_are_refused_and_no_curve_that_is_less_certain(u95: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study may find an Arms of 3.4 % and say so: ± 6.7 %."""
    monkeypatch.setattr(spo2, "CURVES", ((*CURVES[0][:4], u95, 1),))
    red, infrared = make.light(30, ratio=(112 - 95) / 34)
    clean = [window["spo2"] for window in run(red, infrared)][10:]
    assert {one.reason for one in clean} == {0}
    assert all(u95 <= 10 * one.u95 <= u95 + SPO2_MOST_ADDED for one in clean)
    noise = np.convolve(np.random.default_rng(1).normal(0, 1, len(red)), np.ones(20) / 20**0.5, "same")
    bad = [window["spo2"] for window in run(red + noise * red.std() * 0.7, infrared)][10:]
    assert sum(one.value is None for one in bad) > 10
    assert device_wire.REASON_UNCERTAIN in {one.reason for one in bad}


def test_a_curve_that_is_not_there_is_refused_and_changes_nothing() -> None:
    host = subscribed(Wearer(WearerSettings(), seed=1, groups=(PPG,)))
    device: Any = host.simulation.device
    with pytest.raises(ValueError, match="setting 3: 4 is not 0 to 3"):
        device.settings.set(device_wire.SETTING_SPO2_CURVE, len(CURVES))
    assert device.settings.get(device_wire.SETTING_SPO2_CURVE) == 0
