"""The part of CBOR (RFC 8949) that management uses: integers, strings, arrays, maps, booleans and null.

Lengths may be indefinite, as Zephyr's encoder leaves them. Tags and floats are refused.
"""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_UNSIGNED = const(0)
_NEGATIVE = const(1)
_BYTES = const(2)
_TEXT = const(3)
_ARRAY = const(4)
_MAP = const(5)
_FALSE = const(0xF4)
_TRUE = const(0xF5)
_NULL = const(0xF6)
_INDEFINITE = const(31)
_BREAK = const(0xFF)
#: Arrays and maps within each other: more than any request has, less than the C stack bears.
_DEEPEST = const(6)


class CborError(ValueError):
    """Bytes that are no such CBOR, or a value that has no room."""


class Decoder:
    """Takes values out of the bytes it has `begin`ed with, one by one; byte strings are views of them."""

    def __init__(self) -> None:
        self._data = memoryview(b"")
        self._at = 0

    def begin(self, data: memoryview) -> None:
        """Take what follows out of `data`."""
        self._data = data
        self._at = 0

    def left(self) -> int:
        """Bytes that were not decoded yet."""
        return len(self._data) - self._at

    def value(self, depth: int = 0) -> "Any":
        """The next value; CborError where there is none."""
        head = self._take(1)[0]
        if head in (_FALSE, _TRUE):
            return head == _TRUE
        if head == _NULL:
            return None
        kind = head >> 5
        if kind in (_ARRAY, _MAP):
            return self._container(kind, head & 31, depth)
        length = self._argument(head & 31)
        if kind == _UNSIGNED:
            return length
        if kind == _NEGATIVE:
            return -1 - length
        if kind == _BYTES:
            return self._take(length)
        if kind == _TEXT:
            raw = bytes(self._take(length))  # its CborError is a ValueError, too
            try:
                return str(raw, "utf-8")
            except ValueError:  # UnicodeError
                raise CborError("text that is not UTF-8") from None
        raise CborError("no value begins with 0x%02x" % head)

    def _container(self, kind: int, short: int, depth: int) -> "Any":
        if depth >= _DEEPEST:
            raise CborError("more than %d containers within each other" % _DEEPEST)
        # each item takes a byte at least, so what is left bounds them
        count = self.left() if short == _INDEFINITE else self._argument(short)
        if count > self.left():
            raise CborError("%d items said, %d bytes there" % (count, self.left()))
        items: "list[Any]" = []
        pairs: "dict[Any, Any]" = {}
        for _ in range(count):
            if short == _INDEFINITE and self._is_break():
                break
            item = self.value(depth + 1)
            if kind == _ARRAY:
                items.append(item)
            elif isinstance(item, (int, str)) and not isinstance(item, bool):
                pairs[item] = self.value(depth + 1)
            else:
                raise CborError("a key that is no number or text")
        else:
            if short == _INDEFINITE and not self._is_break():
                raise CborError("an array or map that does not end")
        return items if kind == _ARRAY else pairs

    def _is_break(self) -> bool:
        if self.left() and self._data[self._at] == _BREAK:
            self._at += 1
            return True
        return False

    def _argument(self, short: int) -> int:
        if short < 24:
            return short
        if short > 27:
            raise CborError("no argument of kind %d" % short)
        value = 0
        for byte in self._take(1 << (short - 24)):
            value = value << 8 | byte
        return value

    def _take(self, count: int) -> memoryview:
        if count > self.left():
            raise CborError("%d bytes said, %d there" % (count, self.left()))
        at = self._at
        self._at = at + count
        return self._data[at : at + count]


class Encoder:
    """Puts values where it has begun, from `at` on; CborError where one does not fit, and `at` is behind the last."""

    def __init__(self) -> None:
        self._out = memoryview(b"")
        self.at = 0

    def begin(self, out: memoryview, at: int) -> None:
        """Put what follows into `out` from `at` on."""
        self._out = out
        self.at = at

    def value(self, value: "Any") -> None:
        """Append a number, string, bytes, boolean, None, list, tuple, or dict in the order of its keys' insertion."""
        before = self.at
        try:
            self._value(value)
        except CborError:
            self.at = before
            raise

    def _value(self, value: "Any") -> None:
        if value is None or value is True or value is False:
            self._put(bytes((_NULL if value is None else _TRUE if value else _FALSE,)))
        elif isinstance(value, int):
            self._head(_NEGATIVE if value < 0 else _UNSIGNED, -1 - value if value < 0 else value)
        elif isinstance(value, str):
            self._string(_TEXT, value.encode())
        elif isinstance(value, (bytes, bytearray, memoryview)):
            self._string(_BYTES, value)
        elif isinstance(value, dict):
            self._head(_MAP, len(value))
            for key in value:
                self._value(key)
                self._value(value[key])
        else:
            self._head(_ARRAY, len(value))
            for item in value:
                self._value(item)

    def _string(self, kind: int, value: "bytes | bytearray | memoryview") -> None:
        self._head(kind, len(value))
        self._put(value)

    def _head(self, kind: int, argument: int) -> None:
        kind <<= 5
        if argument < 24:
            self._put(bytes((kind | argument,)))
            return
        for power in range(4):
            if argument < 1 << (8 << power):
                self._put(bytes((kind | 24 + power,)) + argument.to_bytes(1 << power, "big"))
                return
        raise CborError("%d has more than 64 bits" % argument)

    def _put(self, data: "bytes | bytearray | memoryview") -> None:
        end = self.at + len(data)
        if end > len(self._out):
            raise CborError("no room for %d bytes more" % len(data))
        self._out[self.at : end] = data
        self.at = end
