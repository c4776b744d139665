"""The committed delineator: its outputs, what it costs, where it came from, and that the firmware carries it."""

from __future__ import annotations

from array import array

import numpy as np

from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE, LENGTH, SHIFT
from firmware_sim.firmware.dsp.ecg.delineation import FEATURES, OUTPUTS
from firmware_sim.firmware.kernels import delineator_features
from models.common import golden
from models.common.manifest import Manifest
from models.common.paths import read_json
from models.common.people import person_of
from models.ecg_delineator import paths
from models.ecg_delineator.choose_data import FIBRILLATION, FOLDS, MARKED
from models.ecg_delineator.features import features

INT8 = paths.int8.read_bytes()
VECTORS = golden.load(paths.golden, INT8)


def test_golden_vectors_have_every_wave() -> None:
    assert (VECTORS[0].shape[1], VECTORS[1].shape[1]) == (FEATURES, OUTPUTS)
    assert (VECTORS[1].reshape(len(VECTORS[1]), -1, 3).max(axis=(0, 1)) > 100).all()


def test_features_are_the_firmwares() -> None:
    rng = np.random.default_rng(4)
    for scale in (3, 40, 900, 20_000):
        beat = np.cumsum(rng.standard_normal(LENGTH)) * scale
        whole = np.round(beat * (1 << SHIFT)).astype(np.int32)
        out = array("b", bytes(FEATURES))
        delineator_features(array("i", whole.tolist()), BEFORE, LENGTH, memoryview(out))
        written = np.frombuffer(out, dtype=np.int8).astype(np.int64)
        difference = np.abs(features(whole[None] / (1 << SHIFT)).astype(np.int64).ravel() - written)
        # an amplitude of an odd number of sixteenths has no exact half
        assert difference.max() <= 1


def test_int8_reads_intervals_as_float_does() -> None:
    metrics = read_json(paths.metrics)
    for name, more in metrics["float_to_int8"]["mae_more_ms"].items():
        assert max(more.values()) <= 0.5, name
    for name, scores in metrics["int8"].items():
        assert scores["edges"]["qrs_on"]["se"] >= 0.98, name


def test_marked_people_are_in_every_fold() -> None:
    records = Manifest.load(paths.manifest).records
    assert {record.fold for record in records if record.use == MARKED} == set(range(FOLDS))
    assert {record.use for record in records} == {MARKED, FIBRILLATION}


def test_pieces_of_one_recording_are_one_person() -> None:
    assert person_of("qtdb/sel100") == person_of("mitdb/100") == "mitdb-100"
    assert person_of("qtdb/sele0104") == person_of("qtdb/sele0106") == "edb-010"
    assert person_of("qtdb/sel30") != person_of("qtdb/sel301")
    assert person_of("ludb/100") != person_of("mitdb/100")
