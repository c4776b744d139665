"""Convolutions in viper: two output positions at a time, their inputs packed into one word.

The word of an input element is x1 * 65536 + (x0 + 128), with x0 and x1 its int8 values for the two positions. Times a
weight w + 128 (0 to 255) it holds both products: the upper half is exactly x1 * (w + 128), because the lower product
needs no more than its 16 unsigned bits. So `>> 16` adds up the upper lane, the plain sum less that gives the lower one,
and what the offsets of 128 add is taken off per position (128 * sum(x)) and per channel (in the table).

Parameters of a window: see `window.py`; of the scratch: words 0 and 1 are the sums of the lanes, 2 and 3 where in the
arena they are written; then two accumulators a channel; then the packed inputs.
Every function takes buffers as objects and hot numbers first, since viper keeps its first three locals in registers.
"""

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
_POSITIONS = const(14)
_DEPTH = const(15)
_LOW = const(16)
_HIGH = const(17)
_ZERO = const(18)
_PAD = const(19)
_OUT = const(20)
_OUT_ROW = const(21)
_OUT_COLUMN = const(22)
_PACKED = const(23)
_WEIGHTS = const(24)
_WEIGHTS_CHANNEL = const(25)
_ROWS = const(26)
_ROW_STEP = const(27)
_RUNS = const(28)
_RUN_STEP = const(29)
_RUN = const(30)
_SUMS = const(4)


@micropython.viper
def conv(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """CONV_2D, or one phase of TRANSPOSE_CONV."""
    n = int(ptr32(p)[_POSITIONS])
    depth = int(ptr32(p)[_DEPTH])
    i = 0
    while i < n:
        gather(i, 0, p, arena, scratch)
        gather(i + 1 if i + 1 < n else i, 1, p, arena, scratch)
        accumulate(0, 0, 0, p, model, table, scratch)
        requantise(depth, 0, 0, p, arena, table, scratch)
        i += 2


@micropython.viper
def depthwise(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """DEPTHWISE_CONV_2D."""
    n = int(ptr32(p)[_POSITIONS])
    depth = int(ptr32(p)[_DEPTH])
    i = 0
    while i < n:
        gather(i, 0, p, arena, scratch)
        gather(i + 1 if i + 1 < n else i, 1, p, arena, scratch)
        accumulate_depthwise(0, 0, 0, p, model, table, scratch)
        requantise(depth, 0, 0, p, arena, table, scratch)
        i += 2


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


@micropython.viper
def accumulate(v: int, total: int, high: int, p: object, model: object, table: object, scratch: object) -> object:
    """Both accumulators of every output channel, bias included; the first three arguments are 0."""
    q = ptr32(p)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    bias = ptr32(table)
    weights = ptr8(model)
    channel = int(q[_WEIGHTS])
    for _ in range(q[_DEPTH]):
        s = ptr32(int(head) + 4 * q[_PACKED])
        total = 0
        high = 0
        row = channel
        for _ in range(q[_ROWS]):
            run = row
            for _ in range(q[_RUNS]):
                w = ptr8(int(weights) + run)
                n = int(q[_RUN])
                while n >= 8:
                    v = (w[0] ^ 128) * s[0]
                    total = v + total
                    high = (v >> 16) + high
                    v = (w[1] ^ 128) * s[1]
                    total = v + total
                    high = (v >> 16) + high
                    v = (w[2] ^ 128) * s[2]
                    total = v + total
                    high = (v >> 16) + high
                    v = (w[3] ^ 128) * s[3]
                    total = v + total
                    high = (v >> 16) + high
                    v = (w[4] ^ 128) * s[4]
                    total = v + total
                    high = (v >> 16) + high
                    v = (w[5] ^ 128) * s[5]
                    total = v + total
                    high = (v >> 16) + high
                    v = (w[6] ^ 128) * s[6]
                    total = v + total
                    high = (v >> 16) + high
                    v = (w[7] ^ 128) * s[7]
                    total = v + total
                    high = (v >> 16) + high
                    s = ptr32(int(s) + 32)
                    w = ptr8(int(w) + 8)
                    n -= 8
                while n > 0:
                    v = (w[0] ^ 128) * s[0]
                    total = v + total
                    high = (v >> 16) + high
                    s = ptr32(int(s) + 4)
                    w = ptr8(int(w) + 1)
                    n -= 1
                run += q[_RUN_STEP]
            row += q[_ROW_STEP]
        sums[0] = total - (high << 16) - head[0] + bias[1]
        sums[1] = high - head[1] + bias[0]
        sums = ptr32(int(sums) + 8)
        bias = ptr32(int(bias) + 16)
        channel += q[_WEIGHTS_CHANNEL]


@micropython.viper
def accumulate_depthwise(
    v: int, total: int, high: int, p: object, model: object, table: object, scratch: object
) -> object:
    """The same for a depthwise convolution; weights are widened to their sign, so that `>> 16` must round."""
    q = ptr32(p)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    bias = ptr32(table)
    depth = int(q[_DEPTH])
    step = 4 * q[_DEPTH_IN]
    repeat = depth // q[_DEPTH_IN]
    taps = q[_KERNEL_H] * q[_KERNEL_W]
    for i in range(depth):
        s = ptr32(int(head) + 4 * (q[_PACKED] + i // repeat))
        w = ptr8(int(ptr8(model)) + q[_WEIGHTS] + i)
        total = 0
        high = 0
        n = taps
        while n > 0:
            v = ((w[0] ^ 128) - 128) * s[0]
            total = v + total
            high = ((v + 32768) >> 16) + high
            s = ptr32(int(s) + step)
            w = ptr8(int(w) + depth)
            n -= 1
        sums[0] = total - (high << 16) + bias[1]
        sums[1] = high + bias[0]
        sums = ptr32(int(sums) + 8)
        bias = ptr32(int(bias) + 16)


@micropython.viper
def requantise(n: int, x: int, y: int, p: object, arena: object, table: object, scratch: object) -> object:
    """Scale, round, shift and clamp the accumulators of `n` channels, and write both positions.

    The product of 32 by 31 bits is built from 16-bit halves: accumulators stay below 2**29 (checked by `load`).
    Source: MultiplyByQuantizedMultiplier of TensorFlow Lite, rounding twice.
    """
    q = ptr32(p)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    row = ptr32(table)
    a = ptr8(int(ptr8(arena)) + head[2])
    b = ptr8(int(ptr8(arena)) + head[3])
    zero = int(q[_ZERO])
    least = int(q[_LOW])
    most = int(q[_HIGH])
    while n > 0:
        low = row[2] & 0xFFFF
        high = row[2] >> 16
        shift = int(row[3])
        left = 0 if shift > 0 else 0 - shift
        half = (1 << shift) >> 1 if shift > 0 else 0
        for lane in range(2):
            x = sums[lane] << left
            y = x & 32767
            x = x >> 15
            y = x * high + ((((x * low + ((y * low) >> 15) + 32768) >> 1) + y * high) >> 15)
            if shift > 0:
                y = ((y >> 31) + y + half) >> shift
            y += zero
            y = least if y < least else (most if y > most else y)
            if lane:
                b[0] = y
            else:
                a[0] = y
        sums = ptr32(int(sums) + 8)
        row = ptr32(int(row) + 16)
        a = ptr8(int(a) + 1)
        b = ptr8(int(b) + 1)
        n -= 1
