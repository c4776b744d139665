"""Convolutions in viper: two output positions at a time, their inputs packed into one word.

The word of an input element is x1 * 65536 + (x0 + 128), with x0 and x1 its int8 values for the two positions. Times a
weight w + 128 (0 to 255) it holds both products: the upper half is exactly x1 * (w + 128), because the lower product
needs no more than its 16 unsigned bits. So `>> 16` adds up the upper lane, the plain sum less that gives the lower one,
and what the offsets of 128 add is taken off per position (128 * sum(x)) and per channel (in the table).

Parameters of a window: see `window.py`; of the scratch: words 0 and 1 are the sums of the lanes, 2 and 3 where in the
arena they are written; then the accumulators of the lower lane, of the upper lane; then the packed inputs.
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
    """CONV_2D and FULLY_CONNECTED, or one phase of TRANSPOSE_CONV."""
    n = int(ptr32(p)[_POSITIONS])
    i = 0
    while i < n:
        if not int(pack(0, 0, 0, i, p, arena, scratch)):
            gather(i, 0, p, arena, scratch)
            gather(i + 1 if i + 1 < n else i, 1, p, arena, scratch)
        accumulate(0, 0, 0, p, model, table, scratch)
        requantise(0, 0, 0, p, arena, table, scratch)
        i += 2


@micropython.viper
def depthwise(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """DEPTHWISE_CONV_2D."""
    n = int(ptr32(p)[_POSITIONS])
    repeated = int(ptr32(p)[_DEPTH]) - int(ptr32(p)[_DEPTH_IN])
    i = 0
    while i < n:
        if not int(pack(0, 0, 0, i, p, arena, scratch)):
            gather(i, 0, p, arena, scratch)
            gather(i + 1 if i + 1 < n else i, 1, p, arena, scratch)
        if repeated:
            accumulate_repeated(0, 0, 0, p, model, table, scratch)
        else:
            accumulate_depthwise(0, 0, 0, p, model, table, scratch)
        requantise(0, 0, 0, p, arena, table, scratch)
        i += 2


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


@micropython.viper
def accumulate(v: int, total: int, high: int, p: object, model: object, table: object, scratch: object) -> object:
    """Both accumulators of every output channel, bias included; the first three arguments are 0."""
    q = ptr32(p)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    others = ptr32(int(sums) + 4 * q[_DEPTH])
    bias = ptr32(table)
    weights = ptr8(model)
    channel = int(q[_WEIGHTS])
    runs = int(q[_RUNS])
    depth = int(q[_DEPTH])
    while depth:
        s = ptr32(int(head) + 4 * q[_PACKED])
        total = 0
        high = 0
        at = channel
        left = q[_ROWS] * runs
        while left:
            w = ptr8(int(weights) + at)
            n = int(q[_RUN])
            while n >> 3:
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
            while n:
                v = (w[0] ^ 128) * s[0]
                total = v + total
                high = (v >> 16) + high
                s = ptr32(int(s) + 4)
                w = ptr8(int(w) + 1)
                n -= 1
            left -= 1
            if left:
                at += q[_RUN_STEP] if left % runs else q[_ROW_STEP]
        sums[0] = total - (high << 16) - head[0] + bias[1]
        others[0] = high - head[1] + bias[0]
        sums = ptr32(int(sums) + 4)
        others = ptr32(int(others) + 4)
        bias = ptr32(int(bias) + 16)
        channel += q[_WEIGHTS_CHANNEL]
        depth -= 1


@micropython.viper
def accumulate_depthwise(v: int, high: int, n: int, p: object, model: object, table: object, scratch: object) -> object:
    """The same for a depthwise convolution; weights are widened to their sign, so that `>> 16` must round."""
    q = ptr32(p)
    depth = int(q[_DEPTH])
    s = ptr32(int(ptr32(scratch)) + 4 * q[_PACKED])
    w = ptr8(int(ptr8(model)) + q[_WEIGHTS])
    a = ptr32(int(ptr32(scratch)) + 4 * _SUMS)
    b = ptr32(int(a) + 4 * depth)
    bias = ptr32(table)
    for n in range(depth):
        a[n] = bias[1]
        b[n] = bias[0]
        bias = ptr32(int(bias) + 16)
    taps = q[_KERNEL_H] * q[_KERNEL_W]
    while taps:
        a = ptr32(int(ptr32(scratch)) + 4 * _SUMS)
        b = ptr32(int(a) + 4 * depth)
        n = depth
        while n >> 2:
            v = ((w[0] ^ 128) - 128) * s[0]
            high = (v + 32768) >> 16
            b[0] = high + b[0]
            v = v - (high << 16)
            a[0] = v + a[0]
            v = ((w[1] ^ 128) - 128) * s[1]
            high = (v + 32768) >> 16
            b[1] = high + b[1]
            v = v - (high << 16)
            a[1] = v + a[1]
            v = ((w[2] ^ 128) - 128) * s[2]
            high = (v + 32768) >> 16
            b[2] = high + b[2]
            v = v - (high << 16)
            a[2] = v + a[2]
            v = ((w[3] ^ 128) - 128) * s[3]
            high = (v + 32768) >> 16
            b[3] = high + b[3]
            v = v - (high << 16)
            a[3] = v + a[3]
            w = ptr8(int(w) + 4)
            s = ptr32(int(s) + 16)
            a = ptr32(int(a) + 16)
            b = ptr32(int(b) + 16)
            n -= 4
        while n:
            v = ((w[0] ^ 128) - 128) * s[0]
            high = (v + 32768) >> 16
            b[0] = high + b[0]
            v = v - (high << 16)
            a[0] = v + a[0]
            w = ptr8(int(w) + 1)
            s = ptr32(int(s) + 4)
            a = ptr32(int(a) + 4)
            b = ptr32(int(b) + 4)
            n -= 1
        taps -= 1


@micropython.viper
def accumulate_repeated(
    v: int, total: int, high: int, p: object, model: object, table: object, scratch: object
) -> object:
    """The same for a depthwise convolution that makes several channels of each input channel."""
    q = ptr32(p)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    others = ptr32(int(sums) + 4 * q[_DEPTH])
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
        while n:
            v = ((w[0] ^ 128) - 128) * s[0]
            total = v + total
            high = ((v + 32768) >> 16) + high
            s = ptr32(int(s) + step)
            w = ptr8(int(w) + depth)
            n -= 1
        sums[0] = total - (high << 16) + bias[1]
        others[0] = high + bias[0]
        sums = ptr32(int(sums) + 4)
        others = ptr32(int(others) + 4)
        bias = ptr32(int(bias) + 16)


@micropython.viper
def requantise(x: int, y: int, n: int, p: object, arena: object, table: object, scratch: object) -> object:
    """Scale, round, shift and clamp the accumulators, and write both positions.

    The product of 32 by 31 bits is built from 16-bit halves: accumulators stay below 2**29 (checked by `load`).
    Source: MultiplyByQuantizedMultiplier of TensorFlow Lite, rounding twice.
    """
    q = ptr32(p)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    zero = int(q[_ZERO])
    least = int(q[_LOW])
    most = int(q[_HIGH])
    for lane in range(2 if head[2] != head[3] else 1):
        row = ptr32(table)
        out = ptr8(int(ptr8(arena)) + head[2 + lane])
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
