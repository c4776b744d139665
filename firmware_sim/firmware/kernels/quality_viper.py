"""Signal quality of an ECG, and beat-to-beat change of the T wave.

`uv` is a ring of µV + 32768: unsigned halfwords, of which only differences are taken.
"""

import micropython
from micropython import const

from ..viper import ptr8, ptr16, ptr32

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Samples to either side of R within which a QRS lies (56 ms), and its surroundings that are looked at (200 ms).
_CORE = const(_RATE_HZ * 56 // 1000)
_WIDE = const(_RATE_HZ * 200 // 1000)
#: Samples that a QRS needs for most of its amplitude (40 ms), and after R up to which such a rise begins (24 ms).
_RISE = const(_RATE_HZ * 40 // 1000)
_RISE_BEGINS = const(_RATE_HZ * 24 // 1000)
#: Samples before R from which on those of a stretch are the level before the complex (120 ms).
_LEVEL_BEFORE = const(_RATE_HZ * 120 // 1000)
#: Stretches after R whose means are followed from beat to beat: how many, their samples, offset of the first (72 ms).
_PARTS = const(6)
_PART = const(16)
_PART_FIRST = const(_RATE_HZ * 72 // 1000)
#: Samples of a block (`contact_statistics` shifts by 4 for it), and 24-bit codes that are at the rail.
_BLOCK = const(16)
_RAIL = const(8300000)
#: Counts of a range that is a level (2.5 µV), of a mean second difference that mains has (40 µV), of a step that is a
#: jump (0.6 mV); samples at a rail that make a block railed.
_LSB_NANO = const(48_081)  # frontends.ecg: LSB_NANO
_LEVEL_COUNTS = const(2_500_000 // _LSB_NANO)
_MAINS_COUNTS = const(40_000_000 // _LSB_NANO)
_JUMP_COUNTS = const(600_000_000 // _LSB_NANO)
_RAILED_SAMPLES = const(8)
#: Words of state a stretch, and µV beyond which a difference is no alternation.
_WORDS = const(7)
_MOST_UV = const(1000)


@micropython.viper
def log2_q3(value: int) -> int:
    """Binary logarithm of `value` in Q3, linear between powers of two; 0 for 1 and less."""
    if value < 2:
        return 0
    power = 0
    rest = value
    while rest > 15:
        rest >>= 1
        power += 8
    if rest < 8:
        # under 16 the eighths are exact: bring the leading bit to eight
        while rest < 8:
            rest <<= 1
            power -= 8
    return power + 16 + rest


@micropython.viper
def block_statistics(
    uv: ptr16, mask: int, first: int, n: int, block: ptr32, energy: int, totals: ptr32, codes: ptr8, at: int
) -> object:
    """Add a block of `n` samples, in the ring `uv` from position `first` on, to `totals`; its range into `codes[at]`.

    `block` is the state of `condition`, `energy` the block's mean. `totals`: samples, those at a rail, lowest and
    highest count, sum of energies / 64, blocks. The range is as by `log2_q3`.
    """
    low = 65535
    high = 0
    for i in range(first, first + n):
        value = uv[i & mask]
        if value < low:
            low = value
        if value > high:
            high = value
    rest = high - low
    code = 0
    if rest > 1:
        while rest > 15:
            rest >>= 1
            code += 8
        while rest < 8:
            rest <<= 1
            code -= 8
        code += 16 + rest
    codes[at] = code
    if totals[0] == 0 or block[3] < totals[2]:
        totals[2] = block[3]
    if totals[0] == 0 or block[4] > totals[3]:
        totals[3] = block[4]
    totals[0] += n
    totals[1] += block[2]
    totals[4] += energy >> 6
    totals[5] += 1
    return None


@micropython.viper
def contact_statistics(counts: ptr32, state: ptr32) -> int:
    """Figures of 16 24-bit `counts`, which three more must follow, into `state`, as contact.py has it, from word 15 on.

    Their range; how many lie at a rail; mean absolute second difference; mean; the largest step from one sample to
    the next that is not undone three samples later. Counts the block.
    Returns 1 where nothing is to be judged: no trouble in it, and none before; what is usual is followed then.
    """
    here = counts[0]
    after = counts[1]
    step = after - here
    low = high = here
    total = rough = largest = 0
    for i in range(2, _BLOCK + 2):
        total += here
        if here < low:
            low = here
        elif here > high:
            high = here
        change = step
        step = counts[i] - after
        bend = step - change
        rough += bend if bend > 0 else -bend
        if change < 0:
            change = -change
        if change > largest:
            lasting = counts[i + 1] - here
            if lasting < 0:
                lasting = -lasting
            if lasting < change:
                change = lasting
            if change > largest:
                largest = change
        here = after
        after += step
    railed = 0
    if high > _RAIL or low < -_RAIL:
        for i in range(_BLOCK):
            if counts[i] > _RAIL or counts[i] < -_RAIL:
                railed += 1
    rough >>= 4
    total >>= 4
    state[1] += 1
    state[15] = high - low
    state[16] = railed
    state[17] = rough
    state[18] = total
    state[19] = largest
    if railed >= _RAILED_SAMPLES or high - low <= _LEVEL_COUNTS or rough >= _MAINS_COUNTS or largest > _JUMP_COUNTS:
        return 0
    # a suspicion, a level, a jump or mains that goes on
    if state[0] >= 0 or state[2] != 0 or state[6] >= 0 or state[12] >= 0:
        return 0
    state[4] = 0
    state[9] = total
    state[13] = 0
    usual = state[5]
    if usual < 0:
        state[5] = rough
    elif rough < usual:
        state[5] = usual - (usual - rough + 3 >> 2)
    else:
        state[5] = usual + (usual >> 6) + 1
    return 1


@micropython.viper
def gather(ring: ptr8, base: int, size: int, first: int, n: int, without: int, out: ptr32) -> int:
    """Copy `n` bytes from index `first` on of the ring of `size` at `ring[base]`, but none that is `without`.

    Returns how many there are in `out`.
    """
    count = 0
    at = first % size
    for _ in range(n):
        value = ring[base + at] & 255
        if value != without:
            out[count] = value
            count += 1
        at += 1
        if at == size:
            at = 0
    return count


@micropython.viper
def rr_differences(intervals: ptr32, n: int, lag: int, out: ptr32) -> int:
    """Differences of `n` intervals (0 where not known) with those `lag` before into `out`; returns how many."""
    count = 0
    for i in range(lag, n):
        now = intervals[i]
        before = intervals[i - lag]
        if now > 0 and before > 0:
            out[count] = now - before if now > before else before - now
            count += 1
    return count


@micropython.viper
def beat_amplitudes(uv: ptr16, mask: int, r: int, out: ptr32) -> object:
    """Five amplitudes (µV) of the complex at position `r` of the ring `uv` into `out`.

    Its peak-to-peak within 56 ms; that within 200 ms; the largest change over 40 ms; over one sample; and over one
    sample that is not undone two samples later.
    """
    low = uv[r & mask]
    high = low
    lowest = low
    highest = low
    for i in range(r - _WIDE, r + _WIDE + 1):
        value = uv[i & mask]
        if value < lowest:
            lowest = value
        elif value > highest:
            highest = value
        if i >= r - _CORE and i <= r + _CORE:
            if value < low:
                low = value
            elif value > high:
                high = value
    change = 0
    step = 0
    lasting = 0
    for i in range(r - _CORE, r + _CORE):
        here = uv[i & mask]
        value = uv[(i + 1) & mask] - here
        if value < 0:
            value = -value
        if value > step:
            step = value
        after = uv[(i + 3) & mask] - uv[(i - 1) & mask]
        if after < 0:
            after = -after
        if after < value:
            value = after
        if value > lasting:
            lasting = value
        if i <= r + _RISE_BEGINS:
            value = uv[(i + _RISE) & mask] - here
            if value < 0:
                value = -value
            if value > change:
                change = value
    out[0] = high - low
    out[1] = highest - lowest
    out[2] = change
    out[3] = step
    out[4] = lasting
    return None


@micropython.viper
def alternation(uv: ptr16, mask: int, r: int, run: int, state: ptr32) -> object:
    """Follow the means of stretches after `r` (16 samples each) from beat to beat; `run` beats like it came before.

    `state`, of each stretch: its mean (µV) before, the three differences before that, then sums over beats of the
    difference times itself, times the one two and the one three beats before; these from the fifth beat of a run on.
    """
    level = 0
    for i in range(r - _LEVEL_BEFORE, r - _LEVEL_BEFORE + _PART):
        level += uv[i & mask]
    for part in range(_PARTS):
        first = r + _PART_FIRST + part * _PART
        mean = -level
        for i in range(first, first + _PART):
            mean += uv[i & mask]
        mean >>= 4
        at = part * _WORDS
        delta = mean - state[at]
        if delta > _MOST_UV:
            delta = _MOST_UV
        elif delta < -_MOST_UV:
            delta = -_MOST_UV
        if run >= 4:
            state[at + 4] += delta * delta
            state[at + 5] += delta * state[at + 2]
            state[at + 6] += delta * state[at + 3]
        state[at + 3] = state[at + 2]
        state[at + 2] = state[at + 1]
        state[at + 1] = delta
        state[at] = mean
    return None
