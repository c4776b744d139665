"""The committed network: its outputs, what it costs, where it came from, and that the firmware carries it."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from firmware_sim.firmware.networks.beat_kind import MIN_MARGIN_Q8
from models import freeze
from models.beat_kind import paths
from models.beat_kind.choose_data import FOLDS, PACED, TRAIN
from models.common import golden
from models.common.manifest import Manifest
from models.common.paths import read_json
from models.evaluation.ecg.beat_kinds import KINDS

INT8 = paths.int8.read_bytes()
VECTORS = golden.load(paths.golden, INT8)


def test_golden_vectors_have_every_kind() -> None:
    assert set(VECTORS[1].argmax(axis=1)) == set(range(len(KINDS)))


def test_the_quality_target_is_met() -> None:
    metrics = read_json(paths.metrics)
    scores = metrics["all"]
    assert scores["device"]["V"]["f1"][0] >= 0.85
    assert scores["device"]["S"]["f1"][0] >= scores["rule"]["S"]["f1"][0]
    assert metrics["device_over_rule"]["mean_f1_but_first"][1] > 0
    assert metrics["float_to_int8"]["named_alike"] >= 0.99


def test_people_with_pacemakers_are_in_no_fold() -> None:
    records = Manifest.load(paths.manifest).records
    assert {record.fold for record in records if record.use == TRAIN} == set(range(FOLDS))
    assert {record.fold for record in records if record.use == PACED} == {None}


def test_no_recording_is_an_excerpt_of_one_that_may_be_scored() -> None:
    names = [record.name for record in Manifest.load(paths.manifest).records]
    short = [name for name in names if name.startswith("qtdb/sel") and name[8:].isdigit() and len(name) == 11]
    assert not [name for name in short if name[8] in "12"]


def test_the_recipe_says_how_the_firmware_decides() -> None:
    assert read_json(paths.recipe)["decision"]["min_margin_q8"] == MIN_MARGIN_Q8


def test_a_stale_module_is_noticed_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeze, "ROOT", tmp_path)
    monkeypatch.setattr(freeze, "NETWORKS", tmp_path)
    (tmp_path / "models/a").mkdir(parents=True)
    (tmp_path / "models/a/model_int8.tflite").write_bytes(INT8)
    (tmp_path / "b_gen.py").touch()
    assert freeze.main(["--check"]) == 1
    assert freeze.main([]) == 0
    assert freeze.main(["--check"]) == 0
    made = runpy.run_path(str(tmp_path / "a_gen.py"))
    assert made["MODEL"] == INT8
    assert made["PREPARED"]
    assert not (tmp_path / "b_gen.py").exists()
