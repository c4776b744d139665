"""The committed network: what it answers, what it costs, where it came from, and that the firmware carries it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim.firmware.chains.beat_network import LEAST_MARGIN
from firmware_sim.firmware.dsp.beat_features import LENGTH
from firmware_sim.firmware.networks import beat_kind_gen
from firmware_sim.firmware.nn import load
from firmware_sim.firmware.nn.loading.prepare import prepare
from models import freeze
from models.beat_kind import paths
from models.beat_kind.choose_data import FOLDS, PACED, TRAIN
from models.beat_kind.examples import KINDS
from models.common import golden
from models.common.manifest import Manifest, sha256
from models.common.resources import resources
from models.common.running import Runner

INT8 = paths.INT8.read_bytes()
VECTORS = golden.load(paths.GOLDEN, INT8)


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def test_the_files_are_those_that_were_summed() -> None:
    lines = [line.split() for line in paths.SUMS.read_text().splitlines()]
    assert {name: total for total, name in lines} == {
        path.name: sha256(path.read_bytes()) for path in (paths.FLOAT, paths.INT8)
    }


def test_tflite_answers_the_golden_bytes() -> None:
    inputs, outputs = VECTORS
    assert inputs.shape[1] == LENGTH
    assert np.array_equal(Runner(INT8).run(inputs), outputs)


@pytest.mark.parametrize("make", [load, prepare], ids=["tflite behind nn", "nn's own interpreter"])
def test_nn_answers_the_golden_bytes(make: Any) -> None:
    network = make(INT8)
    for row, expected in zip(*VECTORS, strict=True):
        network.input()[:] = memoryview(row)
        network.invoke()
        assert bytes(network.output()) == expected.tobytes()


def test_golden_vectors_have_every_kind() -> None:
    assert set(VECTORS[1].argmax(axis=1)) == set(range(len(KINDS)))


def test_int8_stays_near_float() -> None:
    inputs, outputs = VECTORS
    exact = Runner(paths.FLOAT.read_bytes()).run(inputs.astype(np.float32) / 64)
    apart = np.abs(exact - (outputs.astype(np.float64) + 128) / 256)
    assert apart.mean() < 0.01
    assert apart.max() < 0.15


def test_the_input_is_the_features_bytes() -> None:
    net = Runner(INT8)
    assert net.input["quantization"] == (1 / 64, 0)
    assert net.output["quantization"] == (1 / 256, -128)


def test_it_costs_what_it_says_and_no_more_than_it_may() -> None:
    told = read(paths.RESOURCES)
    assert {**resources(INT8), "mcu": told["mcu"]} == told
    assert told["flash_bytes"] <= 12_288
    assert told["macs"] <= 60_000
    assert told["arena_bytes"] <= 4096


def test_the_quality_target_is_met() -> None:
    metrics = read(paths.METRICS)
    assert metrics["shipped_sha256"] == sha256(INT8)
    scores = metrics["all"]
    assert scores["device"]["V"]["f1"][0] >= 0.85
    assert scores["device"]["S"]["f1"][0] >= scores["rule"]["S"]["f1"][0]
    assert metrics["device_over_rule"]["mean_f1_but_first"][1] > 0
    assert metrics["float_to_int8"]["named_alike"] >= 0.99


def test_people_are_in_one_fold_each() -> None:
    records = Manifest.load(paths.MANIFEST).records
    folds: dict[str, set[int | None]] = {}
    for record in records:
        folds.setdefault(record.person, set()).add(record.fold)
    assert all(len(fold) == 1 for fold in folds.values())
    assert {record.fold for record in records if record.use == TRAIN} == set(range(FOLDS))
    assert {record.fold for record in records if record.use == PACED} == {None}


def test_no_recording_is_a_piece_of_one_that_may_be_judged_by() -> None:
    names = [record.name for record in Manifest.load(paths.MANIFEST).records]
    short = [name for name in names if name.startswith("qtdb/sel") and name[8:].isdigit() and len(name) == 11]
    assert not [name for name in short if name[8] in "12"]


def test_calibration_is_from_people_it_learned_from() -> None:
    calibration = read(paths.CALIBRATION)
    learned = {record.name for record in Manifest.load(paths.MANIFEST).of_use(TRAIN)}
    assert set(calibration["records"]) == learned
    assert calibration["examples"] == read(paths.RECIPE)["calibration"]["examples"]


def test_the_recipe_says_how_the_firmware_decides() -> None:
    assert read(paths.RECIPE)["decision"]["least_margin_256ths"] == LEAST_MARGIN


def test_the_firmware_carries_this_file() -> None:
    assert beat_kind_gen.MODEL == INT8
    assert freeze.main(["--check"]) == 0


def test_a_stale_module_is_noticed_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeze, "ROOT", tmp_path)
    monkeypatch.setattr(freeze, "NETWORKS", tmp_path)
    (tmp_path / "models/a").mkdir(parents=True)
    (tmp_path / "models/a/model_int8.tflite").write_bytes(b"TFL3")
    (tmp_path / "b_gen.py").touch()
    assert freeze.main(["--check"]) == 1
    assert freeze.main([]) == 0
    assert freeze.main(["--check"]) == 0
    assert "TFL3" in eval((tmp_path / "a_gen.py").read_text().partition("MODEL = ")[2]).decode()
    assert not (tmp_path / "b_gen.py").exists()
