"""Rhythms that annotators marked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray

from models.evaluation.ecg.leads import RATE

from .examples import Ints

_FIBRILLATION = "(AFIB"


def in_fibrillation(record: Path, r: Ints) -> NDArray[np.bool_]:
    """Which of the beats at `r` (samples at 250/s) lie where a recording's `.atr` says atrial fibrillation."""
    marks = wfdb.rdann(str(record), "atr")
    rate = marks.fs or RATE
    comments = [(s / rate, comment.rstrip("\x00")) for s, comment in zip(marks.sample, marks.aux_note, strict=True)]
    rhythms = [(time, comment == _FIBRILLATION) for time, comment in comments if comment.startswith("(")]
    if not rhythms:
        return np.zeros(len(r), dtype=np.bool_)
    current = np.searchsorted([time for time, _ in rhythms], r / RATE, side="right")
    return np.array([False, *(fibrillating for _, fibrillating in rhythms)])[current]
