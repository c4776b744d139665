"""Convolutions in viper: two output positions at a time, their inputs packed into one word.

The word of an input element is x1 * 65536 + (x0 + 128), with x0 and x1 its int8 values for the two positions. Times a
weight w + 128 (0 to 255) it holds both products: the upper half is exactly x1 * (w + 128), because the lower product
needs no more than its 16 unsigned bits. So `>> 16` adds up the upper lane, the plain sum less that gives the lower one,
and what the offsets of 128 add is taken off per position (128 * sum(x)) and per channel (128 * sum(w)).

Parameters of a window: see `loading/window.py`; of the scratch: word 0 is how many positions it holds (up to two times
parameter 31), the next where in the arena they are written; from word 36 on the accumulators of each, then for each
pair the sums of the inputs of both, times 128, and the packed inputs. Calls are slow, so each works on all pairs.
Every function takes buffers as objects and hot numbers first, since viper keeps its first three locals in registers.
"""

import micropython
from micropython import const

from .kernels_gather import fill
from .kernels_output import requantise
from .pointers import ptr8, ptr32

_POSITIONS = const(14)
_DEPTH = const(15)
_PACKED = const(23)
_WEIGHTS = const(24)
_WEIGHTS_CHANNEL = const(25)
_ROWS = const(26)
_ROW_STEP = const(27)
_RUNS = const(28)
_RUN_STEP = const(29)
_RUN = const(30)
_SUMS = const(36)


@micropython.viper
def conv(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """CONV_2D and FULLY_CONNECTED, or one phase of TRANSPOSE_CONV."""
    n = int(ptr32(p)[_POSITIONS])
    i = 0
    while i < n:
        i = int(fill(i, p, arena, scratch))
        if n == 1:
            accumulate_one(0, 0, 0, p, model, table, scratch)
        else:
            accumulate(0, 0, 0, p, model, table, scratch)
        requantise(0, 0, 0, p, arena, table, scratch)


@micropython.viper
def accumulate(v: int, total: int, high: int, p: object, model: object, table: object, scratch: object) -> object:
    """Both accumulators of every pair and output channel, bias included; the first three arguments are 0."""
    q = ptr32(p)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    inputs = ptr32(int(head) + 4 * q[_PACKED])
    runs = int(q[_RUNS])
    pieces = q[_ROWS] * runs
    depth = 4 * q[_DEPTH]
    weights = ptr8(model)
    rows = ptr32(table)
    pairs = (head[0] + 1) >> 1
    while pairs:
        bias = ptr32(int(rows))
        channel = int(q[_WEIGHTS])
        s = inputs
        for _ in range(q[_DEPTH]):
            s = ptr32(int(inputs) + 8)
            w = ptr8(int(weights) + channel)
            total = 0
            high = 0
            left = pieces
            while left:
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
                if n & 4:
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
                    s = ptr32(int(s) + 16)
                    w = ptr8(int(w) + 4)
                if n & 2:
                    v = (w[0] ^ 128) * s[0]
                    total = v + total
                    high = (v >> 16) + high
                    v = (w[1] ^ 128) * s[1]
                    total = v + total
                    high = (v >> 16) + high
                    s = ptr32(int(s) + 8)
                    w = ptr8(int(w) + 2)
                if n & 1:
                    v = (w[0] ^ 128) * s[0]
                    total = v + total
                    high = (v >> 16) + high
                    s = ptr32(int(s) + 4)
                    w = ptr8(int(w) + 1)
                left -= 1
                if left:
                    w = ptr8(int(w) - q[_RUN] + (q[_RUN_STEP] if left % runs else q[_ROW_STEP]))
            others = ptr32(int(sums) + depth)
            sums[0] = total - (high << 16) - inputs[0] + bias[0] - ((bias[2] >> 6) << 7)
            others[0] = high - inputs[1] + bias[0]
            sums = ptr32(int(sums) + 4)
            bias = ptr32(int(bias) + 12)
            channel += q[_WEIGHTS_CHANNEL]
        inputs = s
        sums = ptr32(int(sums) + depth)
        pairs -= 1


@micropython.viper
def accumulate_one(v: int, total: int, n: int, p: object, model: object, table: object, scratch: object) -> object:
    """The same for one position, whose inputs lie in the lower lanes."""
    q = ptr32(p)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    inputs = ptr32(int(head) + 4 * q[_PACKED])
    bias = ptr32(table)
    channel = int(q[_WEIGHTS])
    weights = ptr8(model)
    runs = int(q[_RUNS])
    pieces = q[_ROWS] * runs
    for _ in range(q[_DEPTH]):
        s = ptr32(int(inputs) + 8)
        w = ptr8(int(weights) + channel)
        total = 0
        left = pieces
        while left:
            n = int(q[_RUN])
            while n >> 3:
                total = (w[0] ^ 128) * s[0] + total
                total = (w[1] ^ 128) * s[1] + total
                total = (w[2] ^ 128) * s[2] + total
                total = (w[3] ^ 128) * s[3] + total
                total = (w[4] ^ 128) * s[4] + total
                total = (w[5] ^ 128) * s[5] + total
                total = (w[6] ^ 128) * s[6] + total
                total = (w[7] ^ 128) * s[7] + total
                s = ptr32(int(s) + 32)
                w = ptr8(int(w) + 8)
                n -= 8
            while n:
                total = (w[0] ^ 128) * s[0] + total
                s = ptr32(int(s) + 4)
                w = ptr8(int(w) + 1)
                n -= 1
            left -= 1
            if left:
                w = ptr8(int(w) - q[_RUN] + (q[_RUN_STEP] if left % runs else q[_ROW_STEP]))
        sums[0] = total - inputs[0] + bias[0] - ((bias[2] >> 6) << 7)
        sums = ptr32(int(sums) + 4)
        bias = ptr32(int(bias) + 12)
        channel += q[_WEIGHTS_CHANNEL]
