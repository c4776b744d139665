"""`vitalband evaluate ppg`: its data sets, its scores, and the whole command on small records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim.testing import ppg_signals
from host_sdk.cli.main import main
from host_sdk.replay import PpgResult, SeriesPoint
from models.common.manifest import data_root
from models.evaluation.core.errors import CaseError, DataSetError
from models.evaluation.core.report.texts import columns
from models.evaluation.ppg.calibration import with_calibration
from models.evaluation.ppg.datasets import open_dataset
from models.evaluation.ppg.datasets.bidmc import Bidmc, BidmcEcg
from models.evaluation.ppg.datasets.oxiwear import Oxiwear, whole_pulses
from models.evaluation.ppg.plots import draw, risk_curve
from models.evaluation.ppg.scoring import Window, pool, score_record, summarise, worst
from models.evaluation.ppg.tables import TABLES, activity_table, calibration_table
from models.evaluation.ppg.truth import Truth

SECONDS = 44
PULSE, BREATHS = 72, 15


def _bidmc(folder: Path, name: str = "bidmc_01") -> Path:
    """A record with a steady pulse, and the monitor's numbers with an empty cell in it."""
    folder.mkdir(parents=True, exist_ok=True)
    infrared = ppg_signals.light(SECONDS, PULSE, breaths_per_min=BREATHS)[1]
    t = np.arange(0, SECONDS, 1 / 125)
    pleth = -np.interp(t, np.arange(len(infrared)) / 100, infrared)
    lines = [f"{at:.3f},0,{value:.5f},0" for at, value in zip(t, pleth, strict=True)]
    lines[300] = f"{t[300]:.3f},0,,0"
    (folder / f"{name}_Signals.csv").write_text("\n".join(["Time [s], RESP, PLETH, V", *lines]) + "\n")
    shown = [float(PULSE - (second < 12)) for second in range(SECONDS + 1)]
    rows = [f"{second},{PULSE},{'' if second == 20 else shown[second]},{BREATHS},97" for second in range(SECONDS + 1)]
    (folder / f"{name}_Numerics.csv").write_text("\n".join(["Time [s], HR, PULSE, RESP, SpO2", *rows]) + "\n")
    marks = [f"{k * 125 * 60 // BREATHS},{k * 125 * 60 // BREATHS + 9}" for k in range(SECONDS * BREATHS // 60)]
    heads = "breaths ann1 [signal sample no], breaths ann2 [signal sample no]"
    (folder / f"{name}_Breaths.csv").write_text("\n".join([heads, *marks]) + "\n")
    return folder


def _oxiwear(folder: Path, name: str = "1355-97-70") -> Path:
    """Six seconds of light at 64/s with an ambient of 1000 counts."""
    red, infrared = ppg_signals.light(6, 70, breath=0.0, ratio=0.5)
    t = np.arange(0, 6, 1 / 64)
    known = np.arange(len(red)) / 100
    columns = (np.interp(t, known, infrared) + 1000, np.interp(t, known, red) + 1000, np.full(len(t), 1000.0))
    rows = [f"0,{i},0,0,0,{a:.1f},{b:.1f},{c:.1f},0,0,0," for i, (a, b, c) in enumerate(zip(*columns, strict=True))]
    (folder / "proto1").mkdir(parents=True, exist_ok=True)
    head = ["0x02,0x00,", "start time,1", "timestamp,sampleNum,a,b,c,LEDC1,LEDC2,LEDC3,ACCX,ACCY,ACCZ,"]
    (folder / "proto1" / f"{name}.csv").write_text("\n".join([*head, *rows, "incorrect tag count: 7"]) + "\n")
    return folder


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["evaluate", "ppg", "--jobs", "1", "--json", *words])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def test_bidmc_goes_through_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _bidmc(tmp_path / "bidmc")
    code, report = _run(capsys, "--dataset", "bidmc", "--data", str(tmp_path), "--page", str(tmp_path / "pages"))
    assert (code, report["signal"], report["records"], report["failed"]) == (0, "ppg", 1, 0)
    readings = report["methods"]["vitalband"]["summary"]["all"]["readings"]
    assert set(readings) == {"pulse", "resp"}
    assert readings["pulse"]["mae"] < 1.0
    assert readings["pulse"]["refused_fraction"] < 0.2
    assert readings["pulse"]["n"] + readings["pulse"]["refused"] == SECONDS + 1 - 12 + 1 - 8
    assert "vitalband: pulse, bpm" in (tmp_path / "pages/bidmc.md").read_text(encoding="utf-8")


def test_bidmc_ecg_has_lead_ii_beside_the_light_and_only_breaths_as_reference(tmp_path: Path) -> None:
    path = _bidmc(tmp_path) / "bidmc_01_Signals.csv"
    dataset = BidmcEcg(tmp_path)
    (case,) = dataset.cases("bidmc_01", ())
    with pytest.raises(CaseError, match="'II'"):
        dataset.channels(case)
    path.write_text(path.read_text().replace("PLETH, V", "PLETH, II").replace(",0\n", ",0.25\n"))
    light, lead = dataset.channels(case)
    assert (light.name, lead.name, lead.unit, lead.fs) == ("PLETH", "II", "mV", 125.0)
    assert len(light.values) == len(lead.values)
    assert np.mean(lead.values == 0.25) > 0.99
    truth = dataset.truth(case).expected
    assert set(truth) == {"resp"}
    assert truth["resp"]
    assert all(rate == pytest.approx(BREATHS, abs=0.5) for rate in truth["resp"].values())


def test_oxiwear_goes_through_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _oxiwear(tmp_path)
    code, report = _run(capsys, "--dataset", "oxiwear", "--data", str(tmp_path))
    readings = report["methods"]["vitalband"]["summary"]["all"]["readings"]
    assert code == 0
    assert {name: figures["n"] for name, figures in readings.items()} == {"pulse": 1, "spo2": 1}
    assert readings["spo2"]["mae"] < 3.0


def test_the_monitors_mean_is_the_reference_and_taken_late(tmp_path: Path) -> None:
    dataset = Bidmc(_bidmc(tmp_path))
    truth = dataset.truth(dataset.cases("bidmc_01", ())[0])
    assert min(truth.expected["pulse"]) == 12
    assert max(truth.expected["pulse"]) == SECONDS + 1 - 8
    assert (min(truth.expected["resp"]), max(truth.expected["resp"])) == (36, SECONDS)
    assert list(truth.expected["resp"].values()) == pytest.approx([BREATHS] * len(truth.expected["resp"]), rel=0.01)
    # what it showed in the first 12 s is of nobody's window; it cuts to whole numbers
    assert set(truth.expected["pulse"].values()) == {PULSE + 0.4}


def test_ambient_light_is_taken_off(tmp_path: Path) -> None:
    dataset = Oxiwear(_oxiwear(tmp_path))
    red, infrared = dataset.channels(dataset.cases("1355-97-70", ())[0])
    made = ppg_signals.light(6, 70, breath=0.0, ratio=0.5)
    assert (red.name, infrared.name) == ("RED", "IR")
    assert np.median(red.values) == pytest.approx(np.median(made[0]), rel=0.01)
    assert len(red.values) >= 12 * 64


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("bidmc_01_Signals.csv", "Time [s], RESP\n0,1\n", "'PLETH'"),
        ("bidmc_01_Signals.csv", "Time [s], PLETH\n0,much\n", "could not convert"),
        ("bidmc_01_Signals.csv", "Time [s], PLETH\n0,\n", "PLETH is empty"),
    ],
)
def test_a_record_that_cannot_be_read_names_the_file(tmp_path: Path, file: str, content: str, said: str) -> None:
    dataset = Bidmc(_bidmc(tmp_path))
    (tmp_path / file).write_text(content)
    with pytest.raises(CaseError, match=said):
        dataset.channels(dataset.cases("bidmc_01", ())[0])


