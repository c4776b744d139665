"""ECG samples: conditioning, the signal in which QRS complexes stand out, its peaks, and R.

`uv` is a ring of µV + 32768: unsigned halfwords, which viper reads as they are. Only differences of them are taken.
"""

import micropython
from micropython import const

from ..viper import ptr16, ptr32

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_UV_PER_COUNT_Q15 = const(1575)  # frontends.ecg: UV_PER_COUNT_Q15
#: Counts that still fit 16 bits as µV (32.7 mV): anything beyond is at a rail or no ECG.
_LIMIT_COUNTS = const((32733 << 15) // _UV_PER_COUNT_Q15)
_ZERO_UV = const(32768)
#: 24-bit codes this near full scale are at the rail.
_RAIL = const(8300000)
#: Masks of the rings of `filter_qrs`.
_LOW = const(127)
_ENERGY = const(63)
#: Samples from the input to the centre of the band-passed signal: of these lengths of `filter_qrs`, whatever the rate.
_BAND_DELAY = const(19)
#: Samples of the reach of the search for R in it (88 ms), and around that (40 ms).
_AROUND = const(_RATE_HZ * 88 // 1000)
_R_REACH = const(_RATE_HZ * 40 // 1000)
#: Samples without a new maximum that end a peak (96 ms).
_QUIET = const(_RATE_HZ * 96 // 1000)
#: Samples before R from which on 16 are the level before the complex (120 ms).
_LEVEL_BEFORE = const(_RATE_HZ * 120 // 1000)


@micropython.viper
def condition(raw: ptr32, n: int, uv: ptr16, first: int, mask: int, state: ptr32) -> object:
    """Condition `n` >= 1 24-bit counts into µV at ring position `first` of `uv`; one-pole high-pass at 0.16 Hz.

    `state`: offset, its remainder in Q8; then of this block the samples at a rail, lowest and highest count.
    """
    offset = state[0]
    rest = state[1]
    railed = 0
    low = raw[0]
    high = low
    for i in range(n):
        value = raw[i]
        if value > _RAIL or value < -_RAIL:
            railed += 1
        if value < low:
            low = value
        elif value > high:
            high = value
        value -= offset
        rest += value
        offset += rest >> 8
        rest &= 255
        if value > _LIMIT_COUNTS:
            value = _LIMIT_COUNTS
        elif value < -_LIMIT_COUNTS:
            value = -_LIMIT_COUNTS
        uv[(first + i) & mask] = (value * _UV_PER_COUNT_Q15 >> 15) + _ZERO_UV
    state[0] = offset
    state[1] = rest
    state[2] = railed
    state[3] = low
    state[4] = high
    return None


@micropython.viper
def filter_qrs(uv: ptr16, n: int, first: int, mask: int, low: ptr32, energy: ptr32, state: ptr32) -> int:
    """Filter `n` <= 48 samples of the ring `uv` from position `first` on; returns their summed energy / 16.

    `low`: ring of 128, `energy`: ring of 64. `state`: sums over 5, 4 and 32 and of slopes, two values of the band,
    then rings of 8 sums over 5 and of 32 slopes.
    """
    sum5 = state[0]
    sum4 = state[1]
    sum32 = state[2]
    power = state[3]
    band1 = state[4]
    band2 = state[5]
    total = 0
    for i in range(first, first + n):
        sum5 += uv[i & mask] - uv[(i - 5) & mask]
        sum4 += sum5 - state[8 + ((i - 4) & 7)]
        state[8 + (i & 7)] = sum5
        sum32 += sum4 - low[(i - 32) & _LOW]
        low[i & _LOW] = sum4
        band = low[(i - 16) & _LOW] - (sum32 >> 5)
        value = band - band2
        band2 = band1
        band1 = band
        if value < 0:
            value = -value
        power += value - state[16 + ((i - 24) & 31)]
        state[16 + (i & 31)] = value
        energy[i & _ENERGY] = power
        total += power >> 4
    state[0] = sum5
    state[1] = sum4
    state[2] = sum32
    state[3] = power
    state[4] = band1
    state[5] = band2
    return total


@micropython.viper
def next_peak(energy: ptr32, start: int, end: int, state: ptr32) -> int:
    """Look from position `start` to `end` for the end of a peak; returns the position after it, -1 where none ends.

    `state`: energy and position of the peak under way, the last energy; its energy is to be cleared once it ended.
    """
    top = state[0]
    top_at = state[1]
    last = state[2]
    ended = -1
    i = start
    while i < end and ended < 0:
        value = energy[i & _ENERGY]
        if value > top and value > last:
            top = value
            top_at = i
        elif top and (value < top >> 1 or i - top_at > _QUIET):
            ended = i + 1
        last = value
        i += 1
    state[0] = top
    state[1] = top_at
    state[2] = last
    return ended


@micropython.viper
def slopes(low: ptr32, first: int, n: int, before: int, out: ptr32) -> object:
    """Steepest rise and fall over two samples, `n` of them from ring position `first` on, into `out`.

    Then the steepest, either way, of every fourth of the `before` samples that precede these.
    """
    steepest = 0
    i = first - before
    while i < first:
        slope = low[i & _LOW] - low[(i - 2) & _LOW]
        if slope < 0:
            slope = -slope
        if slope > steepest:
            steepest = slope
        i += 4
    out[2] = steepest
    rise = 0
    fall = 0
    before = low[(first - 2) & _LOW]
    here = low[(first - 1) & _LOW]
    for i in range(first, first + n):
        after = low[i & _LOW]
        slope = after - before
        if slope > rise:
            rise = slope
        elif -slope > fall:
            fall = -slope
        before = here
        here = after
    out[0] = rise
    out[1] = fall
    return None


@micropython.viper
def band_centre(uv: ptr16, mask: int, index: int, end: int, work: ptr32) -> int:
    """Sample near `index` of the largest deflection of the band-passed signal, computed from the ring `uv`.

    The signal is known to before `end`. `work` has room for 80. The band is that of `filter_qrs`, made anew: keeping
    it would take as much memory as `uv`.
    """
    start = index - _AROUND + _BAND_DELAY
    n = 2 * _AROUND + 1
    if start + n > end:
        n = end - start
    sum32 = 0
    top = -1
    centre = index
    for k in range(n + 31):
        i = start - 31 + k
        near = uv[(i - 3) & mask] + uv[(i - 4) & mask]
        wide = near + uv[(i - 2) & mask] + uv[(i - 5) & mask]
        wider = wide + uv[(i - 1) & mask] + uv[(i - 6) & mask]
        low = near + wide + wider + wider + uv[i & mask] + uv[(i - 7) & mask]
        sum32 += low
        work[k] = low
        if k >= 31:
            value = work[k - 16] - (sum32 >> 5)
            sum32 -= work[k - 31]
            if value < 0:
                value = -value
            if value > top:
                top = value
                centre = i - _BAND_DELAY
    return centre


@micropython.viper
def locate_r(uv: ptr16, mask: int, centre: int, side: int) -> int:
    """R near `centre`: twice its distance from there, plus 1 where it is an upward deflection.

    Of two nearly equal deflections the one on `side` (1 up, -1 down, 0 either) wins.
    """
    level = 0
    for i in range(centre - _LEVEL_BEFORE, centre - _LEVEL_BEFORE + 16):
        level += uv[i & mask]
    level >>= 2
    above = 0
    below = 0
    up = centre
    down = centre
    for i in range(centre - _R_REACH, centre + _R_REACH + 1):
        value = uv[(i - 1) & mask] + 2 * uv[i & mask] + uv[(i + 1) & mask] - level
        if value > above:
            above = value
            up = i
        elif -value > below:
            below = -value
            down = i
    if above * (4 + side) > below * (4 - side):
        return (up - centre) * 2 + 1
    return (down - centre) * 2
