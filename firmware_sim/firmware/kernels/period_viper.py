"""Periods in pulses and steps, by autocorrelation."""

import micropython
from micropython import const

from ..viper import ptr16, ptr32

#: Correlation of a signal with itself.
_FULL = const(1024)
#: Lags from which on half of the products are enough.
_LONG = const(24)


@micropython.viper
def normalise(values: ptr32, n: int) -> int:
    """Scale the first `n` >= 1 of `values` (under 2^22) to a mean size of 256, cut at 1023; returns the size before."""
    mean = 0
    for i in range(n):
        mean += values[i]
    mean //= n
    size = 0
    for i in range(n):
        value = values[i] - mean
        values[i] = value
        size += value if value > 0 else -value
    size //= n
    if size:
        for i in range(n):
            value = (values[i] << 8) // size
            if value > 1023:
                value = 1023
            elif value < -1023:
                value = -1023
            values[i] = value
    return size


@micropython.viper
def correlate(values: ptr32, n: int, low: int, high: int, out: ptr32) -> object:
    """Autocorrelation of normalised `values` at lags `low` to `high` < n <= 200 into `out[lag]`, in 1/1024."""
    power = 0
    for i in range(n):
        power += values[i] * values[i]
    power //= n
    if power == 0:
        power = 1
    lag = low
    while lag <= high:
        total = 0
        # at long lags the signal is slow: every second product says as much
        step = 1 if lag < _LONG else 2
        last = n - step
        low = lag  # the index: one of the first three names, which are registers
        while low < last:
            total += values[low] * values[low - lag]
            low += step
            total += values[low] * values[low - lag]
            low += step
        if low < n:
            total += values[low] * values[low - lag]
        value = (total * step // (n - lag) << 10) // power
        if value > _FULL:
            value = _FULL
        elif value < -_FULL:
            value = -_FULL
        out[lag] = value
        lag += 1
    return None


@micropython.viper
def find_period(curve: ptr32, low: int, high: int, ratio_q8: int) -> int:
    """Shortest lag within [low, high] that peaks at `ratio_q8` of the highest peak or more; 0: no peak at all.

    `curve` must be known from `low - 1` to `high + 1`.
    """
    top = 0
    for lag in range(low, high + 1):
        value = curve[lag]
        if value > top and curve[lag - 1] <= value and value >= curve[lag + 1]:
            top = value
    found = 0
    lag = low
    while lag <= high and found == 0:
        value = curve[lag]
        if value << 8 >= top * ratio_q8 and value > 0 and curve[lag - 1] <= value and value >= curve[lag + 1]:
            found = lag
        lag += 1
    return found


@micropython.viper
def product(ring: ptr16, first: int, n: int, mask: int, lag: int, middle: int, out: ptr32) -> object:
    """Sum of products of `n` values with those `lag` before, from ring position `first` on, in two parts into `out`.

    Of the signed 16-bit values a quarter of what they are over `middle` counts. The sum is 2^16 times the first part
    plus the second.
    """
    high = 0
    low = 0
    for i in range(first, first + n):
        one = (((ring[i & mask] & 0xFFFF) ^ 0x8000) - 0x8000 - middle) >> 2
        other = (((ring[(i - lag) & mask] & 0xFFFF) ^ 0x8000) - 0x8000 - middle) >> 2
        value = one * other
        high += value >> 16
        low += value & 0xFFFF
    out[0] = high
    out[1] = low
    return None
