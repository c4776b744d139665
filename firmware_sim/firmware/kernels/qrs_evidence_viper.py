"""Input features of the network qrs_evidence: the latest seconds of signal."""

import micropython
from micropython import const

from ..viper import ptr8, ptr16, ptr32

#: Frames that stand for the level about one, to either side of it.
_ASIDE = const(4)
# Indices in `work`: maxima, scales, sums of the latest frames, their second differences.
_SCALES = const(24)
_SUMS = const(27)
_CURVATURES = const(43)
_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Samples in a period of 50 Hz.
_MAINS = const(_RATE_HZ // 50)
#: What a channel's usual maximum becomes.
_UNIT = const(48)


@micropython.viper
def qrs_evidence_features(uv: ptr16, mask: int, first: int, n: int, work: ptr32, out: ptr8) -> object:
    """Three int8 for each of `n` frames (512) of four samples of the ring `uv` from position `first` on.

    Step from the frame before, level over the mean of nine frames, and absolute second differences: over the scale of
    each channel in `work` (59 words), which becomes 48. What exceeds int8 is limited. A frame's level is the sum of
    five samples, one of the frame before, and differences are over five: mains of 50 Hz vanish in both.
    `work` gets the maximum of each channel in each eighth of the frames, before scaling. At the ends the first or
    last frame stands for those beyond.
    """
    for i in range(_SCALES):
        work[i] = 0
    last = uv[first & mask]
    total = 0
    sum_here = 0
    at = first
    for g in range(n + _ASIDE):
        if g < n:
            sum_here = last
            curvature = 0
            for _ in range(4):
                last = uv[at & mask]
                middle = at - _MAINS if at - _MAINS > first else first
                before = middle - _MAINS if middle - _MAINS > first else first
                second = last - 2 * uv[middle & mask] + uv[before & mask]
                curvature += second if second > 0 else -second
                sum_here += last
                at += 1
            work[_CURVATURES + (g & 15)] = curvature
        if g == 0:
            total = (_ASIDE + 1) * sum_here
            for i in range(16):
                work[_SUMS + i] = sum_here
        else:
            # the slots of frames before the first still hold the first
            total += sum_here - (0 if g < _ASIDE + 1 else work[_SUMS + ((g - 2 * _ASIDE - 1) & 15)])
            work[_SUMS + (g & 15)] = sum_here
        f = g - _ASIDE
        if f >= 0:
            here = work[_SUMS + (f & 15)]
            step = here - (work[_SUMS + ((f - 1) & 15)] if f else here)
            for channel in range(3):
                value = step
                if channel == 1:
                    value = (2 * _ASIDE + 1) * here - total
                elif channel == 2:
                    value = work[_CURVATURES + (f & 15)]
                scale = work[_SCALES + channel]
                scaled = (value * _UNIT + (scale >> 1)) // scale
                out[3 * f + channel] = 127 if scaled > 127 else -128 if scaled < -128 else scaled
                if value < 0:
                    value = -value
                slot = 3 * (8 * f // n) + channel
                if value > work[slot]:
                    work[slot] = value
    return None
