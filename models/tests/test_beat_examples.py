"""How examples are made: through the device's pipeline, and with rhythms that the recordings lack."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.beat_features import LENGTH, SHAPE
from firmware_sim.testing import ecg_signals
from models.beat_kind import augment
from models.beat_kind.examples import Examples, Floats, concatenated, labelled
from models.evaluation.ecg.beat_kinds import KINDS, OTHER

TIMES = 0.6 + 0.9 * np.arange(60)
LABELS = np.zeros(len(TIMES), dtype=np.int64)


@pytest.fixture(scope="module")
def lead() -> Floats:
    return ecg_signals.lead(float(TIMES[-1]) + 1.0, TIMES.tolist())


def peaks(lead_mv: Floats, times: Floats) -> Floats:
    """Amplitude at each time."""
    return np.array([lead_mv[round(t * 250) - 2 : round(t * 250) + 3].max() for t in times])


def test_beats_carry_the_label_of_the_annotation_beside_them(lead: Floats) -> None:
    labels = LABELS.copy()
    labels[20] = KINDS.index("V")
    labels[21] = OTHER
    found = labelled(ecg_signals.counts(lead), TIMES + 0.02, labels)
    assert found.features.shape == (len(TIMES), LENGTH)
    assert found.labels.tolist() == labels.tolist()
    assert np.abs(found.r / 250 - TIMES).max() < 0.02


def test_beats_far_from_any_annotation_are_left_out(lead: Floats) -> None:
    assert len(labelled(ecg_signals.counts(lead), TIMES[10:20], LABELS[10:20])) == 10


def test_examples_are_concatenated_in_order() -> None:
    one = Examples(np.zeros((1, LENGTH), np.int8), np.array([1]), np.array([2]), np.array([3]))
    two = Examples(np.ones((2, LENGTH), np.int8), np.array([4, 5]), np.array([6, 7]), np.array([8, 9]))
    assert concatenated([one, two]).labels.tolist() == [1, 4, 5]
    assert concatenated([one, two]).features[:, 0].tolist() == [0, 1, 1]


def test_early_beats_come_early_with_their_label(lead: Floats) -> None:
    early, times, labels = augment.with_premature_beats(lead, TIMES, LABELS, np.random.default_rng(1))
    chosen = np.flatnonzero(labels == KINDS.index("S"))
    intervals = np.diff(times, prepend=times[0])
    assert len(chosen) > 3
    assert (intervals[chosen] < 0.88 * 0.9).all()
    rest = np.delete(intervals, [0, *chosen])
    assert rest == pytest.approx(0.9, abs=0.005)
    assert peaks(early, times) == pytest.approx(peaks(lead, TIMES), abs=0.1)
    assert np.abs(np.diff(early)).max() <= np.abs(np.diff(lead)).max() + 1e-9


def test_sinus_arrhythmia_changes_intervals_smoothly(lead: Floats) -> None:
    slow, times = augment.with_sinus_arrhythmia(lead, TIMES, np.random.default_rng(2))
    intervals = np.diff(times)
    assert np.ptp(intervals) > 0.02
    assert np.abs(np.diff(intervals)).max() < 0.25
    assert peaks(slow, times) == pytest.approx(peaks(lead, TIMES), abs=0.1)


def test_fibrillation_is_irregular_and_without_p(lead: Floats) -> None:
    rough, times = augment.with_fibrillation(lead, TIMES, np.random.default_rng(3))
    assert np.abs(np.diff(np.diff(times))).mean() > 0.05
    p = [rough[round(t * 250) - 45 : round(t * 250) - 20] for t in times[1:]]
    assert max(np.ptp(part) for part in p) < 0.15  # P is 0.15 mV high; fibrillatory waves at most 0.12
    assert peaks(rough, times) == pytest.approx(peaks(lead, TIMES), abs=0.12)


def test_added_noise_has_the_drawn_ratio(lead: Floats) -> None:
    rng = np.random.default_rng(4)
    noise = {name: rng.normal(size=10_000) for name in ("bw", "em", "ma")}
    noisy = augment.with_noise(lead, noise, np.random.default_rng(5))
    again = augment.with_noise(lead, noise, np.random.default_rng(5))
    assert np.array_equal(noisy, again)
    gain = float(noisy @ lead / (lead @ lead))
    assert 0.3 < gain < 2.0
    assert 0.02 < np.std(noisy - gain * lead) / np.std(gain * lead) < 1.5


def test_jitter_keeps_the_range_and_the_figures() -> None:
    rng = np.random.default_rng(6)
    features = rng.integers(-128, 128, (200, LENGTH)).astype(np.int8)
    moved = augment.jittered(features, rng)
    assert moved.min() >= -128
    assert moved.max() <= 127
    figures = (moved - features)[:, 2 * SHAPE :]
    assert 1.0 < np.std(figures) < 3.0
