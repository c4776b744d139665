"""Respiration: training computes what the firmware does, and what is committed fits and reaches its targets."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ppg import respiration_gen
from firmware_sim.firmware.dsp.ppg.pulse_motion_gen import HALF_WINDOW, SINES
from firmware_sim.firmware.dsp.ppg.respiration import STRIDE
from firmware_sim.firmware.kernels import breath_viper, rate_viper, spectrum_viper
from models.common.errors import DataMissingError
from models.common.manifest import Manifest, data_root, sha256
from models.common.paths import read_json
from models.evaluation.ppg.datasets.bidmc import true_rate
from models.pulse_motion.network import fit, targets
from models.pulse_motion.quantize import quantize
from models.pulse_motion.signals import Ints
from models.respiration import WEIGHTS, paths
from models.respiration.examples import examples_of, synthetic
from models.respiration.follow import follow, per_min_of
from models.respiration.inputs import HEART, MIDDLE_BIN, PARTS, PULSES, load_networks
from models.respiration.recordings import recording
from models.respiration.signals import PER_MIN, RATES, spectra

_LARGEST_BYTES = 4096


def _kernel_spectra(slots: Ints) -> bytes:
    rings = array("h", slots.ravel().tolist())
    found, words = bytearray(STRIDE * 7 + 151), array("i", bytes(4 * 512))
    for first in range(0, 8, 2):
        breath_viper.window_breaths(rings, first, 0, first + 1, 0, HALF_WINDOW, words)
        spectrum_viper.transform(words, SINES)
        spectrum_viper.split_powers(words)
        spectrum_viper.log_spectrum(words, 0, 0, found, STRIDE * first)
        spectrum_viper.log_spectrum(words, 1, 0, found, STRIDE * (first + 1))
    return bytes(found)


@pytest.mark.parametrize("largest", [3, 3000, 32767])
def test_spectra_and_scores_are_those_of_the_kernels(largest: int) -> None:
    chance = np.random.default_rng(largest)
    slots = np.clip(np.round(chance.normal(0, largest / 4, (8, 100)).cumsum(1)), -largest, largest).astype(np.int64)
    wanted = spectra(slots[None])
    found = _kernel_spectra(slots)
    for series in range(8):
        at = STRIDE * series
        assert list(found[at : at + STRIDE]) == wanted[0, series, :STRIDE].tolist()
    scores, total = array("i", bytes(4 * 61)), np.zeros(len(RATES), np.int64)
    for part, network, kept in zip(PARTS, load_networks(WEIGHTS), (0, 1), strict=True):
        table = network.table(part.codes, MIDDLE_BIN)
        rate_viper.score_rates(found, 6, len(RATES), table, array("i", bytes(4 * 80)), kept, scores)
        total += network.scores(part.inputs(wanted[:, part.first : part.first + part.series]))[0]
        assert scores[6:].tolist() == total.tolist()


def test_what_is_learned_is_found_in_others() -> None:
    some, other = (synthetic(n, np.random.default_rng(seed)) for n, seed in ((600, 1), (150, 2)))
    recipe = {"batch": 32, "epochs": 8, "learning_rate": 0.01}
    network = quantize(fit(some.inputs[0], targets(some.rates, PER_MIN, 1.0), recipe, 1), some.inputs[0], 1.0)
    found = PER_MIN[network.scores(other.inputs[0]).argmax(1)]
    assert np.median(np.abs(found - other.rates)) < 1.0
    assert np.mean(np.abs(found - other.rates) < 2.0) > 0.8


def test_the_filter_keeps_a_rate_and_leaves_it() -> None:
    def rows(rate: float, n: int) -> Ints:
        found: Ints = np.round(np.repeat(-3e4 * np.abs(PER_MIN - rate)[None], n, 0)).astype(np.int64)
        return found

    scores = np.concatenate([rows(12, 12), rows(24, 12)])
    rates, trust = follow(scores, np.ones(24, dtype=bool), 20)
    assert rates[11] == pytest.approx(12, abs=0.4)
    assert rates[-1] == pytest.approx(24, abs=0.4)
    assert min(trust[11], trust[-1]) > 60
    there = np.ones(24, dtype=bool)
    there[12] = False
    assert np.isnan(follow(scores, there, 20)[0][12])
    assert per_min_of(0) == pytest.approx(PER_MIN[0])


def test_the_true_rate_is_the_annotators() -> None:
    even = np.arange(1.0, 100.0, 4.0)
    assert true_rate((even, even + 0.5), 60.0) == pytest.approx(15.0)
    assert np.isnan(true_rate((even, even[::2]), 60.0))
    assert np.isnan(true_rate((even, even), 20.0))


def test_what_ships_is_small_and_is_what_the_firmware_carries() -> None:
    pulses, heart = load_networks(WEIGHTS)
    assert pulses.table(PULSES.codes, MIDDLE_BIN) == respiration_gen.PULSES
    assert heart.table(HEART.codes, MIDDLE_BIN) == respiration_gen.HEART
    assert pulses.gain == heart.gain == respiration_gen.GAIN
    assert len(respiration_gen.PULSES) + len(respiration_gen.HEART) <= _LARGEST_BYTES


def test_metrics_are_of_what_ships_and_reach_the_target() -> None:
    metrics = read_json(paths.metrics)
    assert metrics["shipped_sha256"] == sha256(WEIGHTS.read_bytes())
    light, both = metrics["light"], metrics["both"]
    assert light["mae_counted"]["85"] <= 1.1
    assert both["mae_counted"]["90"] <= 1.0
    assert light["answered_percent"] >= 85
    assert both["answered_percent"] >= 90
    assert light["answered_mae"] < light["constant_mae"] / 2
    assert all(93 <= of["inside_u95_percent"] <= 97 for of in (light, both))


def test_people_are_in_one_fold_each() -> None:
    records = Manifest.load(paths.manifest).records
    assert len({record.person for record in records}) == len(records) == 40
    assert {record.fold for record in records} == set(range(read_json(paths.recipe)["folds"]))


def test_missing_recordings_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITALBAND_DATA", str(tmp_path))
    with pytest.raises(DataMissingError, match=r"bidmc_01_Signals\.csv is not there"):
        Manifest.load(paths.manifest).check(data_root())


@pytest.mark.data
def test_what_ships_knows_the_recordings_that_it_learned_from() -> None:
    first = examples_of(recording(data_root() / "bidmc", "bidmc_02"))
    network = load_networks(WEIGHTS)[0]
    rates, _ = follow(network.scores(first.inputs[0]), first.there[0], network.gain)
    assert np.nanmean(np.abs(rates - first.rates)) < 1.0
