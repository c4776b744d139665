"""Kinds of beats as the device reports them, network included."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.networks import beat_kind_gen
from firmware_sim.firmware.networks.beat_kind import MIN_MARGIN_Q8, BeatKindNetwork, kind_of
from firmware_sim.firmware.nn import load
from firmware_sim.firmware.wire_gen import BEAT_KIND_NORMAL, BEAT_KIND_UNKNOWN, BEAT_KIND_VENTRICULAR
from firmware_sim.testing import ecg_signals
from firmware_sim.world.base import ECG
from firmware_sim.world.wearer import PRESETS, Wearer
from models.common.manifest import data_root
from models.evaluation.core.matching import match
from models.evaluation.ecg.leads import read_channel, to_counts

FOLDER = data_root()


def kinds(counts: array[int]) -> tuple[ecg_signals.FloatArray, str]:
    """Times of R and kinds of all beats, by the pipeline as the chain builds it."""
    pipeline = EcgPipeline(BeatKindNetwork(load(beat_kind_gen.MODEL)))
    output = ecg_signals.Output()
    ecg_signals.push(pipeline, counts, output, 50)
    pipeline.flush()
    ecg_signals.collect(pipeline, output)
    return output.r() / ecg_signals.RATE, "".join("?NSVP"[beat.kind] for beat in output.beats)


def test_the_likeliest_kind_must_lead() -> None:
    sure = array("b", [100, -100, -128])
    assert kind_of(memoryview(sure)) == BEAT_KIND_NORMAL
    assert kind_of(memoryview(array("b", [-128, -100, 100]))) == BEAT_KIND_VENTRICULAR
    assert kind_of(memoryview(array("b", [0, MIN_MARGIN_Q8, -128]))) != BEAT_KIND_UNKNOWN
    assert kind_of(memoryview(array("b", [0, MIN_MARGIN_Q8 - 1, -128]))) == BEAT_KIND_UNKNOWN


@pytest.mark.parametrize(
    "preset", ["resting", "ectopy", "bradycardia", "tachycardia", "first_degree_block", "long_qt", "short_qt", "noisy"]
)
def test_kinds_of_synthetic_wearers(preset: str) -> None:
    wearer = Wearer(PRESETS[preset], seed=3)
    seconds = 90
    lead = wearer.sample(ECG, np.arange(seconds * 250) / 250)[:, 0]
    times, detected = kinds(ecg_signals.counts(lead))
    truth = wearer.truth(5.0, seconds - 2.0).beats
    pairs = match(np.array([beat.r for beat in truth]), times)
    assert len(pairs) >= len(truth) - 1
    right = [detected[j] == truth[i].kind for i, j in pairs]
    rare = [ok for (i, _), ok in zip(pairs, right, strict=True) if truth[i].kind != "N"]
    assert np.mean(right) >= 0.95
    assert not rare or np.mean(rare) >= 0.8


@pytest.mark.data
@pytest.mark.parametrize(("record", "seconds"), [("119", 240), ("100", 300)])
def test_kinds_on_an_arrhythmia_record(record: str, seconds: int) -> None:
    import wfdb

    path = FOLDER / "mitdb" / record
    if not path.with_suffix(".atr").is_file():
        pytest.skip(f"no recording {record} in {path.parent}")
    signal, rate = read_channel(path, 0)
    times, detected = kinds(to_counts(signal[: seconds * rate], rate))
    marks = wfdb.rdann(str(path), "atr", sampto=(seconds - 1) * rate)
    truth = [(s / rate, c.replace("A", "S")) for s, c in zip(marks.sample, marks.symbol, strict=True) if c in "NAV"]
    pairs = match(np.array([time for time, _ in truth]), times)
    assert np.mean([detected[j] == truth[i][1] for i, j in pairs]) >= 0.98
