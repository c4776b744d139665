"""Waves from the delineation network's answers: edges, doubt, when it is asked, and what it may take back."""

from __future__ import annotations

from array import array
from collections.abc import Callable

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg import pipeline as ecg
from firmware_sim.firmware.dsp.ecg.beat_maker import PARTS
from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE, LENGTH, SHIFT
from firmware_sim.firmware.dsp.ecg.delineation import (
    EIGHTHS,
    FEATURES,
    P_OFF,
    P_ON,
    P_PEAK,
    POSITIONS,
    QRS_OFF,
    QRS_ON,
    SURE_P,
    T_OFF,
    T_ON,
    VAGUE_P,
    VAGUE_T,
    Waves,
)
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.ecg.template import Template, Templates
from firmware_sim.testing import ecg_signals as make

Answer = np.ndarray[tuple[int, int], np.dtype[np.float64]]
#: Samples from the vector's start.
P, QRS, T = (46, 66), (86, 110), (140, 180)


class Scripted:
    """A network that gives what it is told to."""

    def __init__(self, answer: Callable[[int], Answer]) -> None:
        self.input = memoryview(array("b", bytes(FEATURES)))
        self.asked = 0
        self._answer = answer
        self._part = 0

    def run_slice(self, part: int, parts: int) -> None:
        assert part == self._part
        self._part = (part + 1) % parts

    def output(self) -> memoryview:
        assert self._part == 0
        self.asked += 1
        return told(self._answer(self.asked - 1))


def told(given: Answer) -> memoryview:
    """Probabilities as a network gives them."""
    return memoryview(array("b", np.clip(np.round(given * 255) - 128, -128, 127).astype(np.int8).tobytes()))


