"""The forward filter over the scores of a recording, by the device's kernel."""

from __future__ import annotations

from array import array

import numpy as np

from firmware_sim.firmware.dsp.ppg.respiration import FOLLOW
from firmware_sim.firmware.kernels import follow_rate
from models.pulse_motion.signals import Ints

from .recordings import Floats
from .signals import PER_MIN, RATES

_BORDER = 3
_EQUAL = 1 << 16


def follow(scores: Ints, there: Ints, gain: int, settings: bytes = FOLLOW) -> tuple[Floats, Floats]:
    """Rate (a minute) and percent of probability within 2 a minute, of each row; NaN and 0 where there are no scores.

    Behind such a row all rates are equal again.
    """
    n = len(RATES)
    probabilities, out = _equal(), array("i", bytes(4 * 5))
    found = []
    for row, is_there in zip(scores, there, strict=True):
        if is_there:
            follow_rate(array("i", row.tolist()), 0, n, gain, settings, probabilities, out)
            found.append((per_min_of(out[0]), out[1]))
        else:
            probabilities, out = _equal(), array("i", bytes(4 * 5))
            found.append((np.nan, 0))
    rates, trust = np.array(found, np.float64).T
    return rates, trust


def _equal() -> array[int]:
    return array("i", [0] * _BORDER + [_EQUAL] * len(RATES) + [0] * _BORDER)


def per_min_of(bins_q8: int) -> float:
    """Rate of Q8 bins from the first on."""
    return float(PER_MIN[0] + bins_q8 / 256 * (PER_MIN[1] - PER_MIN[0]))
