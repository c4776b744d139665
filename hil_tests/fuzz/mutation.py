"""Damage, drawn from a random generator: what transmission, storage and malice make of bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

Mutation = Callable[[Random, bytearray], None]

#: Values that are most likely to do harm.
EXTREME_BYTES = (0, 1, 2, 0x7F, 0x80, 0xFF)
EXTREME_WORDS = (0, 1, 4, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF)
#: Numbers as text, which headers and tables are made of.
EXTREME_TEXTS = (
    b"0",
    b"-1",
    b"1e308",
    b"nan",
    b"99999999999",
    b"2147483647",
    b"-2147483648",
    b"",
    b"/",
    b"\n",
    b",",
    b"\0",
)


def flip_bit(chance: Random, data: bytearray) -> None:
    """Flip one bit."""
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def set_byte(chance: Random, data: bytearray) -> None:
    """Set one byte."""
    data[chance.randrange(len(data))] = chance.choice((*EXTREME_BYTES, chance.randrange(256)))


def set_word(chance: Random, data: bytearray) -> None:
    """Set an aligned word: where flatbuffers and headers have offsets, lengths and counts."""
    at = chance.randrange(max(1, len(data) // 4)) * 4
    near = chance.choice((-64, -4, -1, 1, 4, 64)) + int.from_bytes(data[at : at + 4], "little")
    word = chance.choice((*EXTREME_WORDS, len(data), near, chance.randrange(len(data) + 1)))
    data[at : at + 4] = struct.pack("<I", word & 0xFFFFFFFF)[: len(data) - at]


def cut(chance: Random, data: bytearray) -> None:
    """Lose the end."""
    del data[chance.randrange(len(data)) :]


def lose(chance: Random, data: bytearray) -> None:
    """Lose a piece."""
    at = chance.randrange(len(data))
    del data[at : at + chance.choice((1, 1, 2, 4, 16, 256))]


def insert(chance: Random, data: bytearray) -> None:
    """Gain a piece: something of its own, or chance."""
    at, size = chance.randrange(len(data)), chance.choice((1, 2, 4, 16))
    own = chance.randrange(len(data))
    data[at:at] = data[own : own + size] if chance.random() < 0.5 else chance.randbytes(size)


def set_text(chance: Random, data: bytearray) -> None:
    """Replace a number that stands there as text."""
    at = chance.randrange(len(data))
    begin = next((i for i in range(at, len(data)) if data[i : i + 1].isdigit()), at)
    end = next((i for i in range(begin, len(data)) if not data[i : i + 1].isdigit()), len(data))
    data[begin:end] = chance.choice((*EXTREME_TEXTS, str(chance.randrange(1 << chance.choice((4, 16, 40)))).encode()))


BINARY: tuple[Mutation, ...] = (flip_bit, flip_bit, set_byte, set_byte, set_word, set_word, cut, lose, insert)
TEXT: tuple[Mutation, ...] = (flip_bit, set_byte, cut, lose, insert, set_text, set_text, set_text)


def mutated(chance: Random, data: bytes, mutations: tuple[Mutation, ...] = BINARY) -> bytes:
    """A copy with one to eight faults, mostly one."""
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        if damaged:
            chance.choice(mutations)(chance, damaged)
    return bytes(damaged)
