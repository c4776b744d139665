"""Rates in spectra: a network's score of each, and the forward filter over the scores."""

import micropython
from micropython import const

from ..viper import ptr8, ptr32

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
