"""PPG: relative level and pulse wave of a channel, upstrokes, and products of red and infrared."""

import micropython
from micropython import const

from ..viper import ptr8, ptr16, ptr32

_MASK = const(255)
#: Indices of upstrokes are in Q8.
_ONE_Q8 = const(256)
#: Repetitions in a row (80 ms) of a count that noise alone does not make.
_REPEATS = const(8)


@micropython.viper
def sum_ppg(pairs: ptr32, start: int, n: int, full: int, sums: ptr32) -> object:
    """Add `n` of `pairs` (red, infrared) from pair `start` on to `sums`.

    `sums`: 0 red, 1 infrared; 2 red and 3 infrared counts of `full` or more.
    """
    for i in range(2 * start, 2 * (start + n), 2):
        red = pairs[i]
        infrared = pairs[i + 1]
        sums[0] += red
        sums[1] += infrared
        if red >= full:
            sums[2] += 1
        if infrared >= full:
            sums[3] += 1
    return None


@micropython.viper
def count_repeats(pairs: ptr32, start: int, n: int, counts: ptr32) -> object:
    """Count in `n` of `pairs` (red, infrared) from pair `start` on what repeats the same count 8 times and more.

    `counts`: 4 those of either colour; 5 the latest red and 6 infrared, 7 and 8 how often each came in a row.
    """
    for i in range(2 * start, 2 * (start + n), 2):
        value = pairs[i]
        if value == counts[5]:
            counts[7] += 1
            if counts[7] >= _REPEATS:
                counts[4] += 1
        else:
            counts[5] = value
            counts[7] = 0
        value = pairs[i + 1]
        if value == counts[6]:
            counts[8] += 1
            if counts[8] >= _REPEATS:
                counts[4] += 1
        else:
            counts[6] = value
            counts[8] = 0
    return None


