"""Pulse waves one by one, as they come: when each rose steepest, and how far it rose."""

import micropython
from micropython import const

from ..viper import ptr32

_RATE_HZ = const(100)  # frontends.ppg: RATE_HZ
_ONE_Q8 = const(256)
_RING = const(64)
_MASK = const(_RING - 1)
#: Samples of each of two means whose difference is a slope (60 ms), and over which what rises is summed (140 ms).
_MEAN = const(_RATE_HZ * 60 // 1000)
_RISE = const(_RATE_HZ * 140 // 1000)
#: Samples from which on the usual rise is learnt, and from which on upstrokes are looked for (0.4 and 2.4 s); where
#: their number wraps, at a multiple of that.
_LEARN = const(_RATE_HZ * 400 // 1000)
_BEGIN = const(_RATE_HZ * 2400 // 1000)
_MOST_TAKEN = const(_RING * 64)
#: Shortest interval (273 ms: 220 a minute); the longest that counts for the usual one, after which the usual rise falls
#: (2 s), and the most time that is counted (20 s).
_SHORTEST_Q8 = const(_RATE_HZ * _ONE_Q8 * 60 // 220)
_LONGEST_Q8 = const(_RATE_HZ * _ONE_Q8 * 2)
_MOST_Q8 = const(_RATE_HZ * _ONE_Q8 * 20)
_USUAL_Q8 = const(_RATE_HZ * _ONE_Q8 * 8 // 10)
#: Parts (Q8) of the usual rise that an upstroke must have, the more the earlier: under 0.4, 0.7, 1.7 usual intervals.
_EARLY_Q8 = const(179)
_SOON_Q8 = const(133)
_DUE_Q8 = const(97)
_LATE_Q8 = const(64)
#: Intervals that are similar (Q10 of their median), steps that are none (a 20th of the usual one), the most from one.
_SIMILAR_Q10 = const(82)
_STEADY = const(20)
_MOST_Q10 = const(2047)


@micropython.viper
def pulse_upstrokes(pairs: ptr32, start: int, n: int, rings: ptr32, state: ptr32, found: ptr32, room: int) -> int:
    """Take infrared of `n` pairs (red, infrared) from pair `start` on; how many upstrokes became certain meanwhile.

    `found` gets of each the interval since the one before (Q8 samples, 20 s at most) and its rise, of `room` at most.
    `rings` hold the latest 64 counts, slopes and rises. `state`: samples taken; 1, or -1 where blood takes light; rise
    now; usual rise; usual interval and time since the latest upstroke (Q8). With no samples taken it begins anew.
    """
    count = 0
    taken = state[0]
    sign = state[1]
    rise = state[2]
    level = state[3]
    period = state[4]
    since = state[5]
    i = start
    while i < start + n:
        at = taken & _MASK
        value = pairs[2 * i + 1] * sign
        i += 1
        if taken == 0:
            for k in range(_RING):
                rings[k] = value
                rings[_RING + k] = 0
                rings[2 * _RING + k] = 0
            rise = 0
            level = 0
            since = 0
            period = _USUAL_Q8
        rings[at] = value
        slope = 0
        for k in range(_MEAN):
            slope += rings[(at - k) & _MASK] - rings[(at - k - _MEAN) & _MASK]
        rings[_RING + at] = slope
        if slope > 0:
            rise += slope
        slope = rings[_RING + ((at - _RISE) & _MASK)]
        if slope > 0:
            rise -= slope
        rings[2 * _RING + at] = rise
        taken += 1
        if taken > _MOST_TAKEN:
            taken -= _RING
        if since < _MOST_Q8:
            since += _ONE_Q8
        if taken < _BEGIN:
            if taken > _LEARN and rise > level:
                level = rise
            continue
        # what is looked at lies so far back that nothing higher can come near it
        peak = (at - _RISE) & _MASK
        height = rings[2 * _RING + peak]
        past = since - _ONE_Q8 * _RISE
        part = _LATE_Q8
        if past * 5 < period * 2:
            part = _EARLY_Q8
        elif past * 10 < period * 7:
            part = _SOON_Q8
        elif past * 10 < period * 17:
            part = _DUE_Q8
        if height > (level >> 8) * part:
            k = 1
            while k <= _RISE:
                if rings[2 * _RING + ((peak - k) & _MASK)] > height:
                    break
                if rings[2 * _RING + ((peak + k) & _MASK)] >= height:
                    break
                k += 1
            if k > _RISE:
                steepest = peak
                for k in range(1, _RISE + 1):
                    if rings[_RING + ((peak - k) & _MASK)] > rings[_RING + steepest]:
                        steepest = (peak - k) & _MASK
                left = rings[_RING + ((steepest - 1) & _MASK)]
                right = rings[_RING + ((steepest + 1) & _MASK)]
                curvature = 2 * rings[_RING + steepest] - left - right
                beside = 0
                if curvature > 0:
                    beside = ((right - left) << 7) // curvature
                ago = (((at - steepest) & _MASK) << 8) - beside
                interval = since - ago
                if interval > _SHORTEST_Q8:
                    if interval < _LONGEST_Q8 and interval * 5 > period * 2:
                        period += (interval - period) * 3 // 20
                    if count < room:
                        found[2 * count] = interval
                        found[2 * count + 1] = height
                        count += 1
                    since = ago
                    if height > 2 * level:
                        height = 2 * level
                    level += (height - level) // 5
        elif past > _LONGEST_Q8 and past * 2 > period * 5:
            level -= level >> 8
    state[0] = taken
    state[2] = rise
    state[3] = level
    state[4] = period
    state[5] = since
    return count


@micropython.viper
def rhythm_sums(intervals: ptr32, rises: ptr32, n: int, out: ptr32) -> object:
    """What a rhythm shows, from `n` <= 64 intervals and the rises that begin them, both in Q10 of their median.

    `out`: how many are like the one most are like; steps from one to the next that are none; of what intervals differ
    from their median the sum, squares, products with the next; of rises sum and squares; products of both; the longest.
    """
    for k in range(9):
        out[k] = 0
    usual = 1024
    for i in range(n):
        similar = 0
        for j in range(n):
            difference = intervals[i] - intervals[j]
            if difference < 0:
                difference = -difference
            if difference < _SIMILAR_Q10:
                similar += 1
        if similar > out[0]:
            out[0] = similar
            usual = intervals[i]
    before = 0
    for i in range(n):
        value = intervals[i]
        if value > out[8]:
            out[8] = value
        value -= 1024
        if value > _MOST_Q10:
            value = _MOST_Q10
        rise = rises[i] - 1024
        if rise > _MOST_Q10:
            rise = _MOST_Q10
        if i:
            out[4] += value * before
            difference = intervals[i] - intervals[i - 1]
            if difference < 0:
                difference = -difference
            if difference * _STEADY < usual:
                out[1] += 1
        before = value
        out[2] += value
        out[3] += value * value
        out[5] += rise
        out[6] += rise * rise
        out[7] += value * rise
    return None
