"""Bytes of buses and of the wire."""

import micropython
from micropython import const

from ..viper import ptr8, ptr16, ptr32

_COUNT_MASK = const(0x3FFFFFFF)


@micropython.viper
def keep_ecg(frame: ptr8, ring: ptr32, mask: int, state: ptr32, stamp: int) -> object:
    """Channel 1 of an ADS1292R frame into `ring`, shifted up by one bit that says whether an input of it is off.

    `state`: 0 frames kept, modulo 2^30: the position (modulo `mask + 1`) that is written; 2 becomes `stamp`.
    """
    value = ((frame[3] ^ 0x80) << 16 | frame[4] << 8 | frame[5]) - 0x800000
    value <<= 1
    if frame[0] & 0x01 | frame[1] & 0x80:  # IN1N_OFF, IN1P_OFF
        value |= 1
    count = state[0]
    ring[count & mask] = value
    state[2] = stamp
    state[0] = (count + 1) & _COUNT_MASK
    return None


@micropython.viper
def take_ecg(ring: ptr32, slot: int, mask: int, n: int, out: ptr32) -> int:
    """`n` samples that `keep_ecg` kept, from `slot` on (modulo `mask + 1`), into `out`.

    Returns 1 where an input was off at any of them, plus 2 where a sample is at full scale.
    """
    off = 0
    railed = 0
    for i in range(n):
        kept = ring[(slot + i) & mask]
        off |= kept & 1
        value = kept >> 1
        out[i] = value
        if value >= 0x7FFFFF or value <= -0x800000:
            railed = 2
    return railed | off


@micropython.viper
def decode_ppg(burst: ptr8, n: int, out: ptr32, first: int) -> object:
    """`n` 18-bit values of a MAX30102 FIFO burst into `out` from index `first` on."""
    at = 0
    for i in range(first, first + n):
        out[i] = (burst[at] & 0x03) << 16 | burst[at + 1] << 8 | burst[at + 2]
        at += 3
    return None


@micropython.viper
def decode_ppg_green(burst: ptr8, n: int, pairs: ptr32, green: ptr32, first: int) -> object:
    """`n` samples of a MAX30101 FIFO burst, three 18-bit values each: red and infrared into `pairs`, then `green`.

    `first` is the number of the first of them there.
    """
    at = 0
    for i in range(first, first + n):
        pairs[2 * i] = (burst[at] & 0x03) << 16 | burst[at + 1] << 8 | burst[at + 2]
        pairs[2 * i + 1] = (burst[at + 3] & 0x03) << 16 | burst[at + 4] << 8 | burst[at + 5]
        green[i] = (burst[at + 6] & 0x03) << 16 | burst[at + 7] << 8 | burst[at + 8]
        at += 9
    return None


@micropython.viper
def decode_motion(burst: ptr8, end: int, accel: ptr16, gyro: ptr16, done: int) -> int:
    """Pairs of LSM6DSO words (7 bytes each) before `end` into the arrays from sample `done` on.

    Returns samples done times 1024, plus bytes used. A word without its partner is left out.
    """
    at = 0
    while at + 14 <= end:
        if burst[at] >> 3 != 1 or burst[at + 7] >> 3 != 2:
            at += 7
        else:
            for k in range(3):
                low = at + 1 + 2 * k
                gyro[3 * done + k] = ((burst[low + 1] ^ 0x80) << 8 | burst[low]) - 0x8000
                accel[3 * done + k] = ((burst[low + 8] ^ 0x80) << 8 | burst[low + 7]) - 0x8000
            done += 1
            at += 14
    return done << 10 | at


@micropython.viper
def pack16(samples: ptr16, start: int, n: int, out: ptr8, at: int) -> object:
    """`n` 16-bit values of `samples` from index `start` on into `out` from byte `at` on, little-endian."""
    for i in range(start, start + n):
        value = samples[i]
        out[at] = value & 0xFF
        out[at + 1] = value >> 8 & 0xFF
        at += 2
    return None


@micropython.viper
def pack24(samples: ptr32, start: int, n: int, out: ptr8, at: int) -> object:
    """The lower 24 bits of `n` values from index `start` on into `out` from byte `at` on, little-endian."""
    for i in range(start, start + n):
        value = samples[i]
        out[at] = value & 0xFF
        out[at + 1] = value >> 8 & 0xFF
        out[at + 2] = value >> 16 & 0xFF
        at += 3
    return None


@micropython.viper
def cobs_encode(data: ptr8, n: int, out: ptr8, at: int) -> int:
    """Byte-stuff `n` bytes of `data` into `out` from index `at` on; returns the index after the last byte."""
    code_at = at
    at += 1
    code = 1
    for i in range(n):
        if code == 255:  # a full block opens the next one only when data follows
            out[code_at] = 255
            code_at = at
            at += 1
            code = 1
        b = data[i]
        if b:
            out[at] = b
            code += 1
        else:
            out[code_at] = code
            code_at = at
            code = 1
        at += 1
    out[code_at] = code
    return at


@micropython.viper
def ring_write(ring: ptr8, size: int, at: int, source: ptr8, n: int) -> object:
    """Copy the first `n` <= `size` bytes of `source` into the ring of `size` bytes from index `at` on."""
    for i in range(n):
        ring[at] = source[i]
        at += 1
        if at == size:
            at = 0
    return None


@micropython.viper
def ring_read(ring: ptr8, size: int, at: int, out: ptr8, n: int) -> object:
    """Copy `n` <= `size` bytes of the ring of `size` bytes from index `at` on to the start of `out`."""
    for i in range(n):
        out[i] = ring[at]
        at += 1
        if at == size:
            at = 0
    return None
