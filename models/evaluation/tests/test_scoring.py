"""Scores of `vitalband evaluate`, on results whose errors are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from host_sdk.replay import EcgWindow, WindowReading
from models.evaluation.ecg.scoring.contrast import Contrast
from models.evaluation.ecg.scoring.contrasts import combined_leads, score_contrast
from models.evaluation.ecg.scoring.intervals import score_intervals
from models.evaluation.ecg.scoring.matching import pair
from models.evaluation.ecg.scoring.measures import labelled_windows, record_measures
from models.evaluation.ecg.scoring.peaks import score_fibrillation, score_kinds, score_p_peaks, score_peaks
from models.evaluation.ecg.scoring.pooling import pool_fiducials, pool_intervals, pool_kinds, pool_peaks
from models.evaluation.ecg.scoring.record import score_record
from models.evaluation.ecg.scoring.roc import auc, contrast_numbers
from models.evaluation.ecg.scoring.summary import summarise
from models.evaluation.ecg.scoring.waves import score_fiducials
from models.evaluation.ecg.scoring.worst import worst
from models.evaluation.ecg.truth import Marks, MethodResult, Peak, RecordIntervals, Spans, Truth, inside, runs, without


def beat(r: float, **changes: Any) -> Marks:
    """A beat with PR 160, QRS 90 and QT 400 ms."""
    onset = r - 0.04
    marks = Marks(
        r, onset - 0.16, onset - 0.11, onset - 0.06, onset, onset + 0.09, onset + 0.2, onset + 0.3, onset + 0.4
    )
    return replace(marks, **changes)


def moved(marks: Marks, seconds: float) -> Marks:
    """All marks later."""
    later: dict[str, Any] = {name: time + seconds for name, time in marks.marked.items()}
    return replace(marks, **later)


KNOWN = tuple(beat(float(t)) for t in range(1, 9))


def window(t: float, **changes: Any) -> EcgWindow:
    """A window of ten seconds that ends at `t`."""
    refused = WindowReading(None, 0, "noise")
    readings = {"pr_ms": WindowReading(160.0, 0, None), "qrs_ms": refused, "qt_ms": refused}
    return replace(EcgWindow(t, 10.0, 10, 80, None, (), None, readings), **changes)


def result(beats: tuple[Marks, ...] = KNOWN, **parts: Any) -> MethodResult:
    """A result that gives the right PR and nothing else."""
    return MethodResult(beats, **{"intervals": RecordIntervals(pr_ms=160.0, hr_bpm=60.0), **parts})


def test_spans_are_cut_and_found() -> None:
    assert without(((0.0, 10.0),), ((2.0, 3.0), (9.0, 12.0))) == ((0.0, 2.0), (3.0, 9.0))
    assert without(((0.0, 1.0),), ((0.0, 2.0),)) == ()
    assert runs([False, True, True, False, True], 2.0) == ((0.5, 1.5), (2.0, 2.5))
    assert [inside(t, ((1.0, 2.0),)) for t in (0.9, 1.0, 2.0, 2.1)] == [False, True, True, False]


def test_a_beat_is_paired_once_with_the_nearest() -> None:
    pairs = pair([1.0, 2.0, 3.0], [1.1, 1.16, 2.01, 3.2])
    assert (pairs.both, pairs.missed, pairs.extra) == ([(0, 0), (1, 2)], [2], [1, 3])


def test_errors_of_fiducials_are_found_less_known() -> None:
    scores = score_fiducials(KNOWN, [moved(each, 0.006) for each in KNOWN])
    assert all(score["errors_ms"] == [6.0] * 8 for score in scores.values())
    pooled = pool_fiducials([scores])
    assert pooled["p_on"] == {
        "hit": 8,
        "missed": 0,
        "extra": 0,
        "se": 1.0,
        "ppv": 1.0,
        "mean_ms": 6.0,
        "sd_ms": 0.0,
        "cse_ms": 10.2,
    }


def test_absent_waves_are_missed_or_extra() -> None:
    known = [*KNOWN[:4], *(replace(each, p_on=None, p_peak=None, p_off=None) for each in KNOWN[4:])]
    found = [*KNOWN[:3], replace(KNOWN[3], t_off=None), *KNOWN[4:]]
    scores = score_fiducials(known, found)
    assert (scores["p_peak"]["missed"], scores["p_peak"]["extra"]) == (0, 4)
    assert (scores["t_off"]["missed"], scores["t_off"]["extra"]) == (1, 0)
    assert len(scores["p_peak"]["errors_ms"]) == 4


def test_an_edge_that_nobody_marked_of_a_marked_wave_is_not_judged() -> None:
    known = [replace(each, t_on=None) for each in KNOWN]
    assert score_fiducials(known, KNOWN)["t_on"] == {"errors_ms": [], "missed": 0, "extra": 0}
    unmarked = [replace(each, t_on=None, t_peak=None, t_off=None) for each in KNOWN[:-1]]
    assert score_fiducials([*unmarked, KNOWN[-1]], KNOWN)["t_on"]["extra"] == 7


def test_a_mark_beyond_150_ms_is_missed_and_extra() -> None:
    scores = score_fiducials(KNOWN, [KNOWN[0], replace(KNOWN[1], t_off=KNOWN[1].r + 0.6), *KNOWN[2:]])
    assert (len(scores["t_off"]["errors_ms"]), scores["t_off"]["missed"], scores["t_off"]["extra"]) == (7, 1, 1)


def test_beats_outside_the_marks_are_never_extra() -> None:
    around = [beat(0.2), *KNOWN, beat(8.9)]
    assert all(score["extra"] == 0 for score in score_fiducials(KNOWN, around).values())


def test_unmarked_beats_between_marks_count_where_every_beat_was_marked() -> None:
    found = [*KNOWN, beat(2.5)]
    found.sort(key=lambda each: each.r)
    assert score_fiducials(KNOWN, found)["r"]["extra"] == 1
    assert score_fiducials(KNOWN, found, every_beat=False)["r"]["extra"] == 0


def test_intervals_are_taken_in_three_ways() -> None:
    wide = tuple(replace(each, qrs_off=each.r + 0.07) for each in KNOWN)
    score = score_intervals(Truth(waves=KNOWN), result(wide, windows=(window(10.0), window(30.0))))
    assert score["pr"] == {
        "truth": 160.0,
        "record": 160.0,
        "windows": 160.0,
        "beats": 160.0,
        "reasons": [],
        "given": [True],
    }
    assert (score["qrs"]["truth"], score["qrs"]["record"], score["qrs"]["beats"]) == (90.0, None, 110.0)
    assert (score["qrs"]["reasons"], score["qrs"]["given"]) == (["noise"], [False])


def interval_score(truth: float | None, given: float | None) -> dict[str, Any]:
    each = {
        "truth": truth,
        "record": given,
        "windows": given,
        "beats": given,
        "reasons": [],
        "given": [given is not None],
    }
    return {"pr": each, "qrs": each, "qt": each}


def test_intervals_of_records_are_pooled() -> None:
    scores = [interval_score(t, g) for t, g in ((100, 104), (110, 108), (120, 130), (130, None), (None, 99))]
    pooled = pool_intervals(scores)["pr"]
    record = pooled["record"]
    assert (record["n"], record["refused"], record["answered_without_truth"]) == (3, 1, 1)
    assert (record["mae_ms"], record["bias_ms"]) == (pytest.approx(5.333, abs=1e-3), 4.0)
    assert (record["sd_ms"], record["low_ms"], record["high_ms"]) == (6.0, -7.76, 15.76)
    assert record["r"] == pytest.approx(260 / 280, abs=1e-4)
    assert pooled["windows_refused"] == {"windows": 4, "refused": 1, "fraction": 0.25}


def test_nothing_to_compare_gives_no_figures() -> None:
    assert pool_intervals([interval_score(None, None)])["qt"]["record"]["mae_ms"] is None
    pooled = pool_fiducials([score_fiducials(KNOWN, [])])
    assert (pooled["r"]["se"], pooled["r"]["ppv"], pooled["r"]["mean_ms"]) == (0.0, None, None)


SCOPES: dict[str, Spans] = {"late": ((2.5, 100.0),), "all": ((0.0, 100.0),)}
PEAKS = tuple(Peak(float(t), kind) for t, kind in zip(range(1, 7), "NNVSN", strict=False))


def test_peaks_are_counted_in_each_scope() -> None:
    found = result(tuple(Marks(t) for t in (1.0, 3.05, 4.2, 5.0)))
    score = score_peaks(Truth(peaks=PEAKS, scopes=SCOPES), found)
    assert score["scopes"] == {"late": [2, 1, 1], "all": [3, 2, 1]}
    assert (score["missed_at"], score["extra_at"]) == ([4.0], [4.2])
    assert pool_peaks([score, score])["all"] == {"hit": 6, "missed": 4, "extra": 2, "se": 0.6, "ppv": 0.75}


def test_kinds_are_confused_as_ec57_counts() -> None:
    found = result((Marks(3.0, kind="V"), Marks(4.0, kind="V"), Marks(5.0, kind="Q")))
    score = score_kinds(Truth(peaks=PEAKS, scopes=SCOPES), found)
    assert score is not None
    assert score["confusion"]["S"] == {"N": 0, "S": 0, "V": 1, "/": 0, "Q": 0, "missed": 0}
    pooled = pool_kinds([score, {**score, "paced": True}])
    assert pooled["rates"]["V"] == {"hit": 1, "missed": 0, "extra": 1, "se": 1.0, "ppv": 0.5}
    assert pooled["rates"]["S"]["se"] == 0.0
    assert pooled["paced"] == score["confusion"]
    assert score_kinds(Truth(peaks=(Peak(1.0, "other"),), scopes=SCOPES), found) is None


def test_paced_beats_are_rated_over_all_records() -> None:
    spans: dict[str, Spans] = {"all": ((0.0, 100.0),)}
    known = tuple(Peak(float(t), kind) for t, kind in enumerate(("/", "/", "/", "N", "other"), 1))
    said = result(tuple(Marks(float(t), kind=kind) for t, kind in enumerate("//V//", 1)))
    paced = score_kinds(Truth(peaks=known, scopes=spans, paced=True), said)
    plain = score_kinds(Truth(peaks=(Peak(1.0, "N"), Peak(2.0, "V")), scopes=spans), said)
    assert paced is not None
    assert plain is not None
    pooled = pool_kinds([paced, plain])
    # fusion beats are neither right nor wrong
    assert pooled["paced_rate"] == {"hit": 2, "missed": 1, "extra": 3, "se": pytest.approx(2 / 3, 1e-3), "ppv": 0.4}
    assert pooled["paced"]["/"] == {"N": 0, "S": 0, "V": 1, "/": 2, "Q": 0, "missed": 0}
    assert pooled["rates"]["V"] == {"hit": 0, "missed": 1, "extra": 0, "se": 0.0, "ppv": None}


def test_p_in_fibrillation_is_counted() -> None:
    beats = (*KNOWN[:3], *(replace(each, p_on=None, p_peak=None, p_off=None) for each in KNOWN[3:]))
    assert score_fibrillation(Truth(fibrillation=((1.5, 5.5),)), result(beats)) == {"beats": 4, "with_p": 2}
    assert score_fibrillation(Truth(), result(beats)) is None
    score = score_p_peaks(Truth(p_peaks=(0.85, 1.85, 9.0)), result(KNOWN[:3]))
    assert score == {"hit": 2, "missed": 1, "extra": 1}


def test_auc_counts_ties_half() -> None:
    assert auc([2.0, 3.0], [0.0, 1.0]) == 1.0
    assert auc([1.0], [1.0]) == 0.5
    assert auc([0.0, 2.0], [1.0]) == 0.5
    assert auc([], [1.0]) is None
    numbers = contrast_numbers([3.0, None], [1.0], falls=False)
    assert numbers == {"auc": 1.0, "auc_with_unscored_as_negative": 0.5, "unscored": 1}
    assert contrast_numbers([1.0], [3.0], falls=True)["auc"] == 1.0


def test_measures_come_from_windows_and_fall_back_to_flags() -> None:
    found = result(windows=(window(10.0, irregularity=20), window(15.0, span_s=5.0, irregularity=80, quality=20)))
    assert record_measures(found)["irregularity"] == 40.0
    assert record_measures(found)["irregularity_highest"] == 80
    assert record_measures(found)["quality"] == 60.0
    flagged = result(windows=(window(10.0, flags=("irregular",)), window(20.0), window(30.0, reason="noise")))
    assert (record_measures(flagged)["irregularity"], record_measures(flagged)["irregularity_reported"]) == (50.0, 0.0)
    assert (record_measures(result())["irregularity"], record_measures(result())["quality"]) == (None, 0.0)


def test_windows_bear_the_label_of_their_stretch() -> None:
    truth = Truth(stretches={"artefact": ((14.0, 40.0),), "clean": ((0.0, 14.0), (40.0, 99.0))})
    windows = (*(window(t) for t in (10.0, 20.0, 30.0, 43.0, 60.0)), window(64.0, span_s=4.0))
    got = [(each["t"], each["label"]) for each in labelled_windows(truth, result(windows=windows))]
    assert got == [(10.0, "clean"), (20.0, "artefact"), (30.0, "artefact"), (43.0, "artefact"), (60.0, "clean")]


def finding(record: str, label: str, quality: float | None, flags: tuple[str, ...] = ()) -> dict[str, Any]:
    held = {"labels": [label], "measures": {"quality": quality}, "flags": list(flags), "windows": []}
    return {"record": record, "group": "I", "scores": {"finding": held}}


def test_a_contrast_separates_labels() -> None:
    contrast = Contrast("good", frozenset({"good"}), frozenset({"bad"}), "quality", flag="fine")
    records = [
        finding("1", "good", 90.0, ("fine",)),
        finding("2", "good", 40.0),
        finding("3", "bad", 50.0),
        finding("4", "?", 1.0),
    ]
    score = score_contrast(contrast, records)
    assert score is not None
    assert (score["positive"], score["negative"], score["auc"]) == (2, 1, 0.5)
    assert (score["sensitivity"], score["specificity"]) == (0.5, 1.0)
    assert score_contrast(contrast, records[:2]) is None
    leads = [finding("1", "good", 10.0), finding("1", "good", 90.0), finding("3", "bad", 50.0)]
    combined = combined_leads(contrast, leads)
    assert [combined[how]["auc"] for how in ("lowest lead", "median lead", "highest lead")] == [0.0, 0.5, 1.0]


def test_leads_are_found_one_by_one_and_together() -> None:
    contrast = Contrast("good", frozenset({"good"}), frozenset({"bad"}), "quality")
    first = [finding("1", "good", 90.0), finding("3", "bad", 50.0)]
    second = [{**finding("1", "good", 40.0), "group": "II"}, {**finding("3", "bad", 50.0), "group": "II"}]
    found = summarise([*first, *second], [contrast], many_leads=True)["all"]["combined"]["good"]
    assert {name: score["auc"] for name, score in found.items()} == {
        "I": 1.0,
        "II": 0.0,
        "median lead": 1.0,
        "lowest lead": 0.0,
        "highest lead": 1.0,
    }


def test_windows_can_be_contrasted() -> None:
    contrast = Contrast("af", frozenset({"fibrillation"}), frozenset({"other rhythm"}), "irregularity", unit="window")
    truth = Truth(stretches={"fibrillation": ((0.0, 10.0),), "other rhythm": ((10.0, 30.0),)})
    windows = (window(10.0, irregularity=70), window(20.0, irregularity=10), window(30.0, reason="noise"))
    scores = score_record(truth, result(windows=windows), frozenset({"findings"}))
    score = score_contrast(contrast, [{"record": "1", "group": "I", "scores": scores}])
    assert score is not None
    assert (score["positive"], score["negative"], score["auc"], score["unscored"]) == (1, 2, 1.0, 1)
    assert score["refused"] == [0.0, 0.5]


def test_only_what_a_method_reports_is_scored() -> None:
    truth = Truth(waves=KNOWN, peaks=PEAKS, scopes=SCOPES)
    assert set(score_record(truth, result(), frozenset())) == {"peaks"}
    assert set(score_record(truth, result(), frozenset({"waves"}))) == {"peaks", "fiducials", "intervals", "qtc"}
    assert "finding" in score_record(truth, result(), frozenset({"findings"}))


def test_a_summary_has_groups_and_all_of_them() -> None:
    reports = frozenset({"waves"})
    scores = score_record(Truth(waves=KNOWN, second=KNOWN[:3]), result(), reports)
    records = [{"record": "1", "group": group, "scores": scores} for group in ("i", "ii")]
    summary = summarise(records, ())
    assert list(summary) == ["i", "ii", "all"]
    assert summary["all"]["leads"] == 2
    assert summary["all"]["fiducials"]["r"]["hit"] == 16
    assert summary["all"]["experts"]["r"]["hit"] == 3


def test_the_worst_come_first_with_what_is_wrong() -> None:
    records = [
        {"record": name, "group": "i", "scores": {"intervals": interval_score(100.0, given)}}
        for name, given in (("fine", 101.0), ("bad", 150.0), ("refused", None))
    ]
    found = worst(records, count=2)
    assert [each["record"] for each in found] == ["bad", "fine"]
    assert found[0]["wrong"] == "PR 100 ms, +50; QRS 100 ms, +50; QT 100 ms, +50"
    assert worst(records)[-1]["wrong"].startswith("PR 100 ms, refused")
    peaks = {"peaks": {"scopes": {}, "missed_at": [1.0], "extra_at": [2.0, 3.0]}}
    assert worst([{"record": "1", "group": "i", "scores": peaks}])[0]["wrong"] == "1 missed, 2 extra"


def test_without_beats_the_worst_are_those_among_the_others() -> None:
    contrast = Contrast("good", frozenset({"good"}), frozenset({"bad"}), "quality")
    numbers = [("1", "good", 90.0), ("2", "good", 30.0), ("3", "bad", 50.0), ("4", "bad", 20.0), ("5", "?", 0.0)]
    found = worst([finding(*each) for each in numbers], [contrast])
    assert [(each["record"], each["wrong"]) for each in found] == [
        ("2", "good with quality 30"),
        ("3", "bad with quality 50"),
    ]
    assert worst([finding("1", "good", None), finding("3", "bad", 10.0)], [contrast]) == []
