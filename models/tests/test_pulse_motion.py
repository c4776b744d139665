"""The pulse in motion: training computes what the firmware does, 8 bits stay near float, and what is committed fits."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ppg import pulse_motion_gen
from firmware_sim.firmware.kernels import pulse_motion_viper, rate_viper, spectrum_viper
from models.common.errors import DataMissingError
from models.common.manifest import Manifest, data_root, sha256
from models.common.paths import read_json
from models.evaluation.core.errors import CaseError
from models.pulse_motion import WEIGHTS, paths, signals
from models.pulse_motion.examples import examples_of, made_up_of, without_pulse_of
from models.pulse_motion.follow import bpm_of, follow
from models.pulse_motion.network import CODES, INPUTS, MIDDLE_BIN, NO_RATE, fit, inputs_of, targets
from models.pulse_motion.presence import at_likeliest
from models.pulse_motion.quantize import Quantized, quantize
from models.pulse_motion.recordings import Recording, light_values, made_up, motion_values, troika
from models.pulse_motion.signals import BPM, RATES, SPECTRUM, Ints
from models.pulse_motion.train import train

_LARGEST_BYTES = 16_384
_HZ = 125


def _recording(seed: int, bpm: float, duration_s: int = 40, person: str = "one") -> Recording:
    """A pulse of constant rate, steps at another one, and some of the steps in the light."""
    chance = np.random.default_rng(seed)
    t = np.arange(duration_s * _HZ) / _HZ
    steps = np.array([np.sin(2 * np.pi * (1.3 + 0.5 * k) * t + chance.uniform(0, 6)) for k in range(3)])
    pulse = sum(np.sin(2 * np.pi * k * bpm / 60 * t) / k for k in (1, 2, 3))
    light = pulse + 0.8 * steps.sum(0) + 0.2 * chance.normal(size=len(t))
    windows = (duration_s - 8) // 2 + 1
    return Recording(person, np.array([light, light]), steps, np.full(windows, bpm))


def _rings(recording: Recording) -> Ints:
    light = light_values(recording.lights[0])
    axes = np.stack([motion_values(axis) for axis in recording.axes])
    n = min(len(light), axes.shape[1])
    return np.asarray(signals.cancel_motion(light[None, :n], axes[None, :, :n])[0])


def test_signals_are_those_of_the_kernels() -> None:
    recording = _recording(1, 95)
    light = light_values(recording.lights[0])
    axes = np.stack([motion_values(axis) for axis in recording.axes])
    n = min(len(light), axes.shape[1], 520)
    rings, state = array("h", bytes(2 * 5 * 256)), array("i", bytes(4 * 36))
    wanted = signals.cancel_motion(light[None, :n], axes[None, :, :n])[0]
    for number in range(n):
        values = array("i", [int(light[number]), *(int(axis) for axis in axes[:, number])])
        pulse_motion_viper.cancel_motion(values, number, rings, state)
        assert [rings[256 * ring + number % 256] for ring in range(5)] == wanted[:, number].tolist()


def _kernel_spectra(rings: Ints) -> bytes:
    """Of the last 200 values."""
    end = rings.shape[1]
    ring = array("h", bytes(2 * 5 * 256))
    for number in range(end - 200, end):
        for which in range(5):
            ring[256 * which + number % 256] = int(rings[which, number])
    words, found = array("i", bytes(4 * 512)), bytearray(3 * SPECTRUM)
    for first, second in ((1, 2), (3, -1), (0, 4)):
        spectrum_viper.window_pair(ring, first, second, end, pulse_motion_gen.HALF_WINDOW, words)
        spectrum_viper.transform(words, pulse_motion_gen.SINES)
        spectrum_viper.split_powers(words)
        if first == 1:
            spectrum_viper.keep_powers(words, found, 2 * SPECTRUM)
        elif first == 3:
            spectrum_viper.add_powers(words, found, 2 * SPECTRUM)
            spectrum_viper.log_spectrum(words, 0, signals.LEAST_MOTION, found, 2 * SPECTRUM)
        else:
            spectrum_viper.log_spectrum(words, 0, 0, found, 0)
            spectrum_viper.log_spectrum(words, 1, 0, found, SPECTRUM)
    return bytes(found)


@pytest.mark.parametrize("seed", range(3))
def test_spectra_and_scores_are_those_of_the_kernels(seed: int) -> None:
    rings = _rings(_recording(seed, 70 + 30 * seed))[:, :250]
    wanted = signals.spectra(rings)[-1]
    spectra = _kernel_spectra(rings)
    assert spectra == bytes(wanted.astype(np.uint8).ravel())
    network = Quantized.load(WEIGHTS)
    scores = array("i", bytes(4 * 75))
    rate_viper.score_rates(spectra, 14, 61, network.table(CODES, MIDDLE_BIN), array("i", bytes(4 * 40)), 0, scores)
    assert scores[14:].tolist() == network.scores(inputs_of(wanted[None]))[0].tolist()


def test_a_pulse_has_its_peak_at_its_rate_and_motion_is_taken_out() -> None:
    recording = _recording(4, 103)
    light, residual, _ = signals.spectra(_rings(recording))[-1]
    steps = round(2.3 * 512 / 25)
    assert abs(BPM[np.argmax(residual[RATES])] - 103) < 3
    assert residual[steps] < light[steps]


def test_resampling_keeps_a_constant_and_the_mean() -> None:
    assert set(signals.resample_motion(np.full(2080, -777)).tolist()) == {-777}
    samples = np.random.default_rng(1).integers(-9000, 9000, 2080)
    assert abs(signals.resample_motion(samples).mean() - samples.mean()) <= 1


def test_what_is_learned_is_found_on_people_that_were_not_there() -> None:
    people = [_recording(seed, bpm, person=str(bpm)) for seed, bpm in enumerate((60, 75, 90, 110, 130, 150, 170))]
    known = examples_of([*people, *made_up_of(people, 1, 1)])
    parts = [some.known(2.5) for some in known]
    inputs, wanted = (np.concatenate(part) for part in zip(*parts, strict=True))
    recipe = {"batch": 16, "epochs": 12, "learning_rate": 0.01}
    network = fit(inputs, wanted, recipe, 1)
    small = quantize(network, inputs, 0.75)
    other = examples_of([_recording(99, 121)])[0]
    exact, eight = network.scores(other.inputs), small.scores(other.inputs)
    assert np.corrcoef(exact.ravel(), eight.ravel())[0, 1] > 0.98
    rates, trust = follow(eight, small.gain)
    assert abs(rates[-1] - 121) < 2.5
    assert trust[-1] > 80
    again = quantize(fit(inputs, wanted, recipe, 1), inputs, 0.75)
    assert again == small


def test_targets_are_distributions_around_the_rate() -> None:
    found = targets(np.array([60.0, 130.0]), BPM, 2.5)
    assert np.allclose(found.sum(1), 1)
    assert BPM[found.argmax(1)] == pytest.approx([60, 130], abs=1.5)


def test_a_window_without_a_pulse_wants_no_rate() -> None:
    found = targets(np.array([60.0, NO_RATE]), BPM, 2.5)
    assert found.sum(1) == pytest.approx([1, 0])


def test_presence_is_learned_from_light_that_only_movement_moves() -> None:
    people = [_recording(seed, bpm, person=str(bpm)) for seed, bpm in enumerate((60, 75, 90, 110, 130, 150, 170))]
    recipe = {"batch": 16, "epochs": 12, "presence_epochs": 12, "learning_rate": 0.01, "seed": 1}
    recipe |= {"spread_bpm": 2.5, "power": 0.75}
    known = examples_of([*people, *made_up_of(people, 1, 1)])
    network, presence = train(known, examples_of(without_pulse_of(people, 2, 1)), recipe)
    others = [_recording(90 + seed, bpm) for seed, bpm in enumerate((82, 121, 143))]
    fractions = []
    for recordings in (others, without_pulse_of(others, 2, 5)):
        scores = [presence.scores(at_likeliest(network, some)[0])[:, 0] for some in examples_of(recordings)]
        fractions.append(np.mean(np.concatenate(scores) > presence.none))
    assert fractions[0] > 0.8
    assert fractions[1] < 0.3


def test_light_without_a_pulse_has_the_movement_of_its_recording() -> None:
    recording = _recording(5, 100, duration_s=60)
    other = without_pulse_of([recording], 1, 3)[0]
    assert other.lights.shape[1] == other.axes.shape[1] != recording.axes.shape[1]
    assert set(other.rates.tolist()) == {NO_RATE}
    wanted = at_likeliest(Quantized.load(WEIGHTS), examples_of([other])[0])[1]
    assert not wanted.any()


def test_made_up_recordings_have_the_pace_that_their_rates_say() -> None:
    recording = _recording(5, 100, duration_s=60)
    other = made_up(recording, np.random.default_rng(3))
    pace = recording.axes.shape[1] / other.axes.shape[1]
    assert other.rates == pytest.approx(100 * pace, rel=1e-3)
    assert other.person == recording.person


def test_what_ships_is_small_and_is_what_the_firmware_carries() -> None:
    network, presence = (Quantized.load(WEIGHTS, name) for name in ("network", "presence"))
    table = network.table(CODES, MIDDLE_BIN)
    assert table == pulse_motion_gen.NETWORK
    assert presence.table(CODES, MIDDLE_BIN) == pulse_motion_gen.PRESENCE
    assert presence.none == pulse_motion_gen.NO_PULSE
    sizes = 2 * len(table) + len(pulse_motion_gen.SINES) + len(pulse_motion_gen.HALF_WINDOW)
    assert sizes <= _LARGEST_BYTES
    assert INPUTS == 28


def test_metrics_are_of_what_ships_and_reach_the_target() -> None:
    metrics = read_json(paths.metrics)
    assert metrics["shipped_sha256"] == sha256(WEIGHTS.read_bytes())
    assert metrics["mae_bpm"]["100"] <= 1.5
    assert metrics["mae_bpm"]["90"] <= 1.0


def test_people_are_in_one_fold_each() -> None:
    records = Manifest.load(paths.manifest).records
    assert len({record.person for record in records}) == len({record.fold for record in records}) == len(records)


def test_missing_recordings_are_named(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITALBAND_DATA", str(tmp_path))
    with pytest.raises(DataMissingError, match=r"DATA_01_TYPE01\.mat is not there"):
        Manifest.load(paths.manifest).check(data_root())


def test_a_recording_that_is_none_is_refused(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "DATA_01_TYPE01.mat").write_bytes(b"no matrix")
    with pytest.raises(CaseError, match="DATA_01_TYPE01"):
        troika(folder)


@pytest.mark.data
def test_what_ships_knows_the_recordings_that_it_learned_from() -> None:
    first = examples_of(troika(data_root() / "troika")[:1])[0]
    network = Quantized.load(WEIGHTS)
    rates, _ = follow(network.scores(first.inputs), network.gain)
    assert np.abs(rates - first.rates).mean() < 2


def test_bins_and_rates() -> None:
    assert bpm_of(0) == pytest.approx(BPM[0])
    assert bpm_of(60 * 256) == pytest.approx(BPM[-1])
