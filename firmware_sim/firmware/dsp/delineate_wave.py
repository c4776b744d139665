"""Finding the edges of waves in one beat's vector of microvolts; every function works on indices into that vector."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


def smooth(source: "array[int]", n: int, half: int, out: "array[int]") -> None:
    """Centred moving average over `2 * half + 1` of `n` values; the ends repeat their outermost value."""
    width = 2 * half + 1
    total = source[0] * (half + 1)
    for i in range(half):
        total += source[i]
    last = n - 1
    for i in range(n):
        enter = i + half
        leave = i - half - 1
        total += source[enter if enter < last else last]
        out[i] = total // width
        total -= source[leave + 1 if leave >= 0 else 0]


def hump(source: "array[int]", i: int, reach: int) -> int:
    """Twice how far `source[i]` stands over the line between its neighbours `reach` away."""
    return 2 * source[i] - source[i - reach] - source[i + reach]


def tallest_hump(source: "array[int]", first: int, last: int, reach: int) -> int:
    """Index in `[first, last]` of the greatest |hump|; -1 for an empty stretch."""
    best = -1
    top = -1
    for i in range(first, last + 1):
        value = 2 * source[i] - source[i - reach] - source[i + reach]
        if value < 0:
            value = -value
        if value > top:
            top = value
            best = i
    return best


def likeliest_hump(source: "array[int]", first: int, last: int, reach: int, middle: int, breadth: int) -> int:
    """As `tallest_hump`, but a hump counts less the farther it is from `middle`; `breadth` away it counts nothing."""
    best = -1
    top = -1
    for i in range(first, last + 1):
        value = 2 * source[i] - source[i - reach] - source[i + reach]
        value = (value if value > 0 else -value) * (breadth - (i - middle if i > middle else middle - i))
        if value > top:
            top = value
            best = i
    return best


def extremum(source: "array[int]", first: int, last: int, sign: int) -> int:
    """Index in `[first, last]` of the greatest `sign * source`."""
    best = first
    top = sign * source[first]
    for i in range(first + 1, last + 1):
        if sign * source[i] > top:
            top = sign * source[i]
            best = i
    return best


def steepest(source: "array[int]", first: int, last: int, step: int, sign: int) -> int:
    """Index from `first` towards `last` (`step` 1 or -1) where `sign * source` falls fastest in that direction."""
    best = first
    top = -1
    i = first
    while i != last:
        fall = sign * (source[i - step] - source[i + step])
        if fall > top:
            top = fall
            best = i
        i += step
    return best


def wave_edge(source: "array[int]", steep: int, far: int, sign: int) -> int:
    """Where a wave that falls at `steep` has levelled out on the way to `far`.

    The corner of greatest trapezium area (Vazquez-Seisdedos et al., 2011), which needs no threshold
    and no derivative; works in both directions.
    """
    step = 1 if far > steep else -1
    level = sign * source[steep]
    span = (far - steep) * step
    best = steep
    top = -1
    for k in range(1, span + 1):
        area = (level - sign * source[steep + k * step]) * (2 * span - k)
        if area > top:
            top = area
            best = steep + k * step
    return best


def quiet_edge(slope: "array[int]", start: int, end: int, bar: int, run: int) -> int:
    """From `start` towards `end`: the last index before `run` slopes in a row are at or under `bar`."""
    step = 1 if end > start else -1
    edge = start
    calm = 0
    i = start
    while i != end:
        if slope[i] > bar:
            edge = i
            calm = 0
        else:
            calm += 1
            if calm >= run:
                break
        i += step
    return edge