@pytest.mark.parametrize(
    ("file", "lines", "said"),
    [
        ("bidmc_01_Signals.csv", 3000, "reference ends at 44.0 s, its light at 24.0 s"),
        ("bidmc_01_Numerics.csv", 20, "reference ends at 18.0 s, its light at 44.0 s"),
        ("bidmc_01_Breaths.csv", 3, "breaths of annotator 1 end 32 s before its numerics"),
    ],
)
def test_a_record_that_is_cut_between_lines_is_an_error(tmp_path: Path, file: str, lines: int, said: str) -> None:
    dataset = Bidmc(_bidmc(tmp_path))
    (case,) = dataset.cases("bidmc_01", ())
    dataset.whole(case)
    path = tmp_path / file
    path.write_text("\n".join(path.read_text().splitlines()[:lines]) + "\n")
    with pytest.raises(CaseError, match=said):
        dataset.whole(case)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_recording_at_the_finger_that_is_cut_is_an_error(tmp_path: Path, part: float) -> None:
    dataset = Oxiwear(_oxiwear(tmp_path))
    (case,) = dataset.cases("1355-97-70", ())
    path = tmp_path / "proto1/1355-97-70.csv"
    path.write_text(path.read_text()[: round(part * path.stat().st_size)])
    with pytest.raises(CaseError, match="so it is cut"):
        dataset.whole(case)


