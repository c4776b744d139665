"""Finding waves and their edges in one beat's vector of microvolts; places are indices into that vector."""

import micropython

from ..viper import ptr32


@micropython.viper
def tallest(values: ptr32, first: int, last: int) -> int:
    """Greatest of 0 and the values at `first` to `last`."""
    top = 0
    for i in range(first, last + 1):
        if values[i] > top:
            top = values[i]
    return top


@micropython.viper
def likeliest_hump(source: ptr32, first: int, last: int, reach: int, middle: int, breadth: int) -> int:
    """Index in `[first, last]` of the greatest |hump|, -1 for an empty stretch.

    A hump counts less the farther it is from `middle`: at `breadth` (over 0) nothing, except that for `breadth` 0 all
    count alike. A hump is twice how far a value stands over the line between those `reach` away.
    """
    best = -1
    top = -1
    for i in range(first, last + 1):
        value = 2 * source[i] - source[i - reach] - source[i + reach]
        if value < 0:
            value = -value
        if breadth:
            value *= breadth - (i - middle if i > middle else middle - i)
        if value > top:
            top = value
            best = i
    return best


@micropython.viper
def extremum(source: ptr32, first: int, last: int, sign: int) -> int:
    """Index in `[first, last]` of the greatest `sign * source`."""
    best = first
    top = sign * source[first]
    for i in range(first + 1, last + 1):
        value = sign * source[i]
        if value > top:
            top = value
            best = i
    return best


@micropython.viper
def steepest(source: ptr32, first: int, last: int, step: int, sign: int) -> int:
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


@micropython.viper
def wave_edge(source: ptr32, steep: int, far: int, sign: int) -> int:
    """Where a wave that falls at `steep` has levelled out on the way to `far`.

    The corner of greatest trapezium area (Vazquez-Seisdedos et al., 2011), which needs no threshold
    and no derivative; works in both directions.
    """
    step = 1 if far > steep else -1
    level = sign * source[steep]
    span = (far - steep) * step
    best = steep
    top = -1
    at = steep
    for k in range(1, span + 1):
        at += step
        area = (level - sign * source[at]) * (2 * span - k)
        if area > top:
            top = area
            best = at
    return best


@micropython.viper
def quiet_edge(slope: ptr32, start: int, end: int, bar: int, run: int) -> int:
    """From `start` towards `end`: the last index before `run` slopes in a row are at or under `bar`."""
    step = 1 if end > start else -1
    edge = start
    calm = 0
    i = start
    while i != end and calm < run:
        if slope[i] > bar:
            edge = i
            calm = 0
        else:
            calm += 1
        i += step
    return edge
