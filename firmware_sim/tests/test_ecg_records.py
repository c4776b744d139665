"""Figures on public recordings through the whole device; `vitalband evaluate ecg` prints them in full."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from host_sdk.replay import ReplayOptions, replay
from models.common.manifest import data_root
from models.evaluation.core.choosing import Wanted, choose
from models.evaluation.core.running import Job, run_job
from models.evaluation.ecg.datasets.annotations import beats, read_annotations
from models.evaluation.ecg.datasets.base import Settings
from models.evaluation.ecg.datasets.ludb import Ludb
from models.evaluation.ecg.methods.device import Device, result_of
from models.evaluation.ecg.scoring.peaks import score_peaks
from models.evaluation.ecg.scoring.summary import summarise
from models.evaluation.ecg.truth import Truth

FOLDER = data_root()
SECONDS = 300

pytestmark = pytest.mark.data


def _need(path: Path) -> Path:
    if not any(path.parent.glob(path.name + ".*")):
        pytest.skip(f"no recording {path.name} in {path.parent}")
    return path


@pytest.mark.parametrize(("name", "sensitivity", "predictivity"), [("100", 0.995, 0.995), ("203", 0.95, 0.95)])
def test_beats_of_an_arrhythmia_record(name: str, sensitivity: float, predictivity: float) -> None:
    path = _need(FOLDER / "mitdb" / name)
    result = asyncio.run(replay(ReplayOptions(record=str(path), signal="ecg", channel="MLII", end_s=SECONDS)))
    assert result.ecg is not None
    found = result_of(result.ecg)
    truth = Truth(peaks=beats(read_annotations(path, "atr", 360.0)), scopes={"the start": ((0.0, SECONDS - 0.2),)})
    hit, missed, extra = score_peaks(truth, found)["scopes"]["the start"]
    assert hit >= sensitivity * (hit + missed)
    assert hit >= predictivity * (hit + extra)


def test_intervals_of_limb_lead_records() -> None:
    _need(FOLDER / "ludb" / "1")
    dataset = Ludb(FOLDER / "ludb", Settings())
    cases = choose(dataset, Wanted(channels=("ii",), limit=25)).cases
    found = summarise([run_job(Job(Device("cpython"), dataset, case)) for case in cases], dataset.contrasts)["ii"]
    # the best open classical method has 12.0, 16.3 and 17.5 ms on other records of this database
    for name, bound in (("pr", 12.0), ("qrs", 17.5), ("qt", 17.5)):
        assert found["intervals"][name]["record"]["mae_ms"] < bound
    assert found["peaks"]["between the marks"]["missed"] <= 2
