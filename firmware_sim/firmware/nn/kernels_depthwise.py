"""Depthwise convolutions in viper, on the packed inputs that `kernels_conv.py` describes."""

import micropython
from micropython import const

from .kernels_gather import gather, pack
from .kernels_output import requantise
from .pointers import ptr8, ptr32

_IN = const(0)
_DEPTH_IN = const(4)
_KERNEL_H = const(5)
_KERNEL_W = const(6)
_POSITIONS = const(14)
_DEPTH = const(15)
_PACKED = const(23)
_WEIGHTS = const(24)
_SUMS = const(4)


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
def accumulate_depthwise(v: int, high: int, n: int, p: object, model: object, table: object, scratch: object) -> object:
    """The same for a depthwise convolution; weights are widened to their sign, so that `>> 16` must round."""
    q = ptr32(p)
    depth = int(q[_DEPTH])
    head = ptr32(scratch)
    s = ptr32(int(head) + 4 * q[_PACKED])
    w = ptr8(int(ptr8(model)) + q[_WEIGHTS])
    a = ptr32(int(head) + 4 * _SUMS)
    b = ptr32(int(a) + 4 * depth)
    bias = ptr32(table)
    for n in range(depth):
        a[n] = bias[1]
        b[n] = bias[0]
        bias = ptr32(int(bias) + 16)
    taps = q[_KERNEL_H] * q[_KERNEL_W]
    while taps:
        a = ptr32(int(head) + 4 * _SUMS)
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
    weights = ptr8(model)
    sums = ptr32(int(head) + 4 * _SUMS)
    others = ptr32(int(sums) + 4 * q[_DEPTH])
    bias = ptr32(table)
    depth = int(q[_DEPTH])
    step = 4 * q[_DEPTH_IN]
    repeat = depth // q[_DEPTH_IN]
    taps = q[_KERNEL_H] * q[_KERNEL_W]
    for i in range(depth):
        s = ptr32(int(head) + 4 * (q[_PACKED] + i // repeat))
        w = ptr8(int(weights) + q[_WEIGHTS] + i)
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
