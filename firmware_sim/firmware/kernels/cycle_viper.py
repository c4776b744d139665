"""One cycle of an ECG about a beat: how its slopes lie, how often it turns, what follows the complex.

`uv` is a ring of µV + 32768: unsigned halfwords, of which only differences are taken.
"""

import micropython
from micropython import const

from ..viper import ptr16, ptr32

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Samples over which a slope is taken (20 ms); either side of R that is looked at, at least and at most (0.1, 0.4 s).
_SLOPE = const(_RATE_HZ * 20 // 1000)
_LEAST_HALF = const(_RATE_HZ * 100 // 1000)
_MOST_HALF = const(_RATE_HZ * 400 // 1000)
#: Where no complex is any more, but T (150 to 350 ms after R).
_LATE_FROM = const(_RATE_HZ * 152 // 1000)
_LATE_TO = const(_RATE_HZ * 328 // 1000)
#: Where turns are counted: samples before (120 ms) and after R (148 ms).
_TURNS_BEFORE = const(_RATE_HZ * 120 // 1000)
_TURNS_AFTER = const(_RATE_HZ * 148 // 1000)
#: Samples after R from which on what follows is looked at, at most (200 ms), and to which (600 ms); its least length
#: (60 ms); the running mean that takes ringing away (80 ms).
_FOLLOWS_FROM = const(_RATE_HZ * 200 // 1000)
_FOLLOWS_TO = const(_RATE_HZ * 600 // 1000)
_FOLLOWS_LEAST = const(_RATE_HZ * 60 // 1000)
_MEAN = const(_RATE_HZ * 80 // 1000)


@micropython.viper
def cycle_shape(uv: ptr16, mask: int, r: int, rr: int, out: ptr32) -> object:
    """Seven figures of the cycle of `rr` samples about the beat at position `r` of the ring `uv` into `out`.

    µV over 20 ms: the steepest rise, the steepest fall, the mean of both; how often the signal turns by 5/32 of its
    range about the complex; the range of 80 ms means from 5/16 of the cycle (at most 200 ms) after R to 10/16 (at most
    600 ms); how many samples the steepest rise and fall are from each other; and the steepest change from 150 to 350 ms
    after R.
    """
    half = rr >> 1
    if half < _LEAST_HALF:
        half = _LEAST_HALF
    elif half > _MOST_HALF:
        half = _MOST_HALF
    rise = 0
    fall = 0
    total = 0
    rise_at = r
    fall_at = r
    late = 0
    for i in range(r - half, r + half):
        value = uv[(i + _SLOPE) & mask] - uv[i & mask]
        if value > 0:
            total += value
            if value > rise:
                rise = value
                rise_at = i
        else:
            total -= value
            if value < fall:
                fall = value
                fall_at = i
            value = -value
        if value > late and i >= r + _LATE_FROM and i <= r + _LATE_TO:
            late = value
    out[0] = rise
    out[1] = -fall
    out[2] = total // (2 * half)
    low = uv[r & mask]
    high = low
    for i in range(r - _TURNS_BEFORE, r + _TURNS_AFTER + 1):
        value = uv[i & mask]
        if value < low:
            low = value
        elif value > high:
            high = value
    least = (high - low) * 5 >> 5
    low = uv[(r - _TURNS_BEFORE) & mask]
    high = low
    turns = 0
    side = 0
    for i in range(r - _TURNS_BEFORE + 1, r + _TURNS_AFTER + 1):
        value = uv[i & mask]
        if value > high:
            high = value
        if value < low:
            low = value
        if side >= 0 and high - value > least:
            turns += 1
            side = -1
            low = value
        elif side <= 0 and value - low > least:
            turns += 1
            side = 1
            high = value
    out[3] = turns
    begin = rr * 5 >> 4
    end = begin * 2
    if end < begin + _FOLLOWS_LEAST:
        end = begin + _FOLLOWS_LEAST
    if end > _FOLLOWS_TO:
        end = _FOLLOWS_TO
    if begin > _FOLLOWS_FROM:
        begin = _FOLLOWS_FROM
    mean = 0
    for i in range(r + begin, r + begin + _MEAN):
        mean += uv[i & mask]
    low = mean
    high = mean
    for i in range(r + begin, r + end):
        mean += uv[(i + _MEAN) & mask] - uv[i & mask]
        if mean < low:
            low = mean
        elif mean > high:
            high = mean
    out[4] = (high - low) // _MEAN
    out[6] = late
    out[5] = rise_at - fall_at if rise_at > fall_at else fall_at - rise_at
    return None
