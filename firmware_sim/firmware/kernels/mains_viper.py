"""Mains interference: how much of 50 and 60 Hz is in the ECG, and taking it out where the heart does not hide it.

`uv` is a ring of µV + 32768. 25 samples (100 ms) are whole periods of both, of their third harmonics (150 and 180 Hz,
which a rate of 250/s shows at 100 and 70 Hz) and of nothing slow. So every 16 samples one *knot* is made: the cosine
and the sine of each of the four tones that fit the 25 samples best, in Q4 µV, with phases that go on from knot to knot.
`knots`: a ring of 8, 9 words each: whether the heart was quiet there, then cosine and sine of 50, 60, 100 and 70 Hz.
`waves`: 25 values of a cosine and 25 of a sine in Q7, + 128.
"""

import micropython
from micropython import const

from ..viper import ptr8, ptr16, ptr32

_PERIOD = const(25)
_STEP = const(16)
_KNOTS = const(8)
_WORDS = const(9)
#: Samples from the latest to the centre of the latest knot, and its first.
_CENTRE = const(14)
_FIRST = const(26)
#: A difference of neighbours beyond this many µV is no mains.
_LIMIT_UV = const(16383)
#: From sums over a window (/ 64) to amplitudes in Q4 µV, in Q10: by what a second difference makes of each tone.
_SCALE_50 = const(478)
_SCALE_60 = const(352)
_SCALE_100 = const(183)
_SCALE_70 = const(278)
#: Amplitudes beyond which products would not fit (8 mV).
_MOST_Q4 = const(131071)
_ENERGY = const(63)
#: Energy that is quiet whatever its mean; amplitudes beyond which squares would not fit (half µV).
_QUIET = const(4000)
_MOST = const(8191)
#: Pairs of knots in a mean at most, and before anything is decided.
_DEPTH = const(24)
_SURE = const(6)
#: Square of the amplitude (half µV) from which on mains is taken out (10 µV); it goes on to half of that square.
_FROM = const(400)


@micropython.viper
def mains_knot(uv: ptr16, mask: int, now: int, waves: ptr8, knots: ptr32, number: int) -> object:
    """Make knot `number` of the samples before `now`."""
    first = now - _FIRST
    at = first % _PERIOD
    i50 = at * 5 % _PERIOD
    i60 = at * 6 % _PERIOD
    i100 = at * 10 % _PERIOD
    i70 = at * 7 % _PERIOD
    c50 = s50 = c60 = s60 = c100 = s100 = c70 = s70 = 0
    for i in range(first, first + _PERIOD):
        h = 2 * uv[i & mask] - uv[(i - 1) & mask] - uv[(i + 1) & mask]
        if h > _LIMIT_UV:
            h = _LIMIT_UV
        elif h < -_LIMIT_UV:
            h = -_LIMIT_UV
        c50 += h * (waves[i50] - 128)
        s50 += h * (waves[i50 + _PERIOD] - 128)
        c60 += h * (waves[i60] - 128)
        s60 += h * (waves[i60 + _PERIOD] - 128)
        c100 += h * (waves[i100] - 128)
        s100 += h * (waves[i100 + _PERIOD] - 128)
        c70 += h * (waves[i70] - 128)
        s70 += h * (waves[i70 + _PERIOD] - 128)
        i50 += 5 if i50 < 20 else -20
        i60 += 6 if i60 < 19 else -19
        i100 += 10 if i100 < 15 else -15
        i70 += 7 if i70 < 18 else -18
    at = number % _KNOTS * _WORDS
    knots[at] = 0
    knots[at + 1] = (c50 >> 6) * _SCALE_50 >> 10
    knots[at + 2] = (s50 >> 6) * _SCALE_50 >> 10
    knots[at + 3] = (c60 >> 6) * _SCALE_60 >> 10
    knots[at + 4] = (s60 >> 6) * _SCALE_60 >> 10
    knots[at + 5] = (c100 >> 6) * _SCALE_100 >> 10
    knots[at + 6] = (s100 >> 6) * _SCALE_100 >> 10
    knots[at + 7] = (c70 >> 6) * _SCALE_70 >> 10
    knots[at + 8] = (s70 >> 6) * _SCALE_70 >> 10
    for i in range(at + 1, at + _WORDS):
        if knots[i] > _MOST_Q4:
            knots[i] = _MOST_Q4
        elif knots[i] < -_MOST_Q4:
            knots[i] = -_MOST_Q4
    return None


