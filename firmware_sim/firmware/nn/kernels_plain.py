"""Everything without weights in viper: moving, looking up, adding, pooling.

Values are kept as x + 128 (0 to 255) inside, the way `ptr8` reads them after `^ 128`.
"""

import micropython
from micropython import const

from .pointers import ptr8, ptr32

_IN = const(0)
_OUT = const(1)
_N = const(2)
_LOW = const(16)
_HIGH = const(17)


@micropython.viper
def copy(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """Rows of bytes: parameters from, to, bytes a row, rows, and the distance of rows on both sides."""
    q = ptr32(p)
    base = ptr8(arena)
    source = int(q[_IN])
    target = int(q[_OUT])
    for _ in range(q[3]):
        x = ptr8(int(base) + source)
        y = ptr8(int(base) + target)
        n = int(q[_N])
        while n > 0:
            y[0] = x[0]
            x = ptr8(int(x) + 1)
            y = ptr8(int(y) + 1)
            n -= 1
        source += q[4]
        target += q[5]


@micropython.viper
def fill(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """`n` bytes of one value (parameter 3)."""
    q = ptr32(p)
    base = ptr8(arena)
    y = ptr8(int(base) + q[_OUT])
    n = int(q[_N])
    value = int(q[3])
    while n > 0:
        y[0] = value
        y = ptr8(int(y) + 1)
        n -= 1


@micropython.viper
def lookup(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """LOGISTIC, and QUANTIZE between int8 scales: the table holds the result for each of the 256 bytes."""
    q = ptr32(p)
    base = ptr8(arena)
    x = ptr8(int(base) + q[_IN])
    y = ptr8(int(base) + q[_OUT])
    results = ptr8(table)
    n = int(q[_N])
    while n > 0:
        y[0] = results[x[0]]
        x = ptr8(int(x) + 1)
        y = ptr8(int(y) + 1)
        n -= 1


@micropython.viper
def add(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """ADD: parameters 3 to 5 are the second operand and both zero points + 128, 6 to 11 three (multiplier, shift).

    Both operands are shifted up by 20 bits, scaled to one scale, added, and scaled to the output's.
    Source: reference_integer_ops Add of TensorFlow Lite.
    """
    q = ptr32(p)
    base = ptr8(arena)
    x = ptr8(int(base) + q[_IN])
    y = ptr8(int(base) + q[3])
    out = ptr8(int(base) + q[_OUT])
    n = int(q[_N])
    while n > 0:
        v = ((x[0] ^ 128) - q[4]) << 20
        both = 0
        row = ptr32(int(q) + 24)
        for part in range(3):
            low = v & 32767
            v = v >> 15
            fine = row[0] & 0xFFFF
            coarse = row[0] >> 16
            v = v * coarse + ((((v * fine + ((low * fine) >> 15) + 32768) >> 1) + low * coarse) >> 15)
            shift = int(row[1])
            if shift > 0:
                v = ((v >> 31) + v + ((1 << shift) >> 1)) >> shift
            row = ptr32(int(row) + 8)
            if part < 2:
                both += v
                v = ((y[0] ^ 128) - q[5]) << 20 if part == 0 else both
        v += q[18]
        out[0] = q[_LOW] if v < q[_LOW] else (q[_HIGH] if v > q[_HIGH] else v)
        x = ptr8(int(x) + 1)
        y = ptr8(int(y) + 1)
        out = ptr8(int(out) + 1)
        n -= 1
