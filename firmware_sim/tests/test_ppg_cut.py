"""Light whose waves are cut off, at one side or at both, by what it came through: a pulse, and no saturation."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ppg.pipeline import PUSH_LIMIT
from firmware_sim.firmware.wire_gen import REASON_NO_PULSE_WAVE, REASON_SATURATED
from firmware_sim.testing import ppg_signals as make
from firmware_sim.testing.ppg_pipeline import Window, run
from firmware_sim.world.wearer import Wearer, WearerSettings

#: Pulse (1/min), SpO2, perfusion (%), seed.
_PEOPLE = [(50, 97, 2.0, 1), (72, 94, 1.0, 2), (100, 88, 4.0, 3), (140, 97, 2.0, 4), (66, 80, 0.6, 5)]
_UNCERTAIN_QUALITY = 30


def _light(bpm: float, spo2: float, perfusion: float, seed: int) -> tuple[make.FloatArray, make.FloatArray]:
    settings = WearerSettings(heart_rate_bpm=bpm, spo2_percent=spo2, perfusion_percent=perfusion)
    counts = make.counts_of(Wearer(settings, seed=seed, groups=("ppg",)), 24)
    return counts[:, 0], counts[:, 1]


def _cut(values: make.FloatArray, side: str, part: float) -> make.FloatArray:
    """With `part` of the samples at a rail: the top, the bottom, or half of them at each."""
    each = part / 2 if side == "both" else part
    low, high = np.quantile(values, (each, 1 - each))
    return np.clip(values, low if side != "top" else -np.inf, high if side != "bottom" else np.inf)


def _settled(red: make.FloatArray, infrared: make.FloatArray) -> list[Window]:
    return [window for window in run(red, infrared) if window.end_s > 12]


@pytest.mark.parametrize(("bpm", "spo2", "perfusion", "seed"), _PEOPLE)
@pytest.mark.parametrize("which", ["red", "infrared", "both"])
@pytest.mark.parametrize(("side", "part"), [("top", 0.3), ("bottom", 0.5), ("both", 0.6)])
def test_a_wave_that_is_cut_off_has_no_saturation(
    bpm: float, spo2: float, perfusion: float, seed: int, which: str, side: str, part: float
) -> None:
    red, infrared = _light(bpm, spo2, perfusion, seed)
    red = red if which == "infrared" else _cut(red, side, part)
    infrared = infrared if which == "red" else _cut(infrared, side, part)
    for window in _settled(red, infrared):
        assert window["spo2"].value is None
        assert window["spo2"].reason in (REASON_SATURATED, REASON_NO_PULSE_WAVE)  # cut at both sides it is a square
        assert window["perfusion_index"].quality <= _UNCERTAIN_QUALITY
        rate = window["pulse_rate"]
        assert rate.value is None or rate.quality <= _UNCERTAIN_QUALITY or rate.value == pytest.approx(bpm, rel=0.06)


@pytest.mark.parametrize(("bpm", "spo2", "perfusion", "seed"), _PEOPLE)
@pytest.mark.parametrize("step", [1, 4, 12])
def test_the_same_wave_whole_has_one_even_in_coarse_counts(
    bpm: float, spo2: float, perfusion: float, seed: int, step: int
) -> None:
    light = (np.rint(values / step) * step for values in _light(bpm, spo2, perfusion, seed))
    windows = _settled(*light)
    assert windows
    for window in windows:
        assert window["spo2"].value == pytest.approx(spo2, abs=3)
        assert window["pulse_rate"].value == pytest.approx(bpm, rel=0.06)


def test_a_wave_that_is_cut_off_no_more_has_a_saturation_after_a_window() -> None:
    red, infrared = _light(*_PEOPLE[0])
    red[: 12 * make.RATE] = _cut(red, "top", 0.3)[: 12 * make.RATE]
    windows = {round(window.end_s): window["spo2"] for window in run(red, infrared)}
    assert windows[12].reason == REASON_SATURATED
    assert windows[23].value == pytest.approx(97, abs=3)


@pytest.mark.parametrize("dark_s", [3.92, 4.44, 5.0])
@pytest.mark.parametrize("block", [1, 32, 100, PUSH_LIMIT])
def test_the_dark_before_it_is_put_on_is_no_light_that_is_cut_off(dark_s: float, block: int) -> None:
    bare = np.full(round(dark_s * make.RATE), 300.0)
    red, infrared = (np.concatenate((bare, light)) for light in _light(*_PEOPLE[1]))
    windows = run(red, infrared, block)
    known = [window for window in windows if window["pulse_rate"].value is not None]
    assert known[0].end_s < dark_s + 7
    assert all(window["spo2"].value == pytest.approx(94, abs=3) for window in known)
    assert windows == run(red, infrared, 7)


def test_light_that_is_cut_off_from_the_start_stays_so_in_every_block_size() -> None:
    bare = np.full(392, 300.0)
    red, infrared = _light(*_PEOPLE[1])
    light = np.concatenate((bare, _cut(red, "top", 0.3))), np.concatenate((bare, infrared))
    windows = run(*light, 1)
    assert windows == run(*light, 100)
    assert {window["spo2"].reason for window in windows if window.end_s > 14} == {REASON_SATURATED}
