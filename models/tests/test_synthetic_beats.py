"""Synthetic beats: marks lie where the waves are, and there are as many shapes as they are made for."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE
from models.ecg_delineator.lead_beats import (
    COLUMNS,
    HAS_P,
    HAS_QRS,
    HAS_T,
    P_OFF,
    P_ON,
    PAD,
    QRS_OFF,
    QRS_ON,
    QRS_PEAK,
    T_OFF,
    T_ON,
    UNKNOWN,
    WIDTH,
)
from models.ecg_delineator.synthetic import synthetic_beats

N = 600
BEATS, LABELS = synthetic_beats(N, np.random.default_rng(5))
R = PAD + BEFORE


def test_the_same_seed_gives_the_same_beats() -> None:
    again, labels = synthetic_beats(N, np.random.default_rng(5))
    assert np.array_equal(again, BEATS)
    assert np.array_equal(labels, LABELS, equal_nan=True)
    assert (BEATS.shape, LABELS.shape) == ((N, WIDTH), (N, COLUMNS))
    assert np.isfinite(BEATS).all()


@pytest.mark.parametrize("n", [0, 1])
def test_any_number_can_be_made(n: int) -> None:
    assert synthetic_beats(n, np.random.default_rng(1))[0].shape == (n, WIDTH)


def test_marks_are_in_order_about_r() -> None:
    assert (LABELS[:, QRS_ON] < 0).all()
    assert (LABELS[:, QRS_OFF] > 0).all()
    assert np.abs(LABELS[:, QRS_PEAK]).max() <= 1
    has_p = LABELS[:, HAS_P] == 1
    assert 0.7 < has_p.mean() < 0.9
    assert (LABELS[has_p, P_ON] < LABELS[has_p, P_OFF]).all()
    assert (LABELS[has_p, P_OFF] <= LABELS[has_p, QRS_ON] + 5).all()
    assert np.isnan(LABELS[~has_p, P_ON]).all()


def test_nothing_is_said_about_t() -> None:
    assert (LABELS[:, HAS_T] == UNKNOWN).all()
    assert np.isnan(LABELS[:, T_ON : T_OFF + 1]).all()
    assert (LABELS[:, HAS_QRS] == 1).all()


def test_a_complex_begins_and_ends_where_it_is_marked() -> None:
    """Outside the marks of isolated complexes the signal hardly changes from sample to sample, at them it does."""
    alone = LABELS[:, HAS_P] == 0
    slope = np.abs(np.diff(BEATS, axis=1))
    amplitude = np.abs(BEATS[:, R - 40 : R + 40]).max(axis=1)
    rows = np.flatnonzero(alone)
    onset = np.round(R + LABELS[rows, QRS_ON]).astype(int)
    before = np.array([slope[i, at - 6 : at - 2].max() for i, at in zip(rows, onset, strict=True)]) / amplitude[rows]
    after = np.array([slope[i, at : at + 6].max() for i, at in zip(rows, onset, strict=True)]) / amplitude[rows]
    assert np.median(after) > 10 * np.median(before)
    assert (after > 0.01).all()


def test_intervals_are_more_varied_than_people() -> None:
    qrs = 4 * (LABELS[:, QRS_OFF] - LABELS[:, QRS_ON])
    pr = 4 * (LABELS[:, QRS_ON] - LABELS[:, P_ON])
    assert np.percentile(qrs, 5) < 75 < 140 < np.percentile(qrs, 95)
    assert np.nanpercentile(pr, 3) < 110 < 210 < np.nanpercentile(pr, 95)
