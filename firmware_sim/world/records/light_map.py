"""Recorded light in any unit as light that the optical chip can see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import FloatArray

#: Steady light of a well-coupled finger, nA of photocurrent a mA of LED current.
STEADY_NA_PER_MA = 220.0
#: Pulse amplitude of a signal that does not say how deep its pulses are, fraction of the steady light.
PULSE_FRACTION = 0.02
#: Raw light is steady with small pulses on it: its robust range is a small part of its level.
_RAW_RANGE = 0.5


@dataclass(frozen=True)
class LightMap:
    """light = gain * value + offset, fixed for the whole recording."""

    gain: float
    offset: float

    def apply(self, values: FloatArray) -> FloatArray:
        """Recorded values as nA a mA."""
        return values * self.gain + self.offset


def map_light(first: FloatArray, is_light: bool) -> LightMap:
    """The map for a channel, by its first seconds (NaN where invalid).

    `is_light`: the channel is light (RED, IR, GREEN), which falls when blood comes. Where it looks raw it is scaled in
    proportion, so that pulse over steady light stays true. Anything else (PLETH, PPG) rises with blood and has no zero:
    its robust range becomes a usual pulse amplitude.
    """
    known = first[np.isfinite(first)]
    if not len(known):
        return LightMap(0.0, STEADY_NA_PER_MA)
    low, level, high = (float(value) for value in np.percentile(known, (5, 50, 95)))
    if is_light and level > 0 and high - low < _RAW_RANGE * level:
        return LightMap(STEADY_NA_PER_MA / level, 0.0)
    if high <= low:
        return LightMap(0.0, STEADY_NA_PER_MA)
    gain = PULSE_FRACTION * STEADY_NA_PER_MA / (high - low) * (1.0 if is_light else -1.0)
    return LightMap(gain, STEADY_NA_PER_MA - gain * (low + high) / 2)
