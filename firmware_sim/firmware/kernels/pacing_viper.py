"""Pacing spikes: deflections shorter than any of the heart, in converter counts; and the peak-to-peak after one."""

import micropython
from micropython import const

from ..viper import ptr16, ptr32

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_LSB_NANO = const(48_081)  # frontends.ecg: LSB_NANO
#: Minimum amplitude of a spike (60 µV), and the activity around it that is assumed at least.
_MIN_AMPLITUDE_COUNTS = const((60_000_000 + _LSB_NANO // 2) // _LSB_NANO)
_MIN_ACTIVITY_COUNTS = const(_MIN_AMPLITUDE_COUNTS >> 2)
#: Minimum ratio (Q4) of a spike to the activity around it.
_MIN_RATIO_Q4 = const(20)
#: Samples from its top to its foot at most (12 ms).
_FOOT = const(_RATE_HZ * 12 // 1000)
#: Samples beyond its feet that are looked at, before it (20 ms) and after (12 ms).
_BEFORE = const(_RATE_HZ * 20 // 1000)
_AFTER = const(_RATE_HZ * 12 // 1000)


@micropython.viper
def find_spike(counts: ptr32, start: int, end: int, out: ptr32) -> int:
    """Index of the first spike of `counts` with its top from `start` to before `end`; -1 where there is none.

    `counts`, 24-bit, has 8 values before `start` and 6 from `end` on. `out`: its amplitude, negative where it goes
    down; its width, area over amplitude, in samples Q3; the ratio of its amplitude to the activity around it, Q4.
    """
    # the first arguments lie in registers: the loop that nearly all samples end in is on them alone
    while start < end:
        amplitude = counts[start] - counts[start - _FOOT]
        if amplitude < _MIN_AMPLITUDE_COUNTS and amplitude > -_MIN_AMPLITUDE_COUNTS:
            start += 1
            continue
        i = start
        start += 1
        top = counts[i]
        sign = 1 if amplitude > 0 else -1
        if sign * (top - counts[i + _FOOT]) < _MIN_AMPLITUDE_COUNTS:
            continue
        if sign * (top - counts[i - 1]) < 0 or sign * (top - counts[i + 1]) <= 0:
            continue
        best = 0
        for foot in range(_FOOT - 1, _FOOT + 1):
            amplitude = 1 << 25
            activity = _MIN_ACTIVITY_COUNTS
            for side in range(-1, 2, 2):
                low = counts[i + side * foot]
                high = low
                if sign * (top - low) < amplitude:
                    amplitude = sign * (top - low)
                for k in range(1, (_BEFORE if side < 0 else _AFTER) + 1):
                    value = counts[i + side * (foot + k)]
                    if value < low:
                        low = value
                    elif value > high:
                        high = value
                activity += high - low
            if (amplitude << 4) // activity > best:
                best = (amplitude << 4) // activity
        if best >= _MIN_RATIO_Q4:
            low = sign * counts[i - _FOOT]
            if sign * counts[i + _FOOT] < low:
                low = sign * counts[i + _FOOT]
            area = 0
            for k in range(1 - _FOOT, _FOOT):
                area += sign * counts[i + k] - low
            out[0] = sign * amplitude
            out[1] = area * 8 // (sign * top - low)
            out[2] = best
            return i
    return -1


@micropython.viper
def peak_to_peak(uv: ptr16, mask: int, first: int, n: int) -> int:
    """Maximum less minimum of `n` >= 1 values of the ring `uv` from position `first` on."""
    low = 65535
    high = 0
    for i in range(first, first + n):
        value = uv[i & mask]
        if value < low:
            low = value
        if value > high:
            high = value
    return high - low


@micropython.viper
def largest_bend(uv: ptr16, mask: int, first: int, n: int, reach: int) -> int:
    """Largest of 0 and twice what a sample is off the mean of those `reach` before and behind, both within `n`."""
    most = 0
    for i in range(first + reach, first + n - reach):
        bend = uv[(i - reach) & mask] + uv[(i + reach) & mask] - 2 * uv[i & mask]
        if bend < 0:
            bend = -bend
        if bend > most:
            most = bend
    return most
