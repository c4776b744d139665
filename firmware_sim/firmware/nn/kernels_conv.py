"""Convolutions in viper: two output positions at a time, their inputs packed into one word.

The word of an input element is x1 * 65536 + (x0 + 128), with x0 and x1 its int8 values for the two positions. Times a
weight w + 128 (0 to 255) it holds both products: the upper half is exactly x1 * (w + 128), because the lower product
needs no more than its 16 unsigned bits. So `>> 16` adds up the upper lane, the plain sum less that gives the lower one,
and what the offsets of 128 add is taken off per position (128 * sum(x)) and per channel (in the table).

Parameters of a window: see `loading/window.py`; of the scratch: words 0 and 1 are the sums of the lanes, 2 and 3 where
in the arena they are written; then the accumulators of the lower lane, of the upper lane; then the packed inputs.
Every function takes buffers as objects and hot numbers first, since viper keeps its first three locals in registers.
"""

import micropython
from micropython import const

from .kernels_gather import gather, pack
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
