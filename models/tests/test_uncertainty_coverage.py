"""Coverage of the ECG's expanded uncertainty: what is committed of it, and how it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.uncertainty import LIMITS_TENTHS_MS, interval_u95
from models.ecg_delineator.intervals import INTERVALS
from models.evaluation.ecg.datasets.annotations import Annotations
from models.uncertainty import answers as files
from models.uncertainty.answers import read_answers, write_answers
from models.uncertainty.curves import DEVICE, Item, curve
from models.uncertainty.fit import beyond_ms, covered, equal_weights, weights
from models.uncertainty.rate_windows import ECTOPIC, FIBRILLATION, REGULAR, Marked, nearest_rr
from models.uncertainty.windows import CLEAN, Answer


def of_interval(interval: str) -> list[Answer]:
    return [answer for answer in read_answers() if answer.interval == interval]


def firmware_u95_ms(answers: Sequence[Answer]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([interval_u95(INTERVALS.index(each.interval), *each.known) / 10 for each in answers])


@pytest.mark.parametrize("interval", INTERVALS)
def test_clean_leads_of_people_never_seen_are_covered(interval: str) -> None:
    """What the card says of windows without noise, by the firmware's own integers."""
    answers = of_interval(interval)
    u95 = firmware_u95_ms(answers)
    kept = u95 <= LIMITS_TENTHS_MS[INTERVALS.index(interval)] / 10
    given = [answer for answer, good in zip(answers, kept, strict=True) if good]
    assert np.average(covered(given, u95[kept]), weights=equal_weights(given)) >= 0.93
    assert np.average(~kept, weights=equal_weights(answers)) <= 0.10


@pytest.mark.parametrize("interval", INTERVALS)
def test_the_least_certain_are_the_worst(interval: str) -> None:
    """The half that is most certain errs less than the other."""
    answers = of_interval(interval)
    u95 = firmware_u95_ms(answers)
    errors = np.abs([answer.error_ms for answer in answers])
    certain = u95 <= np.median(u95)
    assert errors[certain].mean() < 0.8 * errors[~certain].mean()


@pytest.mark.parametrize(("interval", "limit"), [("pr", 480), ("qt", 800)])
def test_beats_that_disagree_add_what_the_device_adds(interval: str, limit: int) -> None:
    spreads = (0, limit // 2, limit // 2 + 40, limit)
    answers = [Answer("ludb/1", "i", CLEAN, interval, (30, spread, 3, 900, 10), 0.0) for spread in spreads]
    assert beyond_ms(answers).tolist() == [0.0, 0.0, 1.0, limit / 80]
    assert beyond_ms([Answer("ludb/1", "i", CLEAN, "qrs", (30, 900, 3, 900, 10), 0.0)]).tolist() == [0.0]


def made(record: str, error_ms: float, edges: int = 30, noise: str = CLEAN) -> Answer:
    return Answer(record, "i", noise, "qt", (edges, 20, 3, 900, 10), error_ms)


def test_answers_come_back_as_they_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ANSWERS", tmp_path / "answers.csv")
    clean = [made("ludb/1", 3.5), made("qtdb/sel1", -12.0, edges=200)]
    write_answers({0: clean[:1], 2: [clean[1], made("qtdb/sel1", 80.0, noise="em 6 dB")]})
    assert read_answers() == clean


def test_of_a_long_lead_four_windows_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ANSWERS", tmp_path / "answers.csv")
    write_answers({0: [made("ludb/1", float(k)) for k in range(30)]})
    assert [answer.error_ms for answer in read_answers()] == [0.0, 8.0, 16.0, 24.0]


def test_people_count_equally_whatever_their_windows() -> None:
    answers = [made("ludb/1", 1.0), *[made("ludb/2", 9.0)] * 3]
    assert np.average([1, 0, 0, 0], weights=equal_weights(answers)) == pytest.approx(0.5)
    assert weights(answers)[0] == pytest.approx(3 * weights(answers)[1])


def test_a_curve_goes_from_the_most_certain_on_and_ends_where_nothing_more_is_answered() -> None:
    items = [Item("ludb/1", "qt", DEVICE, 20.0, -4.0), Item("ludb/2", "qt", DEVICE, 10.0, 2.0),
             Item("ludb/3", "qt", DEVICE, 90.0, None), Item("ludb/4", "qt", DEVICE, 30.0, 12.0)]  # fmt: skip
    fraction, error, unsure = curve(items)
    assert fraction.tolist() == [0.25, 0.5, 0.75]
    assert error.tolist() == [2.0, 3.0, 6.0]
    assert unsure.tolist() == [10.0, 20.0, 30.0]


def test_the_rate_of_a_window_counts_a_beat_at_its_end_where_that_is_nearer() -> None:
    times = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 4.5])
    assert nearest_rr(times, 0.5, 4.4, 60.0) == pytest.approx([1.0] * 4)
    assert nearest_rr(times, 0.5, 4.4, 80.0) == pytest.approx([1.0, 1.0, 1.0, 1.0, 0.5])
    assert nearest_rr(times, 0.5, 4.2, 80.0) == pytest.approx([1.0] * 4)
    assert nearest_rr(times, 20.0, 30.0, 60.0) is None


def test_rhythms_of_windows() -> None:
    marks = Annotations(
        (0.0, 1.0, 5.0, 12.0, 21.0, 29.0), ("+", "N", "V", "N", "+", "N"), ("(N", "", "", "", "(AFIB", "")
    )
    marked = Marked(marks)
    assert marked.beats.tolist() == [1.0, 5.0, 12.0, 29.0]
    assert [marked.rhythm(begin, begin + 10) for begin in (0, 10, 20)] == [ECTOPIC, REGULAR, FIBRILLATION]


def test_ventricular_flutter_has_no_rate() -> None:
    marked = Marked(Annotations((0.0, 1.0, 2.0, 8.0), ("N", "N", "[", "]"), ("", "", "", "")))
    assert marked.rr(0.0, 1.9, 60.0) == pytest.approx([1.0])
    assert marked.rr(1.5, 9.0, 60.0) is None
