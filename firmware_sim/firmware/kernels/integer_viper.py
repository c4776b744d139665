"""Whole numbers, and values in rings."""

import micropython

from ..viper import ptr16, ptr32


@micropython.viper
def root(value: int) -> int:
    """Largest integer whose square is at most `value`, 0 to 2^31 - 1."""
    result = 0
    bit = 0x8000
    while bit:
        larger = result + bit
        # 46340 is the largest whose square fits
        if larger <= 46340 and larger * larger <= value:
            result = larger
        bit >>= 1
    return result


@micropython.viper
def copy_words(out: ptr32, at: int, source: ptr32, first: int, n: int) -> object:
    """Copy `n` 32-bit values of `source` from index `first` on to `out` from index `at` on."""
    # the first three arguments lie in registers: as much as can be is done in them
    end = at + n
    shift = first - at
    while at < end:
        out[at] = source[at + shift]
        at += 1
    return None


@micropython.viper
def clear_words(out: ptr32, n: int) -> object:
    """Set the first `n` 32-bit values of `out` to 0."""
    for i in range(n):
        out[i] = 0
    return None


@micropython.viper
def fill_ring(ring: ptr16, mask: int, first: int, n: int, value: int) -> object:
    """Set `n` unsigned 16-bit values of `ring` from position `first` (modulo `mask + 1`) on to `value`."""
    for i in range(first, first + n):
        ring[i & mask] = value
    return None


@micropython.viper
def unroll(ring: ptr16, first: int, n: int, mask: int, out: ptr32) -> object:
    """Copy `n` signed 16-bit values of `ring` from position `first` (modulo `mask + 1`) on to the start of `out`."""
    for i in range(n):
        out[i] = ((ring[(first + i) & mask] & 0xFFFF) ^ 0x8000) - 0x8000
    return None


@micropython.viper
def ring_mean(ring: ptr16, start: int, end: int, mask: int) -> int:
    """Mean, rounded down, of the signed 16-bit values at positions `start` to `end` (more than none) of `ring`."""
    total = 0
    for i in range(start, end):
        total += ((ring[i & mask] & 0xFFFF) ^ 0x8000) - 0x8000
    return total // (end - start)


@micropython.viper
def ring_max(ring: ptr16, start: int, end: int, mask: int) -> int:
    """Largest of 0 and the signed 16-bit values at positions `start` to `end` of `ring`."""
    best = 0
    for i in range(start, end):
        value = ((ring[i & mask] & 0xFFFF) ^ 0x8000) - 0x8000
        if value > best:
            best = value
    return best


@micropython.viper
def ring_min(ring: ptr16, start: int, end: int, mask: int) -> int:
    """Smallest of the signed 16-bit values at positions `start` to `end` (more than none) of `ring`."""
    best = 0x7FFF
    for i in range(start, end):
        value = ((ring[i & mask] & 0xFFFF) ^ 0x8000) - 0x8000
        if value < best:
            best = value
    return best


@micropython.viper
def ring_peak_to_peak(ring: ptr16, start: int, end: int, mask: int) -> int:
    """Maximum less minimum of the signed 16-bit values at `start` and from there to `end` of `ring`."""
    low: int = ((ring[start & mask] & 0xFFFF) ^ 0x8000) - 0x8000
    high = low
    for i in range(start, end):
        value = ((ring[i & mask] & 0xFFFF) ^ 0x8000) - 0x8000
        if value < low:
            low = value
        elif value > high:
            high = value
    return high - low


@micropython.viper
def sort_words(values: ptr32, n: int) -> object:
    """Sort the first `n` of `values` in place, by insertion: n is small."""
    for i in range(1, n):
        value = values[i]
        j = i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value
    return None
