"""Steps of the electrode: taken out of the counts, so that complexes just before and after are seen.

A step changes the level from one sample to the next by far more than all changes beside it. Where filters have spread
it over three, it lies between stretches that are level by comparison. A complex does neither: it falls as fast as it
rises.
"""

import micropython
from micropython import const

from ...kernels import copy_words
from ..scratch import SIGNAL
from ..scratch_use import works_in
from .filters import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_LSB_NANO = const(48_081)  # frontends.ecg: LSB_NANO
_COUNTS_PER_UV_Q4 = const(16_000_000 // _LSB_NANO)
_ZERO_UV = const(32768)
#: Smallest step (0.3 mV), half of which comes with one sample at least.
_STEP_COUNTS = const(300_000_000 // _LSB_NANO)
HALF_COUNTS = const(_STEP_COUNTS >> 1)
#: Changes before and after that of a step in one sample, which is two and a half times as large.
_BESIDE = const(3)
#: Samples before and after one in three (32 ms), whose range is under a fifth of it.
_LEVEL_SAMPLES = const(8)
_BLOCK = const(16)
#: Samples before a block that are looked at, counts from its begin on, and most steps in it.
_BEFORE = const(9)
_KNOWN = const(26)
_MOST_STEPS = const(4)


@micropython.native
@works_in("SIGNAL")
def find_step(counts: "array[int]", uv: "array[int]", first: int, offset: int) -> int:
    """Index of 0 to 15 of the middle of a step in the first 16 `counts`, of which 26 are known; -1 where there is none.

    The ring `uv` ends before sample `first`, that of `counts[0]`, and has `offset` as its zero.
    """
    largest = k = 0
    last = counts[0]
    for i in range(1, _BLOCK + 1):
        change = counts[i] - last
        last += change
        if change < 0:
            change = -change
        if change > largest:
            largest = change
            k = i - 1
    for i in range(_BEFORE):
        SIGNAL[i] = ((uv[(first - _BEFORE + i) & MASK] - _ZERO_UV) * _COUNTS_PER_UV_Q4 >> 4) + offset
    copy_words(SIGNAL, _BEFORE, counts, 0, _KNOWN)
    return k if _stands_alone(k + _BEFORE, largest) or _is_between_levels(k + _BEFORE) else -1


@micropython.native
def _stands_alone(at: int, size: int) -> bool:
    """Are all changes in `SIGNAL` beside that from index `at` on, which has this `size`, far smaller?"""
    if size < _STEP_COUNTS:
        return False
    beside = 0
    for i in range(at - _BESIDE, at + _BESIDE + 1):
        if i != at:
            beside = max(beside, abs(SIGNAL[i + 1] - SIGNAL[i]))
    return beside * 5 <= size * 2


@micropython.native
def _is_between_levels(at: int) -> bool:
    """Does `SIGNAL` step in the three changes about that from index `at` on, level before and after?"""
    size = abs(SIGNAL[at + 2] - SIGNAL[at - 1])
    if size < _STEP_COUNTS or abs(SIGNAL[at + 1] - SIGNAL[at]) * 2 < size:
        return False
    for begin in (at + 2, at - _LEVEL_SAMPLES):
        low = high = SIGNAL[begin]
        for i in range(begin + 1, begin + _LEVEL_SAMPLES):
            low = min(low, SIGNAL[i])
            high = max(high, SIGNAL[i])
        if (high - low) * 5 > size:
            return False
    return True


@micropython.native
def undo_steps(counts: "array[int]", n: int, uv: "array[int]", first: int, offset: int) -> int:
    """Take the steps that `find_step` finds out of 16 of `n` counts; returns how far those behind are shifted by them.

    Those stay as they came.
    """
    shift = 0
    for _ in range(_MOST_STEPS):
        k = find_step(counts, uv, first, offset)
        if k < 0:
            break
        level = counts[k - 1] if k else ((uv[(first - 1) & MASK] - _ZERO_UV) * _COUNTS_PER_UV_Q4 >> 4) + offset
        size = counts[k + 2] - level
        counts[k] = level
        counts[k + 1] = level
        for i in range(k + 2, n):
            counts[i] -= size
        shift += size
    if shift:
        for i in range(_BLOCK, n):
            counts[i] += shift
    return shift
