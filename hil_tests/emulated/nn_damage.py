"""Damages a network in many ways and tells how it was taken, the same ways wherever it runs; prints one JSON object.

`micropython nn_damage.py FILE COUNT`, where the package `firmware` is importable; or `verdicts()` with its parts.
"""

import binascii
import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

#: Values that are most likely to do harm.
EXTREMES = b"\x00\x01\x02\x7f\x80\xff"
#: Bytes of the largest arena that is tried: what a board has room for.
ROOM = 1 << 14


class Chance:
    """A generator whose numbers stay small on a microcontroller."""

    def __init__(self) -> None:
        self._state = 1

    def below(self, n: int) -> int:
        """A number in [0, n), n up to 65536."""
        self._state = (self._state * 75 + 74) % 65537
        return self._state % n


def verdicts(network: "Callable[[bytes], Any]", error: "type[Exception]", model: bytes, count: int) -> "dict[str, int]":
    """How many of `count` damaged copies ran and how many were refused with `error`, and a sum over all outputs."""
    chance = Chance()
    ran = refused = checksum = 0
    for _ in range(count):
        damaged = bytearray(model)
        for _ in range(1 + chance.below(3)):
            value = chance.below(512)
            damaged[chance.below(len(model))] = EXTREMES[value % 6] if value < 256 else value & 0xFF
        try:
            net = network(bytes(damaged))
        except error:
            refused += 1
            continue
        ran += 1
        if net.arena_bytes <= ROOM:
            net.invoke()
            for i in range(net.n_outputs):
                checksum = binascii.crc32(net.output(i), checksum)
    return {"ran": ran, "refused": refused, "checksum": checksum}


if __name__ == "__main__":
    from firmware.nn import load  # type: ignore[import-not-found]
    from firmware.nn.errors import ModelError  # type: ignore[import-not-found]

    with open(sys.argv[1], "rb") as file:
        print(json.dumps(verdicts(load, ModelError, file.read(), int(sys.argv[2]))))
