"""Corrupts a model in many ways, the same wherever it runs, and counts the outcomes; prints one JSON object.

`micropython nn_fuzz.py FILE COUNT`, where the package `firmware` is importable; or `outcomes()` with its parts.
"""

import binascii
import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

#: Values that are most likely to do harm.
EXTREME_VALUES = b"\x00\x01\x02\x7f\x80\xff"
#: Bytes of the largest arena that is tried: what a board has room for.
MAX_ARENA_BYTES = 1 << 14


class Lcg:
    """A linear congruential generator whose numbers stay small on a microcontroller."""

    def __init__(self) -> None:
        self._state = 1

    def below(self, n: int) -> int:
        """A number in [0, n), n up to 65536."""
        self._state = (self._state * 75 + 74) % 65537
        return self._state % n


def outcomes(network: "Callable[[bytes], Any]", error: "type[Exception]", model: bytes, count: int) -> "dict[str, int]":
    """How many of `count` corrupted copies ran and how many were refused with `error`, and a sum over all outputs."""
    random = Lcg()
    ran = refused = checksum = 0
    for _ in range(count):
        corrupted = bytearray(model)
        for _ in range(1 + random.below(3)):
            value = random.below(512)
            corrupted[random.below(len(model))] = EXTREME_VALUES[value % 6] if value < 256 else value & 0xFF
        try:
            net = network(bytes(corrupted))
        except error:
            refused += 1
            continue
        ran += 1
        if net.arena_bytes <= MAX_ARENA_BYTES:
            net.invoke()
            for i in range(net.n_outputs):
                checksum = binascii.crc32(net.output(i), checksum)
    return {"ran": ran, "refused": refused, "checksum": checksum}


if __name__ == "__main__":
    from firmware.nn import load  # type: ignore[import-not-found]
    from firmware.nn.errors import ModelError  # type: ignore[import-not-found]

    with open(sys.argv[1], "rb") as file:
        print(json.dumps(outcomes(load, ModelError, file.read(), int(sys.argv[2]))))
