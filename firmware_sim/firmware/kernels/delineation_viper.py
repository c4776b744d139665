"""Input features of the network ecg_delineator for one representative beat, and edges of waves from its output.

A beat is a vector of microvolts in Q4. The output has three probabilities a position: P, QRS, T.
"""

import micropython
from micropython import const

from ..viper import ptr8, ptr32

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Samples before R from which on 16 are the level before the complex (120 ms).
_LEVEL_BEFORE = const(_RATE_HZ * 120 // 1000)
#: Samples either side of R in which the complex is measured (64 ms), and its minimum amplitude (20 µV in Q4).
_QRS_REACH = const(_RATE_HZ * 64 // 1000)
_MIN_AMPLITUDE_UV_Q4 = const(320)


@micropython.viper
def delineator_features(beat: ptr32, r: int, n: int, out: ptr8) -> object:
    """Two int8 for each of `n` values of `beat`: in Q6 and Q9 of the largest deflection about index `r`.

    Zero is the level just before the complex. What exceeds int8 is limited: the second is for small waves.
    """
    level = 0
    for i in range(r - _LEVEL_BEFORE, r - _LEVEL_BEFORE + 16):
        level += beat[i]
    level >>= 4
    amplitude = _MIN_AMPLITUDE_UV_Q4
    for i in range(r - _QRS_REACH, r + _QRS_REACH + 1):
        value = beat[i] - level
        if value < 0:
            value = -value
        if value > amplitude:
            amplitude = value
    half = amplitude >> 1
    for i in range(n):
        fine = ((beat[i] - level) * 512 + half) // amplitude
        coarse = (fine + 4) >> 3
        out[2 * i] = 127 if coarse > 127 else -128 if coarse < -128 else coarse
        out[2 * i + 1] = 127 if fine > 127 else -128 if fine < -128 else fine
    return None


@micropython.viper
def mean_probabilities(output: ptr8, count: int, n: int, mean: ptr8) -> object:
    """Move `n` probabilities of `mean` (0 to 255) towards int8 ones from -128 up, with weight 1 / `count`."""
    for i in range(n):
        value = (output[i] & 0xFF) ^ 0x80
        mean[i] = (mean[i] * (count - 1) + value + (count >> 1)) // count
    return None


@micropython.viper
def argmax(mean: ptr8, wave: int, first: int, last: int) -> int:
    """Position from `first` to `last` where `wave` is likeliest."""
    best = first
    top = -1
    for i in range(first, last + 1):
        value = mean[3 * i + wave]
        if value > top:
            top = value
            best = i
    return best


@micropython.viper
def threshold_crossing(mean: ptr8, wave: int, start: int, end: int, threshold: int) -> int:
    """Where from position `start` towards `end` the probability of `wave` falls through `threshold`, between positions.

    In samples Q3; a position is two samples and lies midway between them. -1 where it does not.
    """
    step = 1 if end > start else -1
    before = mean[3 * start + wave]
    found = -1
    i = start
    while i != end and found < 0:
        here = mean[3 * (i + step) + wave]
        if here < threshold and before >= threshold:
            found = 16 * i + 4 + step * (16 * (before - threshold) // (before - here))
        before = here
        i += step
    return found


@micropython.viper
def farthest_from_chord(beat: ptr32, first: int, last: int) -> int:
    """Index from `first` to `last` of the value farthest from the straight line between those two."""
    span = last - first
    rise = beat[last] - beat[first]
    best = first
    top = -1
    for i in range(first, last + 1):
        value = (beat[i] - beat[first]) * span - rise * (i - first)
        if value < 0:
            value = -value
        if value > top:
            top = value
            best = i
    return best
