"""Packing the inputs of two output positions, in viper; `kernels_conv.py` describes the words."""

import micropython
from micropython import const

from .pointers import ptr8, ptr32

_IN = const(0)
_HEIGHT = const(2)
_WIDTH = const(3)
_DEPTH_IN = const(4)
_KERNEL_H = const(5)
_KERNEL_W = const(6)
_STRIDE_H = const(7)
_STRIDE_W = const(8)
_TOP = const(9)
_LEFT = const(10)
_STEP_H = const(11)
_STEP_W = const(12)
_COLUMNS = const(13)
_PAD = const(19)
_OUT = const(20)
_OUT_ROW = const(21)
_OUT_COLUMN = const(22)
_PACKED = const(23)


@micropython.viper
def pack(v: int, low: int, high: int, position: int, p: object, arena: object, scratch: object) -> int:
    """Put the inputs of two neighbouring positions into the packed words; 0 where they see padding or gaps.

    `low` and `high` are the lanes' sums. What this leaves to `gather` is done the same way there, one lane at a time.
    """
    q = ptr32(p)
    head = ptr32(scratch)
    columns = int(q[_COLUMNS])
    row = position // columns
    column = position - row * columns
    y = row * q[_STRIDE_H] + q[_TOP]
    left = column * q[_STRIDE_W] + q[_LEFT]
    taps = int(q[_KERNEL_H])
    width = int(q[_WIDTH])
    if column + 1 == columns or q[_STEP_W] != 1 or left < 0 or left + q[_STRIDE_W] + q[_KERNEL_W] > width:
        return 0
    if y < 0 or y + (taps - 1) * q[_STEP_H] >= q[_HEIGHT]:
        return 0
    head[2] = q[_OUT] + row * q[_OUT_ROW] + column * q[_OUT_COLUMN]
    head[3] = head[2] + q[_OUT_COLUMN]
    depth = int(q[_DEPTH_IN])
    s = ptr32(int(head) + 4 * q[_PACKED])
    while taps > 0:
        a = ptr8(int(ptr8(arena)) + q[_IN] + ((y * width + left) * depth))
        b = ptr8(int(a) + q[_STRIDE_W] * depth)
        n = q[_KERNEL_W] * depth
        while n >> 2:
            v = (b[0] ^ 128) - 128
            high = v + high
            v = v << 16
            low = (a[0] ^ 128) + low
            s[0] = (a[0] ^ 128) + v
            v = (b[1] ^ 128) - 128
            high = v + high
            v = v << 16
            low = (a[1] ^ 128) + low
            s[1] = (a[1] ^ 128) + v
            v = (b[2] ^ 128) - 128
            high = v + high
            v = v << 16
            low = (a[2] ^ 128) + low
            s[2] = (a[2] ^ 128) + v
            v = (b[3] ^ 128) - 128
            high = v + high
            v = v << 16
            low = (a[3] ^ 128) + low
            s[3] = (a[3] ^ 128) + v
            a = ptr8(int(a) + 4)
            b = ptr8(int(b) + 4)
            s = ptr32(int(s) + 16)
            n -= 4
        while n:
            v = (b[0] ^ 128) - 128
            high = v + high
            v = v << 16
            low = (a[0] ^ 128) + low
            s[0] = (a[0] ^ 128) + v
            a = ptr8(int(a) + 1)
            b = ptr8(int(b) + 1)
            s = ptr32(int(s) + 4)
            n -= 1
        y += q[_STEP_H]
        taps -= 1
    head[0] = low << 7
    head[1] = high << 7
    return 1


@micropython.viper
def gather(position: int, lane: int, p: object, arena: object, scratch: object) -> object:
    """Put the inputs of an output position into one lane of the packed words, padding included."""
    q = ptr32(p)
    head = ptr32(scratch)
    s = ptr32(int(head) + 4 * q[_PACKED])
    x = ptr8(arena)
    n = int(q[_COLUMNS])
    y = position // n
    left = position - y * n
    head[2 + lane] = q[_OUT] + y * q[_OUT_ROW] + left * q[_OUT_COLUMN]
    y = y * q[_STRIDE_H] + q[_TOP]
    left = left * q[_STRIDE_W] + q[_LEFT]
    depth = int(q[_DEPTH_IN])
    width = int(q[_WIDTH])
    step = int(q[_STEP_W])
    # taps that are neighbours in the input are copied in one go
    run = int(q[_KERNEL_W]) if step == 1 else 1
    pad = int(q[_PAD])
    total = 0
    for _ in range(q[_KERNEL_H]):
        column = left
        for _ in range(q[_KERNEL_W] // run):
            start = 0 if column >= 0 else (0 - column if 0 - column < run else run)
            end = run if column + run <= width else (width - column if width > column else 0)
            if y < 0 or y >= q[_HEIGHT] or end < start:
                start = run
                end = run
            for part in range(3):
                n = start if part == 0 else (end - start if part == 1 else run - end)
                n *= depth
                if part == 1:
                    x = ptr8(int(ptr8(arena)) + q[_IN] + ((y * width + column + start) * depth))
                while n > 0:
                    v = pad
                    if part == 1:
                        v = x[0] ^ 128
                        x = ptr8(int(x) + 1)
                    if lane:
                        v -= 128
                        s[0] = (v << 16) + s[0]
                    else:
                        s[0] = v
                    total += v
                    s = ptr32(int(s) + 4)
                    n -= 1
            column += step
        y += q[_STEP_H]
    head[lane] = total << 7
