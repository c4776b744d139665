"""Fibrillation by the pulse: areas under the curve, figures by person, and segments in their published format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from host_sdk.cli.main import main
from host_sdk.replay import PpgResult
from models.evaluation.core.errors import CaseError
from models.evaluation.ppg.datasets.arrhythmia import PpgArrhythmia
from models.evaluation.ppg.rhythm import AGAINST, FIBRILLATION, RHYTHMS, auc, rhythm_figures
from models.evaluation.ppg.tables import rhythm_table, rhythms_table


def _segment(rng: np.random.Generator, irregular: bool) -> Any:
    t = np.arange(0, 10, 0.01)
    steps = 0.7 * (np.exp(0.22 * rng.standard_normal(20)) if irregular else np.ones(20))
    blood = np.zeros(len(t))
    for foot in np.cumsum(steps) - 0.7:
        s = t - foot
        wave = np.where(s < 0.12, 1 - np.cos(np.pi * s / 0.12), 2 * np.exp(np.minimum(0, 0.12 - s) / 0.15))
        blood += np.where(s < 0, 0, wave * (rng.uniform(0.5, 1.2) if irregular else 1.0))
    return 500 + 100 * blood


def _person(folder: Path, seed: int = 1) -> str:
    rng = np.random.default_rng(seed)
    segments = np.stack([_segment(rng, irregular) for irregular in (False, True, False, True)])
    savemat(folder / f"MPA_{seed}.mat", {"ppgseg": segments, "labels": np.array([[0], [5], [0], [5]])})
    return f"MPA_{seed}"


def test_segments_go_through_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _person(tmp_path)
    words = ["evaluate", "ppg", "--dataset", "ppg_arrhythmia", "--data", str(tmp_path), "--jobs", "1", "--json"]
    assert main(words) == 0
    report = json.loads(capsys.readouterr().out)
    found = report["methods"]["vitalband"]["summary"]["all"]["fibrillation"]
    assert (report["records"], report["failed"], found["people"]) == (4, 0, 1)
    assert set(found["rows"]) == {"all", "MPA_1"}
    assert found["rows"]["all"]["n"] + found["rows"]["all"]["refused"] == 4
    assert found["rows"]["all"]["auc"]["sinus"] == 1.0
    assert found["rows"]["all"]["auc"]["ectopy"] is None


def test_segments_are_played_three_times_and_labelled(tmp_path: Path) -> None:
    name = _person(tmp_path)
    dataset = PpgArrhythmia(tmp_path)
    assert dataset.records() == [f"{name}/{number}" for number in range(4)]
    assert dataset.person(f"{name}/3") == name
    (light,) = dataset.channels(dataset.cases(f"{name}/1", ())[0])
    assert (light.fs, len(light.values)) == (100.0, 3000)


@pytest.mark.parametrize("record", ["MPA_1/4", "MPA_1/-1", "MPA_1/x", "MPA_1"])
def test_a_segment_that_is_not_there_is_named(record: str, tmp_path: Path) -> None:
    _person(tmp_path)
    dataset = PpgArrhythmia(tmp_path)
    with pytest.raises(CaseError, match=record):
        dataset.channels(dataset.cases(record, ())[0])


@pytest.mark.parametrize(("positive", "negative", "area"), [
    ([3, 4], [1, 2], 1.0), ([1, 2], [3, 4], 0.0), ([1, 2], [1, 2], 0.5), ([2], [2], 0.5), ([], [1], None),
])  # fmt: skip
def test_area_under_the_curve(positive: list[float], negative: list[float], area: float | None) -> None:
    assert auc(positive, negative) == area


def test_figures_are_of_all_and_of_each_person() -> None:
    def score(rhythm: str, evidence: float | None) -> dict[str, Any]:
        return {"rhythm": rhythm, "pulse_irregularity": evidence}

    scores = [
        ("a", score("fibrillation", 90.0)),
        ("a", score("sinus", 10.0)),
        ("b", score("ventricular", 70.0)),
        ("b", score("fibrillation", 50.0)),
        ("b", score("sinus", None)),
    ]
    rows = rhythm_figures(scores)["all"]["fibrillation"]["rows"]
    assert rows["all"]["auc"] == {"sinus": 1.0, "ectopy": 0.5, "both": 0.75, "tachycardia": None, "all others": 0.75}
    assert (rows["all"]["n"], rows["all"]["refused"]) == (4, 1)
    assert rows["all"]["suspected"] == 0.5
    wrongly = {"sinus": None, "ectopy": 1.0, "both": 1.0, "tachycardia": None, "all others": 1.0}
    assert rows["b"]["wrongly_suspected"] == wrongly
    assert rows["a"]["auc"]["ectopy"] is None


def test_every_segment_is_in_a_contrast_and_in_the_table() -> None:
    assert set(AGAINST["all others"]) == set(RHYTHMS) - {FIBRILLATION}
    scores = [("a", {"rhythm": rhythm, "pulse_irregularity": 10.0 * label}) for label, rhythm in enumerate(RHYTHMS)]
    scores += [("b", {"rhythm": rhythm, "pulse_irregularity": None}) for rhythm in ("vt", "vt", FIBRILLATION)]
    found = rhythm_figures(scores)["all"]
    assert found["fibrillation"]["rows"]["all"]["auc"] == dict.fromkeys(AGAINST, 1.0)
    assert found["fibrillation"]["rows"]["b"]["auc"] == dict.fromkeys(AGAINST)
    rows = rhythms_table({"vitalband": found}).rows
    assert [row[0].split(": ")[1] for row in rows] == list(RHYTHMS)
    assert sum(int(row[1]) + int(row[2]) for row in rows) == len(scores)
    assert ("vitalband: vt", "1", "2", "0.0") in rows
    assert "AUC tachycardia" in rhythm_table({"vitalband": found}).head


def test_tachycardia_counts_against_fibrillation() -> None:
    """Half of it reads as more irregular than fibrillation."""
    readings = (("fibrillation", 70.0), ("sinus", 5.0), ("vt", 90.0), ("svt", 20.0))
    scores = [("a", {"rhythm": rhythm, "pulse_irregularity": value}) for rhythm, value in readings]
    row = rhythm_figures(scores)["all"]["fibrillation"]["rows"]["all"]
    assert (row["auc"]["sinus"], row["auc"]["both"]) == (1.0, 1.0)
    assert (row["auc"]["tachycardia"], row["auc"]["all others"]) == (0.5, 0.6667)
    assert row["wrongly_suspected"]["tachycardia"] == 0.5


@pytest.mark.parametrize("label", [6, -1, 2.5, np.nan])
def test_a_label_of_no_rhythm_is_named(label: float, tmp_path: Path) -> None:
    segments = np.stack([_segment(np.random.default_rng(1), False)] * 2)
    savemat(tmp_path / "MPA_1.mat", {"ppgseg": segments, "labels": np.array([[0], [label]])})
    dataset = PpgArrhythmia(tmp_path)
    (case,) = dataset.cases("MPA_1/1", ())
    with pytest.raises(CaseError, match=r"MPA_1/1: its label .* is no rhythm"):
        dataset.score(case, PpgResult((), (), ()), frozenset())
