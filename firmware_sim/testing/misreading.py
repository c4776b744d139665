"""One reading of a flash that is wrong, though what lies on it is sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: What a wrong reading has of the right one: a bit of its first, middle or last byte, or nothing at all.
MISREADINGS: dict[str, Callable[[bytearray], None]] = {
    **{
        f"bit {bit} of byte {part}/2": lambda out, bit=bit, part=part: out.__setitem__(  # type: ignore[misc]
            (len(out) - 1) * part // 2, out[(len(out) - 1) * part // 2] ^ 1 << bit
        )
        for part in range(3)
        for bit in (0, 4, 7)
    },
    "ones": lambda out: out.__setitem__(slice(None), b"\xff" * len(out)),
    "zeros": lambda out: out.__setitem__(slice(None), bytes(len(out))),
}


def misread(flash: Any, number: int, how: Callable[[bytearray], None]) -> Callable[[], bool]:
    """Have one reading be wrong, the `number`-th from now on; whether it was made ends that."""
    right, left = flash.read, number

    def read(address: int, out: Any) -> None:
        nonlocal left
        right(address, out)
        left -= 1
        if left == -1 and len(out):
            wrong = bytearray(out)
            how(wrong)
            out[:] = wrong

    def end() -> bool:
        del flash.read
        return left < 0

    flash.read = read
    return end
