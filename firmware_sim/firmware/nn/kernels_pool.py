"""Pooling, averaging and resizing in viper; parameters of a window as in `loading/window.py`."""

import micropython
from micropython import const

from .kernels_output import requantise
from .pointers import ptr8, ptr32

_IN = const(0)
_OUT = const(1)
_HEIGHT = const(2)
_WIDTH = const(3)
_DEPTH_IN = const(4)
_KERNEL_H = const(5)
_KERNEL_W = const(6)
_STRIDE_H = const(7)
_STRIDE_W = const(8)
_TOP = const(9)
_LEFT = const(10)
_COLUMNS = const(13)
_POSITIONS = const(14)
_DEPTH = const(15)
_LOW = const(16)
_HIGH = const(17)
_SUMS = const(36)


@micropython.viper
def average_pool(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """AVERAGE_POOL_2D: the mean of what is inside the input, halves away from zero."""
    for i in range(ptr32(p)[_POSITIONS]):
        frame(i, p, scratch)
        average(0, 0, 0, p, arena, scratch, i)


@micropython.viper
def max_pool(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """MAX_POOL_2D."""
    for i in range(ptr32(p)[_POSITIONS]):
        frame(i, p, scratch)
        largest(0, 0, 0, p, arena, scratch, i)


@micropython.viper
def frame(position: int, p: object, scratch: object) -> object:
    """What an output position sees of the input, into the scratch: where in the arena, rows, columns."""
    q = ptr32(p)
    head = ptr32(scratch)
    row = position // q[_COLUMNS]
    top = row * q[_STRIDE_H] + q[_TOP]
    left = (position - row * q[_COLUMNS]) * q[_STRIDE_W] + q[_LEFT]
    bottom = top + q[_KERNEL_H]
    right = left + q[_KERNEL_W]
    top = 0 if top < 0 else top
    left = 0 if left < 0 else left
    bottom = q[_HEIGHT] if bottom > q[_HEIGHT] else bottom
    right = q[_WIDTH] if right > q[_WIDTH] else right
    head[0] = q[_IN] + (top * q[_WIDTH] + left) * q[_DEPTH]
    head[1] = bottom - top
    head[2] = right - left


@micropython.viper
def average(total: int, n: int, c: int, p: object, arena: object, scratch: object, position: int) -> object:
    """Means of all channels of one frame."""
    q = ptr32(p)
    base = ptr8(arena)
    head = ptr32(scratch)
    depth = int(q[_DEPTH])
    y = ptr8(int(base) + q[_OUT] + position * depth)
    count = head[1] * head[2]
    c = 0
    while c < depth:
        total = 0
        row = head[0] + c
        for _ in range(head[1]):
            x = ptr8(int(base) + row)
            n = int(head[2])
            while n > 0:
                total = (x[0] ^ 128) + total
                x = ptr8(int(x) + depth)
                n -= 1
            row += q[_WIDTH] * depth
        total -= 128 * count
        total = (total + count // 2) // count if total > 0 else 0 - (count // 2 - total) // count
        y[0] = q[_LOW] if total < q[_LOW] else (q[_HIGH] if total > q[_HIGH] else total)
        y = ptr8(int(y) + 1)
        c += 1


@micropython.viper
def largest(most: int, n: int, c: int, p: object, arena: object, scratch: object, position: int) -> object:
    """Maxima of all channels of one frame."""
    q = ptr32(p)
    base = ptr8(arena)
    head = ptr32(scratch)
    depth = int(q[_DEPTH])
    y = ptr8(int(base) + q[_OUT] + position * depth)
    c = 0
    while c < depth:
        most = 0
        row = head[0] + c
        for _ in range(head[1]):
            x = ptr8(int(base) + row)
            n = int(head[2])
            while n > 0:
                most = x[0] ^ 128 if x[0] ^ 128 > most else most
                x = ptr8(int(x) + depth)
                n -= 1
            row += q[_WIDTH] * depth
        most -= 128
        y[0] = q[_LOW] if most < q[_LOW] else (q[_HIGH] if most > q[_HIGH] else most)
        y = ptr8(int(y) + 1)
        c += 1


@micropython.viper
def mean(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """MEAN over height and width: a sum per channel, scaled like a convolution's."""
    q = ptr32(p)
    base = ptr8(arena)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    depth = int(q[_DEPTH])
    count = q[_HEIGHT] * q[_WIDTH]
    for c in range(depth):
        x = ptr8(int(base) + q[_IN] + c)
        total = int(ptr32(table)[3 * c]) - 128 * count
        n = count
        while n > 0:
            total += x[0] ^ 128
            x = ptr8(int(x) + depth)
            n -= 1
        sums[0] = total
        sums = ptr32(int(sums) + 4)
    head[0] = 1
    head[1] = q[_OUT]
    requantise(0, 0, 0, p, arena, table, scratch)


@micropython.viper
def resize(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """RESIZE_NEAREST_NEIGHBOR: parameters 5 and 6 are the output's height and width."""
    q = ptr32(p)
    base = ptr8(arena)
    y = ptr8(int(base) + q[_OUT])
    for i in range(q[5]):
        row = i * q[_HEIGHT] // q[5]
        for j in range(q[6]):
            column = j * q[_WIDTH] // q[6]
            x = ptr8(int(base) + q[_IN] + (row * q[_WIDTH] + column) * q[_DEPTH_IN])
            n = int(q[_DEPTH_IN])
            while n > 0:
                y[0] = x[0]
                x = ptr8(int(x) + 1)
                y = ptr8(int(y) + 1)
                n -= 1
