"""The default alphabet of GSM with its extension table, and septets in octets (3GPP TS 23.038)."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    Readable = bytes | bytearray | memoryview
    Writable = bytearray | memoryview

#: Characters by septet; at 27 is the escape to the extension table.
_ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_EXTENSION_SEPTETS = b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65"
ESCAPE = const(0x1B)


def septets_of(character: str) -> int:
    """A character's septet, `ESCAPE << 8 | septet` in the extension table, or -1 where neither has it."""
    if character == "\x1b":
        return -1
    found = _ALPHABET.find(character)
    if found >= 0:
        return found
    found = _EXTENSION.find(character)
    return ESCAPE << 8 | _EXTENSION_SEPTETS[found] if found >= 0 else -1


def put_septet(out: "Writable", bit: int, septet: int) -> None:
    """Write a septet at a bit of `out`, whose bits from there on are zero."""
    index, shift = bit >> 3, bit & 7
    out[index] |= septet << shift & 0xFF
    if shift > 1:
        out[index + 1] |= septet >> 8 - shift


def get_septet(data: "Readable", bit: int) -> int:
    """The septet at a bit of `data`."""
    index, shift = bit >> 3, bit & 7
    value = data[index] >> shift
    if shift > 1:
        value |= data[index + 1] << 8 - shift
    return value & 0x7F


def decode(data: "Readable", bit: int, count: int) -> str:
    """Text of `count` septets from a bit on; an unknown escape is shown as the standard says: the plain character."""
    text, escaped = "", False
    for i in range(count):
        septet = get_septet(data, bit + 7 * i)
        if septet == ESCAPE:
            text += " " if escaped else ""
            escaped = not escaped
            continue
        found = _EXTENSION_SEPTETS.find(bytes((septet,))) if escaped else -1
        text += _EXTENSION[found] if found >= 0 else _ALPHABET[septet]
        escaped = False
    return text
