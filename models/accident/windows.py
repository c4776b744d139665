"""Candidates, and the bytes that the network sees of each: segments around an impact, however it is worn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .segments import FEATURES, Ints

Bytes = NDArray[np.int8]

#: Segments before an impact's, and from it on: what is decided is decided 2.5 s after it.
BEFORE, AFTER = 20, 20
CHANNELS = 6
_X, _PEAK, _LOW, _MOVED, _TURNED = 0, *(FEATURES.index(name) for name in ("peak", "low", "moved", "turned"))
#: Segments at the impact that do not count for the attitude before it.
_FALLING = 8
#: Peak (mg) of a candidate, and segments to either side within which there is none as large.
TRIGGER_MG = 1700
_REACH = 8
#: Q4 logarithms of 1 g, of 64 mg and of 1.6 degrees, which are 0.
_G, _SLIGHT, _TURN = 160, 96, 64


def candidates(features: Ints) -> list[int]:
    """Segments with a peak of `TRIGGER_MG` that is the greatest within a second; of equal ones the first."""
    peak, found = features[:, _PEAK], []
    for at in np.flatnonzero(peak >= TRIGGER_MG):
        before, after = peak[max(0, at - _REACH) : at], peak[at + 1 : at + 1 + _REACH]
        if (before < peak[at]).all() and (after <= peak[at]).all():
            found.append(int(at))
    return found


def window(features: Ints, at: int) -> Bytes:
    """The network's input (40, 6) for the impact in segment `at`; the ends of a record are held.

    Channels: peak, least and beside-gravity acceleration, rotation, acceleration along the gravity of before, and the
    cosine of the angle to it.
    """
    rows = features[np.arange(at - BEFORE, at + AFTER).clip(0, len(features) - 1)]
    vectors = rows[:, _X : _X + 3]
    before = vectors[: BEFORE - _FALLING].sum(axis=0) // (BEFORE - _FALLING)
    along = vectors @ before // max(1, _root(before))
    cosine = along * 125 // np.maximum(1, [_root(vector) for vector in vectors])
    columns = (
        2 * (_log2_q4(rows[:, _PEAK]) - _G),
        (rows[:, _LOW] - 1000) >> 3,
        _log2_q4(rows[:, _MOVED] + 1) - _SLIGHT,
        _log2_q4(rows[:, _TURNED] + 1) - _TURN,
        along >> 4,
        cosine,
    )
    made: Bytes = np.stack(columns, axis=1).clip(-128, 127).astype(np.int8)
    return made


def _root(vector: Ints) -> int:
    return int(np.sqrt(float((vector * vector).sum())))


def _log2_q4(values: Ints) -> Ints:
    """Binary logarithm in Q4, straight between powers of two; 0 under 1."""
    whole = np.maximum(values, 1)
    exponent = np.frexp(whole.astype(np.float64))[1].astype(np.int64) - 1
    return 16 * exponent + (((whole << 4) >> exponent) & 15)