@micropython.viper
def follow_mains(energy: ptr32, now: int, mean: int, knots: ptr32, number: int, state: ptr32) -> object:
    """Judge knot `number` - 1, now that the `energy` of the QRS band is known there; `mean` is that of this block.

    `state`: mean energy / 16, pairs of quiet knots, then of
    each frequency the mean square of its amplitude (half µV) and its mean product with that two knots before, in phase
    and in quadrature: steady mains makes that as large as the square, noise seldom 5/8 of it, and seldom 7/8 where only
    few pairs are known; then, at 8, which mains there is: 0 none, 1 of 50, 2 of 60 Hz.
    """
    n = number
    if n > 64:
        n = 64
    state[0] += ((mean >> 4) - state[0]) // (n + 1)
    if number < 1:
        return None
    at = (number - 1) % _KNOTS * _WORDS
    knots[at] = 1 if (energy[(now - 1) & _ENERGY] >> 4) <= state[0] + (_QUIET >> 4) else 0
    before = (number - 3) % _KNOTS * _WORDS
    if number < 3 or knots[at] == 0 or knots[before] == 0:
        return None
    if state[1] < _DEPTH:
        state[1] += 1
    n = state[1]
    for k in range(2):
        c = knots[at + 1 + 2 * k] >> 3
        s = knots[at + 2 + 2 * k] >> 3
        c0 = knots[before + 1 + 2 * k] >> 3
        s0 = knots[before + 2 + 2 * k] >> 3
        c = _MOST if c > _MOST else -_MOST if c < -_MOST else c
        s = _MOST if s > _MOST else -_MOST if s < -_MOST else s
        c0 = _MOST if c0 > _MOST else -_MOST if c0 < -_MOST else c0
        s0 = _MOST if s0 > _MOST else -_MOST if s0 < -_MOST else s0
        i = 2 + 3 * k
        state[i] += (c * c + s * s - state[i]) // n
        state[i + 1] += (c * c0 + s * s0 - state[i + 1]) // n
        state[i + 2] += (s * c0 - c * s0 - state[i + 2]) // n
    if n < _SURE:
        return None
    family = state[8]
    best = 0
    most = 0
    for k in range(2):
        i = 2 + 3 * k
        c = state[i + 1]
        s = state[i + 2]
        c = -c if c < 0 else c
        s = -s if s < 0 else s
        steady = c + (s >> 1) if c > s else s + (c >> 1)
        if family == k + 1:
            if 2 * steady >= _FROM and 3 * steady >= state[i] and 2 * steady > most:
                best = k + 1
                most = 2 * steady
        elif steady >= _FROM and 8 * steady >= state[i] * (5 + (_DEPTH - n) // 9) and steady > most:
            best = k + 1
            most = steady
    state[8] = best
    return None


@micropython.viper
def cancel_mains(uv: ptr16, mask: int, now: int, waves: ptr8, knots: ptr32, number: int, state: ptr32) -> object:
    """Take the mains that `state[8]` says out of the 16 samples behind the centre of knot `number` - 7.

    Between quiet knots the phasors of the tone and its third harmonic turn steadily and change in a straight line:
    what the heart does there has no part. `state[9]` to `state[12]`: those at that knot, `state[13]` of which mains,
    0 not known; `state[14]` and `state[15]`: how far the tone turns from knot to knot, cosine and sine in Q12.
    """
    family = state[8]
    distance = 1
    while distance < _KNOTS - 1 and knots[(number - 7 + distance) % _KNOTS * _WORDS] == 0:
        distance += 1
    at = (number - 7 + distance) % _KNOTS * _WORDS + 2 * family - 1
    if state[13] != family:
        if distance == _KNOTS - 1:
            return None
        state[13] = family
        for k in range(2):
            state[9 + k] = knots[at + k]
            state[11 + k] = knots[at + 4 + k]
    cosine = state[14]
    sine = state[15]
    for k in range(0, 4, 2):
        if k:
            # the third harmonic is seen at 250 Hz less its own: it turns backwards, three times as far
            x = cosine * cosine - sine * sine >> 12
            y = 2 * cosine * sine >> 12
            turned = x * cosine - y * sine >> 12
            sine = 0 - (x * sine + y * cosine >> 12)
            cosine = turned
        a = state[9 + k]
        b = state[10 + k]
        turned = a * cosine - b * sine >> 12
        b = a * sine + b * cosine >> 12
        a = turned
        if distance < _KNOTS - 1:
            x = knots[at + 2 * k]
            y = knots[at + 2 * k + 1]
            for _ in range(distance - 1):
                turned = x * cosine + y * sine >> 12
                y = y * cosine - x * sine >> 12
                x = turned
            a += (x - a) // distance
            b += (y - b) // distance
        state[16 + k] = a
        state[17 + k] = b
    tone = 4 + family
    third = 10 if family == 1 else 7
    first = now - _CENTRE - 7 * _STEP
    base = first % _PERIOD
    for j in range(_STEP):
        i = (base + j) * tone % _PERIOD
        k = (base + j) * third % _PERIOD
        hum = (state[9] * (_STEP - j) + state[16] * j >> 4) * (waves[i] - 128)
        hum += (state[10] * (_STEP - j) + state[17] * j >> 4) * (waves[i + _PERIOD] - 128)
        hum += (state[11] * (_STEP - j) + state[18] * j >> 4) * (waves[k] - 128)
        hum += (state[12] * (_STEP - j) + state[19] * j >> 4) * (waves[k + _PERIOD] - 128)
        value = uv[(first + j) & mask] - ((hum + 1024) >> 11)
        uv[(first + j) & mask] = 65535 if value > 65535 else 0 if value < 0 else value
    for k in range(4):
        state[9 + k] = state[16 + k]
    return None
