"""Periods by autocorrelation, for pulses and for breaths."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

#: Correlation of a signal with itself.
FULL = 1024
#: Parts of a value in which periods are told.
PARTS = 256
#: Lags from which on half of the products are enough.
_LONG = 24
#: Share (of 256) of the first peak at which a multiple of the period still counts.
_MULTIPLE = 180


def normalise(values: "array[int]", n: int) -> int:
    """Scale the first `n` >= 1 of `values` in place to a mean size of 256, cut at 1023; returns the size before."""
    mean = 0
    for i in range(n):
        mean += values[i]
    mean //= n
    size = 0
    for i in range(n):
        value = values[i] - mean
        values[i] = value
        size += value if value > 0 else -value
    size //= n
    if size:
        for i in range(n):
            values[i] = max(-1023, min(1023, (values[i] << 8) // size))
    return size


def correlate(values: "array[int]", n: int, low: int, high: int, out: "array[int]") -> None:
    """Autocorrelation of normalised `values` at lags `low` to `high` < n into `out[lag]`, in 1/1024."""
    power = 0
    for i in range(n):
        value = values[i]
        power += value * value
    power = power // n or 1
    for lag in range(low, high + 1):
        total = 0
        # at long lags the signal is slow: every second product says as much
        step = 1 if lag < _LONG else 2
        for i in range(lag, n, step):
            total += values[i] * values[i - lag]
        out[lag] = max(-FULL, min(FULL, (total * step // (n - lag) << 10) // power))


def find_period(curve: "array[int]", low: int, high: int, share: int) -> int:
    """Shortest lag within [low, high] that peaks at `share` (of 256) of the highest peak or more; 0: no peak at all.

    `curve` must be known from `low - 1` to `high + 1`.
    """
    top = 0
    for lag in range(low, high + 1):
        if curve[lag] > top and curve[lag - 1] <= curve[lag] >= curve[lag + 1]:
            top = curve[lag]
    for lag in range(low, high + 1):
        if curve[lag] << 8 >= top * share and curve[lag] > 0 and curve[lag - 1] <= curve[lag] >= curve[lag + 1]:
            return lag
    return 0


def vertex(left: int, middle: int, right: int) -> int:
    """Place of a parabola's vertex beside its middle point, in 1/256 of a step."""
    bend = 2 * middle - left - right
    if bend <= 0:
        return 0
    return max(-128, min(128, (right - left) * (PARTS // 2) // bend))


def refine(curve: "array[int]", lag: int, high: int) -> int:
    """The period near `lag` in 1/256, read where its highest multiple up to `high` still peaks."""
    period = lag * PARTS + vertex(curve[lag - 1], curve[lag], curve[lag + 1])
    least = curve[lag] * _MULTIPLE
    times = 2
    while period * times <= high * PARTS:
        near = (period * times + PARTS // 2) // PARTS
        if curve[near + 1] > curve[near] and near < high:
            near += 1
        elif curve[near - 1] > curve[near]:
            near -= 1
        if curve[near] << 8 < least or not curve[near - 1] <= curve[near] >= curve[near + 1]:
            break
        period = (near * PARTS + vertex(curve[near - 1], curve[near], curve[near + 1])) // times
        times += 1
    return period
