"""Integer arithmetic that gives the same result on every target."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


def isqrt(value: int) -> int:
    """Largest integer whose square is at most `value`; `value` >= 0, else ValueError."""
    if value < 0:
        raise ValueError("square root of a negative number")
    if value < 2:
        return value
    bits = 0
    rest = value
    while rest:
        rest >>= 1
        bits += 1
    root = 1 << ((bits + 1) >> 1)
    while True:
        better = (root + value // root) >> 1
        if better >= root:
            return root
        root = better


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


def sort_prefix(values: "array[int]", n: int) -> None:
    """Sort the first `n` of `values` in place (insertion sort: n is small and nothing is allocated)."""
    for i in range(1, n):
        value = values[i]
        j = i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value


def median(values: "array[int]", n: int, scratch: "array[int]") -> int:
    """Median (mean of the middle two, rounded down) of the first `n` >= 1 of `values`, which stay as they are."""
    for i in range(n):
        scratch[i] = values[i]
    sort_prefix(scratch, n)
    half = n >> 1
    if n & 1:
        return scratch[half]
    return (scratch[half - 1] + scratch[half]) >> 1


def rounded(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest integer; `denominator` > 0."""
    return (numerator + (denominator >> 1)) // denominator
