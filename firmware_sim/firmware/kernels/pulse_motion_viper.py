"""The pulse in motion: light and acceleration at 25 Hz, and what of one is not of the other."""

import micropython
from micropython import const

from ..viper import ptr16, ptr32

_MASK = const(255)
#: Values of acceleration a ring holds less 1; a sample lasts 25 and a value 104 units of time.
_FEED_MASK = const(15)
_SAMPLE = const(25)
_VALUE = const(104)
#: Values over which a channel's scale is averaged (10 s), the least scale of light and acceleration (Q8), limit of a
#: scaled value (Q9).
_SCALE_VALUES = const(256)
_LEAST_LIGHT = const(20 << 8)
_LEAST_ACCELERATION = const(40 << 8)
_LIMIT = const(4095)
#: Taps an axis, step (1/256), regulariser (Q10), limits of the residual (Q9), of its ratio to the power and of a
#: weight (Q20).
_TAPS = const(8)
_STEP = const(13)
_REGULAR = const(102)
_MOST_RESIDUAL = const(8191)
_MOST_RATIO = const(131072)
_MOST_WEIGHT = const(2097152)


@micropython.viper
def resample_motion(accel: ptr16, n: int, ring: ptr16, state: ptr32) -> object:
    """Take `n` samples (x, y, z each) of 104 Hz into means over 40 ms, the latest 16 of which are in `ring`.

    `state`: 0 units of time in the open mean, 1 to 3 its sums, 4 means made.
    """
    for i in range(0, 3 * n, 3):
        x = ((accel[i] & 0xFFFF) ^ 0x8000) - 0x8000
        y = ((accel[i + 1] & 0xFFFF) ^ 0x8000) - 0x8000
        z = ((accel[i + 2] & 0xFFFF) ^ 0x8000) - 0x8000
        room = _VALUE - state[0]
        if room > _SAMPLE:
            state[0] += _SAMPLE
            state[1] += _SAMPLE * x
            state[2] += _SAMPLE * y
            state[3] += _SAMPLE * z
        else:
            at = 3 * (state[4] & _FEED_MASK)
            ring[at] = (state[1] + room * x) // _VALUE
            ring[at + 1] = (state[2] + room * y) // _VALUE
            ring[at + 2] = (state[3] + room * z) // _VALUE
            rest = _SAMPLE - room
            state[0] = rest
            state[1] = rest * x
            state[2] = rest * y
            state[3] = rest * z
            state[4] += 1
    return None


@micropython.viper
def cancel_motion(values: ptr32, number: int, rings: ptr16, state: ptr32) -> object:
    """Take value `number` of the light and of three axes: high-passed, scaled, and the light without what is motion.

    `values`: light, x, y, z (16 bits each). `rings` are five of 256 signed values in Q9 of a mean size: light, x, y,
    z, and the residual of a normalised LMS filter. `state`: 0 to 3 and 4 to 7 means of the two high-passes (Q3), 8 to
    11 scales (Q8), 12 to 35 the filter's weights (Q20). Number 0 begins.
    """
    if number == 0:
        for i in range(4, 36):
            state[i] = 0
    count = number + 1
    if count > _SCALE_VALUES:
        count = _SCALE_VALUES
    at = number & _MASK
    least = _LEAST_LIGHT
    for channel in range(4):
        value = values[channel] << 2
        if number == 0:
            state[channel] = value << 3
        value -= state[channel] >> 3
        state[channel] += value
        value -= state[4 + channel] >> 3
        state[4 + channel] += value
        size = value
        if size < 0:
            size = -size
        scale = state[8 + channel]
        scale += ((size << 8) - scale) // count
        state[8 + channel] = scale
        if scale < least:
            scale = least
        least = _LEAST_ACCELERATION
        value = (value << 11) // ((scale >> 6) + 1)
        if value > _LIMIT:
            value = _LIMIT
        elif value < -_LIMIT:
            value = -_LIMIT
        rings[(channel << 8) + at] = value
    power = 0
    product = 0
    for axis in range(3):
        base = (axis + 1) << 8
        for tap in range(_TAPS):
            value = 0
            if number >= tap:
                value = ((rings[base + ((at - tap) & _MASK)] & 0xFFFF) ^ 0x8000) - 0x8000
            power += value * value
            product += (state[12 + axis * _TAPS + tap] >> 8) * value
    residual = (((rings[at] & 0xFFFF) ^ 0x8000) - 0x8000) - (product >> 12)
    if residual > _MOST_RESIDUAL:
        residual = _MOST_RESIDUAL
    elif residual < -_MOST_RESIDUAL:
        residual = -_MOST_RESIDUAL
    rings[1024 + at] = residual
    ratio = (residual << 14) // ((power >> 8) + _REGULAR)
    if ratio > _MOST_RATIO:
        ratio = _MOST_RATIO
    elif ratio < -_MOST_RATIO:
        ratio = -_MOST_RATIO
    ratio = ratio * _STEP >> 3
    for axis in range(3):
        base = (axis + 1) << 8
        for tap in range(_TAPS):
            value = 0
            if number >= tap:
                value = ((rings[base + ((at - tap) & _MASK)] & 0xFFFF) ^ 0x8000) - 0x8000
            weight = state[12 + axis * _TAPS + tap] + (ratio * value >> 7)
            if weight > _MOST_WEIGHT:
                weight = _MOST_WEIGHT
            elif weight < -_MOST_WEIGHT:
                weight = -_MOST_WEIGHT
            state[12 + axis * _TAPS + tap] = weight
    return None
