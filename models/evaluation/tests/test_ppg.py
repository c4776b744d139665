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
from models.evaluation.ppg.datasets import Bidmc, Oxiwear, open_dataset
from models.evaluation.ppg.scoring import pool, score_record, summarise, worst
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
    rows = [f"{second},{PULSE},{'' if second == 20 else PULSE},{BREATHS},97" for second in range(SECONDS + 1)]
    (folder / f"{name}_Numerics.csv").write_text("\n".join(["Time [s], HR, PULSE, RESP, SpO2", *rows]) + "\n")
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
    (folder / "proto1" / f"{name}.csv").write_text("\n".join([*head, *rows]) + "\n")
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
    assert readings["pulse"]["n"] + readings["pulse"]["refused"] == SECONDS + 1 - 12 + 1
    assert "vitalband: pulse, bpm" in (tmp_path / "pages/bidmc.md").read_text(encoding="utf-8")


def test_oxiwear_goes_through_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _oxiwear(tmp_path)
    code, report = _run(capsys, "--dataset", "oxiwear", "--data", str(tmp_path))
    readings = report["methods"]["vitalband"]["summary"]["all"]["readings"]
    assert code == 0
    assert {name: figures["n"] for name, figures in readings.items()} == {"pulse": 1, "spo2": 1}
    assert readings["spo2"]["mae"] < 3.0


def test_the_monitors_mean_over_the_window_is_the_reference(tmp_path: Path) -> None:
    dataset = Bidmc(_bidmc(tmp_path))
    truth = dataset.truth(dataset.cases("bidmc_01", ())[0])
    assert min(truth.expected["pulse"]) == 12
    assert min(truth.expected["resp"]) == 36
    assert set(truth.expected["pulse"].values()) == {float(PULSE)}


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
    assert scores == {"pulse": {"errors": [-2.0, 3.0], "refused": 2}, "spo2": {"errors": [], "refused": 1}}
    assert pool([scores["pulse"]]) == {
        "n": 2,
        "refused": 2,
        "refused_fraction": 0.5,
        "mae": 2.5,
        "bias": 0.5,
        "p95": 2.95,
    }
    assert pool([scores["spo2"]])["mae"] is None


def test_the_largest_error_comes_first() -> None:
    records = [
        {"record": name, "group": "finger", "scores": {"pulse": {"errors": [error], "refused": 0}}}
        for name, error in (("a", 1.0), ("b", -9.0))
    ]
    assert [each["record"] for each in worst(records)] == ["b", "a"]
    assert summarise(records)["all"]["readings"]["pulse"]["bias"] == -4.0


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
    assert figures["refused_fraction"] < 0.4