@micropython.viper
def filter_ppg(level: int, number: int, relative: ptr16, pulses: ptr16, state: ptr32) -> int:
    """Take the sum of four counts that is value `number`; returns how many values in a row were beyond all pulses.

    `relative` and `pulses` are signed rings of 256. `state`: DC level, its remainder in Q6, sum of the latest 32 of
    `relative`, values beyond, mean of the latest 32.
    """
    dc = state[0]
    ac = level - dc
    rest = state[1] + ac
    dc += rest >> 6
    if dc < 64:
        dc = 64
    most = dc >> 3
    beyond = 0
    if ac > most:
        ac = most
        beyond = state[3] + 1
    elif ac < -most:
        ac = -most
        beyond = state[3] + 1
    value = (ac << 12) // (dc >> 6)
    if value > 32767:
        value = 32767
    elif value < -32767:
        value = -32767
    total = state[2] + value - (((relative[(number - 32) & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000)
    relative[number & _MASK] = value
    smooth = ((relative[(number - 17) & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000
    smooth += (((relative[(number - 16) & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000) * 2
    smooth += ((relative[(number - 15) & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000
    value = (smooth * 8 - total + 16) >> 5
    if value > 32767:
        value = 32767
    elif value < -32767:
        value = -32767
    pulses[number & _MASK] = value
    state[0] = dc
    state[1] = rest & 63
    state[2] = total
    state[3] = beyond
    state[4] = total >> 5
    return beyond


@micropython.viper
def ppg_slopes(values: ptr32, n: int, out: ptr32) -> int:
    """Slopes of `n` >= 2 normalised values, the steep ones upward: blood comes faster than it goes.

    Returns 1 where they were downward (blood took light), else 0.
    """
    out[0] = 0
    out[n - 1] = 0
    lean = 0
    for i in range(1, n - 1):
        slope = values[i + 1] - values[i - 1]
        out[i] = slope
        slope >>= 4
        lean += slope * slope * slope
    if lean < 0:
        for i in range(n):
            out[i] = -out[i]
        return 1
    return 0


@micropython.viper
def upstrokes(
    rise: ptr32, n: int, min_amplitude: int, min_distance: int, indices_q8: ptr32, amplitudes: ptr32, room: int
) -> int:
    """Find peaks of `rise` from `min_amplitude` on, the higher of two closer than `min_distance` values; their number.

    Their indices in Q8 by a parabola's vertex, at most `room`.
    """
    count = 0
    i = 2
    while i < n - 2:
        amplitude = rise[i]
        left = rise[i - 1]
        right = rise[i + 1]
        if amplitude >= min_amplitude and left <= amplitude and amplitude > right:
            curvature = 2 * amplitude - left - right
            beside = 0
            if curvature > 0:
                beside = (right - left) * (_ONE_Q8 >> 1) // curvature
                if beside > 128:
                    beside = 128
                elif beside < -128:
                    beside = -128
            index_q8 = i * _ONE_Q8 + beside
            taken = True
            if count and index_q8 - indices_q8[count - 1] < min_distance * _ONE_Q8:
                if amplitude > amplitudes[count - 1]:
                    count -= 1
                else:
                    taken = False
            if taken:
                if count == room:
                    return count
                indices_q8[count] = index_q8
                amplitudes[count] = amplitude
                count += 1
        i += 1
    return count


@micropython.viper
def template_correlation(values: ptr32, n: int, indices_q8: ptr32, count: int, around: int, shape: ptr32) -> int:
    """Percent of the power around `count` indices that is in their mean shape; 0 for fewer than three.

    `values` are normalised; `shape` has room for `2 * around + 1`.
    """
    width = 2 * around + 1
    for k in range(width):
        shape[k] = 0
    power = 0
    compared = 0
    for beat in range(count):
        first = indices_q8[beat] // _ONE_Q8 - around
        if first >= 0 and first + 2 * around < n:
            compared += 1
            for k in range(width):
                value = values[first + k] >> 2
                shape[k] += value
                power += value * value
    if compared < 3 or power == 0:
        return 0
    common = 0
    for k in range(width):
        common += shape[k] * shape[k] // compared
    return common * 100 // power


@micropython.viper
def fold_waves(values: ptr32, indices_q8: ptr32, count: int, wave: ptr32) -> int:
    """Mean wave between `count` <= 48 indices, each interval stretched to 32 phases, into `wave` (a quarter of values).

    Returns the percent of all waves' power that it has; 0 for fewer than three indices. `values` are normalised.
    """
    for k in range(32):
        wave[k] = 0
    if count < 3:
        return 0
    power = 0
    for beat in range(count - 1):
        first = indices_q8[beat]
        length = indices_q8[beat + 1] - first
        for k in range(32):
            at = first + (length * k >> 5)
            i = at >> 8
            value = values[i]
            value = (value + ((values[i + 1] - value) * (at & 255) >> 8)) >> 2
            wave[k] += value
            power += value * value
    common = 0
    for k in range(32):
        common += wave[k] * wave[k] // (count - 1)
        wave[k] //= count - 1
    power //= 100
    return common // (power if power else 1)


@micropython.viper
def wave_shape(wave: ptr32, cosines: ptr8) -> object:
    """What a mean wave of 32 phases is made of, behind it: squares of its first three harmonics, moments of its slope.

    `cosines` are 32 of a period, 128 + 127 times each. The second and third moment are means over the phases.
    """
    for harmonic in range(1, 4):
        real = 0
        imaginary = 0
        for k in range(32):
            real += wave[k] * (cosines[harmonic * k & 31] - 128)
            imaginary += wave[k] * (cosines[(harmonic * k + 8) & 31] - 128)
        real >>= 5
        imaginary >>= 5
        wave[31 + harmonic] = real * real + imaginary * imaginary
    square = 0
    cube = 0
    for k in range(32):
        slope = wave[(k + 1) & 31] - wave[(k + 31) & 31]
        if slope > 255:
            slope = 255
        elif slope < -255:
            slope = -255
        square += slope * slope
        cube += slope * slope * slope
    wave[35] = square >> 5
    wave[36] = cube >> 5
    return None


@micropython.viper
def ppg_sharpness(relative: ptr16, pulses: ptr16, end: int, n: int, delay: int, shift: int) -> int:
    """Power of the bends of `relative` by that of the slopes of `pulses`, in sixteenths.

    Of the `n` <= 200 values before value `end` of pulses, of which `relative` is `delay` ahead; bends and slopes are
    shifted right by `shift` and cut at 2047.
    """
    bends = 0
    slopes = 1
    start = end - n
    end -= 1  # the index: one of the first three names, which are registers
    after = ((relative[(end - delay) & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000
    fall = 0
    next_pulse = ((pulses[end & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000
    while end > start:
        end -= 1
        value = ((relative[(end - delay) & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000
        step = after - value
        after = value
        bend = (step - fall) >> shift
        fall = step
        if bend > 2047 or bend < -2047:
            bend = 2047
        bends += bend * bend
        value = ((pulses[end & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000
        step = (next_pulse - value) >> shift
        next_pulse = value
        if step > 2047 or step < -2047:
            step = 2047
        slopes += step * step
    return bends // ((slopes >> 4) + 1)


@micropython.viper
def slope_moments(pulses: ptr16, end: int, n: int, out: ptr32) -> object:
    """Means of the squares and of the cubes of the slopes of the 2 <= `n` <= 200 `pulses` before value `end`.

    Slopes are scaled down together until each is within 181.
    """
    first = end - n
    top = 0
    shift = 0
    square = 0
    cube = 0
    i = first + 1
    while i < end:
        slope = ((pulses[i & _MASK] & 0xFFFF) ^ 0x8000) - ((pulses[(i - 1) & _MASK] & 0xFFFF) ^ 0x8000)
        if slope < 0:
            slope = -slope
        if slope > top:
            top = slope
        i += 1
    while top >> shift > 181:
        shift += 1
    i = first + 1
    while i < end:
        slope = ((pulses[i & _MASK] & 0xFFFF) ^ 0x8000) - ((pulses[(i - 1) & _MASK] & 0xFFFF) ^ 0x8000)
        if slope < 0:
            slope = -(-slope >> shift)
        else:
            slope >>= shift
        square += slope * slope
        cube += slope * slope * slope
        i += 1
    out[0] = square // (n - 1)
    out[1] = cube // (n - 1)
    return None


@micropython.viper
def ppg_products(red: ptr16, infrared: ptr16, end: int, n: int, out: ptr32) -> object:
    """Sums of products of `n` <= 200 pulses before value `end` into `out`: both, infrared, red.

    Scaled down together until each value is within 2047, so that sums stay within 31 bits.
    """
    top = 0
    first = end - n
    # the index is one of the first three names, which are registers
    while end > first:
        end -= 1
        a = ((red[end & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000
        b = ((infrared[end & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000
        if a < 0:
            a = -a
        if b < 0:
            b = -b
        if a > top:
            top = a
        if b > top:
            top = b
    shift = 0
    while top >> shift > 2047:
        shift += 1
    both = 0
    own = 0
    other = 0
    end += n
    while end > first:
        end -= 1
        a = (((red[end & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000) >> shift
        b = (((infrared[end & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000) >> shift
        both += a * b
        own += b * b
        other += a * a
    out[0] = both
    out[1] = own
    out[2] = other
    return None


@micropython.viper
def maximum(values: ptr32, first: int, last: int) -> int:
    """Largest of 0 and the values at `first` to `last`."""
    top = 0
    for i in range(first, last + 1):
        if values[i] > top:
            top = values[i]
    return top
