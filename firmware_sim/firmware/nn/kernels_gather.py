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
_PAIRS = const(31)
_POSITIONS = const(14)


@micropython.viper
def fill(position: int, p: object, arena: object, scratch: object) -> int:
    """Put as many positions into the scratch as it holds, from `position` on; the first that is left."""
    q = ptr32(p)
    head = ptr32(scratch)
    n = int(q[_POSITIONS])
    most = int(q[_PAIRS])
    pairs = 0
    while pairs < most and position < n:
        done = int(pack(0, 0, 0, position, pairs, p, arena, scratch))
        if not done:
            done = 1
            gather(0, 0, position, pairs, p, arena, scratch)
        pairs += done
        position += 2 * done
    head[0] = 2 * pairs - (1 if position > n else 0)
    return position


@micropython.viper
def pack(v: int, low: int, high: int, position: int, pair: int, p: object, arena: object, scratch: object) -> int:
    """Put inputs of neighbouring positions into the packed words from `pair` on; how many pairs see no padding or gaps.

    What this leaves to `gather` is done the same way there, one lane at a time; the first three arguments are 0.
    """
    q = ptr32(p)
    head = ptr32(scratch)
    columns = int(q[_COLUMNS])
    row = position // columns
    column = position - row * columns
    y = row * q[_STRIDE_H] + q[_TOP]
    left = column * q[_STRIDE_W] + q[_LEFT]
    width = int(q[_WIDTH])
    if q[_STEP_W] != 1 or left < 0 or y < 0 or y + (q[_KERNEL_H] - 1) * q[_STEP_H] >= q[_HEIGHT]:
        return 0
    # positions of this row before the first that reaches behind its end
    n = (width - q[_KERNEL_W] - left) // q[_STRIDE_W] + 1
    n = columns - column if n > columns - column else n
    most = q[_PAIRS] - pair
    pairs = n >> 1 if n >> 1 < most else most
    if pairs <= 0:
        return 0
    depth = int(q[_DEPTH_IN])
    gap = q[_STRIDE_W] * depth
    run = q[_KERNEL_W] * depth
    line = q[_STEP_H] * width * depth
    s = ptr32(int(head) + 4 * (q[_PACKED] + pair * (run * q[_KERNEL_H] + 2)))
    base = ptr8(arena)
    first = q[_IN] + ((y * width + left) * depth)
    out = q[_OUT] + row * q[_OUT_ROW] + column * q[_OUT_COLUMN]
    head = ptr32(int(head) + 8 * pair)
    for _ in range(pairs):
        sums = s
        s = ptr32(int(s) + 8)
        at = first
        low = 0
        high = 0
        for _ in range(q[_KERNEL_H]):
            a = ptr8(int(base) + at)
            b = ptr8(int(a) + gap)
            n = run
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
            at += line
        sums[0] = low << 7
        sums[1] = high << 7
        head[1] = out
        head[2] = out + q[_OUT_COLUMN]
        out += 2 * q[_OUT_COLUMN]
        head = ptr32(int(head) + 8)
        first += 2 * gap
    return pairs


@micropython.viper
def gather(v: int, total: int, position: int, pair: int, p: object, arena: object, scratch: object) -> object:
    """Put the inputs of two positions into the packed words of a pair, padding included; of one where it is the last.

    The upper lane is added to what the lower one has written; the first two arguments are 0.
    """
    q = ptr32(p)
    head = ptr32(int(ptr32(scratch)) + 8 * pair)
    base = ptr8(arena)
    depth = int(q[_DEPTH_IN])
    width = int(q[_WIDTH])
    step = int(q[_STEP_W])
    # taps that are neighbours in the input are copied in one go
    run = int(q[_KERNEL_W]) if step == 1 else 1
    pieces = q[_KERNEL_W] // run if run else 0
    sums = ptr32(int(ptr32(scratch)) + 4 * (q[_PACKED] + pair * (q[_KERNEL_H] * q[_KERNEL_W] * depth + 2)))
    for lane in range(2 if position + 1 < q[_POSITIONS] else 1):
        s = ptr32(int(sums) + 8)
        pad = (q[_PAD] - 128) << 16 if lane else int(q[_PAD])
        y = (position + lane) // q[_COLUMNS]
        left = position + lane - y * q[_COLUMNS]
        head[1 + lane] = q[_OUT] + y * q[_OUT_ROW] + left * q[_OUT_COLUMN]
        y = y * q[_STRIDE_H] + q[_TOP]
        left = left * q[_STRIDE_W] + q[_LEFT]
        total = 0
        padded = 0
        for _ in range(q[_KERNEL_H]):
            column = left
            for _ in range(pieces):
                start = 0 if column >= 0 else (0 - column if 0 - column < run else run)
                end = run if column + run <= width else (width - column if width > column else 0)
                if y < 0 or y >= q[_HEIGHT] or end < start:
                    start = run
                    end = run
                x = ptr8(int(base) + q[_IN] + ((y * width + column + start) * depth))
                n = start * depth
                padded += n
                while n > 0:
                    s[0] = s[0] + pad if lane else pad
                    s = ptr32(int(s) + 4)
                    n -= 1
                n = (end - start) * depth
                while n > 0:
                    v = x[0] ^ 128
                    total = v + total
                    if lane:
                        v = v - 128
                        v = v << 16
                        v = s[0] + v
                    s[0] = v
                    x = ptr8(int(x) + 1)
                    s = ptr32(int(s) + 4)
                    n -= 1
                n = (run - end) * depth
                padded += n
                while n > 0:
                    s[0] = s[0] + pad if lane else pad
                    s = ptr32(int(s) + 4)
                    n -= 1
                column += step
            y += q[_STEP_H]
        size = q[_KERNEL_H] * q[_KERNEL_W] * depth
        sums[lane] = (total + padded * q[_PAD] - 128 * size * lane) << 7
