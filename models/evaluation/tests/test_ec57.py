"""The report after EC57, on annotations that are small enough to count by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb

from host_sdk.cli.main import main
from host_sdk.replay import EcgWindow
from models.evaluation.core.report.texts import columns
from models.evaluation.ecg.report.ec57_sections import EC57_TABLES
from models.evaluation.ecg.scoring.agreement import pool_agreement, score_qtc
from models.evaluation.ecg.scoring.ec57 import beat_rates, pool_ec57, score_ec57
from models.evaluation.ecg.scoring.record import score_record
from models.evaluation.ecg.truth import (
    EC57_SCOPE,
    FINDINGS,
    WAVES,
    Marks,
    MethodResult,
    Peak,
    RecordIntervals,
    Spans,
    Truth,
)

#: Second, annotation code, kind in the truth, what the device says (None: nothing).
BEATS: tuple[tuple[float, str, str, str | None], ...] = (
    (10.0, "V", "V", "N"),  # while it may learn
    (301.0, "N", "N", "N"),
    (302.0, "L", "N", "N"),
    (303.0, "N", "N", "V"),
    (304.0, "e", "N", "S"),
    (305.0, "A", "S", "S"),
    (306.0, "a", "S", "N"),
    (307.0, "V", "V", "V"),
    (308.0, "E", "V", "V"),
    (309.0, "V", "V", None),
    (310.0, "F", "other", "V"),
    (311.0, "Q", "other", "V"),
    (312.0, "Q", "other", "S"),
    (313.0, "F", "other", "S"),
    (350.0, "V", "V", None),  # in flutter
    (401.0, "N", "N", "Q"),
    (402.0, "V", "V", "S"),
)
#: The flutter between them is left out.
SCOPES: dict[str, Spans] = {EC57_SCOPE: ((300.0, 340.0), (360.0, 500.0))}


def window(t: float, irregular: bool = True, span_s: float = 10.0) -> EcgWindow:
    """A window that ends at `t`."""
    return EcgWindow(t, span_s, 10, 80, None, ("irregular",) if irregular else (), None, {})


def record(fibrillation: Spans = (), windows: tuple[EcgWindow, ...] = (), paced: bool = False) -> dict[str, Any]:
    """Scores of BEATS with a second beat 0.16 s behind one, and a V and an S where there is none."""
    truth = Truth(
        peaks=tuple(Peak(t, kind, code) for t, code, kind, _ in BEATS),
        scopes=SCOPES,
        fibrillation=fibrillation,
        paced=paced,
    )
    found = [Marks(t + 0.1, kind=said) for t, _, _, said in BEATS if said]
    found += [Marks(309.2, kind="N"), Marks(345.0, kind="V"), Marks(420.0, kind="V"), Marks(430.0, kind="S")]
    result = MethodResult(tuple(sorted(found, key=lambda beat: beat.r)), windows=windows)
    scores = score_ec57(truth, result)
    assert scores is not None
    return scores


def test_beats_are_counted_as_the_standard_says() -> None:
    rates = beat_rates(record()["matrix"])
    # 15 beats are judged; that at 309 s is 200 ms from what was found
    assert rates["qrs"] == {
        "n": 15,
        "hit": 14,
        "missed": 1,
        "extra": 3,
        "se": pytest.approx(14 / 15, abs=1e-6),
        "ppv": pytest.approx(14 / 17, abs=1e-6),
    }
    # V called V: 307, 308; missed: 309, 402; false: 303 and 420, not those of F and Q; others not called V: 8
    assert rates["veb"] == {"n": 4, "hit": 2, "missed": 2, "extra": 2, "se": 0.5, "ppv": 0.5, "fpr": 0.2}
    # S called S: 305; missed: 306; false: 304, 313 (fusion), 402 and 430, not that of Q; others not called S: 8
    assert rates["sveb"] == {
        "n": 2,
        "hit": 1,
        "missed": 1,
        "extra": 4,
        "se": 0.5,
        "ppv": 0.2,
        "fpr": pytest.approx(4 / 12, abs=1e-6),
    }


def test_every_beat_is_in_one_cell() -> None:
    matrix = record()["matrix"]
    assert matrix["N"] == {"N": 2, "S": 1, "V": 1, "F": 0, "Q": 1, "O": 0}
    assert matrix["V"] == {"N": 0, "S": 1, "V": 2, "F": 0, "Q": 0, "O": 1}
    assert matrix["F"] == {"N": 0, "S": 1, "V": 1, "F": 0, "Q": 0, "O": 0}
    assert matrix["O"] == {"N": 1, "S": 1, "V": 1, "F": 0, "Q": 0, "O": 0}


def test_episodes_of_fibrillation() -> None:
    # from 300 s on 20 s and 30 s are known; 310 to 330 and 470 to 480 s are reported, and 12 s that are no whole window
    windows = (window(290), window(320), window(330), window(400, False), window(450, span_s=5.0), window(480))
    found = record(((280.0, 320.0), (400.0, 430.0)), windows)["fibrillation"]
    assert found["episodes"] == {"known": 2, "known_hit": 1, "found": 2, "found_hit": 1}
    assert found["seconds"] == {"known": 50.0, "known_hit": 10.0, "found": 30.0, "found_hit": 10.0}


def test_gross_weighs_beats_and_average_weighs_records() -> None:
    one = record(((300.0, 320.0),), (window(320),))
    right = {**one, "matrix": {**one["matrix"], "V": {**one["matrix"]["V"], "V": 6, "S": 0, "O": 0}}}
    pooled = pool_ec57([("a", one), ("b", right), ("c", {**one, "paced": True})])
    assert list(pooled["plain"]["records"]) == ["a", "b"]
    assert list(pooled["paced"]["records"]) == ["c"]
    assert pooled["plain"]["gross"]["veb"]["se"] == 0.8
    assert pooled["plain"]["average"]["veb"]["se"] == 0.75
    assert pooled["fibrillation"]["gross"]["seconds"] == {
        "known": 40.0,
        "known_hit": 20.0,
        "found": 20.0,
        "found_hit": 20.0,
        "se": 0.5,
        "ppv": 1.0,
    }
    assert pooled["fibrillation"]["average"]["episodes"] == {"se": 1.0, "ppv": 1.0, "fpr": None}


def test_a_rate_of_nothing_is_none() -> None:
    empty = {known: dict.fromkeys("NSVFQO", 0) for known in "NSVFQO"}
    assert beat_rates(empty)["veb"] == {"n": 0, "hit": 0, "missed": 0, "extra": 0, "se": None, "ppv": None, "fpr": None}
    assert score_ec57(Truth(), MethodResult(())) is None


def test_the_tables_have_eighty_columns() -> None:
    pooled = pool_ec57([("100", record(((300.0, 320.0),), (window(320),))), ("102", record(paced=True))])
    sections = [table({"vitalband": {"ec57": pooled}}) for table in EC57_TABLES]
    for section in sections:
        assert section.rows
        named = [(row[0].removeprefix("vitalband: "), *row[1:]) for row in section.rows]
        assert max(map(len, columns(section.head, named, 80).splitlines())) <= 80
    row = next(row for row in sections[0].rows if row[0].endswith("gross"))
    assert row[1:] == ("93.33", "82.35", "4", "50.0", "50.0", "20.00", "2", "50.0", "20.0", "33.33")


def test_the_scores_of_a_record_have_it() -> None:
    truth = Truth(peaks=(Peak(301.0, "N", "N"),), scopes=SCOPES)
    assert "ec57" in score_record(truth, MethodResult(()), frozenset({FINDINGS}))
    assert "ec57" not in score_record(Truth(), MethodResult(()), frozenset({FINDINGS, WAVES}))


def waves(qt_ms: float, rr_ms: float) -> tuple[Marks, ...]:
    """Ten beats."""
    return tuple(Marks(k * rr_ms / 1000, qrs_on=k * rr_ms / 1000, t_off=(k * rr_ms + qt_ms) / 1000) for k in range(10))


def scored(known: tuple[float, float], given: tuple[float | None, float | None]) -> dict[str, Any]:
    """Scores of a record whose QT and RR (ms) are known, and given as QT and rate."""
    truth = Truth(waves=waves(*known))
    result = MethodResult(truth.waves, RecordIntervals(qt_ms=given[0], hr_bpm=given[1]))
    errors = (("pr", 19), ("qrs", 20), ("qt", 40))
    intervals = {name: {"truth": 400.0, "record": 400.0 + error} for name, error in errors}
    return {"qtc": score_qtc(truth, result), "intervals": intervals}


def test_intervals_that_are_near_and_extreme_qtc() -> None:
    records = [
        scored((500.0, 1000.0), (490.0, 60.0)),  # 500: found
        scored((400.0, 640.0), (440.0, 93.75)),  # 500, given 550: found
        scored((500.0, 1000.0), (450.0, 60.0)),  # missed
        scored((500.0, 1000.0), (None, 60.0)),  # refused
        scored((400.0, 1000.0), (485.0, 60.0)),  # called long
        scored((300.0, 1000.0), (300.0, 60.0)),  # short
    ]
    found = pool_agreement(records)
    assert found["near"]["pr"] == {"n": 6, "within_20": 1.0, "within_40": 1.0}
    assert found["near"]["qrs"] == {"n": 6, "within_20": 0.0, "within_40": 1.0}
    assert found["near"]["qt"] == {"n": 6, "within_20": 0.0, "within_40": 0.0}
    assert found["near"]["qtc"] == {"n": 5, "within_20": 0.4, "within_40": 0.4}
    assert found["long"] == {
        "n": 4,
        "hit": 2,
        "refused": 1,
        "extra": 1,
        "se": 0.5,
        "ppv": pytest.approx(2 / 3, abs=1e-6),
    }
    assert found["short"] == {"n": 1, "hit": 1, "refused": 0, "extra": 0, "se": 1.0, "ppv": 1.0}


def test_qtc_needs_two_beats_of_which_some_may_be_left_out_between() -> None:
    given = MethodResult((), RecordIntervals(qt_ms=400.0))
    marked = waves(400.0, 1000.0)
    assert score_qtc(Truth(waves=marked[:1]), given) == {"truth": None, "record": None}
    some = Truth(waves=(*marked[:4], *marked[7:]), every_beat=False)
    assert score_qtc(some, given) == {"truth": 400.0, "record": None}


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, fs = tmp_path / "mitdb", 360
    folder.mkdir()
    at = np.arange(1, 315) * fs
    t = np.arange(315 * fs) / fs
    signal = sum(
        height * np.exp(-(((t - 0.5) % 1 - 0.5 - to) ** 2) / 2 / width**2)
        for height, to, width in ((0.12, -0.16, 0.02), (1.0, 0.0, 0.012), (0.3, 0.26, 0.04))
    )
    wfdb.wrsamp("100", fs, ["mV"], ["MLII"], p_signal=np.asarray(signal)[:, None], fmt=["16"], write_dir=str(folder))
    wfdb.wrann("100", "atr", at, symbol=["N"] * len(at), write_dir=str(folder))
    words = ["evaluate", "ecg", "--dataset", "mitdb", "--data", str(folder), "--ec57", "--jobs", "1"]
    assert main([*words, "--page", str(tmp_path)]) == 0
    text = (tmp_path / "ec57.md").read_text()
    assert "--ec57" in text
    row = next(line for line in text.splitlines() if line.startswith("vitalband: gross"))
    assert row.split()[2:4] == ["100.00", "100.00"]
    assert "gross" in capsys.readouterr().out


def test_a_set_without_classes_of_beats_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "ecg", "--dataset", "ludb", "--data", str(tmp_path), "--ec57"]) != 0
    assert "mitdb" in capsys.readouterr().err
