"""The pulse in motion: light and acceleration at 25 Hz, what of one is not of the other, spectra, and rates in them."""

import micropython
from micropython import const

from ..viper import ptr8, ptr16, ptr32

_MASK = const(255)
#: Values of acceleration a ring holds less 1; a sample lasts 25 and a value 104 units of time.
_FEED_MASK = const(15)
_SAMPLE = const(25)
_VALUE = const(104)
#: Values over which a channel's scale is averaged (10 s), the least scale of light and acceleration (Q8), limit of a
#: scaled value (Q9).
_SCALE_VALUES = const(256)
_LEAST_LIGHT = const(20 << 8)
_LEAST_ACCELERATION = const(40 << 8)
_LIMIT = const(4095)
#: Taps an axis, step (1/256), regulariser (Q10), limits of the residual (Q9), of its ratio to the power and of a
#: weight (Q20).
_TAPS = const(8)
_STEP = const(13)
_REGULAR = const(102)
_MOST_RESIDUAL = const(8191)
_MOST_RATIO = const(131072)
_MOST_WEIGHT = const(2097152)
#: Points of a transform, values of a window, bytes of a window's half.
_POINTS = const(512)
_WINDOW = const(200)
_HALF = const(100)
#: Bins of a spectrum that are kept: the first, and the one after the last; those its mean power is of (0.6 to 4.2 Hz).
_FIRST = const(4)
_END = const(151)
_MEAN_FIRST = const(12)
_MEAN_END = const(86)
#: What the mean power of a spectrum is in it.
_MEAN = const(64)
#: Hidden units of a network in each layer, bytes of their biases; what is added to where an input lies.
_HIDDEN = const(12)
_BIASES = const(36)
_OFFSET = const(8)
#: Probability of the likeliest rate: the logarithm of 22 bits in Q8.
_ONE_LOG_Q8 = const(22 << 8)
#: Changes of the rate in a step (Q8 bins): up to this counts in their mean, more than that is a leap and ends it.
_CHANGE = const(262)
_MOST_CHANGE = const(786)


@micropython.viper
def resample_motion(accel: ptr16, n: int, ring: ptr16, state: ptr32) -> object:
    """Take `n` samples (x, y, z each) of 104 Hz into means over 40 ms, the latest 16 of which are in `ring`.

    `state`: 0 units of time in the open mean, 1 to 3 its sums, 4 means made.
    """
    for i in range(0, 3 * n, 3):
        x = ((accel[i] & 0xFFFF) ^ 0x8000) - 0x8000
        y = ((accel[i + 1] & 0xFFFF) ^ 0x8000) - 0x8000
        z = ((accel[i + 2] & 0xFFFF) ^ 0x8000) - 0x8000
        room = _VALUE - state[0]
        if room > _SAMPLE:
            state[0] += _SAMPLE
            state[1] += _SAMPLE * x
            state[2] += _SAMPLE * y
            state[3] += _SAMPLE * z
        else:
            at = 3 * (state[4] & _FEED_MASK)
            ring[at] = (state[1] + room * x) // _VALUE
            ring[at + 1] = (state[2] + room * y) // _VALUE
            ring[at + 2] = (state[3] + room * z) // _VALUE
            rest = _SAMPLE - room
            state[0] = rest
            state[1] = rest * x
            state[2] = rest * y
            state[3] = rest * z
            state[4] += 1
    return None


