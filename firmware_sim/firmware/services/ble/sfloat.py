"""IEEE 11073-20601 SFLOAT: 12-bit mantissa, 4-bit exponent to the base 10, both two's complement."""

from micropython import const

NAN = const(0x07FF)
# 0x07FE, 0x07FF, 0x0800, 0x0801 and 0x0802 mean something else than a number
_MOST = const(0x07FD)
_LEAST_EXPONENT = const(-8)
_MOST_EXPONENT = const(7)


def encode(value: "int | None", exponent: int) -> int:
    """The 16-bit SFLOAT of value · 10^exponent, rounded where it has too many digits; None: not a number.

    Raises ValueError for an exponent that SFLOAT does not have.
    """
    if value is None:
        return NAN
    if exponent < _LEAST_EXPONENT:
        raise ValueError("SFLOAT exponent")
    magnitude = abs(value)
    while magnitude > _MOST:
        magnitude = (magnitude + 5) // 10
        exponent += 1
    if exponent > _MOST_EXPONENT:
        raise ValueError("SFLOAT exponent")
    mantissa = -magnitude if value < 0 else magnitude
    return (exponent & 0xF) << 12 | mantissa & 0xFFF
