"""Tables of functions of one int8 value, made while a model is loaded."""

from array import array

from . import exact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .exact import Real

#: Fraction bits of the exponentials behind LOGISTIC.
_BITS = 62
#: exp(-1/8) and 1/3 in Q0.31, and exp(-2**k) for k = -2 to 4 (gemmlowp's fixed point).
_EXP_EIGHTH = 1895147668
_THIRD = 715827883
_EXP_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
_ONE = 0x7FFFFFFF
#: Exponentials below this count for nothing: added up in Q12.19 they are 0, and so are they in 1/256 of a sum of 1 up.
_LEAST = 1 << 11


def requantised(zero_in: int, zero_out: int, fixed: int, shift: int) -> bytes:
    """QUANTIZE: the result for each byte that may be read."""
    table = bytearray(256)
    for byte in range(256):
        value = exact.scale((byte ^ 128) - 128 - zero_in, fixed, shift) + zero_out
        table[byte] = max(-128, min(127, value)) & 0xFF
    return bytes(table)


def logistic(scale: "Real", zero: int) -> bytes:
    """LOGISTIC in 1/256 from -128 up: the result for each byte that may be read.

    The reference evaluates it in single precision; this is exact to far below that.
    """
    one = 1 << _BITS
    base = _exp_minus(scale)
    power = one
    table = bytearray(256)
    for away in range(256):
        for q, top in ((zero + away, one), (zero - away, power)):
            if -128 <= q <= 127:
                p = ((top << 9) // (one + power) + 1) >> 1
                table[q & 0xFF] = (min(p, 255) - 128) & 0xFF
        power = (power * base) >> _BITS
    return bytes(table)


def _exp_minus(x: "Real") -> int:
    """exp(-x) with `_BITS` fraction bits, for x > 0."""
    halvings = max(0, exact.bit_length(x[0]) + x[1])
    if halvings > 8:
        return 0
    shift = _BITS + x[1] - halvings
    reduced = x[0] << shift if shift >= 0 else x[0] >> -shift
    term = total = 1 << _BITS
    n = 1
    while term:
        term = (term * reduced >> _BITS) // n
        total += term if n % 2 == 0 else -term
        n += 1
    for _ in range(halvings):
        total = total * total >> _BITS
    return total


def exponentials(scale: "Real") -> "array[int] | None":
    """exp(-d * scale) in Q0.31 for d = 0, 1, ... as far as SOFTMAX counts them; None for a scale out of its range.

    Source: reference_ops Softmax and PreprocessSoftmaxScaling of TensorFlow Lite, over gemmlowp's fixed point.
    """
    fixed, shift = exact.multiplier((scale[0], scale[1] + 26))
    if shift > 30:
        fixed, shift = 0x7FFFFFFF, 31
    if shift < 1:
        return None
    limit = min(255, (31 << 26) >> shift)
    values = []
    for d in range(limit + 1):
        value = _exponential(exact.scale(-d, fixed, shift))
        if value < _LEAST:
            break
        values.append(value)
    return array("i", values)


def _high(a: int, b: int) -> int:
    """Rounding doubling high product of two numbers in Q0.31."""
    return (a * b + (1 << 30)) >> 31


def _rounding_shift(value: int, bits: int) -> int:
    """value / 2**bits to the nearest, halves away from zero."""
    return (value + (1 << (bits - 1)) - (1 if value < 0 else 0)) >> bits


def _exponential(a: int) -> int:
    """exp(a) in Q0.31 of a number <= 0 in Q5.26."""
    if a == 0:
        return _ONE
    quarter = 1 << 24
    rest = (a & (quarter - 1)) - quarter
    result = _exp_of_fraction(rest << 5)
    whole = rest - a
    for i in range(7):
        if whole & (1 << (24 + i)):
            result = _high(result, _EXP_POWERS[i])
    return result


def _exp_of_fraction(a: int) -> int:
    """exp(a) in Q0.31 for a in [-1/4, 0): the series around -1/8."""
    x = a + (1 << 28)
    x2 = _high(x, x)
    x3 = _high(x2, x)
    x4 = _rounding_shift(_high(x2, x2), 2)
    series = _rounding_shift(_high(x4 + x3, _THIRD) + x2, 1)
    return min(_ONE, _EXP_EIGHTH + _high(_EXP_EIGHTH, x + series))
