"""How complexes stand to P waves: conducted with a steady PR, with a growing one until one is missing, or not at all.

The waves of one direction are followed at the period of the atria; where nearly all of them lie on it and hardly one is
missing, they are P waves, and where complexes stand to them says how they are conducted.
"""

import micropython
from micropython import const

from ...kernels import sort_words, waves_before
from ...wire_gen import RHYTHM_AV_BLOCK_COMPLETE, RHYTHM_AV_BLOCK_SECOND_DEGREE, RHYTHM_P_WITHOUT_QRS
from ..scratch import SHAPE, SIGNAL
from .atrial_period import follow, follow_half, sort_distances

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_DEPTH = const(32)  # dsp.ecg.atrial: _DEPTH
_EACH = const(4)  # dsp.ecg.atrial: _EACH
_LONGEST = const(_RATE_HZ * 2400 // 1000)
#: Smallest wave (µV), and part of the median of the largest of each beat (Q8) under which one is left out.
_MIN_UV = const(12)  # dsp.ecg.atrial: _MIN_UV
_SMALL_Q8 = const(115)
#: Beats and waves without which nothing is said.
_MIN_BEATS = const(3)
_MIN_WAVES = const(5)
#: By how much the distance from P to R of waves that are conducted may be larger than the smallest (40 ms).
_CONDUCTED = const(_RATE_HZ * 40 // 1000)
#: Distances from P to R: a range (160 ms) that no conduction has, and an interquartile range (40 ms) of a steady one.
_WIDE_RANGE = const(_RATE_HZ * 160 // 1000)
_STEADY_RANGE = const(_RATE_HZ * 40 // 1000)
#: The same where P waves are blocked (24 ms): it grows from beat to beat until one is.
_SMALL_RANGE = const(_RATE_HZ * 24 // 1000)
#: Waves that must all lie on the period before those on top of T are taken for blocked ones.
_SURE_WAVES = const(7)
_TOO_NEAR = const(_RATE_HZ * 88 // 1000)
#: By how much PR becomes shorter when a P was blocked (32 ms), and grows from beat to beat before (8 ms), and over the
#: first of them (24 ms). What a beat counts that shows this.
_DROP = const(_RATE_HZ * 32 // 1000)
_GROWS = const(_RATE_HZ * 8 // 1000)
_GROWS_FIRST = const(_RATE_HZ * 24 // 1000)
_CYCLE = const(_DEPTH)
#: Of `SIGNAL`: times of waves, their heights, R, distance from P to R.
_TIMES = const(0)
_HEIGHTS = const(64)
_R = const(192)
_PR = const(224)
_MOST_WAVES = const(64)
#: Of `SHAPE`: words before the positions in what `follow_waves` says.
_WORDS_OUT = const(4)
#: Beside the flags: PR changes.
CHANGING = const(1 << 24)


@micropython.native
def gather_waves(known: "array[int]", heights: "array[int]", first: int, beats: int, start: int) -> int:
    """Bring the waves of one direction of `beats` from the `first` on into `SIGNAL`, but for small ones; their number.

    What is `known` of them, and `heights` of waves, are as `AtrialWaves` has them; times count from sample `start` on.
    """
    total = 0
    for i in range(first * _EACH, (first + beats) * _EACH):
        total += heights[i % (_DEPTH * _EACH)]
    sign = 1 if total >= 0 else -1
    for k in range(beats):
        SHAPE[k] = 0
        for i in range(_EACH):
            height = sign * heights[(first + k) % _DEPTH * _EACH + i]
            SHAPE[k] = max(SHAPE[k], height)
    sort_words(SHAPE, beats)
    least = max(_MIN_UV, SHAPE[beats >> 1] * _SMALL_Q8 >> 8)
    waves = 0
    for i in range(first * _EACH, (first + beats) * _EACH):
        slot = i % (_DEPTH * _EACH)
        time = (known[_DEPTH * _EACH + slot] - start) & 0xFFFF
        height = sign * heights[slot]
        if height >= least and time < 32768 and waves < _MOST_WAVES:
            SIGNAL[_TIMES + waves] = time
            SIGNAL[_HEIGHTS + waves] = height
            waves += 1
    return waves


def judge(waves: int, beats: int, length: int) -> int:
    """Flags of a rhythm of these `waves` and `beats` in `SIGNAL`, within `length` samples; `CHANGING` where PR does."""
    if beats < _MIN_BEATS or waves < _MIN_WAVES:
        return 0
    period = follow(waves, beats, length)
    if not period:
        return 0
    positions = SHAPE[3]
    hidden = _count_hidden(waves, beats, positions, period)
    cycle = hidden >= _CYCLE
    if not cycle and follow_half(waves, beats, length, period):
        period >>= 1
        positions = SHAPE[3]
        hidden = _count_hidden(waves, beats, positions, period)
    blocked = _beats_with_two(waves, beats, period)
    steady_rr = _is_steady(beats)
    known = sort_distances(beats)
    if known < 3:
        return 0
    shortest = SHAPE[0]
    longest = SHAPE[known - 1]
    spread = SHAPE[known - 1 - (known >> 2)] - SHAPE[known >> 2]
    dissociated = (
        spread > _STEADY_RANGE
        and longest - shortest >= _WIDE_RANGE
        and (steady_rr or (shortest < _TOO_NEAR and longest * 8 > 5 * period))
    )
    if dissociated and 8 * positions > 9 * beats:
        return CHANGING | RHYTHM_AV_BLOCK_COMPLETE | (RHYTHM_P_WITHOUT_QRS if blocked else 0)
    if cycle or (max(blocked, hidden) > 1 and spread > (_SMALL_RANGE if blocked > 1 else _STEADY_RANGE)):
        return CHANGING | RHYTHM_AV_BLOCK_SECOND_DEGREE | RHYTHM_P_WITHOUT_QRS
    if spread <= _STEADY_RANGE and blocked and _are_similar(waves):
        return RHYTHM_AV_BLOCK_SECOND_DEGREE | RHYTHM_P_WITHOUT_QRS
    return 0


def _beats_with_two(waves: int, beats: int, period: int) -> int:
    """How many beats have two waves before them that are a period apart, where a complex is missing."""
    several = 0
    for k in range(1, beats):
        if not _may_lack_one(k, period):
            continue
        first = last = 0
        for i in range(waves):
            if SIGNAL[_R + k - 1] < SIGNAL[_TIMES + i] < SIGNAL[_R + k]:
                last = SIGNAL[_TIMES + i]
                first = first or last
        if 5 * (last - first) > 4 * period:
            several += 1
    return several


def _may_lack_one(k: int, period: int) -> bool:
    """Is beat `k` so late that the atria were due twice, and was the one before it not before they were due?

    An early beat blocks the next P by itself, and waves that drift through complexes of their own rate are not blocked.
    """
    if 8 * (SIGNAL[_R + k] - SIGNAL[_R + k - 1]) < 10 * period:
        return False
    return k < 2 or SIGNAL[_R + k - 1] - SIGNAL[_R + k - 2] >= period - (period >> 3)


def _count_hidden(waves: int, beats: int, positions: int, period: int) -> int:
    """How many beats have two of the `positions` in `SHAPE` before them, some hidden in T; 0 if it is not sure.

    One that begins PR anew (`_ends_cycle`) counts as `_CYCLE`. Puts the distances from P to R into `SIGNAL`.
    """
    waves_before(SHAPE, _WORDS_OUT, positions, SIGNAL, _R, beats, SIGNAL, _PR)
    if SHAPE[0] < _SURE_WAVES or SHAPE[1] or SHAPE[0] < waves:
        return 0
    several = 0
    for k in range(1, beats):
        if not _may_lack_one(k, period):
            continue
        inside = 0
        for i in range(_WORDS_OUT, _WORDS_OUT + positions):
            if SIGNAL[_R + k - 1] < SHAPE[i] < SIGNAL[_R + k]:
                inside += 1
        if inside > 1:
            several += _CYCLE if _ends_cycle(k, beats) else 1
    return several


def _ends_cycle(k: int, beats: int) -> bool:
    """Has PR grown from beat to beat before the P that is blocked before beat `k`, and does it begin short again there?

    One such beat shows Wenckebach's block: two that grow before it, or behind it, and none that does not.
    """
    at = _PR + k
    before = after = 0
    if k > 1:
        before = SIGNAL[at - 1] - SIGNAL[at - 2]
        if before < 0:
            return False
    if k + 1 < beats:
        after = SIGNAL[at + 1] - SIGNAL[at]
        if after < 0:
            return False
    if SIGNAL[at - 1] - SIGNAL[at] < _DROP:
        return False
    if k > 2 and SIGNAL[at - 2] - SIGNAL[at - 3] >= _GROWS and before >= _GROWS and SIGNAL[at - 3] > 0:
        return True
    return k + 2 < beats and after >= _GROWS_FIRST and SIGNAL[at + 2] - SIGNAL[at + 1] >= _GROWS


def _are_similar(waves: int) -> bool:
    """Are waves that are conducted, all at one distance from R, as high as the others? U waves are not."""
    conducted = other = n = m = 0
    for i in range(waves):
        distance = 0
        for k in range(_DEPTH):
            distance = SIGNAL[_R + k] - SIGNAL[_TIMES + i]
            if distance > 0:
                break
        if distance <= SHAPE[0] + _CONDUCTED:
            conducted += SIGNAL[_HEIGHTS + i]
            n += 1
        else:
            other += SIGNAL[_HEIGHTS + i]
            m += 1
    return n > 0 and m > 0 and 5 * conducted * m <= 7 * other * n and 5 * other * n <= 7 * conducted * m


def _is_steady(beats: int) -> bool:
    """Is RR the same within an eighth?"""
    low = _LONGEST
    high = 0
    for k in range(1, beats):
        rr = SIGNAL[_R + k] - SIGNAL[_R + k - 1]
        low = min(low, rr)
        high = max(high, rr)
    return 8 * (high - low) <= high