def test_a_name_without_reference_is_refused(tmp_path: Path) -> None:
    dataset = Oxiwear(_oxiwear(tmp_path, "1355"))
    with pytest.raises(CaseError, match="TIME-SPO2-PULSE"):
        dataset.truth(dataset.cases("1355", ())[0])


def test_an_empty_folder_raises_dataset_error(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match=r"no \*_Signals.csv"):
        open_dataset("bidmc", tmp_path)


def _points(*values: float | None) -> tuple[SeriesPoint, ...]:
    return tuple(SeriesPoint(second + 0.8, value, 90, None) for second, value in enumerate(values))


def test_errors_and_refusals_are_counted_at_whole_seconds() -> None:
    result = PpgResult(pulse=_points(70.0, None, 75.0), spo2=_points(), resp=())
    scores = score_record(Truth({"pulse": {1: 72.0, 2: 72.0, 3: 72.0, 4: 72.0}}, {"spo2": 98.0}), result)
    windows = [(72.0, 70.0, None, None), (72.0, None, None, None), (72.0, 75.0, None, None), (72.0, None, None, None)]
    assert scores == {"pulse": {"windows": windows}, "spo2": {"windows": [(98.0, None, None, None)]}}
    pulse = pool("pulse", [scores["pulse"]])
    assert (pulse["n"], pulse["refused"], pulse["refused_fraction"]) == (2, 2, 0.5)
    assert (pulse["mae"], pulse["bias"], pulse["p95"]) == (2.5, 0.5, 2.95)
    assert pulse["constant"] == {"value": 72.0, "mae": 0.0}
    assert (pulse["inside"], pulse["risk"]) == (None, None)
    assert pool("spo2", [scores["spo2"]])["mae"] is None


