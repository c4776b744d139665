"""Edges from the network's output, by the firmware's own rules."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE, LENGTH
from firmware_sim.firmware.dsp.ecg.delineation import P_OFF, P_ON, QRS_OFF, QRS_ON, T_OFF, T_ON, Delineation

#: Edges of each beat, samples from R; NaN where absent.
EDGES = ("p_on", "p_off", "qrs_on", "qrs_off", "t_on", "t_off")
_INDICES = (P_ON, P_OFF, QRS_ON, QRS_OFF, T_ON, T_OFF)
Edges = NDArray[np.float64]
_FLAT = array("i", bytes(4 * LENGTH))


def edges_of(outputs: NDArray[np.float32]) -> Edges:
    """(n, 6) from probabilities (n, positions, 3)."""
    delineation = Delineation()
    out = np.full((len(outputs), len(EDGES)), np.nan)
    for row, output in zip(out, outputs, strict=True):
        rounded = np.clip(np.round(output * 256) - 128, -128, 127).astype(np.int8)
        delineation.forget()
        delineation.update(memoryview(array("b", rounded.tobytes())), _FLAT)
        at = np.array([delineation.fiducials_q3[index] for index in _INDICES], dtype=np.float64)
        row[:] = np.where(at < 0, np.nan, at / 8 - BEFORE)
    return out
