"""Reading flatbuffers in place: every access is checked against the buffer, nothing is copied."""

from ..errors import CorruptModelError


def check(data: bytes, at: int, size: int) -> None:
    """Raise `CorruptModelError` unless `size` bytes from `at` lie within the buffer."""
    if at < 0 or size < 0 or at + size > len(data):
        raise CorruptModelError("cut off at byte %d of %d" % (at, len(data)))


def unsigned(data: bytes, at: int, width: int) -> int:
    """The little-endian number of `width` bytes at `at`."""
    check(data, at, width)
    value = 0
    for i in range(width):
        value |= data[at + i] << (8 * i)
    return value


def signed(data: bytes, at: int, width: int) -> int:
    """The little-endian two's complement number of `width` bytes at `at`."""
    value = unsigned(data, at, width)
    sign = 1 << (8 * width - 1)
    return (value ^ sign) - sign


class Vector:
    """A vector of numbers or tables; `at` is the offset of its first item, `n` how many there are."""

    def __init__(self, data: bytes, at: int, width: int) -> None:
        self.data = data
        self.at = at + 4
        self.width = width
        self.n = unsigned(data, at, 4)
        check(data, self.at, self.n * width)

    def number(self, i: int) -> int:
        """The signed number at index `i`; the caller keeps within `n`."""
        return signed(self.data, self.at + i * self.width, self.width)

    def numbers(self) -> "tuple[int, ...]":
        """All numbers."""
        return tuple([self.number(i) for i in range(self.n)])

    def table(self, i: int) -> "Table":
        """The table at index `i` of a vector of offsets."""
        if not 0 <= i < self.n:
            raise CorruptModelError("no table %d of %d" % (i, self.n))
        at = self.at + i * 4
        return Table(self.data, at + unsigned(self.data, at, 4))


class Table:
    """A table; fields are named by their number in the schema, and an absent one has its default."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at
        self._vtable = at - signed(data, at, 4)
        self._size = unsigned(data, self._vtable, 2)
        check(data, self._vtable, self._size)

    def _find(self, field: int) -> int:
        """Offset of a field in the buffer, 0 where it is absent."""
        slot = 4 + 2 * field
        if slot + 2 > self._size:
            return 0
        offset = unsigned(self.data, self._vtable + slot, 2)
        return self.at + offset if offset else 0

    def _follow(self, field: int) -> int:
        at = self._find(field)
        return at + unsigned(self.data, at, 4) if at else 0

    def number(self, field: int, width: int, default: int = 0) -> int:
        """A signed scalar of `width` bytes."""
        at = self._find(field)
        return signed(self.data, at, width) if at else default

    def bits(self, field: int, default: int = 0) -> int:
        """An unsigned scalar of four bytes, or the bits of a float32."""
        at = self._find(field)
        return unsigned(self.data, at, 4) if at else default

    def table(self, field: int) -> "Table | None":
        """A table that this one refers to."""
        at = self._follow(field)
        return Table(self.data, at) if at else None

    def vector(self, field: int, width: int) -> "Vector | None":
        """A vector of items of `width` bytes (4 for tables)."""
        at = self._follow(field)
        return Vector(self.data, at, width) if at else None
