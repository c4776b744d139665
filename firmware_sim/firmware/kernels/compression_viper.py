"""Lossless compression of sample blocks, as bits: a sign-sign LMS predictor over differences, adaptive Rice codes.

`docs/log.md` has the format; `host_sdk/log/compression.py` decodes it.
"""

import micropython

from ..viper import ptr8, ptr32


@micropython.viper
def put_bits(out: ptr8, begin: int, value: int, length: int) -> int:
    """Put the low `length` <= 24 bits of `value` into `out` from bit `begin` on; returns the bit after them.

    The first bit of a byte is its highest; bits behind the last one become 0.
    """
    write = begin >> 3
    bits = begin & 7
    acc = (out[write] >> (8 - bits)) << length | value & ((1 << length) - 1)
    bits += length
    while bits >= 8:
        bits -= 8
        out[write] = acc >> bits & 0xFF
        write += 1
    if bits:
        out[write] = acc << (8 - bits) & 0xFF
    return begin + length


@micropython.viper
def put_bytes(source: ptr8, first: int, n: int, out: ptr8, begin: int) -> int:
    """Put `n` bytes of `source` from index `first` on into `out` from bit `begin` on; returns the bit after them."""
    write = begin >> 3
    bits = begin & 7
    acc = out[write] >> (8 - bits)
    for i in range(first, first + n):
        acc = (acc & 0xFF) << 8 | source[i]
        out[write] = acc >> bits & 0xFF
        write += 1
    if bits:
        out[write] = acc << (8 - bits) & 0xFF
    return begin + 8 * n


@micropython.viper
def compress(frame: ptr8, at: int, n: int, shape: int, state: ptr32, out: ptr8, begin: int, end: int) -> int:
    """Code `n` samples that lie in `frame` from `at` on into `out` from bit `begin` on, before byte `end`.

    `shape`: channels, plus 16 for values of 24 bits instead of 16, plus 32 where the first sample is to be coded whole,
    plus 256 times the index from which on it has its words in `state`. These are 11 a channel: the value before, four
    differences before it, four weights in Q8 (-1024 to 1016 where a block begins), mean code times 8, Rice parameter.
    Returns the bit after the last; 0: there was no room, and `state` is of no use.
    """
    channels = shape & 15
    first = shape >> 8
    behind = first + 11 * channels
    wide = shape & 16
    left = channels if shape & 32 else 0
    write = begin >> 3
    bits = begin & 7
    acc = out[write] >> (8 - bits)
    values = n * channels
    base = first
    while base < behind:
        for i in range(base + 5, base + 9):
            if state[i] > 1016:
                state[i] = 1016
            elif state[i] < -1024:
                state[i] = -1024
        base += 11
    base = first
    while values > 0:
        values -= 1
        if write + 7 > end:
            return 0
        if wide:
            raw = frame[at] | frame[at + 1] << 8 | frame[at + 2] << 16
            x = (raw ^ 0x800000) - 0x800000
            at += 3
        else:
            raw = frame[at] | frame[at + 1] << 8
            x = (raw ^ 0x8000) - 0x8000
            at += 2
        d = x - state[base]
        state[base] = x
        if left:
            left -= 1
            code = raw
            length = 24
        else:
            h0 = state[base + 1]
            h1 = state[base + 2]
            h2 = state[base + 3]
            h3 = state[base + 4]
            w0 = state[base + 5]
            w1 = state[base + 6]
            w2 = state[base + 7]
            w3 = state[base + 8]
            e = d - ((h0 * w0 + h1 * w1 + h2 * w2 + h3 * w3) >> 8)
            m = e << 1
            if e:
                if e < 0:
                    m = -1 - m
                # weights follow the sign of the error, each by the sign of its difference
                if h0:
                    state[base + 5] = w0 - 1 if (h0 ^ e) < 0 else w0 + 1
                if h1:
                    state[base + 6] = w1 - 1 if (h1 ^ e) < 0 else w1 + 1
                if h2:
                    state[base + 7] = w2 - 1 if (h2 ^ e) < 0 else w2 + 1
                if h3:
                    state[base + 8] = w3 - 1 if (h3 ^ e) < 0 else w3 + 1
            if d > 0x3FFFF:
                d = 0x3FFFF
            elif d < -0x3FFFF:
                d = -0x3FFFF
            state[base + 4] = h2
            state[base + 3] = h1
            state[base + 2] = h0
            state[base + 1] = d
            k = state[base + 10]
            q = m >> k
            a = state[base + 9]
            a += m - (a >> 3)
            state[base + 9] = a
            mean = a >> 3
            length = q + 1 + k
            if q < 20 and length <= 24:
                code = ((1 << q) - 1) << (k + 1) | (m & ((1 << k) - 1))
            else:
                if q < 20:
                    acc = acc << (q + 1) | ((1 << q) - 1) << 1
                    bits += q + 1
                    code = m & ((1 << k) - 1)
                    length = k
                else:
                    acc = acc << 20 | 0xFFFFF
                    bits += 20
                    code = raw
                    length = 24
                while bits >= 8:
                    bits -= 8
                    out[write] = acc >> bits & 0xFF
                    write += 1
                acc &= (1 << bits) - 1
            while k < 23 and mean >= 2 << k:
                k += 1
            while k > 0 and mean < 1 << k:
                k -= 1
            state[base + 10] = k
        acc = acc << length | code
        bits += length
        while bits >= 8:
            bits -= 8
            out[write] = acc >> bits & 0xFF
            write += 1
        acc &= (1 << bits) - 1
        base += 11
        if base == behind:
            base = first
    if bits:
        out[write] = acc << (8 - bits) & 0xFF
    return write << 3 | bits
