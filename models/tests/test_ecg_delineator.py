"""The committed delineator: what it answers, what it costs, where it came from, and that the firmware carries it."""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim.firmware.dsp.beat_vector import BEFORE, LENGTH, SHIFT
from firmware_sim.firmware.dsp.waves import ANSWERS, FEATURES
from firmware_sim.firmware.kernels import wave_features
from firmware_sim.firmware.networks import ecg_delineator_gen
from firmware_sim.firmware.nn import load
from firmware_sim.firmware.nn.loading.prepare import prepare
from models.common import golden
from models.common.manifest import Manifest, sha256
from models.common.resources import resources
from models.common.running import Runner
from models.ecg_delineator import paths
from models.ecg_delineator.choose_data import FIBRILLATION, FOLDS, MARKED, person_of
from models.ecg_delineator.features import features

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
    assert (inputs.shape[1], outputs.shape[1]) == (FEATURES, ANSWERS)
    assert np.array_equal(Runner(INT8).run(inputs), outputs)


@pytest.mark.parametrize(("make", "rows"), [(load, 32), (prepare, 2)], ids=["tflite behind nn", "nn's own interpreter"])
def test_nn_answers_the_golden_bytes(make: Any, rows: int) -> None:
    network = make(INT8)
    for row, expected in list(zip(*VECTORS, strict=True))[:rows]:
        network.input()[:] = memoryview(row)
        network.invoke()
        assert bytes(network.output()) == expected.tobytes()


def test_golden_vectors_have_every_wave() -> None:
    assert (VECTORS[1].reshape(len(VECTORS[1]), -1, 3).max(axis=(0, 1)) > 100).all()


def test_int8_stays_near_float() -> None:
    inputs, outputs = VECTORS
    exact = Runner(paths.FLOAT.read_bytes()).run(inputs.astype(np.float32) / 64)
    assert np.abs(exact - (outputs.astype(np.float64) + 128) / 256).mean() < 0.01


def test_features_are_the_firmwares() -> None:
    rng = np.random.default_rng(4)
    for scale in (3, 40, 900, 20_000):
        beat = np.cumsum(rng.standard_normal(LENGTH)) * scale
        whole = np.round(beat * (1 << SHIFT)).astype(np.int32)
        out = array("b", bytes(FEATURES))
        wave_features(array("i", whole.tolist()), BEFORE, LENGTH, memoryview(out))
        made = np.frombuffer(out, dtype=np.int8).astype(np.int64)
        apart = np.abs(features(whole[None] / (1 << SHIFT)).astype(np.int64).ravel() - made)
        # a height of an odd number of sixteenths has no exact half
        assert apart.max() <= 1


def test_it_costs_what_it_says_and_no_more_than_it_may() -> None:
    told = read(paths.RESOURCES)
    assert {**resources(INT8), "mcu": told["mcu"]} == told
    assert told["flash_bytes"] <= 64 * 1024
    assert told["macs"] <= 750_000
    assert told["arena_bytes"] <= 8192


def test_metrics_are_of_this_network_and_int8_is_near_float() -> None:
    metrics = read(paths.METRICS)
    assert metrics["shipped_sha256"] == sha256(INT8)
    for name, scores in metrics["int8"].items():
        for interval, told in scores["intervals"].items():
            assert abs(told["mae_ms"] - metrics["float"][name]["intervals"][interval]["mae_ms"]) <= 0.5, name
        assert scores["edges"]["qrs_on"]["se"] >= 0.98, name


def test_people_are_in_one_fold_each() -> None:
    records = Manifest.load(paths.MANIFEST).records
    folds: dict[str, set[int | None]] = {}
    for record in records:
        folds.setdefault(record.person, set()).add(record.fold)
    assert all(len(fold) == 1 for fold in folds.values())
    assert {record.fold for record in records if record.use == MARKED} == set(range(FOLDS))
    assert {record.use for record in records} == {MARKED, FIBRILLATION}


def test_pieces_of_one_recording_are_one_person() -> None:
    assert person_of("qtdb/sel100") == person_of("mitdb/100") == "mitdb-100"
    assert person_of("qtdb/sele0104") == person_of("qtdb/sele0106") == "edb-010"
    assert person_of("qtdb/sel30") != person_of("qtdb/sel301")
    assert person_of("ludb/100") != person_of("mitdb/100")


def test_calibration_is_from_people_it_learned_from() -> None:
    calibration = read(paths.CALIBRATION)
    assert set(calibration["records"]) <= {record.name for record in Manifest.load(paths.MANIFEST).records}
    assert calibration["examples"] == read(paths.RECIPE)["calibration"]["examples"]


def test_the_firmware_carries_this_file() -> None:
    assert ecg_delineator_gen.MODEL == INT8
