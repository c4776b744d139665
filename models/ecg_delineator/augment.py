"""What a wearer's day adds to a beat: other intervals, other alignment, noise, wander, mains, a filter, polarity."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE, LENGTH
from models.evaluation.ecg.leads import RATE

from .editing import Random, edited, qrs_amplitude
from .lead_beats import HAS_P, HAS_QRS, HAS_T, PAD, QRS_OFF, QRS_ON, T_OFF, WIDTH, Floats

#: Spread (standard deviation of the logarithm) of the length of what lies before, in and after the complex, and of all.
_BEFORE, _WITHIN, _AFTER, _ALL = 0.12, 0.08, 0.14, 0.05
#: Samples by which R is off at most; chance that the middle of the vector is no complex at all.
_MAX_SHIFT = 3.0
_NO_QRS = 0.05
#: Edges of a complex that nobody marked (samples from R).
_DEFAULT_ON, _DEFAULT_OFF = -12.0, 14.0
_INVERTED, _SMOOTHED = 0.3, 0.2


def augmented(vectors: Floats, labels: Floats, rng: Random) -> tuple[Floats, Floats]:
    """Beats (n, LENGTH) and labels made at random from beats (n, WIDTH) and their labels."""
    vectors, labels = edited(vectors, labels, rng)
    beats, labels = _warped(vectors, labels, rng)
    beats = beats + _noise(qrs_amplitude(vectors), rng)
    smoothed = rng.random(len(beats)) < _SMOOTHED
    beats[smoothed] = _smooth(beats[smoothed])
    beats[rng.random(len(beats)) < _INVERTED] *= -1
    return beats.astype(np.float32), labels


def _warped(vectors: Floats, labels: Floats, rng: Random) -> tuple[Floats, Floats]:
    """Stretch the three parts of each beat on their own, and move R; some so far that there is no complex there."""
    n = len(labels)
    on, off = (np.nan_to_num(labels[:, c], nan=u) for c, u in ((QRS_ON, _DEFAULT_ON), (QRS_OFF, _DEFAULT_OFF)))
    overall = np.exp(rng.normal(0, _ALL, n))
    before, within, after = (np.exp(rng.normal(0, width, n)) * overall for width in (_BEFORE, _WITHIN, _AFTER))
    without_qrs = rng.random(n) < _NO_QRS
    shift = np.where(without_qrs, _far_shifts(on, off, rng), rng.uniform(-_MAX_SHIFT, _MAX_SHIFT, n))
    target = np.arange(LENGTH) - BEFORE - shift[:, None]
    source = _piecewise(target, (on * within, off * within), (on, off), 1 / before, 1 / within, 1 / after)
    edges = slice(0, T_OFF + 1)
    labels = labels.copy()
    moved = _piecewise(labels[:, edges], (on, off), (on * within, off * within), before, within, after)
    labels[:, edges] = moved + shift[:, None]
    labels[without_qrs, edges] = np.nan
    labels[without_qrs, HAS_P] = labels[without_qrs, HAS_T] = labels[without_qrs, HAS_QRS] = 0
    return _interpolated(vectors, source + BEFORE + PAD), labels


def _far_shifts(on: Floats, off: Floats, rng: Random) -> Floats:
    """Shifts (n) that bring the middle behind the complex, where T waves look like one, or before it."""
    n = len(on)
    behind = -(off + 8 + rng.random(n) * np.maximum(8, 75 - off))
    return np.where(rng.random(n) < 0.75, behind, 8 - on + 60 * rng.random(n))


def _piecewise(
    x: Floats,
    knots: tuple[Floats, Floats],
    images: tuple[Floats, Floats],
    before: Floats,
    within: Floats,
    after: Floats,
) -> Floats:
    """Continuous map of (n, m) that takes two knots (n) to their images, with these slopes (n) beside and between."""
    (low, high), (to_low, to_high) = ([each[:, None] for each in pair] for pair in (knots, images))
    left = to_low + (x - low) * before[:, None]
    right = to_high + (x - high) * after[:, None]
    return np.where(x < low, left, np.where(x > high, right, x * within[:, None]))


def _interpolated(vectors: Floats, positions: Floats) -> Floats:
    positions = np.clip(positions, 0, WIDTH - 1.001)
    index = positions.astype(int)
    fraction = positions - index
    rows = np.arange(len(vectors))[:, None]
    return np.asarray(vectors[rows, index] * (1 - fraction) + vectors[rows, index + 1] * fraction)


def _noise(amplitude: Floats, rng: Random) -> Floats:
    """(n, LENGTH): white and low-passed noise, wander and mains, each in some of the beats of `amplitude` (n)."""
    n = len(amplitude)
    time = np.arange(LENGTH) / RATE
    phase = rng.uniform(0, 2 * np.pi, n)[:, None]

    def level(chance: float, maximum: float) -> Floats:
        return np.asarray(((rng.random(n) < chance) * rng.random(n) ** 2 * maximum * amplitude)[:, None])

    muscle = lfilter([0.43], [1, -0.9], rng.standard_normal((n, LENGTH + 32)), axis=1)[:, 32:]
    wander = np.sin(2 * np.pi * rng.uniform(0.1, 0.8, n)[:, None] * time + phase)
    mains = np.sin(2 * np.pi * np.where(rng.random(n) < 0.5, 50, 60)[:, None] * time + 3 * phase)
    white = level(0.6, 0.04) * rng.standard_normal((n, LENGTH))
    return np.asarray(white + level(0.5, 0.06) * muscle + level(0.6, 0.5) * wander + level(0.3, 0.04) * mains)


def _smooth(beats: Floats) -> Floats:
    padded = np.pad(beats, ((0, 0), (1, 1)), mode="edge")
    return np.asarray(padded[:, :-2] * 0.25 + padded[:, 1:-1] * 0.5 + padded[:, 2:] * 0.25)