@micropython.viper
def cancel_motion(values: ptr32, number: int, rings: ptr16, state: ptr32) -> object:
    """Take value `number` of the light and of three axes: high-passed, scaled, and the light without what is motion.

    `values`: light, x, y, z (16 bits each). `rings` are five of 256 signed values in Q9 of a mean size: light, x, y,
    z, and the residual of a normalised LMS filter. `state`: 0 to 3 and 4 to 7 means of the two high-passes (Q3), 8 to
    11 scales (Q8), 12 to 35 the filter's weights (Q20). Number 0 begins.
    """
    if number == 0:
        for i in range(4, 36):
            state[i] = 0
    count = number + 1
    if count > _SCALE_VALUES:
        count = _SCALE_VALUES
    at = number & _MASK
    least = _LEAST_LIGHT
    for channel in range(4):
        value = values[channel] << 2
        if number == 0:
            state[channel] = value << 3
        value -= state[channel] >> 3
        state[channel] += value
        value -= state[4 + channel] >> 3
        state[4 + channel] += value
        size = value
        if size < 0:
            size = -size
        scale = state[8 + channel]
        scale += ((size << 8) - scale) // count
        state[8 + channel] = scale
        if scale < least:
            scale = least
        least = _LEAST_ACCELERATION
        value = (value << 11) // ((scale >> 6) + 1)
        if value > _LIMIT:
            value = _LIMIT
        elif value < -_LIMIT:
            value = -_LIMIT
        rings[(channel << 8) + at] = value
    power = 0
    product = 0
    for axis in range(3):
        base = (axis + 1) << 8
        for tap in range(_TAPS):
            value = 0
            if number >= tap:
                value = ((rings[base + ((at - tap) & _MASK)] & 0xFFFF) ^ 0x8000) - 0x8000
            power += value * value
            product += (state[12 + axis * _TAPS + tap] >> 8) * value
    residual = (((rings[at] & 0xFFFF) ^ 0x8000) - 0x8000) - (product >> 12)
    if residual > _MOST_RESIDUAL:
        residual = _MOST_RESIDUAL
    elif residual < -_MOST_RESIDUAL:
        residual = -_MOST_RESIDUAL
    rings[1024 + at] = residual
    ratio = (residual << 14) // ((power >> 8) + _REGULAR)
    if ratio > _MOST_RATIO:
        ratio = _MOST_RATIO
    elif ratio < -_MOST_RATIO:
        ratio = -_MOST_RATIO
    ratio = ratio * _STEP >> 3
    for axis in range(3):
        base = (axis + 1) << 8
        for tap in range(_TAPS):
            value = 0
            if number >= tap:
                value = ((rings[base + ((at - tap) & _MASK)] & 0xFFFF) ^ 0x8000) - 0x8000
            weight = state[12 + axis * _TAPS + tap] + (ratio * value >> 7)
            if weight > _MOST_WEIGHT:
                weight = _MOST_WEIGHT
            elif weight < -_MOST_WEIGHT:
                weight = -_MOST_WEIGHT
            state[12 + axis * _TAPS + tap] = weight
    return None


@micropython.viper
def window_pair(rings: ptr16, first: int, second: int, end: int, window: ptr8, words: ptr32) -> object:
    """The 200 values before number `end` of two rings into 512 `words`, windowed and in reversed order of their bits.

    A word has a value of ring `first` in its upper half and of `second`, if that is not negative, in its lower one.
    The residual (ring 4) is made as large as fits. `window` is the rising half.
    """
    for i in range(_POINTS):
        words[i] = 0
    start = end - _WINDOW
    shift = 0
    if second == 4:
        size = 0
        for i in range(start, end):
            value = ((rings[1024 + (i & _MASK)] & 0xFFFF) ^ 0x8000) - 0x8000
            if value < 0:
                value = -value
            if value > size:
                size = value
        while shift < 4 and size << shift < 2048:
            shift += 1
    reversed_i = 0
    for i in range(_WINDOW):
        weight = window[i] if i < _HALF else window[_WINDOW - 1 - i]
        at = (start + i) & _MASK
        value = ((rings[(first << 8) + at] & 0xFFFF) ^ 0x8000) - 0x8000
        upper = value * weight >> 6
        lower = 0
        if second >= 0:
            value = (((rings[(second << 8) + at] & 0xFFFF) ^ 0x8000) - 0x8000) << shift
            if value > _LIMIT:
                value = _LIMIT
            elif value < -_LIMIT:
                value = -_LIMIT
            lower = value * weight >> 6
        words[reversed_i] = (upper << 16) | (lower & 0xFFFF)
        bit = _POINTS >> 1
        while reversed_i & bit:
            reversed_i ^= bit
            bit >>= 1
        reversed_i |= bit
    return None


@micropython.viper
def transform(words: ptr32, sines: ptr8) -> object:
    """Fourier transform, divided by 256, of 512 complex `words` in reversed order of which the last 256 values are 0.

    The real part is a word's upper half. `sines` are the sines of 0 to 383 512ths of a turn in Q14, low byte first.
    """
    half = 1
    stride = 256
    while half < _POINTS:
        for k in range(half):
            at = k * stride << 1
            sine = sines[at] | (((sines[at + 1] ^ 0x80) - 0x80) << 8)
            at += 256
            cosine = sines[at] | (((sines[at + 1] ^ 0x80) - 0x80) << 8)
            i = k
            while i < _POINTS:
                word = words[i + half]
                real = word >> 16
                imaginary = ((word & 0xFFFF) ^ 0x8000) - 0x8000
                turned = (real * cosine + imaginary * sine) >> 14
                imaginary = (imaginary * cosine - real * sine) >> 14
                word = words[i]
                real = word >> 16
                word = ((word & 0xFFFF) ^ 0x8000) - 0x8000
                if half == 1:
                    # the second is 0
                    words[i + half] = words[i]
                else:
                    words[i] = ((real + turned + 1) >> 1 << 16) | (((word + imaginary + 1) >> 1) & 0xFFFF)
                    words[i + half] = ((real - turned + 1) >> 1 << 16) | (((word - imaginary + 1) >> 1) & 0xFFFF)
                i += half + half
        half += half
        stride >>= 1
    return None


