"""How far readings from light may be off, and that what is too uncertain is refused."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ppg.pipeline import PpgPipeline
from firmware_sim.firmware.dsp.ppg.uncertainty import (
    PULSE_LIMIT_X10,
    RESPIRATION_MOST_X10,
    SPO2_MOST_ADDED,
    perfusion_u95,
    pulse_u95,
    respiration_u95,
    spo2_added,
)
from firmware_sim.testing import ppg_signals as make


def test_a_pulse_is_less_certain_the_less_it_repeats() -> None:
    widths = [pulse_u95(strength, 5000, 5000, 90) for strength in (100, 90, 70, 50)]
    assert widths == sorted(widths)
    assert widths[-1] <= PULSE_LIMIT_X10


@pytest.mark.parametrize(("strength", "period", "counted", "agreement", "refused"), [
    (80, 5000, 5100, 90, False), (80, 5000, 2500, 90, True), (60, 0, 5000, 90, True), (95, 5000, 2500, 90, False),
    (70, 5000, 4000, 90, True), (70, 5000, 4000, 50, False),
])  # fmt: skip
def test_upstrokes_that_contradict_the_period_make_a_pulse_uncertain(
    strength: int, period: int, counted: int, agreement: int, refused: bool
) -> None:
    assert (pulse_u95(strength, period, counted, agreement) > PULSE_LIMIT_X10) == refused


def test_breath_is_the_less_certain_the_less_probable_it_is() -> None:
    widths = [respiration_u95(trust) for trust in (100, 95, 90, 80, 60)]
    assert widths == sorted(widths)
    assert widths[0] >= 10
    assert widths[-1] == RESPIRATION_MOST_X10


def test_saturation_is_uncertain_where_red_follows_infrared_badly() -> None:
    assert spo2_added(100) == 0 < spo2_added(94) <= SPO2_MOST_ADDED < spo2_added(82)


def test_perfusion_of_pulses_that_differ_is_less_certain() -> None:
    assert perfusion_u95(200, 100) < perfusion_u95(200, 60)


def test_every_reading_of_a_good_finger_has_an_uncertainty_that_holds() -> None:
    red, infrared = make.light(52, 80, breaths_per_min=15)
    pipeline = PpgPipeline()
    pairs = np.column_stack((red, infrared)).astype(np.int32)
    window = None
    for start in range(0, len(pairs), 100):
        block = make_array(pairs[start : start + 100])
        if pipeline.push(block, len(block) // 2, 0):
            window = pipeline.next_window()
    assert window is not None
    for measure, true in ((window.pulse_rate, 800), (window.respiration_rate, 150), (window.perfusion_index, 200)):
        assert measure.value is not None
        assert measure.u95 > 0
        assert abs(measure.value - true) <= measure.u95
    assert window.spo2.u95 >= 58


def make_array(pairs: np.ndarray[tuple[int, int], np.dtype[np.int32]]) -> array[int]:
    """Pairs as the pipeline takes them."""
    return array("i", pairs.ravel().tolist())
