"""Delineation: edges and their uncertainty, when the network runs, and which beats it removes."""

from __future__ import annotations

from array import array
from collections.abc import Callable

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg import pipeline as ecg
from firmware_sim.firmware.dsp.ecg.beat_maker import SLICES
from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE, LENGTH, SHIFT
from firmware_sim.firmware.dsp.ecg.delineation import (
    FEATURES,
    P_OFF,
    P_ON,
    P_PEAK,
    POSITIONS,
    PROBABILITY_P,
    QRS_OFF,
    QRS_ON,
    T_OFF,
    T_ON,
    UNCERTAINTY_P,
    UNCERTAINTY_T,
    Delineation,
)
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.ecg.template import Template, Templates
from firmware_sim.firmware.nn import Arena
from firmware_sim.testing import ecg_signals as make

#: One sample in Q3.
ONE = 8
Probabilities = np.ndarray[tuple[int, int], np.dtype[np.float64]]
#: Samples from the vector's start.
P, QRS, T = (46, 66), (86, 110), (140, 180)


class Scripted:
    """A network with scripted outputs."""

    def __init__(self, script: Callable[[int], Probabilities]) -> None:
        self.arena = Arena(0, 0)
        self.input = memoryview(array("b", bytes(FEATURES)))
        self.inferences = 0
        self._script = script
        self._done = 0

    def run_slice(self, index: int, count: int) -> None:
        assert index == self._done
        assert not self.arena.is_free()
        self._done = (index + 1) % count

    def output(self) -> memoryview:
        assert self._done == 0
        self.inferences += 1
        return quantised(self._script(self.inferences - 1))


def quantised(probabilities: Probabilities) -> memoryview:
    """Probabilities as a network puts them out."""
    return memoryview(array("b", np.clip(np.round(probabilities * 255) - 128, -128, 127).astype(np.int8).tobytes()))


