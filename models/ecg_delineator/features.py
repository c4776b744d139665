"""The network's input and output as numpy arrays: the same figures as firmware/kernels/delineation_viper.py makes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE, SHIFT
from firmware_sim.firmware.dsp.ecg.delineation import POSITIONS

from .lead_beats import (
    HAS_P,
    HAS_QRS,
    HAS_T,
    P_OFF,
    P_ON,
    QRS_OFF,
    QRS_ON,
    T_OFF,
    T_ON,
    T_PEAK,
    UNKNOWN,
    Floats,
)

#: Shape of one beat; waves of one output.
INPUT_SHAPE = (1, POSITIONS, 4)
WAVES = ("p", "qrs", "t")
#: Bytes are Q6.
UNIT = 64
_MIN_AMPLITUDE_UV = 20.0


def features(beats: Floats) -> NDArray[np.int8]:
    """(n, *INPUT_SHAPE) of beats (n, LENGTH) in µV; each position has two samples, coarse and fine value of each."""
    level = beats[:, BEFORE - 30 : BEFORE - 14].mean(axis=1, keepdims=True)
    level = np.floor(level * (1 << SHIFT)) / (1 << SHIFT)
    amplitude = np.abs(beats[:, BEFORE - 16 : BEFORE + 17] - level).max(axis=1, keepdims=True)
    fine = np.floor((beats - level) * 512 / np.maximum(amplitude, _MIN_AMPLITUDE_UV) + 0.5)
    coarse = np.floor((fine + 4) / 8)
    both = np.stack([coarse, fine], axis=2).clip(-128, 127)
    return np.asarray(both.astype(np.int8).reshape(-1, *INPUT_SHAPE))


def _covered(on: Floats, off: Floats) -> Floats:
    """(n, POSITIONS): what fraction of each position lies between two edges (n) in samples from R."""
    low = (2 * np.arange(POSITIONS) - 0.5 - BEFORE).astype(np.float32)
    return np.asarray(np.clip(np.minimum(off[:, None], low + 2) - np.maximum(on[:, None], low), 0, 2) / 2)


def targets(labels: Floats) -> tuple[Floats, Floats]:
    """Target outputs of the network, and the weight of each value: (n, 1, POSITIONS, 3) both.

    Of waves that may or may not be there nothing is learned, nor between the complex and the peak of a T wave whose
    onset is not marked.
    """
    at = np.nan_to_num(labels)
    t_on = np.where(np.isnan(labels[:, T_ON]), at[:, T_PEAK], at[:, T_ON])
    edges = ((HAS_P, at[:, P_ON], at[:, P_OFF]), (HAS_QRS, at[:, QRS_ON], at[:, QRS_OFF]), (HAS_T, t_on, at[:, T_OFF]))
    expected = [np.where(labels[:, has, None] == 1, _covered(on, off), 0) for has, on, off in edges]
    known = [np.repeat(labels[:, has, None] != UNKNOWN, POSITIONS, axis=1).astype(np.float32) for has, _, _ in edges]
    sample = 2 * np.arange(POSITIONS) + 0.5 - BEFORE
    onset_unknown = (np.isnan(labels[:, T_ON]) & (labels[:, HAS_T] == 1))[:, None]
    known[2] *= ~(onset_unknown & (sample > at[:, QRS_OFF, None]) & (sample < at[:, T_PEAK, None]))
    return np.stack(expected, axis=2)[:, None].astype(np.float32), np.stack(known, axis=2)[:, None]
