"""viper's pointer types where there is no viper: on CPython a buffer is handed through as it is.

Inside a `@micropython.viper` function MicroPython's compiler knows these names itself and takes a buffer's address.
Such a function gives the same results on both only if it keeps to what both have: integers that fit 32 signed bits
at every step, buffers as arguments, no floats, no default arguments. `ptr32` reads signed; `ptr8` and `ptr16` read
unsigned under viper but as the array is on CPython, so a signed value is widened by `((x & 0xFF) ^ 0x80) - 0x80`, or
`((x & 0xFFFF) ^ 0x8000) - 0x8000`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    #: Parameter types; what is passed must be a buffer of that width.
    ptr8 = Any
    ptr16 = Any
    ptr32 = Any
else:

    def ptr8(buffer):  # noqa: ANN001, ANN201
        """Bytes."""
        return buffer

    def ptr16(buffer):  # noqa: ANN001, ANN201
        """16-bit halfwords."""
        return buffer

    def ptr32(buffer):  # noqa: ANN001, ANN201
        """32-bit words."""
        return buffer
