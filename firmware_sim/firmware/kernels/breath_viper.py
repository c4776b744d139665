"""The breath in pulses and heart beats: what it moves of each, evenly in time, and windows of that for spectra."""

import micropython
from micropython import const

from ..viper import ptr8, ptr16, ptr32

_MASK = const(255)
#: A value of the light lasts 2^10 of a position (Q8 samples, four a value).
_VALUE_LOG2 = const(10)
#: Values before and after an upstroke in which the foot and the top of its pulse lie (320 and 400 ms).
_FOOT = const(8)
_TOP = const(10)
#: Slots a ring holds (32 s), their length, and where each series has its numbers in the state.
_SLOTS = const(100)
_SLOT_MS = const(320)
_INDEX = const(0)
_FILLED = const(1)
_FRESH = const(2)
_PHASE = const(3)
_COUNT = const(4)
_SERIES = const(5)
#: Values from which on the usual deviation is a mean, and from which on what is four times as far off is an outlier;
#: beyond six usual deviations one counts no more in their mean.
_LEARNT = const(5)
_KNOWN = const(9)
_OUTLIER = const(4)
_MOST = const(6)
#: Twice the sum of squares of half slots from the middle of a window, over 2^6: 100 * 9999 / 3 / 64.
_SQUARES_Q6 = const(5208)
_LIMIT = const(4095)
_POINTS = const(512)


@micropython.viper
def pulse_levels(relative: ptr16, position: int, until: int, sign: int, out: ptr32) -> object:
    """Foot and top of the pulse whose upstroke is at `position` (Q8 samples) of `relative`, a ring of 256 values.

    The next one rises `until` Q8 samples later; `sign` is 1, or -1 where blood takes light.
    """
    i = position >> _VALUE_LOG2
    last = until >> _VALUE_LOG2
    if last > _TOP:
        last = _TOP
    foot = 32767
    top = -32768
    for k in range(-_FOOT, last + 1):
        value = (((relative[(i + k) & _MASK] & 0xFFFF) ^ 0x8000) - 0x8000) * sign
        if k < 2 and value < foot:
            foot = value
        if k >= 0 and value > top:
            top = value
    out[0] = foot
    out[1] = top
    return None


@micropython.viper
def add_breath_slots(values: ptr32, n: int, length_ms: int, rings: ptr16, state: ptr32) -> object:
    """Take a beat's `values` of `n` series, `length_ms` (1 to 8000) after the one before, into their rings.

    Values are cut to 16 bits, outliers become the mean of the beats before. Each ring has 100 slots of 320 ms, with
    straight lines from beat to beat. `state`: next slot, slots that are filled, slots since somebody asked, time from
    the latest beat to the next slot, beats; then of each series latest value, mean (Q4) and usual deviation (Q4).
    """
    count = state[_COUNT]
    for series in range(n):
        at = _SERIES + 3 * series
        value = values[series]
        if value > 32767:
            value = 32767
        elif value < -32768:
            value = -32768
        if count == 0:
            state[at] = value
            state[at + 1] = value << 4
            state[at + 2] = 0
        mean = state[at + 1]
        deviation = state[at + 2]
        difference = (value << 4) - mean
        size = difference
        if size < 0:
            size = -size
        if count < _LEARNT:
            if size > deviation:
                deviation = size
        else:
            if count >= _KNOWN and size > deviation * _OUTLIER:
                value = mean >> 4
                difference = 0
            if size > deviation * _MOST + 16:
                size = deviation * _MOST + 16
            deviation += (size - deviation) >> 4
        state[at + 1] = mean + (difference >> 2)
        state[at + 2] = deviation
        values[series] = value
    if count:
        phase = state[_PHASE]
        index = state[_INDEX]
        while phase < length_ms:
            for series in range(n):
                before = state[_SERIES + 3 * series]
                rings[_SLOTS * series + index] = before + (values[series] - before) * phase // length_ms
            index += 1
            if index == _SLOTS:
                index = 0
            if state[_FILLED] < _SLOTS:
                state[_FILLED] += 1
            state[_FRESH] += 1
            phase += _SLOT_MS
        state[_INDEX] = index
        state[_PHASE] = phase - length_ms
    for series in range(n):
        state[_SERIES + 3 * series] = values[series]
    if count < _KNOWN:
        state[_COUNT] = count + 1
    return None


@micropython.viper
def window_breaths(
    rings: ptr16, first: int, first_index: int, second: int, second_index: int, window: ptr8, words: ptr32
) -> object:
    """Two rings of 100 slots, twice as many values each, windowed, into 512 `words` in reversed order of their bits.

    Each has what lies on a straight line taken out and is made as large as fits; the oldest is at its index. A word
    has ring `first` in its upper half and `second` in its lower one. `window` is the rising half.
    """
    for i in range(_POINTS):
        words[i] = 0
    turn = 0
    while turn < 2:
        base = first * _SLOTS
        index = first_index
        if turn:
            base = second * _SLOTS
            index = second_index
        mean = 0
        slope = 0
        at = index
        for i in range(_SLOTS):
            value = ((rings[base + at] & 0xFFFF) ^ 0x8000) - 0x8000
            mean += value
            slope += value * (2 * i - _SLOTS + 1)
            at += 1
            if at == _SLOTS:
                at = 0
        mean //= _SLOTS
        slope //= _SQUARES_Q6
        largest = 1
        at = index
        for i in range(_SLOTS):
            value = (((rings[base + at] & 0xFFFF) ^ 0x8000) - 0x8000) - mean - (slope * (2 * i - _SLOTS + 1) >> 6)
            if value < 0:
                value = -value
            if value > largest:
                largest = value
            at += 1
            if at == _SLOTS:
                at = 0
        gain = (_LIMIT << 8) // largest
        reversed_i = 0
        before = 0
        at = index
        for i in range(2 * _SLOTS):
            value = before
            if i & 1 == 0:
                value = (((rings[base + at] & 0xFFFF) ^ 0x8000) - 0x8000) - mean
                value = (value - (slope * (i - _SLOTS + 1) >> 6)) * gain >> 8
                half = value + before >> 1
                before = value
                value = half
                at += 1
                if at == _SLOTS:
                    at = 0
            value = value * (window[i] if i < _SLOTS else window[2 * _SLOTS - 1 - i]) >> 6
            if turn:
                words[reversed_i] |= value & 0xFFFF
            else:
                words[reversed_i] = value << 16
            bit = _POINTS >> 1
            while reversed_i & bit:
                reversed_i ^= bit
                bit >>= 1
            reversed_i |= bit
        turn += 1
    return None
