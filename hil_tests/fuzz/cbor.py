"""CBOR (RFC 8949) drawn from a random generator: values, and encodings of them that may lie about themselves."""

from __future__ import annotations

import struct
from random import Random
from typing import Any

#: Of 1000 heads so many are not what they should be.
_LIES = 25
_DEEPEST = 9
_TEXTS = (
    "",
    "d",
    "s",
    "a",
    "name",
    "val",
    "vitalband",
    "vitalband/",
    "é",
    "\0",
    "日本",
    "x" * 60,
    "2026-11-29T17:04:05+01:00",
)
_NUMBERS = (0, 1, 23, 24, 255, 256, 65535, 65536, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 63) - 1, (1 << 64) - 1)


def value(chance: Random, depth: int = 0) -> Any:
    """Any value that CBOR has, containers within each other included; floats and tags as `Raw`."""
    kind = chance.randrange(10 if depth < _DEEPEST else 7)
    if kind < 2:
        number = chance.choice((*_NUMBERS, chance.randrange(1 << chance.choice((4, 8, 20)))))
        return -1 - number if chance.randrange(4) == 0 else number
    if kind == 2:
        return chance.choice((True, False, None))
    if kind == 3:
        return Raw(
            chance.choice((b"\xf9\x7e\x00", b"\xfa\x7f\x80\x00\x00", b"\xc0\x60", b"\xd8\x2a\x01", b"\xf7", b"\xfc"))
        )
    if kind < 6:
        return chance.choice(_TEXTS)
    if kind == 6:
        return chance.randbytes(chance.choice((0, 1, 2, 4, 8, 30, 300)))
    size = chance.choice((0, 1, 2, 3, 30))
    if kind == 7:
        return [value(chance, depth + 2) for _ in range(size)]
    return {chance.choice((*_TEXTS, *range(4))): value(chance, depth + 2) for _ in range(size)}


class Raw(bytes):
    """Bytes that stand in an encoding as they are."""


def encoded(chance: Random, item: Any) -> bytes:
    """A value's encoding; now and then a length, a type or an end in it is wrong."""
    if isinstance(item, Raw):
        return bytes(item)
    if item is None or isinstance(item, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[item]
    if isinstance(item, int):
        return _head(chance, 1, -1 - item) if item < 0 else _head(chance, 0, item)
    if isinstance(item, str):
        raw = item.encode()
        return _head(chance, 3, len(raw)) + raw
    if isinstance(item, bytes):
        return _head(chance, 2, len(item)) + item
    pairs = item.items() if isinstance(item, dict) else ((each,) for each in item)
    body = b"".join(encoded(chance, part) for pair in pairs for part in pair)
    kind = 5 if isinstance(item, dict) else 4
    if chance.randrange(4) == 0:  # of indefinite length, as Zephyr's encoder leaves it
        return bytes((kind << 5 | 31,)) + body + (b"\xff" if chance.randrange(1000) >= _LIES else b"")
    return _head(chance, kind, len(item)) + body


def _head(chance: Random, kind: int, argument: int) -> bytes:
    """Type and argument, in as few bytes as will do or in more."""
    if chance.randrange(1000) < _LIES:
        kind = chance.choice((kind, chance.randrange(8)))
        argument = max(0, argument + chance.choice((-1, 1, 100, chance.choice(_NUMBERS)))) & ((1 << 64) - 1)
    least = next(power for power in range(4) if argument < 1 << (8 << power))
    if argument < 24 and chance.randrange(8):
        return bytes((kind << 5 | argument,))
    power = chance.randrange(least, 4) if chance.randrange(8) == 0 else least
    return bytes((kind << 5 | 24 + power,)) + struct.pack(">Q", argument)[8 - (1 << power) :]
