"""AES-128 of single blocks (FIPS 197), for the few that a log has: without a package that everybody would need."""

from __future__ import annotations

import struct

_ROUNDS = 10


def _rotated(value: int, bits: int) -> int:
    return (value >> bits | value << (32 - bits)) & 0xFFFFFFFF


def _doubled(value: int) -> int:
    return (value << 1 ^ (0x11B if value & 0x80 else 0)) & 0x1FF


def _tables() -> tuple[bytes, list[list[int]]]:
    """The S-box, and by it the four tables of a column's mixing."""
    box = bytearray(256)
    p = q = 1
    while True:
        p ^= _doubled(p) & 0xFF
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        q ^= 0x09 if q & 0x80 else 0
        eight = q | q << 8
        box[p] = (q ^ eight >> 7 ^ eight >> 6 ^ eight >> 5 ^ eight >> 4) & 0xFF ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    first = []
    for value in box:
        double = _doubled(value) & 0xFF
        first.append(double << 24 | value << 16 | value << 8 | (double ^ value))
    return bytes(box), [[_rotated(word, 8 * number) for word in first] for number in range(4)]


_BOX, _MIX = _tables()


class Aes:
    """Encrypts blocks of 16 bytes with a key of 16."""

    def __init__(self, key: bytes) -> None:
        words = list(struct.unpack(">4I", key))
        constant = 1
        for number in range(4, 4 * (_ROUNDS + 1)):
            word = words[-1]
            if number % 4 == 0:
                word = _substituted(_rotated(word, 24)) ^ constant << 24
                constant = _doubled(constant) & 0xFF
            words.append(words[-4] ^ word)
        self._words = words

    def encrypt(self, block: bytes) -> bytes:
        """One block."""
        words, (m0, m1, m2, m3) = self._words, _MIX
        a, b, c, d = (word ^ key for word, key in zip(struct.unpack(">4I", block), words, strict=False))
        for at in range(4, 4 * _ROUNDS, 4):
            a, b, c, d = (
                m0[a >> 24] ^ m1[b >> 16 & 255] ^ m2[c >> 8 & 255] ^ m3[d & 255] ^ words[at],
                m0[b >> 24] ^ m1[c >> 16 & 255] ^ m2[d >> 8 & 255] ^ m3[a & 255] ^ words[at + 1],
                m0[c >> 24] ^ m1[d >> 16 & 255] ^ m2[a >> 8 & 255] ^ m3[b & 255] ^ words[at + 2],
                m0[d >> 24] ^ m1[a >> 16 & 255] ^ m2[b >> 8 & 255] ^ m3[c & 255] ^ words[at + 3],
            )
        columns = ((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c))
        last = words[4 * _ROUNDS :]
        out = [
            (_BOX[w >> 24] << 24 | _BOX[x >> 16 & 255] << 16 | _BOX[y >> 8 & 255] << 8 | _BOX[z & 255]) ^ key
            for (w, x, y, z), key in zip(columns, last, strict=True)
        ]
        return struct.pack(">4I", *out)


def _substituted(word: int) -> int:
    return sum(_BOX[word >> shift & 255] << shift for shift in (0, 8, 16, 24))
