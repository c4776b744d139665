"""Ventricular beats in many more people: wide complexes of made-up shapes, early, in place of beats that were there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.evaluation.ecg.leads import RATE

from .augment import Random, qrs_height
from .leads import Floats, Lead

#: Share of beats replaced in a lead; how early the new one comes, in parts of the interval before.
_SHARE = (0.02, 0.3)
_EARLY = (0.5, 1.0)
#: Shapes a lead has; bumps of a complex, their spread, width (s) and height (logarithm of the usual height).
_SHAPES = 2
_BUMPS = (2, 4)
_SPREAD_S, _WIDTH_S = 0.035, (0.015, 0.04)
_HEIGHT = (-0.7, 0.9)
#: T: against the complex, this much of it, so late and so wide (s).
_T_PART, _T_AT_S, _T_WIDTH_S = (0.1, 0.5), (0.24, 0.34), (0.05, 0.09)
#: Samples of signal taken out: from before the new complex to behind the old beat's T.
_BEFORE, _BEHIND = 25, 90
_ROOM = 60
_LENGTH = 140


def with_wide_beats(lead: Lead, rng: Random) -> Lead:
    """The lead with some beats replaced; R of a wide beat is the greatest deflection of its complex."""
    r = np.round(lead.beats).astype(int)
    mv, beats, wide = lead.mv.copy(), lead.beats.copy(), lead.wide.copy()
    shapes = [_shape(rng) * qrs_height(lead) for _ in range(_SHAPES)]
    share = rng.uniform(*_SHARE)
    for i in np.flatnonzero(rng.random(len(r)) < share):
        if 0 < i < len(r) - 1 and not wide[i - 1]:
            place = int(r[i - 1] + (r[i] - r[i - 1]) * rng.uniform(*_EARLY))
            first, last = place - _BEFORE, min(r[i] + _BEHIND, r[i + 1] - _ROOM)
            if first > r[i - 1] + _ROOM and last > first + 1 and place + _LENGTH < len(mv):
                mv[first:last] = np.linspace(mv[first], mv[last], last - first)
                shape = shapes[rng.integers(_SHAPES)] * np.exp(rng.normal(0, 0.1))
                mv[place - _ROOM : place + _LENGTH] += shape
                beats[i] = place
                wide[i] = True
    return replace(lead, mv=mv, beats=beats, wide=wide)


def _shape(rng: Random) -> Floats:
    """`_ROOM` + `_LENGTH` samples of a complex and its T, in parts of the usual height."""
    time = (np.arange(_ROOM + _LENGTH) - _ROOM) / RATE
    bumps = np.zeros_like(time)
    for _ in range(rng.integers(*_BUMPS)):
        middle, width = rng.normal(0, _SPREAD_S), rng.uniform(*_WIDTH_S)
        bumps += rng.normal() * np.exp(-(((time - middle) / width) ** 2) / 2)
    bumps *= np.exp(rng.uniform(*_HEIGHT)) / np.ptp(bumps)
    bumps = np.roll(bumps, _ROOM - int(np.abs(bumps).argmax()))
    against = -np.sign(bumps[_ROOM]) * np.ptp(bumps) * rng.uniform(*_T_PART)
    late = (time - rng.uniform(*_T_AT_S)) / rng.uniform(*_T_WIDTH_S)
    return np.asarray(bumps + against * np.exp(-late * late / 2))
