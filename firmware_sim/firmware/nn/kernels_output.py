"""From accumulators to int8 outputs, in viper."""

import micropython
from micropython import const

from .pointers import ptr8, ptr32

_DEPTH = const(15)
_LOW = const(16)
_HIGH = const(17)
_ZERO = const(18)
_SUMS = const(4)


@micropython.viper
def requantise(x: int, y: int, n: int, p: object, arena: object, table: object, scratch: object) -> object:
    """Scale, round, shift and clamp the accumulators, and write both positions.

    The product of 32 by 31 bits is built from 16-bit halves: accumulators stay below 2**29 (checked by `load`).
    Source: MultiplyByQuantizedMultiplier of TensorFlow Lite, rounding twice.
    """
    q = ptr32(p)
    head = ptr32(scratch)
    rows = ptr32(table)
    base = ptr8(arena)
    sums = ptr32(int(head) + 4 * _SUMS)
    zero = int(q[_ZERO])
    least = int(q[_LOW])
    most = int(q[_HIGH])
    for lane in range(2 if head[2] != head[3] else 1):
        row = ptr32(int(rows))
        out = ptr8(int(base) + head[2 + lane])
        n = int(q[_DEPTH])
        while n:
            x = int(sums[0])
            low = row[2] & 0xFFFF
            coarse = row[2] >> 16
            shift = int(row[3])
            if shift >> 8:
                x = x << (0 - shift)
            if (x + 32768) >> 16:
                y = x & 32767
                x = x >> 15
                y = x * coarse + ((((x * low + ((y * low) >> 15) + 32768) >> 1) + y * coarse) >> 15)
            else:
                y = (((x * low) >> 16) + x * coarse + 16384) >> 15
            if shift > 0:
                y = ((((y >> 31) + y) >> (shift - 1)) + 1) >> 1
            y = y + zero
            if y > most:
                y = most
            if y < least:
                y = least
            out[0] = y
            out = ptr8(int(out) + 1)
            sums = ptr32(int(sums) + 4)
            row = ptr32(int(row) + 16)
            n -= 1
