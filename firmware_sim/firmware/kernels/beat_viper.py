"""One beat's vector of microvolts: cutting it out, comparing and blending it, and its slopes."""

import micropython
from micropython import const

from ..viper import ptr8, ptr16, ptr32

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Samples before R from which on 16 are the level before the complex (120 ms).
_LEVEL_BEFORE = const(_RATE_HZ * 120 // 1000)


@micropython.viper
def cut_beat(uv: ptr16, mask: int, first: int, r: int, n: int, out: ptr32) -> object:
    """Copy `n` samples of the ring `uv` (µV + 32768) from position `first` on; zero is the level just before `r`."""
    level = 0
    for i in range(r - _LEVEL_BEFORE, r - _LEVEL_BEFORE + 16):
        level += uv[i & mask]
    level >>= 4
    for i in range(n):
        out[i] = uv[(first + i) & mask] - level
    return None


@micropython.viper
def shape_difference(beat: ptr32, other: ptr32, shift: int, first: int, n: int) -> int:
    """Sum of absolute differences of `n` values of `beat` and `other` from index `first` on, over that of `other`, Q8.

    `other` has `shift` fractional bits. A constant offset between the two does not count. At most 1024.
    """
    mean = 0
    for i in range(first, first + n):
        mean += beat[i] - (other[i] >> shift)
    mean //= n
    difference = 0
    size = 1
    for i in range(first, first + n):
        value = other[i] >> shift
        delta = beat[i] - value - mean
        difference += delta if delta > 0 else -delta
        size += value if value > 0 else -value
    # in two parts: 256 times the whole may not fit
    whole = difference // size
    if whole >= 4:
        return 1024
    return (whole << 8) + ((difference - whole * size << 8) // size)


@micropython.viper
def blend(beat: ptr32, mean: ptr32, shift: int, count: int, n: int) -> object:
    """Move `n` values of `mean` (`shift` fractional bits) towards `beat` by one part in `count`."""
    for i in range(n):
        mean[i] += ((beat[i] << shift) - mean[i]) // count
    return None


@micropython.viper
def triple_peak(values: ptr32, first: int, n: int) -> int:
    """Largest magnitude among sums of three of `values`, `n` of them one after the other from `first` on."""
    top = 0
    for i in range(n):
        at = first + 3 * i
        value = values[at] + values[at + 1] + values[at + 2]
        if value < 0:
            value = -value
        if value > top:
            top = value
    return top


@micropython.viper
def triple_shape(values: ptr32, first: int, shift: int, peak: int, n: int, out: ptr8, channel: int) -> object:
    """Sums of three of `values` (`shift` fractional bits) over `peak` in Q6, limited to int8, `n` of them into `out`.

    They go to every second place of `out` from `channel` on. `peak` > 0; the sums stay under 2^24.
    """
    for i in range(n):
        at = first + 3 * i
        value = ((values[at] + values[at + 1] + values[at + 2]) >> shift) * 64 // peak
        if value > 127:
            value = 127
        elif value < -128:
            value = -128
        out[2 * i + channel] = value
    return None
