"""Integer arithmetic that gives the same result on every target."""

from micropython import const

from ..kernels import copy_words, root, sort_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


#: Bits of the squares that `root` takes, less those of a small integer that the test may use.
_ROOT_BITS = const(29)


def isqrt(value: int) -> int:
    """Largest integer whose square is at most `value`; `value` >= 0, else ValueError."""
    if value < 0:
        raise ValueError("square root of a negative number")
    if not value >> _ROOT_BITS:
        return root(value)
    # a first digit pair less: the root of a quarter, doubled, is one too small at most
    near = 2 * isqrt(value >> 2)
    return near + 1 if (near + 1) * (near + 1) <= value else near


def icbrt(value: int) -> int:
    """Largest integer whose cube is at most `value`; `value` >= 0, else ValueError."""
    if value < 0:
        raise ValueError("cube root of a negative number")
    low = 0
    high = 1
    while high * high * high <= value:
        high <<= 1
    while high - low > 1:
        middle = (low + high) >> 1
        if middle * middle * middle <= value:
            low = middle
        else:
            high = middle
    return low


def median(values: "array[int]", n: int, scratch: "array[int]") -> int:
    """Median (mean of the middle two, rounded down) of the first `n` >= 1 of `values`, which stay as they are."""
    copy_words(scratch, 0, values, 0, n)
    sort_words(scratch, n)
    half = n >> 1
    if n & 1:
        return scratch[half]
    return (scratch[half - 1] + scratch[half]) >> 1


def rounded(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest integer; `denominator` > 0."""
    return (numerator + (denominator >> 1)) // denominator
