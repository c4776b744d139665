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
def fit_tones(uv: ptr16, mask: int, now: int, waves: ptr8, knots: ptr32, number: int, third: int) -> object:
    """Fit 50 and 60 Hz (`third` 0) or their third harmonics (1) to the samples before `now`, for knot `number`.

    The first makes the knot anew, without harmonics, and not known to be quiet.
    """
    step = 10 if third else 5
    other = 7 if third else 6
    first = now - _FIRST
    i = first % _PERIOD * step % _PERIOD
    k = first % _PERIOD * other % _PERIOD
    c = s = d = t = total = 0
    before = uv[(first - 1) & mask]
    here = uv[first & mask]
    for at in range(first + 1, first + _PERIOD + 1):
        after = uv[at & mask]
        h = here + here - before - after
        before = here
        here = after
        if h > _LIMIT_UV:
            h = _LIMIT_UV
        elif h < -_LIMIT_UV:
            h = -_LIMIT_UV
        total += h
        c += h * waves[i]
        s += h * waves[i + _PERIOD]
        d += h * waves[k]
        t += h * waves[k + _PERIOD]
        i += step
        if i >= _PERIOD:
            i -= _PERIOD
        k += other
        if k >= _PERIOD:
            k -= _PERIOD
    total <<= 7
    scale = _SCALE_100 if third else _SCALE_50
    at = number % _KNOTS * _WORDS
    if third:
        at += 4
    else:
        for i in range(at, at + _WORDS):
            knots[i] = 0
    knots[at + 1] = (c - total >> 6) * scale >> 10
    knots[at + 2] = (s - total >> 6) * scale >> 10
    scale = _SCALE_70 if third else _SCALE_60
    knots[at + 3] = (d - total >> 6) * scale >> 10
    knots[at + 4] = (t - total >> 6) * scale >> 10
    for i in range(at + 1, at + 5):
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
    if best == 0:
        state[13] = 0
    return None


@micropython.viper
def judge_steadiness(knots: ptr32, number: int, state: ptr32) -> object:
    """How well is a knot known from those two before and behind it, as far apart as where the heart hides the mains?

    Moves `state[22]`, mean distance in Q4 µV, by what knots `number` - 5, - 3 and - 1 say, if all were quiet.
    """
    family = state[8]
    before = (number - 5) % _KNOTS * _WORDS
    at = (number - 3) % _KNOTS * _WORDS
    behind = (number - 1) % _KNOTS * _WORDS
    if knots[before] == 0 or knots[at] == 0 or knots[behind] == 0:
        return None
    i = 2 * family - 1
    cosine = state[14] * state[14] - state[15] * state[15] >> 12
    sine = 2 * state[14] * state[15] >> 12
    a = knots[before + i]
    b = knots[before + i + 1]
    c = knots[behind + i]
    d = knots[behind + i + 1]
    x = knots[at + i] - ((a + c >> 1) * cosine + (d - b >> 1) * sine >> 12)
    y = knots[at + i + 1] - ((b + d >> 1) * cosine + (a - c >> 1) * sine >> 12)
    x = 0 - x if x < 0 else x
    y = 0 - y if y < 0 else y
    distance = x + (y >> 1) if x > y else y + (x >> 1)
    state[22] += (distance - state[22]) // 16
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
