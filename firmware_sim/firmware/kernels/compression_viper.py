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

    `shape`: channels, plus 16 for values of 24 bits instead of 16, plus 32 where the first sample is to be coded whole.
    `state`, 11 words a channel: the value before, four differences before it, four weights in Q8, mean code times 8,
    Rice parameter. Returns the bit after the last; 0: there was no room, and `state` is of no use.
    """
    channels = shape & 15
    wide = shape & 16
    left = channels if shape & 32 else 0
    write = begin >> 3
    bits = begin & 7
    acc = out[write] >> (8 - bits)
    values = n * channels
    base = 0
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
            p = 0
            for i in range(base + 1, base + 5):
                p += state[i] * state[i + 4]
            p >>= 8
            e = d - p
            if e > 0:
                for i in range(base + 1, base + 5):
                    h = state[i]
                    w = state[i + 4]
                    if h > 0:
                        if w < 1016:
                            state[i + 4] = w + 1
                    elif h < 0 and w > -1024:
                        state[i + 4] = w - 1
                m = e << 1
            else:
                if e < 0:
                    for i in range(base + 1, base + 5):
                        h = state[i]
                        w = state[i + 4]
                        if h < 0:
                            if w < 1016:
                                state[i + 4] = w + 1
                        elif h > 0 and w > -1024:
                            state[i + 4] = w - 1
                m = 0 - (e << 1)
                if m:
                    m -= 1
            if d > 0x3FFFF:
                d = 0x3FFFF
            elif d < -0x3FFFF:
                d = -0x3FFFF
            state[base + 4] = state[base + 3]
            state[base + 3] = state[base + 2]
            state[base + 2] = state[base + 1]
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
        if base == 11 * channels:
            base = 0
    if bits:
        out[write] = acc << (8 - bits) & 0xFF
    return write << 3 | bits
