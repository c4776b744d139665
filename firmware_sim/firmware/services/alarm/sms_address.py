"""Numbers and time stamps in short messages: semi-octets, the low one first (3GPP TS 23.040, 9.1.2)."""

from micropython import const

from .gsm7 import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .gsm7 import Readable, Writable

_DIGITS = "0123456789*#abc"
_INTERNATIONAL = const(0x91)
_UNKNOWN = const(0x81)
_ALPHANUMERIC = const(0x50)
LONGEST_NUMBER = const(20)


def put_number(out: "Writable", index: int, number: str) -> int:
    """Write length, type and digits of a number; the index behind it. ValueError where it is none."""
    international = number[:1] == "+"
    digits = number[1:] if international else number
    if not 1 <= len(digits) <= LONGEST_NUMBER:
        raise ValueError("number %r: 1 to 20 digits" % number)
    out[index] = len(digits)
    out[index + 1] = _INTERNATIONAL if international else _UNKNOWN
    index += 2
    for i, character in enumerate(digits):
        digit = _DIGITS.find(character)
        if digit < 0:
            raise ValueError("number %r: %r is no digit" % (number, character))
        if i & 1:
            out[index] = out[index] & 0x0F | digit << 4
            index += 1
        else:
            out[index] = 0xF0 | digit
    return index + (len(digits) & 1)


def get_number(data: "Readable", index: int) -> "tuple[str, int]":
    """A number, or the name that stands for one, and the index behind it; ValueError where it is malformed."""
    length, kind = data[index], data[index + 1]
    index += 2
    end = index + (length + 1 >> 1)
    if length > LONGEST_NUMBER or end > len(data):
        raise ValueError("a number of %d digits" % length)
    if kind & 0x70 == _ALPHANUMERIC:
        return decode(data, index * 8, length * 4 // 7), end
    number = "+" if kind & 0x70 == 0x10 else ""
    for i in range(length):
        digit = data[index + (i >> 1)] >> 4 * (i & 1) & 0x0F
        if digit == 15:
            raise ValueError("no digit in a number")
        number += _DIGITS[digit]
    return number, end


def get_time(data: "Readable", index: int) -> "tuple[int, int, int, int, int, int, int]":
    """(year, month, day, hour, minute, second, offset from UTC in min); ValueError where it is no time."""
    if index + 7 > len(data):
        raise ValueError("the time stamp ends early")
    parts = [0] * 7
    for i in range(7):
        octet = data[index + i]
        tens = octet & 0x0F
        if i == 6:
            tens &= 7
        if tens > 9 or octet >> 4 > 9:
            raise ValueError("no digit in a time stamp")
        parts[i] = tens * 10 + (octet >> 4)
    year, month, day, hour, minute, second, quarters = parts
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60):
        raise ValueError("no such time")
    offset = -15 * quarters if data[index + 6] & 0x08 else 15 * quarters
    return 2000 + year, month, day, hour, minute, second, offset
