"""One feeder for all that run a lead through the device's pipeline."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.result import Beat
from firmware_sim.testing import ecg_signals
from models.common import feeding
from models.ecg_delineator.device import _paired
from models.ecg_delineator.marks import MarkedBeat, Wave
from models.evaluation.ecg.leads import to_counts

SECONDS, RR_S = 26, 0.8


def _counts() -> array[int]:
    lead = ecg_signals.lead(SECONDS, ecg_signals.regular(SECONDS, RR_S), pr=0.16, qrs=0.09, qt=0.40)
    return to_counts(lead, ecg_signals.RATE)


def test_every_beat_comes_once_and_the_last_window_is_closed() -> None:
    results = [(type(result), getattr(result, "r", None)) for result in feeding.feed(EcgPipeline(), _counts())]
    r = [index for kind, index in results if kind is Beat]
    assert r == feeding.r_indices(EcgPipeline(), _counts())
    assert len(r) >= SECONDS / RR_S - 3
    assert set(np.round(np.diff(r) / ecg_signals.RATE, 1)) == {RR_S}
    assert len(results) - len(r) == -(-SECONDS // 10)


def test_the_length_of_a_push_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = feeding.r_indices(EcgPipeline(), _counts())
    monkeypatch.setattr(feeding, "_BLOCK", 77)
    assert feeding.r_indices(EcgPipeline(), _counts()) == whole


def test_a_beat_found_is_the_pair_of_one_marked_beat_only() -> None:
    marks = [MarkedBeat(Wave(r - 0.04, r, r + 0.05), None, None) for r in (1.0, 1.1)]
    beats = np.array([[1.08, np.nan, np.nan, 1.04, 1.13, np.nan, np.nan]])
    found, truth = _paired(beats, marks)
    assert found.shape == truth.shape == (1, 6)
    assert truth[0, 2] == pytest.approx(1060.0)
    assert found[0, 2] == pytest.approx(1040.0)
    assert _paired(beats[:0], marks)[0].shape == (0, 6)
