"""The forward filter over the scores of a recording, by the device's kernel."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ppg.motion_tracker import FOLLOW
from firmware_sim.firmware.kernels import follow_rate

from .signals import RATES, VALUE_RATE_HZ, Ints

_BORDER = 3
_EQUAL = 1 << 16


def follow(scores: Ints, gain: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rate (bpm) and percent of probability within 5 bpm of it, of each row of scores; all rates are equal at first."""
    n = len(RATES)
    probabilities = array("i", [0] * _BORDER + [_EQUAL] * n + [0] * _BORDER)
    out = array("i", bytes(4 * 5))
    found = []
    for row in scores:
        follow_rate(array("i", row.tolist()), 0, n, gain, FOLLOW, probabilities, out)
        found.append((bpm_of(out[0]), out[1]))
    rates, trust = np.array(found, np.float64).T
    return rates, trust


def bpm_of(bins_q8: int) -> float:
    """Beats a minute of Q8 bins from the first rate on."""
    return float((RATES[0] + bins_q8 / 256) * VALUE_RATE_HZ * 60 / 512)
