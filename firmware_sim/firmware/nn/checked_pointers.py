"""viper's pointers where there is no viper: they read bytes unsigned, wrap what is stored, and can be moved.

Inside a `@micropython.viper` function MicroPython's compiler knows `ptr8` and `ptr32` itself. On CPython these classes
stand for them, with two things checked that viper does not check: an index below 0 and one behind the end. A pointer
moves by `p = ptr8(int(p) + n)` with n in bytes, in one expression.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ptr8:  # noqa: N801
    """A pointer to bytes: from a buffer, or from `int(pointer) + n`."""

    width = 1
    code: "Any" = "B"
    #: Memory of the pointer last turned into a number, which the next pointer made of a number points into.
    moving: "Any" = None

    def __init__(self, target: "Any") -> None:
        if isinstance(target, int):
            self.memory = ptr8.moving if self.width == 1 else ptr8.moving.cast(self.code)
            self.at = target // self.width
        else:
            self.memory = memoryview(target).cast("B").cast(self.code)
            self.at = 0

    def __int__(self) -> int:
        ptr8.moving = self.memory if self.width == 1 else self.memory.cast("B")
        return self.at * self.width

    def _index(self, i: int) -> int:
        if self.at + i < 0:
            raise IndexError("before the buffer")
        return self.at + i

    def __getitem__(self, i: int) -> int:
        value: int = self.memory[self._index(i)]
        return value

    def __setitem__(self, i: int, value: int) -> None:
        self.memory[self._index(i)] = value & 0xFF


class ptr32(ptr8):  # noqa: N801
    """A pointer to signed 32-bit words."""

    width = 4
    code = "i"

    def __setitem__(self, i: int, value: int) -> None:
        self.memory[self._index(i)] = ((value + 0x80000000) & 0xFFFFFFFF) - 0x80000000
