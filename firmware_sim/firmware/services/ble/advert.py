"""What the device says of itself before anybody connects; an advert and a scan response hold 31 bytes each."""

from micropython import const

_MOST_BYTES = const(31)
_FLAGS = const(0x01)
_SOME_16_BIT = const(0x02)
_ALL_16_BIT = const(0x03)
_SOME_128_BIT = const(0x06)
_NAME = const(0x09)
_DISCOVERABLE_LE_ONLY = const(0x06)


def _field(kind: int, value: bytes) -> bytes:
    return bytes((len(value) + 1, kind)) + value


def uuid_bytes(uuid: str) -> bytes:
    """A UUID written in hex, little-endian as on air."""
    digits = uuid.replace("-", "")
    return bytes([int(digits[i : i + 2], 16) for i in range(len(digits) - 2, -1, -2)])


def advert(uuids: "list[str]") -> bytes:
    """Flags, the 128-bit services (of more than these) and as many 16-bit ones as fit, in the order given."""
    fixed = _field(_FLAGS, bytes((_DISCOVERABLE_LE_ONLY,)))
    for uuid in uuids:
        if len(uuid) > 4:
            fixed += _field(_SOME_128_BIT, uuid_bytes(uuid))
    short = [uuid_bytes(uuid) for uuid in uuids if len(uuid) == 4]
    room = (_MOST_BYTES - len(fixed) - 2) // 2
    kind = _ALL_16_BIT if len(short) <= room else _SOME_16_BIT
    data = fixed + _field(kind, b"".join(short[:room]))
    if len(data) > _MOST_BYTES:
        raise ValueError("the advert is too long")
    return data


def scan_response(name: str) -> bytes:
    """The name."""
    data = _field(_NAME, name.encode())
    if len(data) > _MOST_BYTES:
        raise ValueError("the name is too long")
    return data
