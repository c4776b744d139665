"""A decoder of SFLOAT written from its definition, independent of the firmware's encoder; bluetooth-sig errs in it."""

from __future__ import annotations


def from_sfloat(raw: int) -> float | None:
    """The number; None for what is not one."""
    if raw in (0x07FF, 0x0800, 0x07FE, 0x0802, 0x0801):
        return None
    mantissa, exponent = raw & 0xFFF, raw >> 12
    mantissa -= 0x1000 if mantissa & 0x800 else 0
    exponent -= 0x10 if exponent & 0x8 else 0
    return float(mantissa * 10.0**exponent)
