"""Spectra of light and acceleration, of pulses and of heart beats: transforms, powers, logarithms."""

import micropython
from micropython import const

from ..viper import ptr8, ptr16, ptr32

_MASK = const(255)
#: Limit of a scaled value (Q9).
_LIMIT = const(4095)
#: Points of a transform, values of a window, bytes of a window's half.
_POINTS = const(512)
_WINDOW = const(200)
_HALF = const(100)
#: Bins of a spectrum that are kept: the first, and the one after the last; those its mean power is of (0.6 to 4.2 Hz).
_FIRST = const(4)
_END = const(151)
_MEAN_FIRST = const(12)
_MEAN_END = const(86)
#: What the mean power of a spectrum is in it.
_MEAN = const(64)


@micropython.viper
def window_pair(rings: ptr16, first: int, second: int, end: int, window: ptr8, words: ptr32) -> object:
    """The 200 values before number `end` of two rings into 512 `words`, windowed and in reversed order of their bits.

    A word has a value of ring `first` in its upper half and of `second`, if that is not negative, in its lower one.
    The residual (ring 4) is made as large as fits. `window` is the rising half.
    """
    for i in range(_POINTS):
        words[i] = 0
    start = end - _WINDOW
    shift = 0
    if second == 4:
        size = 0
        for i in range(start, end):
            value = ((rings[1024 + (i & _MASK)] & 0xFFFF) ^ 0x8000) - 0x8000
            if value < 0:
                value = -value
            if value > size:
                size = value
        while shift < 4 and size << shift < 2048:
            shift += 1
    reversed_i = 0
    for i in range(_WINDOW):
        weight = window[i] if i < _HALF else window[_WINDOW - 1 - i]
        at = (start + i) & _MASK
        value = ((rings[(first << 8) + at] & 0xFFFF) ^ 0x8000) - 0x8000
        upper = value * weight >> 6
        lower = 0
        if second >= 0:
            value = (((rings[(second << 8) + at] & 0xFFFF) ^ 0x8000) - 0x8000) << shift
            if value > _LIMIT:
                value = _LIMIT
            elif value < -_LIMIT:
                value = -_LIMIT
            lower = value * weight >> 6
        words[reversed_i] = (upper << 16) | (lower & 0xFFFF)
        bit = _POINTS >> 1
        while reversed_i & bit:
            reversed_i ^= bit
            bit >>= 1
        reversed_i |= bit
    return None


@micropython.viper
def transform(words: ptr32, sines: ptr8) -> object:
    """Fourier transform, divided by 256, of 512 complex `words` in reversed order of which the last 256 values are 0.

    The real part is a word's upper half. `sines` are the sines of 0 to 383 512ths of a turn in Q14, low byte first.
    """
    half = 1
    stride = 256
    while half < _POINTS:
        for k in range(half):
            at = k * stride << 1
            sine = sines[at] | (((sines[at + 1] ^ 0x80) - 0x80) << 8)
            at += 256
            cosine = sines[at] | (((sines[at + 1] ^ 0x80) - 0x80) << 8)
            i = k
            while i < _POINTS:
                word = words[i + half]
                real = word >> 16
                imaginary = ((word & 0xFFFF) ^ 0x8000) - 0x8000
                turned = (real * cosine + imaginary * sine) >> 14
                imaginary = (imaginary * cosine - real * sine) >> 14
                word = words[i]
                real = word >> 16
                word = ((word & 0xFFFF) ^ 0x8000) - 0x8000
                if half == 1:
                    # the second is 0
                    words[i + half] = words[i]
                else:
                    words[i] = ((real + turned + 1) >> 1 << 16) | (((word + imaginary + 1) >> 1) & 0xFFFF)
                    words[i + half] = ((real - turned + 1) >> 1 << 16) | (((word - imaginary + 1) >> 1) & 0xFFFF)
                i += half + half
        half += half
        stride >>= 1
    return None


@micropython.viper
def split_powers(words: ptr32) -> object:
    """Of the transform of two real signals the power of bin k of the first into word k, of the second into 512 - k."""
    for k in range(_FIRST, _END):
        a = words[k]
        b = words[_POINTS - k]
        real = (a >> 16) + (b >> 16)
        imaginary = (((a & 0xFFFF) ^ 0x8000) - 0x8000) - (((b & 0xFFFF) ^ 0x8000) - 0x8000)
        words[k] = real * real + imaginary * imaginary
        real = (((a & 0xFFFF) ^ 0x8000) - 0x8000) + (((b & 0xFFFF) ^ 0x8000) - 0x8000)
        imaginary = (b >> 16) - (a >> 16)
        words[_POINTS - k] = real * real + imaginary * imaginary
    return None


@micropython.viper
def keep_powers(words: ptr32, kept: ptr8, at: int) -> object:
    """Logarithms (Q3) of both signals' power together, as `split_powers` left it, from `kept[at]` on by bin."""
    for k in range(_FIRST, _END):
        value = words[k] + words[_POINTS - k]
        code = 0
        if value >= 8:
            while value > 15:
                value >>= 1
                code += 8
            code += value + 16
        kept[at + k] = code
    return None


@micropython.viper
def add_powers(words: ptr32, kept: ptr8, at: int) -> object:
    """Add what `keep_powers` kept to the power in each word."""
    for k in range(_FIRST, _END):
        code = kept[at + k]
        if code:
            words[k] += (8 + (code & 7)) << (code >> 3) - 3
    return None


@micropython.viper
def log_spectrum(words: ptr32, mirrored: int, least: int, out: ptr8, at: int) -> object:
    """Powers in words k, or 512 - k if `mirrored`, into `out[at + k]`: 16 an octave of amplitude, the mean one 64.

    `least` is added to the mean power (64ths), so that a still accelerometer has no spectrum; 1/256 of the mean is
    added to each.
    """
    total = 0
    for k in range(_MEAN_FIRST, _MEAN_END):
        total += words[_POINTS - k if mirrored else k] >> 6
    mean = total // (_MEAN_END - _MEAN_FIRST) + least
    base = 16
    value = mean
    while value > 15:
        value >>= 1
        base += 8
    base += value
    for k in range(_FIRST):
        out[at + k] = 0
    for k in range(_FIRST, _END):
        value = words[_POINTS - k if mirrored else k] + (mean >> 2)
        code = _MEAN - 48 - base
        if value >= 8:
            while value > 15:
                value >>= 1
                code += 8
            code += value + 16
        if code < 0:
            code = 0
        elif code > 127:
            code = 127
        out[at + k] = code
    return None
