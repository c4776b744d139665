"""Expanded uncertainty of ECG readings: the half-width that holds 95 % of true values (JCGM 100:2008, coverage 95 %).

Each is a linear function of what is known of a window. Its coefficients were chosen on people whom the networks did not
learn from, those of heart rate and RR on MIT-BIH and BIDMC (`models/uncertainty`, its card.md has the commands and the
coverage by subgroup).
"""

from micropython import const

from ..fixed import isqrt
from .u95_gen import INTERVALS_Q8, RATE_Q8, RR_Q8

#: Intervals (0.1 ms) and heart rate (0.1 bpm) that are less certain are of no use and refused.
LIMITS_TENTHS_MS = (400, 300, 600)
RATE_LIMIT_BPM_X10 = const(50)
#: RR (ms) of the fastest hearts whose intervals experts marked (120/min): faster ones are as uncertain for all we know.
_FASTEST_MS = const(500)
#: Widest that the wire takes.
_WIDEST = const(0xFFFF)
#: Deviations of an RR interval from the median, in per cent, from which a beat may be missing or one too many.
_UNEVEN = const(40)
_VERY_UNEVEN = const(70)
#: Quality that a window loses by its rhythm alone.
_LOST_BY_RHYTHM = const(20)
#: Makes a Q8 quotient round up: a little doubt is some.
_UP_Q8 = const(255)


def interval_u95(which: int, edges_q3: int, spread: int, lost: int, rr_ms: int, n: int) -> int:
    """Of PR, QRS or QT (`which`: 0, 1, 2) in 0.1 ms.

    `edges_q3` is the mean uncertainty of its edges in samples (Q3), `spread` the interquartile range (0.1 ms) of its
    `n` beats, `lost` what the window lacks of a quality of 100, `rr_ms` the median RR interval.
    """
    base, by_edges, by_spread, by_lost, by_rate, by_few = INTERVALS_Q8[which]
    few_q6 = (64 << 6) // isqrt(n << 12)
    total = base + by_edges * edges_q3 + by_spread * spread + by_lost * lost
    return min((total + by_rate * (60000 // max(rr_ms, _FASTEST_MS)) + by_few * few_q6) >> 8, _WIDEST)


def rate_u95(uneven: int, lost: int, own: bool, split: bool, dropped: int) -> int:
    """Of the heart rate in 0.1 bpm; `uneven` is the greatest deviation of an RR interval from the median in per cent.

    A beat missed or too many moves the rate of ten seconds by 6 bpm, and shows as an uneven RR interval, or as two
    that are a `split` one, if it is not the rhythm's `own` to be uneven. `dropped` is by how much (0.1 bpm) the rate
    would change with the intervals that were left out of it.
    """
    base, by_lost, by_uneven, by_very_uneven, by_own, by_split, by_dropped = RATE_Q8
    noise = max(0, lost - _LOST_BY_RHYTHM)
    total = base + by_dropped * dropped + _UP_Q8
    if own:
        total += by_own * noise
    else:
        total += by_lost * lost
        if uneven >= _UNEVEN:
            total += by_uneven * noise
        if uneven >= _VERY_UNEVEN:
            total += by_very_uneven * noise
        if split:
            # on a clean lead it is an interpolated ventricular beat
            total += by_split * min(lost, _LOST_BY_RHYTHM)
    return min(total >> 8, _WIDEST)


def rr_u95(uneven: int, lost: int) -> int:
    """Of the median RR interval in ms; arguments as for `rate_u95`."""
    base, by_lost, if_uneven, by_uneven = RR_Q8
    total = base + by_lost * lost + _UP_Q8
    if uneven >= _UNEVEN:
        total += if_uneven + by_uneven * lost
    return min(total >> 8, _WIDEST)