def ramp(on: float, off: float, width: float, top: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Probability of one wave whose edges lie where it is one half (`top` 1), `width` samples from 0 to 1."""
    sample = 2 * np.arange(POSITIONS) + 0.5
    inside = np.minimum(sample - on, off - sample) / width + 0.5
    return top * np.clip(inside, 0, 1)


def probabilities(p_top: float = 1, qrs_top: float = 1, p: tuple[float, float] = P, width: float = 8) -> Probabilities:
    return np.stack([ramp(*p, width, p_top), ramp(*QRS, 8, qrs_top), ramp(*T, 16, 1)], axis=1)


def delineated(*outputs: Probabilities) -> Delineation:
    delineation = Delineation()
    for one in outputs:
        delineation.update(quantised(one), array("i", bytes(4 * LENGTH)))
    return delineation


def test_edges_lie_where_the_probability_is_one_half() -> None:
    at = delineated(probabilities()).fiducials_q3
    for index, sample in (
        (P_ON, P[0]),
        (P_OFF, P[1]),
        (QRS_ON, QRS[0]),
        (QRS_OFF, QRS[1]),
        (T_ON, T[0]),
        (T_OFF, T[1]),
    ):
        assert abs(at[index] / ONE - sample) <= 0.25


def test_the_peak_is_the_farthest_from_the_line_between_the_edges() -> None:
    beat = array("i", [20 * i for i in range(LENGTH)])
    beat[58] += 900
    delineation = Delineation()
    delineation.update(quantised(probabilities()), beat)
    assert delineation.fiducials_q3[P_PEAK] == 58 * ONE


@pytest.mark.parametrize(("top", "there"), [(0.0, False), (0.4, False), (0.6, True), (1.0, True)])
def test_a_wave_is_there_from_one_half_on(top: float, there: bool) -> None:
    delineation = delineated(probabilities(p_top=top))
    assert (delineation.fiducials_q3[P_ON] >= 0) is there
    assert abs(delineation.probability_q8[PROBABILITY_P] - 255 * top) <= 1


def test_without_a_complex_there_is_no_wave() -> None:
    assert set(delineated(probabilities(qrs_top=0.2)).fiducials_q3) == {-1}


def test_slow_edges_are_uncertain() -> None:
    delineation = delineated(probabilities(width=16))
    assert abs(delineation.uncertainty_q3[UNCERTAINTY_P] / ONE - 8) <= 0.5
    assert abs(delineation.uncertainty_q3[UNCERTAINTY_T] / ONE - 8) <= 1
    assert delineated(probabilities(p_top=0.6)).uncertainty_q3[UNCERTAINTY_P] > 100 * ONE


def test_a_t_wave_that_may_go_on_behind_its_offset_is_uncertain() -> None:
    sure, going_on = probabilities(), probabilities()
    behind = slice(T[1] // 2 + 8, T[1] // 2 + 24)
    going_on[behind, 2] = 0.3
    one, other = delineated(sure), delineated(going_on)
    assert one.fiducials_q3[T_OFF] == other.fiducials_q3[T_OFF]
    more = (other.uncertainty_q3[UNCERTAINTY_T] - one.uncertainty_q3[UNCERTAINTY_T]) / ONE
    assert abs(more - 4 * 0.3 * 32) <= 1
    without = probabilities()
    without[:, 2] = 0
    assert delineated(without).uncertainty_q3[UNCERTAINTY_T] > 100 * ONE


def _with_t(top: int, height: int, slope: int = 0, half: int = 20) -> array[int]:
    """A beat of nothing but T, a triangle about sample `top`, on a line that rises by `slope` a sample."""
    return array("i", [slope * i + height * max(0, half - abs(i - top)) // half for i in range(LENGTH)])


def _late_by(beat: array[int], rr: int = 250, t: tuple[int, int] = (186, 226)) -> int:
    one = probabilities()
    one[:, 2] = ramp(*t, 4, 1)
    return delineated(one).late_by(beat, rr)


@pytest.mark.parametrize("height", [1600, -800])
@pytest.mark.parametrize("slope", [0, 1, -1])
@pytest.mark.parametrize("top", [185, 200, 206])
def test_a_late_t_wave_is_shown_where_t_waves_usually_are(top: int, height: int, slope: int) -> None:
    late = _late_by(_with_t(top, height, slope))
    assert late % 2 == 0
    assert abs(top - late - (BEFORE + 75)) <= 1


@pytest.mark.parametrize(
    ("beat", "rr", "t"),
    [
        (_with_t(206, 1600), 250, T),  # nothing that was found of T is late or uncertain
        (_with_t(206, 1600), 180, (186, 226)),  # it may be the next P
        (_with_t(165, 1600), 250, (186, 226)),  # it is where it usually is
        (array("i", [(i * 97) % 41 for i in range(LENGTH)]), 250, (186, 226)),  # no clear wave
        (_with_t(206, 1600, half=80), 250, (186, 226)),  # nothing level before it
    ],
)
def test_what_is_no_late_t_wave_is_shown_as_it_is(beat: array[int], rr: int, t: tuple[int, int]) -> None:
    assert _late_by(beat, rr, t) == 0


def test_waves_behind_what_was_left_out_are_where_they_were() -> None:
    delineation = delineated(probabilities())
    before = list(delineation.fiducials_q3)
    delineation.forget()
    delineation.update(quantised(probabilities()), _with_t(200, 800), 0, 30)
    at = delineation.fiducials_q3
    assert list(at[P_ON:T_ON]) == before[P_ON:T_ON]
    assert [at[i] - before[i] for i in (T_ON, T_OFF)] == [30 * ONE, 30 * ONE]


def test_outputs_are_averaged() -> None:
    delineation = delineated(probabilities(), probabilities(p=(P[0] + 4, P[1])))
    assert abs(delineation.fiducials_q3[P_ON] / ONE - (P[0] + 2)) <= 0.5
    delineation.forget()
    assert set(delineation.fiducials_q3) == {-1}


def test_the_first_beats_are_delineated_one_by_one_and_then_their_mean_every_four_seconds() -> None:
    template = Template()
    due, means = [], []
    for i in range(1, 40):
        beat = array("i", [10 * i] * LENGTH)
        template.learn(beat)
        if template.is_due(200 * i):
            due.append(i)
            if template.input_beat(beat) is template.sum:
                means.append(i)
            else:
                assert template.input_beat(beat)[0] == 10 * i << SHIFT
    assert due == [*range(1, 17), 21, 26, 31, 36]
    assert means == [21, 26, 31, 36]


def _lateness() -> list[int]:
    """Samples after R at which each of 20 s of beats is finished."""
    pipeline = EcgPipeline(None, Scripted(lambda _: probabilities()))
    counts = make.counts(make.lead(20, make.regular(20, 0.8)))
    late = []
    for end in range(16, len(counts), 16):
        pipeline.push(counts[end - 16 : end], 16, False)
        while (beat := pipeline.next_beat()) is not None:
            late.append(end - beat.r)
    return late


def test_no_beat_is_finished_before_all_slices_of_its_inference_were_run() -> None:
    late = _lateness()
    # a slice in each step of 16 samples, but for the first that wait for the detector; later most beats need none
    assert min(late[5:16]) >= 300 + 16 * (SLICES - 1) > min(late[16:])
    assert max(late[5:]) < 300 + 30 + 16 * SLICES


def test_a_beat_that_has_waited_too_long_is_delineated_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecg, "_LATE_SAMPLES", 300)
    late = _lateness()
    assert len(late) > 15
    assert max(late[5:]) < 300 + 30 + 16


def test_at_the_highest_heart_rates_delineation_keeps_up() -> None:
    times = make.regular(60, 0.25)
    output = make.Output()
    pipeline = EcgPipeline(None, Scripted(lambda _: probabilities()))
    make.push(pipeline, make.counts(make.lead(60, times)), output, 50)
    assert output.beats[-1].r > 60 * make.RATE - 300 - 150
    assert len(output.beats) > 200


def test_an_early_beat_does_not_change_the_main_template() -> None:
    templates = Templates()
    beat = array("i", [0] * LENGTH)
    beat[BEFORE] = 1000
    template = templates.assign(beat, False, False, False, False)
    beat[200] = 500
    assert templates.assign(beat, True, False, False, False) is template
    assert template.sum[200] == 0
    assert templates.assign(beat, False, False, False, False) is template
    assert template.sum[200] > 0


def _beats(network: Scripted | None, times: list[float], seconds: int = 20) -> make.Output:
    pipeline = EcgPipeline(None, network)
    output = make.Output()
    make.push(pipeline, make.counts(make.lead(seconds, times)), output, 50)
    pipeline.flush()
    make.collect(pipeline, output)
    return output


def test_where_the_network_sees_no_complex_there_is_no_beat() -> None:
    times = make.regular(20, 0.8)
    assert len(_beats(Scripted(lambda _: probabilities()), times).beats) == len(times)
    assert not _beats(Scripted(lambda _: probabilities(qrs_top=0.03)), times).beats


def test_an_early_complex_needs_a_higher_probability_than_one_in_time() -> None:
    times = [*make.regular(9, 0.8), 8.9, *(10.1 + 0.8 * i for i in range(12))]
    uncertain = Scripted(lambda _: probabilities(qrs_top=0.15))
    found = [beat.r / make.RATE for beat in _beats(uncertain, times).beats]
    assert not [r for r in found if abs(r - 8.9) < 0.1]
    assert len(found) >= len(times) - 3


def test_without_a_network_there_are_beats_but_no_intervals() -> None:
    output = _beats(None, make.regular(20, 0.8))
    assert output.beats
    assert {beat.qrs_on for beat in output.beats} == {None}
    for window in output.windows:
        assert (window.qrs.value, window.qt.value) == (None, None)
        assert window.qrs.reason
        assert window.heart_rate.value


def test_a_uncertain_p_counts_in_a_regular_rhythm_only() -> None:
    uncertain = Scripted(lambda _: probabilities(p_top=0.75))
    regular = _beats(uncertain, make.regular(20, 0.8)).beats[5:]
    assert all(beat.p_on is not None for beat in regular)
    steps = np.random.default_rng(3).uniform(0.55, 1.2, 40)
    irregular = [float(t) for t in np.cumsum(steps) + 0.3 if t < 19]
    assert all(beat.p_on is None for beat in _beats(uncertain, irregular).beats[5:])


def test_an_interval_with_too_uncertain_edges_is_refused() -> None:
    blurred = Scripted(lambda _: np.stack([ramp(*P, 8, 1), ramp(*QRS, 8, 1), ramp(150, 230, 70, 1)], axis=1))
    for window in _beats(blurred, make.regular(20, 0.8)).windows:
        assert window.qt.value is None
        assert window.qt.reason
        assert window.pr.value is not None
