"""Examples of the evidence network: features as the firmware makes them, and augmented leads with true labels."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.filters import MASK, Conditioner
from firmware_sim.firmware.dsp.ecg.qrs_verifier import FEATURES, FRAMES, OUTPUTS, write_scales
from firmware_sim.firmware.kernels import qrs_evidence_features
from firmware_sim.testing import ecg_signals as make
from models.common import golden
from models.common.manifest import Manifest
from models.common.paths import read_json
from models.evaluation.ecg.noise_stress import noisy_spans
from models.qrs_evidence import paths
from models.qrs_evidence.augment import NoiseMixer, unscored
from models.qrs_evidence.choose_data import BEATS, FOLDS, NOISE
from models.qrs_evidence.examples import PAIR, labels, sample_windows, tracks
from models.qrs_evidence.features import FRAME, features, frames_of
from models.qrs_evidence.leads import Lead, conditioned
from models.qrs_evidence.wide_beats import with_wide_beats

RATE = make.RATE


def a_lead(seconds: float = 40.0, rr: float = 0.8) -> Lead:
    times = make.regular(seconds, rr)
    beats = np.array(times, dtype=np.float64) * RATE
    return Lead("ludb/0", "ii", 0, make.lead(seconds, times), beats, np.zeros(len(beats), bool), ((0, seconds * RATE),))


def recorded(rng: np.random.Generator) -> dict[str, list[make.FloatArray]]:
    return {kind: [0.1 * rng.standard_normal(1810 * RATE)] for kind in ("em", "ma", "bw")}


def test_features_are_the_firmwares() -> None:
    rng = np.random.default_rng(2)
    for size in (0.3, 8, 300):
        uv = np.clip(np.cumsum(rng.standard_normal(FRAMES * FRAME)) * size, -32767, 32767).astype(np.int32)
        ring = array("H", np.roll(uv + 32768, 77).tolist())
        out, work, tops = array("b", bytes(FEATURES)), array("i", bytes(4 * 59)), array("i", bytes(4 * 8))
        write_scales(ring, 77, work, tops, memoryview(out))
        qrs_evidence_features(ring, MASK, 77, FRAMES, work, memoryview(out))
        assert np.array_equal(features(frames_of(uv)[None])[0].ravel(), np.array(out))


def test_leads_are_conditioned_as_the_device_does() -> None:
    mv = a_lead().mv + 3.0 + 0.5 * np.sin(np.arange(40 * RATE) / 300)
    counts = make.counts(mv)
    device = Conditioner()
    device.restart(counts[0])
    for at in range(0, 1600, 16):
        device.block(counts[at : at + 16], 16, at)
    assert np.abs(conditioned(mv)[:1600] - (np.array(device.uv[:1600], dtype=np.int32) - 32768)).max() <= 1


def test_outputs_are_expected_around_r_and_nowhere_else() -> None:
    lead = a_lead()
    expected, weight = labels(lead)
    positions = (np.flatnonzero(expected) + 0.5) * PAIR
    nearest = np.abs(positions[:, None] - lead.beats[None, :]).min(axis=1)
    assert nearest.max() <= 1.25 * PAIR
    assert 2 * len(lead.beats) - 2 <= len(positions) <= 3 * len(lead.beats)
    assert (weight == 1).all()


def test_weight_is_zero_outside_annotated_spans() -> None:
    lead = a_lead()
    weight = labels(Lead("tele/1", "0", 0, lead.mv, lead.beats, ~lead.wide, ((1000.0, 2000.0),)))[1]
    assert np.flatnonzero(weight).min() == 1000 // PAIR
    assert np.flatnonzero(weight).max() == 2000 // PAIR - 1
    assert weight.max() > 1


def test_a_wide_beat_is_premature_with_r_at_its_peak() -> None:
    rng = np.random.default_rng(5)
    lead = a_lead(120)
    changed = with_wide_beats(lead, rng)
    assert changed.wide.sum() >= 2
    assert not lead.wide.any()
    moved = changed.beats != lead.beats
    assert (moved == changed.wide).all()
    assert (changed.beats[moved] <= lead.beats[moved]).all()
    for r in changed.beats[changed.wide].astype(int):
        near = np.abs(changed.mv[r - 20 : r + 21] - changed.mv[r - 25])
        assert abs(int(near.argmax()) - 20) <= 2


def test_training_noise_is_not_the_noise_that_is_scored() -> None:
    marked = np.zeros(1810 * RATE)
    for begin, end in noisy_spans(len(marked) / RATE):
        marked[round(begin * RATE) : round(end * RATE)] = 1
    parts = unscored(marked)
    assert not any(part.any() for part in parts)
    assert sum(map(len, parts)) / RATE > 900


def test_noise_changes_a_lead_and_not_its_length() -> None:
    rng = np.random.default_rng(1)
    lead = a_lead()
    noisy = NoiseMixer(recorded(rng), rng).with_noise(lead)
    assert noisy.shape == lead.mv.shape
    assert np.isfinite(noisy).all()
    assert np.std(noisy - lead.mv) > 0.005


@pytest.mark.parametrize("seconds", [6.0, 40.0])
def test_windows_are_sampled_of_leads_of_any_length(seconds: float) -> None:
    rng = np.random.default_rng(1)
    inputs, expected, weight = sample_windows(tracks([a_lead(seconds)] * 8, recorded(rng), rng), rng)
    assert inputs.dtype == np.int8
    assert inputs.shape[1:] == (FRAMES, 3)
    assert expected.shape == weight.shape == (len(inputs), OUTPUTS)
    assert 0 < expected.mean() < 0.2


def test_golden_vectors_have_complexes_and_stretches_without() -> None:
    outputs = golden.load(paths.golden, paths.int8.read_bytes())[1]
    assert outputs.shape[1] == OUTPUTS
    assert (outputs > 100).any(axis=1).mean() > 0.5
    assert (outputs < -100).mean() > 0.5


def test_the_manifest_has_beats_in_every_fold_and_noise_in_none() -> None:
    records = Manifest.load(paths.manifest).records
    assert {record.fold for record in records if record.use == BEATS} == set(range(FOLDS))
    assert [record.fold for record in records if record.use == NOISE] == [None]


def test_verification_reduces_errors_in_noise_and_adds_none_elsewhere() -> None:
    sets = read_json(paths.metrics)["sets"]

    def errors(name: str, by: str) -> int:
        return int(sets[name][by]["missed"] + sets[name][by]["extra"])

    for noise in ("em", "ma", "bw"):
        name = f"mitdb, {noise} 6 dB"
        assert errors(name, "network") < errors(name, "rules") / (1 if noise == "bw" else 3), name
    for name in ("mitdb", "qtdb", "tele", "ludb"):
        assert errors(name, "network") <= errors(name, "rules"), name
