"""Values as bytes, on both ends of the bridge: None, booleans, integers, bytes, text, UUIDs and tuples of them."""

from struct import pack, unpack_from

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


# what a value begins with
_NONE = const(78)  # N
_TRUE = const(84)  # T
_FALSE = const(70)  # F
_INTEGER = const(105)  # i, 8 bytes
_TEXT = const(115)  # s, length, UTF-8
_BYTES = const(98)  # b, length
_UUID = const(117)  # u, length
_TUPLE = const(116)  # t, length, values


class Uuid(bytes):
    """A Bluetooth UUID on its way: its bytes, little-endian."""


def encode(value: "Any", out: bytearray) -> None:
    """Append `value` to `out`; TypeError for what cannot travel."""
    if value is None or value is True or value is False:
        out.append(_NONE if value is None else _TRUE if value else _FALSE)
    elif isinstance(value, int):
        out.extend(pack("<Bq", _INTEGER, value))
    elif isinstance(value, str):
        _encode_bytes(_TEXT, value.encode(), out)
    elif isinstance(value, Uuid):
        _encode_bytes(_UUID, bytes(value), out)  # to MicroPython, what derives from bytes has no length
    elif isinstance(value, (bytes, bytearray, memoryview)):
        _encode_bytes(_BYTES, value, out)
    elif isinstance(value, (tuple, list)):
        out.extend(pack("<BH", _TUPLE, len(value)))
        for item in value:
            encode(item, out)
    else:
        raise TypeError("%s cannot cross the bridge" % type(value).__name__)


def _encode_bytes(kind: int, data: "bytes | bytearray | memoryview", out: bytearray) -> None:
    out.extend(pack("<BH", kind, len(data)))
    out.extend(data)


def encoded(value: "Any") -> bytearray:
    """`value` as bytes."""
    out = bytearray()
    encode(value, out)
    return out


def decode(data: "bytes | memoryview", make_uuid: "Callable[[bytes], Any]" = Uuid) -> "Any":
    """The value that `data` is; ValueError where it is not one."""
    try:
        value, end = _decode(data, 0, make_uuid)
    except (IndexError, KeyError, UnicodeError) as error:
        raise ValueError("not a value") from error
    if end != len(data):
        raise ValueError("bytes after a value")
    return value


def _decode(data: "bytes | memoryview", at: int, make_uuid: "Callable[[bytes], Any]") -> "tuple[Any, int]":
    kind = data[at]
    at += 1
    if kind in (_NONE, _TRUE, _FALSE):
        return (None if kind == _NONE else kind == _TRUE), at
    if kind == _INTEGER:
        _need(data, at + 8)
        return unpack_from("<q", data, at)[0], at + 8
    _need(data, at + 2)
    size = unpack_from("<H", data, at)[0]
    at += 2
    if kind == _TUPLE:
        return _decode_tuple(data, at, size, make_uuid)
    _need(data, at + size)
    part = bytes(data[at : at + size])
    at += size
    if kind == _TEXT:
        return part.decode(), at
    if kind == _BYTES:
        return part, at
    if kind == _UUID:
        return make_uuid(part), at
    raise ValueError("not a value")


def _decode_tuple(
    data: "bytes | memoryview", at: int, size: int, make_uuid: "Callable[[bytes], Any]"
) -> "tuple[Any, int]":
    items = []
    for _ in range(size):
        item, at = _decode(data, at, make_uuid)
        items.append(item)
    return tuple(items), at


def _need(data: "bytes | memoryview", end: int) -> None:
    if len(data) < end:
        raise ValueError("a value is cut short")
