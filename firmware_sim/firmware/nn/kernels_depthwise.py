"""Depthwise convolutions in viper, on the packed inputs that `kernels_conv.py` describes."""

import micropython
from micropython import const

from .kernels_gather import fill
from .kernels_output import requantise
from .pointers import ptr8, ptr32

_DEPTH_IN = const(4)
_KERNEL_H = const(5)
_KERNEL_W = const(6)
_POSITIONS = const(14)
_DEPTH = const(15)
_PACKED = const(23)
_WEIGHTS = const(24)
_SUMS = const(36)


@micropython.viper
def depthwise(p: object, arena: object, model: object, table: object, scratch: object) -> object:
    """DEPTHWISE_CONV_2D."""
    n = int(ptr32(p)[_POSITIONS])
    i = 0
    while i < n:
        i = int(fill(i, p, arena, scratch))
        accumulate_depthwise(0, 0, 0, p, model, table, scratch)
        requantise(0, 0, 0, p, arena, table, scratch)


@micropython.viper
def accumulate_depthwise(
    v: int, total: int, high: int, p: object, model: object, table: object, scratch: object
) -> object:
    """Both accumulators of every pair and channel; weights are widened to their sign, so that `>> 16` must round."""
    q = ptr32(p)
    head = ptr32(scratch)
    sums = ptr32(int(head) + 4 * _SUMS)
    depth = int(q[_DEPTH])
    inputs = int(q[_DEPTH_IN])
    step = 4 * inputs
    repeat = depth // inputs
    taps = q[_KERNEL_H] * q[_KERNEL_W]
    first = 4 * q[_PACKED] + 8
    weights = ptr8(model)
    rows = ptr32(table)
    for _ in range((head[0] + 1) >> 1):
        bias = ptr32(int(rows))
        at = int(q[_WEIGHTS])
        others = ptr32(int(sums) + 4 * depth)
        again = repeat
        source = first
        for _ in range(depth):
            s = ptr32(int(head) + source)
            w = ptr8(int(weights) + at)
            total = bias[0] - ((bias[2] >> 6) << 7)
            high = 0
            n = taps
            while n:
                v = ((w[0] ^ 128) - 128) * s[0]
                total = v + total
                high = ((v + 32768) >> 16) + high
                s = ptr32(int(s) + step)
                w = ptr8(int(w) + depth)
                n -= 1
            sums[0] = total - (high << 16)
            others[0] = high + bias[0]
            sums = ptr32(int(sums) + 4)
            others = ptr32(int(others) + 4)
            bias = ptr32(int(bias) + 12)
            at += 1
            again -= 1
            if not again:
                again = repeat
                source += 4
        sums = others
        first += step * taps + 8
