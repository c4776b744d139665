"""Ventricular beats in many more people: synthetic wide complexes, premature, in place of recorded beats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.evaluation.ecg.leads import RATE

from .augment import Random, qrs_amplitude
from .leads import Floats, Lead

#: Fraction of beats replaced in a lead; RR before the new one, relative to the one it replaces.
_FRACTION = (0.02, 0.3)
_PREMATURITY = (0.5, 1.0)
#: Shapes a lead has; bumps of a complex, their spread, width (s) and amplitude (logarithm, relative to the lead's QRS).
_SHAPES = 2
_BUMPS = (2, 4)
_SPREAD_S, _WIDTH_S = 0.035, (0.015, 0.04)
_AMPLITUDE = (-0.7, 0.9)
#: T opposite to the complex: ratio of amplitudes, delay and width (s).
_T_RATIO, _T_DELAY_S, _T_WIDTH_S = (0.1, 0.5), (0.24, 0.34), (0.05, 0.09)
#: Samples of signal removed: from before the new complex to behind the replaced beat's T.
_BEFORE, _BEHIND = 25, 90
_MARGIN = 60
_LENGTH = 140


def with_wide_beats(lead: Lead, rng: Random) -> Lead:
    """The lead with some beats replaced; R of a wide beat is the greatest deflection of its complex."""
    r = np.round(lead.beats).astype(int)
    mv, beats, wide = lead.mv.copy(), lead.beats.copy(), lead.wide.copy()
    shapes = [_shape(rng) * qrs_amplitude(lead) for _ in range(_SHAPES)]
    fraction = rng.uniform(*_FRACTION)
    for i in np.flatnonzero(rng.random(len(r)) < fraction):
        if 0 < i < len(r) - 1 and not wide[i - 1]:
            r_index = int(r[i - 1] + (r[i] - r[i - 1]) * rng.uniform(*_PREMATURITY))
            first, last = r_index - _BEFORE, min(r[i] + _BEHIND, r[i + 1] - _MARGIN)
            if first > r[i - 1] + _MARGIN and last > first + 1 and r_index + _LENGTH < len(mv):
                mv[first:last] = np.linspace(mv[first], mv[last], last - first)
                shape = shapes[rng.integers(_SHAPES)] * np.exp(rng.normal(0, 0.1))
                mv[r_index - _MARGIN : r_index + _LENGTH] += shape
                beats[i] = r_index
                wide[i] = True
    return replace(lead, mv=mv, beats=beats, wide=wide)


def _shape(rng: Random) -> Floats:
    """`_MARGIN` + `_LENGTH` samples of a complex and its T, relative to the lead's QRS amplitude."""
    time = (np.arange(_MARGIN + _LENGTH) - _MARGIN) / RATE
    bumps = np.zeros_like(time)
    for _ in range(rng.integers(*_BUMPS)):
        middle, width = rng.normal(0, _SPREAD_S), rng.uniform(*_WIDTH_S)
        bumps += rng.normal() * np.exp(-(((time - middle) / width) ** 2) / 2)
    bumps *= np.exp(rng.uniform(*_AMPLITUDE)) / np.ptp(bumps)
    bumps = np.roll(bumps, _MARGIN - int(np.abs(bumps).argmax()))
    t_amplitude = -np.sign(bumps[_MARGIN]) * np.ptp(bumps) * rng.uniform(*_T_RATIO)
    phase = (time - rng.uniform(*_T_DELAY_S)) / rng.uniform(*_T_WIDTH_S)
    return np.asarray(bumps + t_amplitude * np.exp(-phase * phase / 2))
