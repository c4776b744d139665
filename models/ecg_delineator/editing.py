"""Beats with known truth that nobody recorded: marked waves made larger, smaller, upside down, or removed.

Wearers differ more than 200 people do. The edges stay where the expert put them, so that what is made has marks as
good as the original's.
"""

from __future__ import annotations

import numpy as np

from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE
from models.evaluation.ecg.leads import RATE

from .lead_beats import (
    HAS_P,
    HAS_T,
    P_OFF,
    P_ON,
    PAD,
    QRS_OFF,
    T_OFF,
    WIDTH,
    Bools,
    Floats,
)

Random = np.random.Generator
_TIME = np.arange(WIDTH) - BEFORE - PAD
_MARGIN = 2
#: Chances: of a T wave of another size, of one upside down among these; likewise P; of no P at all.
_SCALED_T, _INVERTED_T = 0.4, 0.35
_SCALED_P, _INVERTED_P, _NO_P = 0.3, 0.3, 0.12
#: Of fibrillatory waves where there is no P, and of a U wave.
_FIBRILLATION, _U = 0.6, 0.12


def qrs_amplitude(vectors: Floats) -> Floats:
    """(n): greatest deflection near R from the level before it, µV."""
    level = vectors[:, PAD + BEFORE - 30 : PAD + BEFORE - 14].mean(axis=1, keepdims=True)
    return np.asarray(np.abs(vectors[:, PAD + BEFORE - 16 : PAD + BEFORE + 17] - level).max(axis=1) + 1)


def edited(vectors: Floats, labels: Floats, rng: Random) -> tuple[Floats, Floats]:
    """Copies of beats (n, WIDTH) and labels with waves changed at random."""
    labels = labels.copy()
    n = len(labels)
    out = _scaled(vectors, labels[:, QRS_OFF] + _MARGIN, labels[:, T_OFF], _t_scales(labels, rng))
    scales, removed = _p_scales(labels, rng)
    out = _scaled(out, labels[:, P_ON] - _MARGIN, labels[:, P_OFF] + _MARGIN, scales)
    labels[removed, P_ON : P_OFF + 1] = np.nan
    labels[removed, HAS_P] = 0
    amplitude = qrs_amplitude(out)
    fibrillating = (labels[:, HAS_P] == 0) & (rng.random(n) < _FIBRILLATION)
    out = out + (fibrillating * rng.random(n) * 0.09 * amplitude)[:, None] * _fibrillation(n, rng)
    return (out + _u_waves(labels, amplitude, rng)).astype(np.float32), labels


def _random_scales(rng: Random, n: int, width: float) -> Floats:
    return np.asarray(np.exp(rng.normal(0, width, n)), dtype=np.float32)


def _t_scales(labels: Floats, rng: Random) -> Floats:
    n = len(labels)
    changed = (rng.random(n) < _SCALED_T) & (labels[:, HAS_T] == 1) & ~np.isnan(labels[:, QRS_OFF])
    sign = np.where(rng.random(n) < _INVERTED_T, -1, 1)
    return np.where(changed, sign * _random_scales(rng, n, 0.45), 1)


def _p_scales(labels: Floats, rng: Random) -> tuple[Floats, Bools]:
    """Scales of the P waves, and where they are removed."""
    n = len(labels)
    has_p = labels[:, HAS_P] == 1
    removed = has_p & (rng.random(n) < _NO_P)
    sign = np.where(rng.random(n) < _INVERTED_P, -1, 1)
    scale = np.where(rng.random(n) < _SCALED_P, sign * _random_scales(rng, n, 0.4), 1)
    return np.where(removed, 0, np.where(has_p, scale, 1)), removed


def _scaled(vectors: Floats, on: Floats, off: Floats, scale: Floats) -> Floats:
    """Beats whose deflection from the line between two edges (n, samples from R) is scaled; NaN edges: unchanged."""
    known = ~(np.isnan(on) | np.isnan(off))
    on, off = np.where(known, on, -2.0), np.where(known, off, 2.0)
    fraction = np.clip((_TIME - on[:, None]) / (off - on)[:, None], 0, 1)
    base = _level(vectors, on)[:, None] * (1 - fraction) + _level(vectors, off)[:, None] * fraction
    inside = (on[:, None] < _TIME) & (off[:, None] > _TIME) & known[:, None]
    return np.where(inside, base + scale[:, None] * (vectors - base), vectors)


def _level(vectors: Floats, index: Floats) -> Floats:
    at = np.clip(np.round(index).astype(int) + BEFORE + PAD, 1, WIDTH - 2)
    rows = np.arange(len(vectors))
    return np.asarray((vectors[rows, at - 1] + vectors[rows, at] + vectors[rows, at + 1]) / 3)


def _fibrillation(n: int, rng: Random) -> Floats:
    """(n, WIDTH): waves of 4 to 9 Hz whose rate wanders, with a harmonic."""
    angle = 2 * np.pi * rng.uniform(4, 9, n)[:, None] * _TIME / RATE
    phase = rng.uniform(0, 2 * np.pi, n)[:, None]
    wander = 0.25 * np.sin(2 * np.pi * 0.7 * _TIME / RATE + 2 * phase)
    return np.asarray(np.sin(angle + wander + phase) + 0.35 * np.sin(2 * angle + 3 * phase))


def _u_waves(labels: Floats, amplitude: Floats, rng: Random) -> Floats:
    n = len(labels)
    has_u = (rng.random(n) < _U) & (labels[:, HAS_T] == 1) & ~np.isnan(labels[:, T_OFF])
    centre = np.nan_to_num(labels[:, T_OFF], nan=100.0) + rng.uniform(18, 30, n)
    width = rng.uniform(6, 11, n)
    peak = has_u * rng.uniform(0.01, 0.05, n) * amplitude * np.where(rng.random(n) < 0.8, 1, -1)
    return np.asarray(peak[:, None] * np.exp(-0.5 * ((_TIME - centre[:, None]) / width[:, None]) ** 2))
