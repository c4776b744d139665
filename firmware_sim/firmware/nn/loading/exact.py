"""Float arithmetic of the reference kernels, exactly, with integers: a microcontroller's floats are too short.

A positive number is a pair (mantissa, exponent) that stands for mantissa * 2**exponent. Used while a model is loaded.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    #: (mantissa, exponent)
    Real = tuple[int, int]

#: Bits of the mantissa of float32 and of float64.
SINGLE = 24
DOUBLE = 53


def bit_length(value: int) -> int:
    """Bits of a number >= 0 (MicroPython's int has no method for it)."""
    n = 0
    while value >> n >= 1 << 16:
        n += 16
    while value >> n:
        n += 1
    return n


def from_float32(bits: int) -> "Real | None":
    """The number whose float32 has these bits; None unless it is finite and above zero."""
    exponent = bits >> 23
    if exponent >= 255 or bits == 0:
        return None
    if exponent == 0:
        return bits, -149
    return (bits & 0x7FFFFF) | 0x800000, exponent - 150


def rounded(value: "Real", bits: int) -> "Real":
    """Rounded to a mantissa of `bits` bits, to even at a tie, as IEEE 754 does."""
    mantissa, exponent = value
    drop = bit_length(mantissa) - bits
    if drop <= 0:
        return value
    kept = mantissa >> drop
    rest = mantissa & ((1 << drop) - 1)
    half = 1 << (drop - 1)
    if rest > half or (rest == half and kept & 1):
        kept += 1
    return kept, exponent + drop


def product(a: "Real", b: "Real", bits: int) -> "Real":
    """a * b in floats of `bits` bits."""
    return rounded((a[0] * b[0], a[1] + b[1]), bits)


def quotient(a: "Real", b: "Real", bits: int) -> "Real":
    """a / b in floats of `bits` bits."""
    # enough bits for the result, and one below them that stands for whatever is left
    scale = bits + 2 + bit_length(b[0])
    top = a[0] << scale
    whole = top // b[0]
    sticky = 1 if whole * b[0] != top else 0
    return rounded((whole * 2 + sticky, a[1] - b[1] - scale - 1), bits)


def less(a: "Real", b: "Real") -> bool:
    """a < b."""
    low = min(a[1], b[1])
    return a[0] << (a[1] - low) < b[0] << (b[1] - low)


def nearest(value: "Real", exponent: int) -> int:
    """value / 2**exponent to the nearest integer, halves away from zero."""
    shift = value[1] - exponent
    if shift >= 0:
        return value[0] << shift
    if -shift > bit_length(value[0]) + 1:
        return 0
    return (value[0] + (1 << (-shift - 1))) >> -shift


def multiplier(value: "Real") -> "tuple[int, int]":
    """(fixed, shift) with value = fixed * 2**(shift - 31), fixed in [2**30, 2**31), or (0, 0) for too small a value.

    Source: QuantizeMultiplier of TensorFlow Lite.
    """
    shift = bit_length(value[0]) + value[1]
    fixed = nearest(value, shift - 31)
    if fixed == 1 << 31:
        fixed >>= 1
        shift += 1
    return (0, 0) if shift < -31 else (fixed, shift)


def scale(value: int, fixed: int, shift: int) -> int:
    """value * fixed * 2**(shift - 31), rounded twice as MultiplyByQuantizedMultiplier of TensorFlow Lite rounds."""
    left = shift if shift > 0 else 0
    right = left - shift
    high = ((value << left) * fixed + (1 << 30)) >> 31
    if right == 0:
        return high
    return (high + (1 << (right - 1)) - (1 if high < 0 else 0)) >> right
