"""Pacing spikes: deflections too short for a heart, in converter counts; and what is left of the beat after one."""

import micropython
from micropython import const

from ..viper import ptr16, ptr32

#: Least height of a spike (60 µV in counts), and by how many times it exceeds what goes on about it.
_LEAST = const(1248)
_LEAST_RATIO = const(20)
#: What goes on about it is taken for at least this (15 µV in counts).
_FLOOR = const(312)
#: Samples from its top to its foot at most.
_FOOT = const(3)
#: Samples beyond its feet that are looked at, before it and after.
_BEFORE = const(5)
_AFTER = const(3)


@micropython.viper
def find_spike(counts: ptr32, start: int, end: int, out: ptr32) -> int:
    """Index of the first spike of `counts` with its top from `start` to before `end`; -1 where there is none.

    `counts`, 24-bit, has 8 values before `start` and 6 from `end` on. `out`: its height, negative where it goes
    down; its width, area over height, in eighths of a sample; by how many 16ths it exceeds what goes on about it.
    """
    # the first arguments lie in registers: the loop that nearly all samples end in is on them alone
    while start < end:
        height = counts[start] - counts[start - _FOOT]
        if height < _LEAST and height > -_LEAST:
            start += 1
            continue
        i = start
        start += 1
        top = counts[i]
        sign = 1 if height > 0 else -1
        if sign * (top - counts[i + _FOOT]) < _LEAST:
            continue
        if sign * (top - counts[i - 1]) < 0 or sign * (top - counts[i + 1]) <= 0:
            continue
        best = 0
        for foot in range(_FOOT - 1, _FOOT + 1):
            height = 1 << 25
            around = _FLOOR
            for side in range(-1, 2, 2):
                low = counts[i + side * foot]
                high = low
                if sign * (top - low) < height:
                    height = sign * (top - low)
                for k in range(1, (_BEFORE if side < 0 else _AFTER) + 1):
                    value = counts[i + side * (foot + k)]
                    if value < low:
                        low = value
                    elif value > high:
                        high = value
                around += high - low
            if (height << 4) // around > best:
                best = (height << 4) // around
        if best >= _LEAST_RATIO:
            low = sign * counts[i - _FOOT]
            if sign * counts[i + _FOOT] < low:
                low = sign * counts[i + _FOOT]
            area = 0
            for k in range(1 - _FOOT, _FOOT):
                area += sign * counts[i + k] - low
            out[0] = sign * height
            out[1] = area * 8 // (sign * top - low)
            out[2] = best
            return i
    return -1


@micropython.viper
def swing(uv: ptr16, mask: int, first: int, n: int) -> int:
    """Greatest less least of `n` >= 1 values of the ring `uv` from position `first` on."""
    low = 65535
    high = 0
    for i in range(first, first + n):
        value = uv[i & mask]
        if value < low:
            low = value
        if value > high:
            high = value
    return high - low