def test_figures_of_the_standards() -> None:
    windows = [(60.0, 63.0, 4.0), (60.0, 54.0, 9.0), (120.0, 126.0, 5.0), (60.0, None, None)]
    figures = pool("pulse", [{"windows": windows[:2]}, {"windows": windows[2:]}])
    assert figures["within"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["mape"] == pytest.approx((3 / 60 + 6 / 60 + 6 / 120) / 3, abs=1e-4)
    assert figures["arms"] == pytest.approx(np.sqrt((9 + 36 + 36) / 3), abs=1e-3)
    low, high = figures["agreement"]
    assert (low + high) / 2 == pytest.approx(1.0, abs=1e-3)
    assert high - low == pytest.approx(2 * 1.96 * np.std([3, -6, 6], ddof=1), abs=1e-3)
    assert figures["inside"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["risk"] == {"100": None, "95": None, "90": None, "80": 5.0, "60": 4.5}
    assert figures["constant"] == {"value": 60.0, "mae": 15.0}


def test_figures_are_also_by_what_the_wearer_did() -> None:
    truth = Truth(
        {"pulse": {1: 70.0, 2: 70.0, 3: 70.0, 4: 70.0}}, activities={1: "sitting", 2: "sitting", 3: "cycling"}
    )
    points = tuple(
        SeriesPoint(float(t), value, 90, None, None, 3.0) for t, value in ((1, 71.0), (2, 78.0), (3, None), (4, 99.0))
    )
    figures = pool("pulse", [score_record(truth, PpgResult(points, (), ()))["pulse"]])
    assert (figures["n"], figures["mae"], figures["inside"]) == (3, pytest.approx(38 / 3, abs=1e-3), 0.3333)
    assert list(figures["activities"]) == ["sitting", "cycling"]
    sitting, cycling = figures["activities"].values()
    assert (sitting["n"], sitting["refused"], sitting["mae"], sitting["inside"]) == (2, 0, 4.5, 0.5)
    assert (cycling["n"], cycling["refused"], cycling["mae"], cycling["inside"]) == (0, 1, None, None)
    rows = activity_table({"vitalband": {"readings": {"pulse": figures}}}).rows
    assert rows[0] == ("vitalband: pulse, bpm, sitting", "2", "4.50", "0.0", "50.0", "50.0")
    assert rows[1] == ("vitalband: pulse, bpm, cycling", "0", "–", "100.0", "–", "–")


def test_what_a_method_does_not_report_is_no_refusal() -> None:
    result = PpgResult(pulse=_points(70.0), spo2=(), resp=())
    scores = score_record(Truth({"pulse": {1: 70.0}, "resp": {1: 15.0}}), result, {"pulse"})
    assert list(scores) == ["pulse"]


def _scored(*pairs: tuple[str, float]) -> list[dict[str, Any]]:
    return [
        {"record": name, "group": "finger", "scores": {"pulse": {"windows": [(70.0, 70.0 + error, 3.0)]}}}
        for name, error in pairs
    ]


def test_the_largest_error_comes_first() -> None:
    records = _scored(("a", 1.0), ("b", -9.0))
    assert [each["record"] for each in worst(records)] == ["b", "a"]
    assert summarise(records)["all"]["readings"]["pulse"]["bias"] == -4.0


def test_people_are_counted_not_records() -> None:
    readings = summarise(_scored(("a_1", 1.0), ("a_2", 2.0), ("b_1", 3.0)), lambda name: name[0])["all"]["readings"]
    assert readings["pulse"]["people"] == 2


def test_a_line_of_the_same_readings_is_judged_on_those_it_never_saw() -> None:
    """Readings by 112 - 34 R of what is 110 - 25 R; those at an end of the scale tell no ratio."""
    ratios = np.linspace(0.4, 1.1, 20)
    windows = [Window(110 - 25 * ratio, 112 - 34 * ratio, 5.8) for ratio in ratios]
    windows += [Window(99.0, 100.0, 5.8), Window(97.0, None, None)]
    (found,) = with_calibration({"all": {}}, [("one", windows)]).values()
    assert found["calibration"]["pairs"] == 20
    assert found["calibration"]["coefficients_percent"][:2] == pytest.approx([110, -25], abs=0.01)
    assert found["calibration"]["left_out"]["arms"] == pytest.approx(0.0, abs=0.01)
    (row,) = calibration_table({"vitalband": found}).rows
    assert row[:3] == ("vitalband: left one pair out", "1", "20")
    assert row[-1] == "110.0 -25.0 R"
    assert with_calibration({"all": {}}, [("one", windows[:2])]) == {"all": {}}
    twice = with_calibration({"all": {}}, [("one", [*windows, windows[0]])])["all"]["calibration"]
    assert (twice["pairs"], twice["repeated"]) == (21, 0)


def test_readings_are_drawn(tmp_path: Path) -> None:
    """Nothing where a reading has no number; no curve where it has no uncertainty."""
    windows = [(70.0 + k, 70.0 + k + k % 3, 2.0 + k % 5) for k in range(30)]
    pulse = {"pulse": {"windows": [*windows, (70.0, None, None)]}}
    breaths = {"resp": {"windows": [(15.0, None, None)]}}
    peers = {"pulse": {"windows": [(70.0, 71.0, None)]}}
    for name, scores, drawn in (
        ("device", [pulse, breaths], ["bland_altman", "risk_coverage"]),
        ("peer", [peers], ["bland_altman"]),
        ("refused", [breaths], []),
        ("rhythm", [{"rhythm": "sinus", "pulse_irregularity": 3.0}], []),
    ):
        records = [{"record": "a", "group": "finger", "scores": score} for score in scores]
        paths = draw(records, "title", tmp_path / name)
        assert [path.name for path in paths] == [f"{name}_{kind}.svg" for kind in drawn]
        assert all(path.read_text(encoding="utf-8").startswith("<?xml") for path in paths)


def test_the_surest_answers_come_first_on_the_curve() -> None:
    certain = [Window(70.0, 70.0 + error, u95) for error, u95 in ((9.0, 8.0), (1.0, 2.0), (-2.0, 3.0))]
    answered, error = risk_curve(certain, 4)
    assert answered.tolist() == [25.0, 50.0, 75.0]
    assert error.tolist() == [1.0, 1.5, 4.0]
    assert error[-1] == pool("pulse", [{"windows": certain}])["mae"]


@pytest.mark.parametrize("per_min", [50, 72, 110])
@pytest.mark.parametrize("seconds", [3.0, 4.4, 6.0])
def test_what_is_repeated_is_whole_pulses(per_min: int, seconds: float) -> None:
    infrared = ppg_signals.light(8, per_min, breath=0.0)[1]
    light = np.interp(np.arange(0, seconds, 1 / 64), np.arange(len(infrared)) / 100, infrared)
    begin, end = whole_pulses(light)
    pulses = (end - begin) / 64 * per_min / 60
    assert pulses == pytest.approx(round(pulses), abs=0.06)
    assert round(pulses) >= 1
    with pytest.raises(ValueError, match="60 samples are too few"):
        whole_pulses(light[:60])


def test_every_table_fits_80_columns() -> None:
    summary = summarise(_scored(("a", 1.0), ("b", -19.0)))["all"]
    methods = {"neurokit2": summary, "vitalband": summary}
    sections = [table(methods) for table in TABLES]
    assert [len(section.rows) for section in sections] == [2, 0, 0, 2, 2, 1, 0, 0, 0]
    lines = [line for section in sections for line in columns(section.head, section.rows, 80).splitlines()]
    assert max(map(len, lines)) <= 80
    assert sum("vitalband: pulse, bpm" in line for line in lines) == 3


@pytest.mark.data
@pytest.mark.parametrize(("dataset", "reading", "most"), [("bidmc", "pulse", 3.0), ("oxiwear", "spo2", 3.0)])
def test_on_real_recordings(dataset: str, reading: str, most: float, capsys: pytest.CaptureFixture[str]) -> None:
    recordings = data_root()
    if not (recordings / dataset).is_dir():
        pytest.skip(f"no {dataset} in {recordings}")
    code, report = _run(capsys, "--dataset", dataset, "--data", str(recordings), "--limit", "6")
    assert code == 0
    figures = report["methods"]["vitalband"]["summary"]["all"]["readings"][reading]
    assert figures["mae"] < most
    assert figures["refused_fraction"] < 0.2
