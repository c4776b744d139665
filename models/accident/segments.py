"""Recorded motion as the device keeps it: one value of each feature a segment of 1/8 s, by the device's own code."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.imu.segments import MASK, SEGMENT_SAMPLES, Segments

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Of `Segments`, in the order of the columns here.
FEATURES = ("x", "y", "z", "peak", "low", "moved", "turned")
_RATE_HZ, _PER_S = 104, 8
#: The accelerometer's and the gyroscope's counts: 0.488 mg and 70 m°/s.
_COUNTS = np.array([1 / 0.000488] * 3 + [1 / 0.07] * 3)


@dataclass(frozen=True)
class Trial:
    """What one recording gave: `features` (segments, 7), of whom, of which group, and true falls (start and end, s)."""

    name: str
    person: str
    group: str
    code: str
    features: Ints
    spans: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.features) / _PER_S

    @property
    def is_fall(self) -> bool:
        """Whether there is a fall in it."""
        return bool(self.spans)


def features_of(motion: Floats, rate_hz: float) -> Ints:
    """Features (segments, 7) of motion (n, 6), g and degrees per second: mg, and 0.1 degrees for `turned`."""
    counts = np.rint(_at_rate(motion, rate_hz) * _COUNTS).clip(-32768, 32767).astype(np.int64)
    accel, gyro = (array("h", counts[:, part].ravel().tolist()) for part in (slice(0, 3), slice(3, 6)))
    segments, rows = Segments(), []
    for start in range(0, len(counts) - SEGMENT_SAMPLES + 1, SEGMENT_SAMPLES):
        segments.add(accel, gyro, start, SEGMENT_SAMPLES)
        at = (segments.count - 1) & MASK
        rows.append([getattr(segments, name)[at] for name in FEATURES])
    return np.array(rows, np.int64).reshape(-1, len(FEATURES))


def _at_rate(motion: Floats, rate_hz: float) -> Floats:
    from scipy.signal import resample_poly

    ratio = Fraction(_RATE_HZ) / Fraction(rate_hz).limit_denominator(1000)
    resampled: Floats = resample_poly(motion, ratio.numerator, ratio.denominator, axis=0, padtype="line")
    return resampled
