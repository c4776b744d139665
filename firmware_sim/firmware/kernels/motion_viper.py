"""Acceleration and rate of turn of one segment."""

import micropython
from micropython import const

from ..viper import ptr16, ptr32

#: Weightless under 0.3 g, squared half LSB (0.976 mg each).
_FLOAT2 = const(94249)
#: Full scale of the accelerometer, LSB: from here a sample counts as clipped.
_FULL = const(32700)
_LONGEST = const(30000)
_LEVEL_MASK = const(127)


@micropython.viper
def add_motion(accel: ptr16, gyro: ptr16, start: int, n: int, level: ptr16, state: ptr32) -> object:
    """Take samples `start` to `start + n` (x, y, z each) into a segment's sums; every fourth adds to the ring `level`.

    `state`: 0 samples and 1 levels taken; 2 to 4 gravity (Q5); 5 to 7 sums of acceleration, 8 to 10 of rate of turn;
    11 sum of squared dynamic acceleration (1/64); 12 largest and 13 smallest squared acceleration; 14 weightless run
    and 15 the longest; 16 sum for the level; 17 clipped samples; 18 sample and 19 to 21 acceleration of the largest;
    22 to 24 the latest sample (LSB); 25 the axes (1: x, 2: y, 4: z) that differed from the sample before.
    Accelerations are half LSB (0.976 mg), so that three squares at full scale stay within 31 bits.
    """
    at = state[0]
    run = state[14]
    x_before = state[22]
    y_before = state[23]
    z_before = state[24]
    x_changed = 0
    y_changed = 0
    z_changed = 0
    for i in range(3 * start, 3 * (start + n), 3):
        x = ((accel[i] & 0xFFFF) ^ 0x8000) - 0x8000
        y = ((accel[i + 1] & 0xFFFF) ^ 0x8000) - 0x8000
        z = ((accel[i + 2] & 0xFFFF) ^ 0x8000) - 0x8000
        if x >= _FULL or y >= _FULL or z >= _FULL or x <= -_FULL or y <= -_FULL or z <= -_FULL:
            state[17] += 1
        x_changed |= x ^ x_before
        y_changed |= y ^ y_before
        z_changed |= z ^ z_before
        x_before = x
        y_before = y
        z_before = z
        x >>= 1
        y >>= 1
        z >>= 1
        size = x * x + y * y + z * z
        if size > state[12]:
            state[12] = size
            state[18] = at
            state[19] = x
            state[20] = y
            state[21] = z
        if size < state[13]:
            state[13] = size
        if size < _FLOAT2:
            run += 1
        elif run:
            if run > state[15]:
                state[15] = run
            run = 0
        gx = state[2] + x - (state[2] >> 5)
        gy = state[3] + y - (state[3] >> 5)
        gz = state[4] + z - (state[4] >> 5)
        state[2] = gx
        state[3] = gy
        state[4] = gz
        state[5] += x
        state[6] += y
        state[7] += z
        state[8] += ((gyro[i] & 0xFFFF) ^ 0x8000) - 0x8000
        state[9] += ((gyro[i + 1] & 0xFFFF) ^ 0x8000) - 0x8000
        state[10] += ((gyro[i + 2] & 0xFFFF) ^ 0x8000) - 0x8000
        x = (x - (gx >> 5)) >> 1
        y = (y - (gy >> 5)) >> 1
        z = (z - (gz >> 5)) >> 1
        state[11] += (x * x + y * y + z * z) >> 4
        state[16] += size >> 3
        at += 1
        if at & 3 == 0:
            # the integer square root as in `root`, which viper could only call through an object
            square = state[16] << 1
            whole = 0
            bit = 0x8000
            while bit:
                larger = whole + bit
                if larger <= 46340 and larger * larger <= square:
                    whole = larger
                bit >>= 1
            level[state[1] & _LEVEL_MASK] = whole
            state[1] += 1
            state[16] = 0
    state[0] = at
    state[14] = run if run < _LONGEST else _LONGEST
    state[22] = x_before
    state[23] = y_before
    state[24] = z_before
    if x_changed:
        state[25] |= 1
    if y_changed:
        state[25] |= 2
    if z_changed:
        state[25] |= 4
    return None


@micropython.viper
def motion_checksum(accel: ptr16, n: int) -> int:
    """26 bits made of the first `n` >= 1 samples (x, y, z each); -1 where all of them are the same."""
    found = 0
    varies = 0
    for i in range(3 * n):
        found = (found * 31 + (accel[i] & 0xFFFF)) & 0x3FFFFFF
        if i > 2 and accel[i] != accel[i - 3]:
            varies = 1
    return found if varies else -1


@micropython.viper
def mean_square(ring: ptr16, start: int, end: int, mask: int, divisor: int) -> int:
    """Sum of squares, each divided by `divisor` and rounded down, of signed 16-bit values at `start` to `end`."""
    total = 0
    for i in range(start, end):
        value = ((ring[i & mask] & 0xFFFF) ^ 0x8000) - 0x8000
        total += value * value // divisor
    return total


@micropython.viper
def mean_vector(x: ptr16, y: ptr16, z: ptr16, start: int, end: int, mask: int, out: ptr32) -> object:
    """Means, rounded down, of the signed halfwords at positions `start` to `end` (more than none) of three rings."""
    n = end - start
    sum_x = 0
    sum_y = 0
    sum_z = 0
    for i in range(start, end):
        at = i & mask
        sum_x += ((x[at] & 0xFFFF) ^ 0x8000) - 0x8000
        sum_y += ((y[at] & 0xFFFF) ^ 0x8000) - 0x8000
        sum_z += ((z[at] & 0xFFFF) ^ 0x8000) - 0x8000
    out[0] = sum_x // n
    out[1] = sum_y // n
    out[2] = sum_z // n
    return None
