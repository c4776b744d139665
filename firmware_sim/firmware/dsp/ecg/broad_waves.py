"""Broad complexes in what seems a standstill: below the QRS band, broader than P waves and shorter than wander."""

import micropython
from micropython import const

_RING = const(2048)  # dsp.ecg.filters: RING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: A broad wave is how far the mean of 128 ms lies beyond those of 64 ms 160 ms before and after.
_HALF = const(_RATE_HZ * 64 // 1000)
_NEAR = const(_RATE_HZ * 128 // 1000)
#: Wander has three times and more of it where the means lie 320 ms before and after.
_FAR = const(_RATE_HZ * 288 // 1000)
_WANDER = const(3)
#: Signal that must be known behind the middle of a wave, and before it since the last R, whose T wave is none.
REACH_SAMPLES = _FAR + _HALF
AFTER_R_SAMPLES = const(_RATE_HZ * 720 // 1000)
#: A P wave lies farther where 52 ms, 80 ms from there at most, are compared with the 52 ms before and after.
_NARROW = const(_RATE_HZ * 52 // 1000)
_AROUND = const(_RATE_HZ * 80 // 1000)
#: What lies beyond (32.7 mV) is cut off in the ring.
_LOWEST = const(68)
_HIGHEST = const(65468)


@micropython.native
def is_broad_wave(uv: "array[int]", middle: int, least_uv: int) -> bool:
    """Has the ring `uv` a wave of `least_uv` about sample `middle` that is no P wave and no wander?

    What lies beyond its range may be anything.
    """
    if not _LOWEST < uv[middle % _RING] < _HIGHEST:
        return True
    top = _mean(uv, middle - _HALF, 2 * _HALF)
    height = _height(uv, middle, top, _NEAR, _HALF)
    if height < least_uv or _height(uv, middle, top, _FAR, _HALF) > _WANDER * height:
        return False
    for at in range(middle - _AROUND, middle + _AROUND + 1):
        if _height(uv, at, _mean(uv, at - (_NARROW >> 1), _NARROW), _NARROW >> 1, _NARROW) > height:
            return False
    return True


def _height(uv: "array[int]", middle: int, top: int, distance: int, n: int) -> int:
    """How far the mean `top` (µV) at `middle` lies beyond those of `n` samples `distance` from it; 0 between them."""
    before = top - _mean(uv, middle - distance - n, n)
    after = top - _mean(uv, middle + distance, n)
    return min(abs(before), abs(after)) if (before > 0) == (after > 0) else 0


@micropython.native
def _mean(uv: "array[int]", first: int, n: int) -> int:
    """Mean of `n` samples of the ring `uv` from `first` on."""
    total = 0
    for i in range(first, first + n):
        total += uv[i % _RING]
    return total // n
