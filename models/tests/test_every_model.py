"""What every shipped network must have: sums, golden vectors, costs, metrics, one fold a person, a frozen copy."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.firmware.nn import load
from firmware_sim.firmware.nn.loading.prepare import prepare
from models import freeze
from models.common import golden
from models.common.manifest import Manifest, sha256
from models.common.paths import ModelPaths, read_json
from models.common.resources import resources
from models.common.running import Runner

#: Limits of each model: bytes of flash, multiply-accumulates, bytes of arena; rows of golden vectors
#: that the slow interpreter runs; the mean difference of int8 from float.
LIMITS: dict[str, tuple[int, int, int, int, float]] = {
    "accident": (24_576, 60_000, 4_096, 8, 0.02),
    "beat_kind": (12_288, 60_000, 4_096, 8, 0.01),
    "ecg_delineator": (65_536, 750_000, 8_192, 2, 0.01),
    "qrs_evidence": (65_536, 3_000_000, 18_432, 1, 0.02),
}


@pytest.fixture(params=LIMITS)
def paths(request: pytest.FixtureRequest) -> ModelPaths:
    return ModelPaths(request.param)


def test_no_model_is_left_out() -> None:
    assert {path.parent.name for path in Path(__file__).parents[1].glob("*/model_int8.tflite")} == set(LIMITS)


def test_check_sums_match_the_files(paths: ModelPaths) -> None:
    lines = [line.split() for line in paths.sums.read_text().splitlines()]
    assert {name: total for total, name in lines} == {
        path.name: sha256(path.read_bytes()) for path in (paths.float, paths.int8)
    }


def test_every_interpreter_gives_the_golden_outputs(paths: ModelPaths) -> None:
    model = paths.int8.read_bytes()
    inputs, outputs = golden.load(paths.golden, model)
    assert np.array_equal(Runner(model).run(inputs), outputs)
    for make, rows in ((load, len(inputs)), (prepare, LIMITS[paths.here.name][3])):
        network = make(model)
        for row, expected in list(zip(inputs, outputs, strict=True))[:rows]:
            network.input()[:] = memoryview(row)
            network.invoke()
            assert bytes(network.output()) == expected.tobytes()


def test_int8_stays_near_float(paths: ModelPaths) -> None:
    inputs, outputs = golden.load(paths.golden, paths.int8.read_bytes())
    exact = Runner(paths.float.read_bytes()).run(inputs.astype(np.float32) / 64)
    assert np.abs(exact - (outputs.astype(np.float64) + 128) / 256).mean() < LIMITS[paths.here.name][4]


def test_inputs_and_outputs_have_the_scales_that_the_firmware_counts_on(paths: ModelPaths) -> None:
    net = Runner(paths.int8.read_bytes())
    assert net.input["quantization"] == (1 / 64, 0)
    assert net.output["quantization"] == (1 / 256, -128)


def test_it_costs_what_it_says_and_no_more_than_it_may(paths: ModelPaths) -> None:
    committed = read_json(paths.resources)
    assert {**resources(paths.int8.read_bytes()), "mcu": committed["mcu"]} == committed
    flash, macs, arena = LIMITS[paths.here.name][:3]
    assert committed["flash_bytes"] <= flash
    assert committed["macs"] <= macs
    assert committed["arena_bytes"] <= arena


def test_metrics_are_of_this_network(paths: ModelPaths) -> None:
    assert read_json(paths.metrics)["shipped_sha256"] == sha256(paths.int8.read_bytes())


def test_people_are_in_one_fold_each(paths: ModelPaths) -> None:
    folds: dict[str, set[int | None]] = {}
    for record in Manifest.load(paths.manifest).records:
        folds.setdefault(record.person, set()).add(record.fold)
    assert all(len(fold) == 1 for fold in folds.values())


def test_calibration_uses_training_people_only(paths: ModelPaths) -> None:
    calibration = read_json(paths.calibration)
    training = {record.name for record in Manifest.load(paths.manifest).records if record.fold is not None}
    assert set(calibration["records"]) <= training
    assert calibration["examples"] == read_json(paths.recipe)["calibration"]["examples"]


def test_the_firmware_carries_this_file(paths: ModelPaths) -> None:
    if paths.here.name in freeze.NOT_CARRIED:
        assert not (freeze.NETWORKS / f"{paths.here.name}_gen.py").exists()
        return
    frozen = importlib.import_module(f"firmware_sim.firmware.networks.{paths.here.name}_gen")
    assert paths.int8.read_bytes() == frozen.MODEL
