"""Recorded light in any unit as light that the optical chip can see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..base import FloatArray

#: Steady light of a well-coupled finger, nA of photocurrent a mA of LED current.
STEADY_NA_PER_MA = 220.0
#: Pulse amplitude of a signal that does not say how deep its pulses are, fraction of the steady light.
PULSE_FRACTION = 0.02
#: Light with its level is steady with small pulses on it: its robust range is a small part of its level.
_RAW_RANGE = 0.5
#: Windows that the survey looks at: of a few pulses each, so many at most, evenly over what is replayed.
_WINDOW_S = 4.0
_WINDOWS = 64
#: Under so small a part of the brightest windows' level there is no skin: the sensor lay in the dark.
_DARK = 0.1


@dataclass(frozen=True)
class LightMap:
    """light = gain * value + offset, fixed for the whole recording; `has_level`: pulse over steady light is true."""

    gain: float
    offset: float
    has_level: bool = False

    def apply(self, values: FloatArray) -> FloatArray:
        """Recorded values as nA a mA."""
        return values * self.gain + self.offset


def survey(read: Callable[[int, int], FloatArray], fs: float, begin: int, end: int) -> list[FloatArray]:
    """Windows all over the samples `begin` to `end`, their valid values; none where nothing is valid."""
    length = max(1, min(round(_WINDOW_S * fs), end - begin))
    last = max(begin, end - length)
    starts = np.unique(np.linspace(begin, last, min(_WINDOWS, 1 + (last - begin) // length)).astype(int))
    windows = [read(int(start), min(int(start) + length, end)) for start in starts] if end > begin else []
    known = [window[np.isfinite(window)] for window in windows]
    return [window for window in known if len(window)]


def map_light(windows: list[FloatArray], is_light: bool) -> LightMap:
    """The map for a channel, by windows from all over it (see `survey`).

    `is_light`: the channel is light (RED, IR, GREEN), which falls when blood comes. Where most windows have a level and
    a range that is a small part of it, it is scaled in proportion, which keeps pulse over steady light true: movement
    and a finger that comes late decide nothing. Anything else has no level: light that was filtered or normalised, and
    what rises with blood (PLETH, PPG). Its usual range becomes a usual pulse amplitude.
    """
    if not windows:
        return LightMap(0.0, STEADY_NA_PER_MA)
    low, level, high = np.array([np.percentile(window, (5, 50, 95)) for window in windows]).T
    ranges, bright = high - low, float(np.percentile(level, 90))
    lit = level >= _DARK * bright
    # around zero there is no level, however slowly it wanders: light is never negative
    positive = bright > 0 and np.percentile(level, 10) > -_DARK * bright
    if is_light and positive and np.median(ranges[lit] / level[lit]) < _RAW_RANGE:
        return LightMap(STEADY_NA_PER_MA / float(np.median(level[lit])), 0.0, has_level=True)
    moving = ranges > 0
    if not moving.any():
        return LightMap(0.0, STEADY_NA_PER_MA)
    gain = PULSE_FRACTION * STEADY_NA_PER_MA / float(np.median(ranges[moving])) * (1.0 if is_light else -1.0)
    return LightMap(gain, STEADY_NA_PER_MA - gain * float(np.median((low + high)[moving])) / 2)