@micropython.viper
def split_powers(words: ptr32) -> object:
    """Of the transform of two real signals the power of bin k of the first into word k, of the second into 512 - k."""
    for k in range(_FIRST, _END):
        a = words[k]
        b = words[_POINTS - k]
        real = (a >> 16) + (b >> 16)
        imaginary = (((a & 0xFFFF) ^ 0x8000) - 0x8000) - (((b & 0xFFFF) ^ 0x8000) - 0x8000)
        words[k] = real * real + imaginary * imaginary
        real = (((a & 0xFFFF) ^ 0x8000) - 0x8000) + (((b & 0xFFFF) ^ 0x8000) - 0x8000)
        imaginary = (b >> 16) - (a >> 16)
        words[_POINTS - k] = real * real + imaginary * imaginary
    return None


@micropython.viper
def keep_powers(words: ptr32, kept: ptr8, at: int) -> object:
    """Logarithms (Q3) of both signals' power together, as `split_powers` left it, from `kept[at]` on by bin."""
    for k in range(_FIRST, _END):
        value = words[k] + words[_POINTS - k]
        code = 0
        if value >= 8:
            while value > 15:
                value >>= 1
                code += 8
            code += value + 16
        kept[at + k] = code
    return None


@micropython.viper
def add_powers(words: ptr32, kept: ptr8, at: int) -> object:
    """Add what `keep_powers` kept to the power in each word."""
    for k in range(_FIRST, _END):
        code = kept[at + k]
        if code:
            words[k] += (8 + (code & 7)) << (code >> 3) - 3
    return None


@micropython.viper
def log_spectrum(words: ptr32, mirrored: int, least: int, out: ptr8, at: int) -> object:
    """Powers in words k, or 512 - k if `mirrored`, into `out[at + k]`: 16 an octave of amplitude, the mean one 64.

    `least` is added to the mean power (64ths), so that a still accelerometer has no spectrum; 1/256 of the mean is
    added to each.
    """
    total = 0
    for k in range(_MEAN_FIRST, _MEAN_END):
        total += words[_POINTS - k if mirrored else k] >> 6
    mean = total // (_MEAN_END - _MEAN_FIRST) + least
    base = 16
    value = mean
    while value > 15:
        value >>= 1
        base += 8
    base += value
    for k in range(_FIRST):
        out[at + k] = 0
    for k in range(_FIRST, _END):
        value = words[_POINTS - k if mirrored else k] + (mean >> 2)
        code = _MEAN - 48 - base
        if value >= 8:
            while value > 15:
                value >>= 1
                code += 8
            code += value + 16
        if code < 0:
            code = 0
        elif code > 127:
            code = 127
        out[at + k] = code
    return None


@micropython.viper
def score_rates(spectra: ptr8, first: int, n: int, weights: ptr8, work: ptr32, keep: int, scores: ptr32) -> object:
    """A network's score of each of `n` bins from `first` on, added to `keep` times those in `scores`, by bin.

    `spectra` are bytes by bin; `work` has room for inputs and hidden units. `weights`: number of inputs, the bin in the
    middle, where each input but the last, the bin, lies (two bytes: 4096 for twice the bin, 8192 for half of it, plus
    the index, plus 8), biases (three bytes each) and weights of two layers, weights of the output, both shifts.
    """
    inputs = weights[0]
    first_biases = 2 * inputs
    second_biases = first_biases + _BIASES + _HIDDEN * inputs
    shifts = second_biases + _BIASES + _HIDDEN * _HIDDEN + _HIDDEN
    for k in range(first, first + n):
        i = 1
        while i < inputs:
            at = weights[2 * i] | (weights[2 * i + 1] << 8)
            index = k
            if at & 4096:
                index = k + k
            elif at & 8192:
                index = k >> 1
            work[i - 1] = spectra[index + (at & 4095) - _OFFSET] - _MEAN
            i += 1
        work[inputs - 1] = k - weights[1]
        at = first_biases + _BIASES
        shift = weights[shifts]
        for unit in range(_HIDDEN):
            i = first_biases + 3 * unit
            total = weights[i] | (weights[i + 1] << 8) | (((weights[i + 2] ^ 0x80) - 0x80) << 16)
            i = 0
            while i < inputs:
                total += work[i] * ((weights[at] ^ 0x80) - 0x80)
                at += 1
                i += 1
            total >>= shift
            if total < 0:
                total = 0
            elif total > 127:
                total = 127
            work[inputs + unit] = total
        at = second_biases + _BIASES
        shift = weights[shifts + 1]
        score = scores[k] * keep
        for unit in range(_HIDDEN):
            i = second_biases + 3 * unit
            total = weights[i] | (weights[i + 1] << 8) | (((weights[i + 2] ^ 0x80) - 0x80) << 16)
            i = inputs
            while i < inputs + _HIDDEN:
                total += work[i] * ((weights[at] ^ 0x80) - 0x80)
                at += 1
                i += 1
            total >>= shift
            if total > 127:
                total = 127
            if total > 0:
                score += total * ((weights[shifts - _HIDDEN + unit] ^ 0x80) - 0x80)
        scores[k] = score
    return None


