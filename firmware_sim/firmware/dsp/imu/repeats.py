"""Impacts of about the same size, as in clapping or hammering, are judged alike."""

from micropython import const

from ...kernels import ring_max
from .segments import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from .segments import Segments

#: Minimum peak of an impact, and between which it is what an equal one in the last 10 s was.
_MIN_IMPACT_MG = const(4000)
_MIN_UNCERTAIN_MG = const(3600)
_SURE_MG = const(4400)
_LIKE_LAST_SEGMENTS = const(80)
#: Segments either side (2.5 s) in which three more make a series.
_SERIES_SEGMENTS = const(20)
_MIN_SERIES = const(3)
#: Indices in what is kept of the impact judged last.
_AT = const(0)
_PEAK = const(1)
_REPORTED = const(2)


def equal(peak: int, other: int) -> bool:
    """Whether a peak is that of the other at least, but for a fifth."""
    return peak * 5 >= other * 4


def stands_out(segments: "Segments", at: int, first: int, reach: int) -> bool:
    """No clearly larger peak within `reach` segments, from `first` to the newest."""
    around = ring_max(segments.peak, max(first, at - reach), min(at + 1 + reach, segments.count), MASK)
    return equal(segments.peak[at & MASK], around)


def count_peaks(segments: "Segments", start: int, end: int, limit: int) -> int:
    """Segments with more than `limit` and not less than those beside them: an impact across two counts once."""
    peak = segments.peak
    count = 0
    for i in range(start, end):
        now = peak[i & MASK]
        if now > limit and now > peak[(i - 1) & MASK] and (i + 1 == segments.count or now >= peak[(i + 1) & MASK]):
            count += 1
    return count


def in_series(segments: "Segments", at: int) -> bool:
    """Three others of its size at least come just before or after."""
    limit = segments.peak[at & MASK] * 4 // 5
    first = max(1, at - _SERIES_SEGMENTS)
    last = min(at + 1 + _SERIES_SEGMENTS, segments.count)
    return (
        count_peaks(segments, first, at - 1, limit) >= _MIN_SERIES
        or count_peaks(segments, at + 2, last, limit) >= _MIN_SERIES
    )


def is_impact(last: "array[int]", at: int, peak: int) -> bool:
    """Whether the peak of segment `at` is that of an impact; near the limit, as the one in `last` (kept) was judged."""
    if not _MIN_UNCERTAIN_MG <= peak < _SURE_MG:
        return peak >= _SURE_MG
    similar = at - last[_AT] <= _LIKE_LAST_SEGMENTS and last[_PEAK]
    last[_REPORTED] = last[_REPORTED] if similar else peak >= _MIN_IMPACT_MG
    last[_AT] = at
    last[_PEAK] = peak
    return bool(last[_REPORTED])
