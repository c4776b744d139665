"""SOFTMAX in viper, in the fixed point of the reference kernel; the exponentials come from a table made by `load`."""

import micropython
from micropython import const

from .pointers import ptr8, ptr32

_IN = const(0)
_OUT = const(1)
_DEPTH = const(2)
_ROWS = const(3)
_ENTRIES = const(4)
# numbers of more than 30 bits, which viper cannot have as constants: 2**30 as its exponent, -32/17 and 48/17 in Q2.29
_UNIT = const(5)
_SLOPE = const(6)
_START = const(7)
#: Integer bits of the sum of exponentials: they are added up in Q12.19.
_SUM_BITS = const(12)


@micropython.viper
def softmax(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """Rows of `depth` values each.

    The table holds exp(-d * scale) in Q0.31 for the distances d from the row's maximum that count at all.
    Source: reference_ops Softmax of TensorFlow Lite.
    """
    q = ptr32(p)
    head = ptr32(scratch)
    depth = int(q[_DEPTH])
    for i in range(q[_ROWS]):
        head[3] = q[_IN] + i * depth
        head[4] = q[_OUT] + i * depth
        add_up(0, 0, 0, p, arena, table, scratch)
        invert(p, scratch)
        write(0, 0, 0, p, arena, table, scratch)


@micropython.viper
def add_up(total: int, n: int, most: int, p: object, arena: object, table: object, scratch: object) -> object:
    """The row's maximum + 128 into word 5 of the scratch, its sum of exponentials (Q12.19) into word 0."""
    q = ptr32(p)
    head = ptr32(scratch)
    exponentials = ptr32(table)
    x = ptr8(int(ptr8(arena)) + head[3])
    n = int(q[_DEPTH])
    while n > 0:
        n -= 1
        most = x[n] ^ 128 if x[n] ^ 128 > most else most
    n = int(q[_DEPTH])
    while n > 0:
        n -= 1
        away = most - (x[n] ^ 128)
        if away < q[_ENTRIES]:
            total += ((exponentials[away] >> (_SUM_BITS - 1)) + 1) >> 1
    head[0] = total
    head[5] = most


@micropython.viper
def invert(p: object, scratch: object) -> object:
    """Word 0, a sum in Q12.19, becomes its reciprocal in Q0.31, with the shift that belongs to it in word 6.

    The sum is brought to [1, 2); 1 / (1 + a) by three steps of Newton's method in Q2.29.
    """
    q = ptr32(p)
    head = ptr32(scratch)
    unit = 1 << q[_UNIT]
    bits = 0
    while head[0] >> bits > 0:
        bits += 1
    head[6] = _SUM_BITS - (32 - bits) + 31 - 8
    # half of the denominator in Q0.31: (2**31 - 1 + a) / 2, rounded, with a the sum without its leading bit
    half = ((head[0] << (31 - bits)) & (unit - 1)) + unit
    head[0] = half
    head[1] = q[_SLOPE]
    multiply_high(0, 0, 0, scratch)
    x = int(head[2]) + q[_START]
    for _ in range(3):
        head[0] = half
        head[1] = x
        multiply_high(0, 0, 0, scratch)
        head[0] = 0x20000000 - head[2]
        multiply_high(0, 0, 0, scratch)
        x += head[2] << 2
    head[0] = unit - 1 + unit if x >= unit else x << 1


@micropython.viper
def multiply_high(low: int, middle: int, high: int, scratch: object) -> object:
    """Word 2 = (word 0 * word 1 + 2**30) >> 31, the rounding doubling high product, from 16-bit halves."""
    head = ptr32(scratch)
    a = int(head[0])
    b = int(head[1])
    low = (a & 0xFFFF) * (b & 0xFFFF)
    middle = (a >> 16) * (b & 0xFFFF)
    high = (a & 0xFFFF) * (b >> 16)
    low = ((low >> 16) & 0xFFFF) + (middle & 0xFFFF) + (high & 0xFFFF)
    high = (a >> 16) * (b >> 16) + (middle >> 16) + (high >> 16) + (low >> 16)
    head[2] = (high << 1) + (((low & 0xFFFF) + 0x4000) >> 15)


@micropython.viper
def write(n: int, v: int, shift: int, p: object, arena: object, table: object, scratch: object) -> object:
    """The row's probabilities, in 1/256 from -128 up."""
    q = ptr32(p)
    head = ptr32(scratch)
    x = ptr8(int(ptr8(arena)) + head[3])
    y = ptr8(int(ptr8(arena)) + head[4])
    most = int(head[5])
    shift = int(head[6])
    head[1] = head[0]
    n = int(q[_DEPTH])
    while n > 0:
        n -= 1
        away = most - (x[n] ^ 128)
        v = 0
        if away < q[_ENTRIES]:
            head[0] = ptr32(table)[away]
            multiply_high(0, 0, 0, scratch)
            v = ((head[2] >> (shift - 1)) + 1) >> 1
        y[n] = 127 if v > 255 else v - 128