def ramp(on: float, off: float, width: float, top: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Probability of one wave whose edges lie where it is one half (`top` 1), `width` samples from 0 to 1."""
    place = 2 * np.arange(POSITIONS) + 0.5
    inside = np.minimum(place - on, off - place) / width + 0.5
    return top * np.clip(inside, 0, 1)


def answer(p_top: float = 1, qrs_top: float = 1, p: tuple[float, float] = P, width: float = 8) -> Answer:
    return np.stack([ramp(*p, width, p_top), ramp(*QRS, 8, qrs_top), ramp(*T, 16, 1)], axis=1)


def read(*answers: Answer) -> Waves:
    waves = Waves()
    for one in answers:
        waves.hear(told(one), array("i", bytes(4 * LENGTH)))
    return waves


def test_edges_lie_where_the_probability_is_one_half() -> None:
    at = read(answer()).at
    for place, sample in (
        (P_ON, P[0]),
        (P_OFF, P[1]),
        (QRS_ON, QRS[0]),
        (QRS_OFF, QRS[1]),
        (T_ON, T[0]),
        (T_OFF, T[1]),
    ):
        assert abs(at[place] / EIGHTHS - sample) <= 0.25


def test_the_peak_is_the_farthest_from_the_line_between_the_edges() -> None:
    beat = array("i", [20 * i for i in range(LENGTH)])
    beat[58] += 900
    waves = Waves()
    waves.hear(told(answer()), beat)
    assert waves.at[P_PEAK] == 58 * EIGHTHS


@pytest.mark.parametrize(("top", "there"), [(0.0, False), (0.4, False), (0.6, True), (1.0, True)])
def test_a_wave_is_there_from_one_half_on(top: float, there: bool) -> None:
    waves = read(answer(p_top=top))
    assert (waves.at[P_ON] >= 0) is there
    assert abs(waves.sure[SURE_P] - 255 * top) <= 1


def test_without_a_complex_there_is_no_wave() -> None:
    assert set(read(answer(qrs_top=0.2)).at) == {-1}


def test_slow_edges_are_vague() -> None:
    waves = read(answer(width=16))
    assert abs(waves.vague[VAGUE_P] / EIGHTHS - 8) <= 0.5
    assert abs(waves.vague[VAGUE_T] / EIGHTHS - 8) <= 0.5
    assert read(answer(p_top=0.6)).vague[VAGUE_P] > 100 * EIGHTHS


def test_answers_are_averaged() -> None:
    waves = read(answer(), answer(p=(P[0] + 4, P[1])))
    assert abs(waves.at[P_ON] / EIGHTHS - (P[0] + 2)) <= 0.5
    waves.forget()
    assert set(waves.at) == {-1}


def test_the_first_beats_are_read_one_by_one_and_then_their_mean_every_four_seconds() -> None:
    template = Template()
    read, means = [], []
    for i in range(1, 40):
        beat = array("i", [10 * i] * LENGTH)
        template.learn(beat)
        if template.is_due(200 * i):
            read.append(i)
            if template.to_read(beat) is template.sum:
                means.append(i)
            else:
                assert template.to_read(beat)[0] == 10 * i << SHIFT
    assert read == [*range(1, 17), 21, 26, 31, 36]
    assert means == [21, 26, 31, 36]


def _lateness() -> list[int]:
    """Samples after R at which each of 20 s of beats is told."""
    pipeline = EcgPipeline(None, Scripted(lambda _: answer()))
    counts = make.counts(make.lead(20, make.regular(20, 0.8)))
    late = []
    for end in range(16, len(counts), 16):
        pipeline.push(counts[end - 16 : end], 16, False)
        while (beat := pipeline.next_beat()) is not None:
            late.append(end - beat.r)
    return late


def test_no_beat_is_finished_before_all_parts_of_its_reading_were_run() -> None:
    late = _lateness()
    # a part in each step of 16 samples, but for the first that wait for the detector; later most beats need none
    assert min(late[5:16]) >= 300 + 16 * (PARTS - 1) > min(late[16:])
    assert max(late[5:]) < 300 + 30 + 16 * PARTS


def test_a_beat_that_has_waited_too_long_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecg, "_LATE", 300)
    late = _lateness()
    assert len(late) > 15
    assert max(late[5:]) < 300 + 30 + 16


def test_at_the_highest_rates_reading_keeps_up() -> None:
    times = make.regular(60, 0.25)
    output = make.Output()
    pipeline = EcgPipeline(None, Scripted(lambda _: answer()))
    make.push(pipeline, make.counts(make.lead(60, times)), output, 50)
    assert output.beats[-1].r > 60 * make.RATE - 300 - 150
    assert len(output.beats) > 200


def test_an_early_beat_does_not_change_the_usual_one() -> None:
    templates = Templates()
    beat = array("i", [0] * LENGTH)
    beat[BEFORE] = 1000
    home = templates.place(beat, False)
    beat[200] = 500
    assert templates.place(beat, True) is home
    assert home.sum[200] == 0
    assert templates.place(beat, False) is home
    assert home.sum[200] > 0


def _beats(network: Scripted | None, times: list[float], seconds: int = 20) -> make.Output:
    pipeline = EcgPipeline(None, network)
    output = make.Output()
    make.push(pipeline, make.counts(make.lead(seconds, times)), output, 50)
    pipeline.flush()
    make.collect(pipeline, output)
    return output


def test_where_the_network_sees_no_complex_there_is_no_beat() -> None:
    times = make.regular(20, 0.8)
    assert len(_beats(Scripted(lambda _: answer()), times).beats) == len(times)
    assert not _beats(Scripted(lambda _: answer(qrs_top=0.03)), times).beats


def test_an_early_complex_needs_more_evidence_than_one_in_time() -> None:
    times = [*make.regular(9, 0.8), 8.9, *(10.1 + 0.8 * i for i in range(12))]
    doubtful = Scripted(lambda _: answer(qrs_top=0.15))
    found = [beat.r / make.RATE for beat in _beats(doubtful, times).beats]
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


def test_a_doubtful_p_counts_in_a_regular_rhythm_only() -> None:
    doubtful = Scripted(lambda _: answer(p_top=0.75))
    regular = _beats(doubtful, make.regular(20, 0.8)).beats[5:]
    assert all(beat.p_on is not None for beat in regular)
    steps = np.random.default_rng(3).uniform(0.55, 1.2, 40)
    irregular = [float(t) for t in np.cumsum(steps) + 0.3 if t < 19]
    assert all(beat.p_on is None for beat in _beats(doubtful, irregular).beats[5:])


def test_an_interval_that_is_too_vague_is_refused() -> None:
    vague = Scripted(lambda _: np.stack([ramp(*P, 8, 1), ramp(*QRS, 8, 1), ramp(150, 230, 70, 1)], axis=1))
    for window in _beats(vague, make.regular(20, 0.8)).windows:
        assert window.qt.value is None
        assert window.qt.reason
        assert window.pr.value is not None
