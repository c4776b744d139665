"""Training examples of the delineator: marks as beats, edited and stretched beats with true marks, targets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb

from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE, LENGTH
from firmware_sim.firmware.dsp.ecg.delineation import POSITIONS
from models.ecg_delineator.augment import augmented
from models.ecg_delineator.edges import EDGES, edges_of
from models.ecg_delineator.editing import edited
from models.ecg_delineator.features import features, targets
from models.ecg_delineator.intervals import marked_intervals, read_intervals
from models.ecg_delineator.lead_beats import (
    COLUMNS,
    HAS_P,
    HAS_QRS,
    HAS_T,
    P_OFF,
    P_ON,
    P_PEAK,
    PAD,
    QRS_OFF,
    QRS_ON,
    QRS_PEAK,
    T_OFF,
    T_ON,
    T_PEAK,
    UNKNOWN,
    WIDTH,
    Floats,
)
from models.ecg_delineator.marks import marked_beats

_MARKS = {P_ON: -56, P_PEAK: -46, P_OFF: -36, QRS_ON: -12, QRS_PEAK: 0, QRS_OFF: 12, T_ON: 40, T_PEAK: 60, T_OFF: 80}


def beats(n: int) -> tuple[Floats, Floats]:
    """`n` equal beats of rectangular waves, as many labels."""
    one = np.zeros(WIDTH, dtype=np.float32)
    middle = BEFORE + PAD
    for on, off, amplitude in ((P_ON, P_OFF, 100), (QRS_ON, QRS_OFF, 1000), (T_ON, T_OFF, 300)):
        one[middle + _MARKS[on] : middle + _MARKS[off] + 1] = amplitude
    label = np.zeros(COLUMNS, dtype=np.float32)
    for column, sample in _MARKS.items():
        label[column] = sample
    label[[HAS_P, HAS_T, HAS_QRS]] = 1
    return np.tile(one, (n, 1)), np.tile(label, (n, 1))


def test_marks_become_beats(tmp_path: Path) -> None:
    symbols = list("(p)(N)(t)(N)(t)")
    samples = np.array([100, 110, 120, 140, 150, 165, 240, 260, 280, 640, 650, 665, 740, 760, 780])
    wfdb.wrann("a", "i", samples, symbols, fs=500, write_dir=str(tmp_path))
    first, second = marked_beats(tmp_path / "a", "i")
    assert first.p is not None
    assert (first.p.on, first.qrs.off, first.t and first.t.off) == (0.2, 0.33, 0.56)
    assert second.p is None
    assert marked_intervals([first, second]) == pytest.approx((80.0, 50.0, 280.0))


def test_a_t_wave_in_two_parts_is_one(tmp_path: Path) -> None:
    wfdb.wrann(
        "a", "i", np.array([100, 110, 120, 160, 170, 180, 190]), list("(N)(tt)"), fs=250, write_dir=str(tmp_path)
    )
    (beat,) = marked_beats(tmp_path / "a", "i")
    assert beat.t is not None
    assert (beat.t.on, beat.t.off) == (0.64, 0.76)


def test_editing_leaves_marks_unchanged() -> None:
    vectors, labels = beats(400)
    out, changed = edited(vectors, labels, np.random.default_rng(1))
    removed = changed[:, HAS_P] == 0
    assert 20 < removed.sum() < 90
    assert np.isnan(changed[removed, P_ON]).all()
    assert (changed[~removed] == labels[~removed]).all()
    middle = BEFORE + PAD
    assert (np.abs(out[:, middle + T_PEAK] - 300) < 1e-3).sum() < 400
    # the complex itself is left alone but for what is added everywhere
    assert np.abs(out[:, middle - 5 : middle + 5] - 1000).max() < 200


def test_marks_follow_the_edges_of_stretched_beats() -> None:
    vectors, labels = beats(300)
    out, changed = augmented(vectors, labels, np.random.default_rng(2))
    whole = changed[:, HAS_QRS] == 1
    assert 0.85 < whole.mean() < 0.99
    assert out.shape == (300, LENGTH)
    on = np.round(changed[whole, QRS_ON]).astype(int) + BEFORE
    rows = np.arange(whole.sum())
    rise = np.abs(out[whole][rows, on + 3] - out[whole][rows, on - 4])
    assert np.median(rise) > 700
    assert np.ptp(changed[whole, T_OFF]) > 20


def test_targets_cover_the_waves_and_nothing_unknown() -> None:
    _, labels = beats(3)
    labels[1, HAS_P] = UNKNOWN
    labels[2, [P_ON, P_PEAK, P_OFF]] = np.nan
    labels[2, HAS_P] = 0
    expected, known = targets(labels)
    assert expected.shape == (3, 1, POSITIONS, 3)
    assert 2 * expected[0, 0, :, 0].sum() == pytest.approx(_MARKS[P_OFF] - _MARKS[P_ON])
    assert 2 * expected[0, 0, :, 1].sum() == pytest.approx(_MARKS[QRS_OFF] - _MARKS[QRS_ON])
    assert known[0].all()
    assert not known[1, 0, :, 0].any()
    assert expected[2, 0, :, 0].sum() == 0
    assert known[2].all()


def test_a_t_onset_that_is_not_marked_is_not_learned() -> None:
    _, labels = beats(1)
    labels[0, T_ON] = np.nan
    _, known = targets(labels)
    sample = 2 * np.arange(POSITIONS) + 0.5 - BEFORE
    onset_unknown = (sample > _MARKS[QRS_OFF]) & (sample < _MARKS[T_PEAK])
    assert (known[0, 0, :, 2] == ~onset_unknown).all()


def test_edges_of_target_outputs_are_the_marks() -> None:
    _, labels = beats(2)
    labels[1, HAS_P] = 0
    labels[1, [P_ON, P_PEAK, P_OFF]] = np.nan
    found = edges_of(targets(labels)[0][:, 0])
    assert found[0] == pytest.approx([_MARKS[c] for c in (P_ON, P_OFF, QRS_ON, QRS_OFF, T_ON, T_OFF)], abs=0.6)
    assert np.isnan(found[1, :2]).all()
    assert read_intervals(found[:1])[0] == pytest.approx(4 * (_MARKS[QRS_ON] - _MARKS[P_ON]), abs=4)
    assert len(EDGES) == found.shape[1]


def test_small_waves_fill_the_range_and_large_ones_are_limited() -> None:
    vectors, _ = beats(1)
    coarse, fine = features(vectors[:, PAD : PAD + LENGTH]).reshape(POSITIONS, 2, 2)[(BEFORE - 46) // 2, 0]
    assert (coarse, fine) == (6, 51)
    assert features(vectors[:, PAD : PAD + LENGTH]).max() == 127