@micropython.viper
def follow_rate(
    scores: ptr32, first: int, n: int, gain: int, settings: ptr8, probabilities: ptr32, out: ptr32
) -> object:
    """A step of the forward filter over `n` rates: `scores` from bin `first` on times `gain` are bits of evidence, Q20.

    `probabilities`, of which the first and last three of `n + 6` are 0, are 22 bits at most and become the new ones;
    `scores` are lost. `settings`: what a rate keeps of its probability and gives to those one, two, three bins off
    (Q8), right shift of all probability that gives what any rate gets; bins to either side of the likeliest rate that
    the answer is a mean of; Q8 bins within which probability is for it (two bytes); how much four mean changes lead
    the rate (Q8). `out`: 0 the rate in Q8 bins from the first on, 1 percent of probability for it; 2 four times the
    mean change, 3 the rate without it, and 4 whether there was one before (0: none).
    """
    stay = settings[0]
    one_off = settings[1]
    two_off = settings[2]
    three_off = settings[3]
    total = 0
    for i in range(3, n + 3):
        total += probabilities[i] >> 2
    leak = (total >> settings[4]) + 1
    most = -1000000000
    middle = 0
    after = probabilities[3]
    one = 0
    two = 0
    for i in range(3, n + 3):
        # what is overwritten is kept: three before
        three = two
        two = one
        one = middle
        middle = after
        after = probabilities[i + 1]
        value = middle * stay + (one + after) * one_off + (two + probabilities[i + 2]) * two_off
        value += (three + probabilities[i + 3]) * three_off + leak
        exponent = 0
        while value > 511:
            value >>= 1
            exponent += 256
        while value < 256:
            value <<= 1
            exponent -= 256
        value += exponent + (scores[first + i - 3] * gain >> 12)
        scores[first + i - 3] = value
        if value > most:
            most = value
    total = 0
    mode = 0
    for i in range(n):
        value = scores[first + i] - most + _ONE_LOG_Q8
        if value < 0:
            value = 0
            middle = 0
        else:
            middle = 256 + (value & 255)
            value >>= 8
            if value >= 8:
                middle <<= value - 8
            else:
                middle >>= 8 - value
        probabilities[i + 3] = middle
        total += middle >> 2
        if scores[first + i] == most:
            mode = i
    around = settings[5]
    near = 0
    moment = 0
    for i in range(mode - around, mode + around + 1):
        if i >= 0 and i < n:
            near += probabilities[i + 3]
            moment += probabilities[i + 3] * (i - mode)
    rate = (mode << 8) + (moment // ((near >> 8) + 1))
    near = 0
    within = settings[6] | (settings[7] << 8)
    for i in range(n):
        value = (i << 8) - rate
        if value <= within and value >= -within:
            near += probabilities[i + 3] >> 2
    out[1] = near // (total // 100 + 1)
    # what is likeliest over a window and by all before is late: the mean change leads it back
    value = rate - out[3]
    if out[4] == 0 or value > _MOST_CHANGE or value < -_MOST_CHANGE:
        out[2] = 0
    else:
        if value > _CHANGE:
            value = _CHANGE
        elif value < -_CHANGE:
            value = -_CHANGE
        out[2] += value - (out[2] >> 2)
    out[3] = rate
    out[4] = 1
    out[0] = rate + (out[2] * settings[8] >> 8)
    return None
