"""From accumulators to int8 outputs, in viper."""

import micropython
from micropython import const

from .pointers import ptr8, ptr32

_DEPTH = const(15)
_LOW = const(16)
_HIGH = const(17)
_ZERO = const(18)
_SUMS = const(36)


@micropython.viper
def requantise(x: int, y: int, n: int, p: object, arena: object, table: object, scratch: object) -> object:
    """Scale, round, shift and clamp the accumulators of all positions of the scratch, and write them.

    The product of 32 by 31 bits is built from 16-bit halves: accumulators stay below 2**29 (checked by `load`).
    Source: MultiplyByQuantizedMultiplier of TensorFlow Lite, rounding twice.
    """
    q = ptr32(p)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    depth = int(q[_DEPTH])
    zero = int(q[_ZERO])
    least = int(q[_LOW])
    most = int(q[_HIGH])
    half = 2 * zero + 1
    step = 4 * depth
    row = ptr32(table)
    base = ptr8(arena)
    for n in range(depth):
        low = row[1] & 0xFFFF
        coarse = row[1] >> 16
        down = (row[2] & 63) - 33
        # a multiplier of 1/2 or more is rare, and a test of a flag is cheap
        odd = down >> 31
        s = ptr32(int(sums) + 4 * n)
        to = head
        lanes = int(head[0])
        while lanes:
            lanes -= 1
            x = s[0]
            if odd:
                x = x << (0 - 1 - down)
            if (x + 32768) >> 16:
                y = x & 32767
                x = x >> 15
                y = x * coarse + ((((x * low + ((y * low) >> 15) + 32768) >> 1) + y * coarse) >> 15)
            else:
                y = (((x * low) >> 16) + x * coarse + 16384) >> 15
            y = y + zero if odd else (((y + (y >> 31)) >> down) + half) >> 1
            if ((y - least) | (most - y)) >> 31:
                y = least if y < least else most
            to = ptr32(int(to) + 4)
            base[to[0] + n] = y
            s = ptr32(int(s) + step)
        row = ptr32(int(row) + 12)
