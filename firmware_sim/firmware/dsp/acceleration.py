"""Acceleration for the signal processing of other sensors: means over 40 ms, with the time at which they ended."""

from array import array

import micropython
from micropython import const

from ..kernels import motion_checksum, resample_motion

#: Means that are kept (0.64 s).
KEPT = const(16)
#: µs of a mean, and of a unit of time in an open one (1/25 of a sample).
_VALUE_US = const(40_000)
_UNIT_US = const(385)
#: How far from the time asked for the mean after the last one may have ended.
_SAME_US = const(30_000)
#: Means behind the latest, of which none is kept: how far behind one is does not matter from here on.
_FAR = const(32)
#: Times are kept modulo 2^30 µs, to fit small integers.
TICKS = const((1 << 30) - 1)
_HALF_TICKS = const(1 << 29)
#: Batches, a second apart, that are what the one before was, from which on they are no measurement.
_SAME_BATCHES = const(3)
# In the state: units of time in the open mean, means made, when the latest ended (modulo `TICKS + 1`), and the first
# that came without a gap; 16 times the check sum of a batch, plus how many before it were the same.
_OPEN = const(0)
_MADE = const(4)
_ENDED = const(5)
_SINCE = const(6)
_BATCH = const(7)


class Acceleration:
    """The latest acceleration of the motion sensor; written by its chain, read by others."""

    def __init__(self) -> None:
        #: x, y, z of each mean in counts; number k lies from 3 * (k % KEPT) on.
        self.ring = array("h", bytes(2 * 3 * KEPT))
        self.state = array("i", bytes(4 * 8))

    def interrupt(self) -> None:
        """The sensor does not answer, or samples are missing: nothing is known until there are more."""
        state = self.state
        for i in range(_MADE):
            state[i] = 0
        state[_SINCE] = state[_MADE]

    @micropython.native
    def add(self, accel: "array[int]", n: int, tick_us: int) -> None:
        """Take the first `n` samples (x, y, z each) of 104 Hz, the last of which ended at `tick_us`."""
        state = self.state
        resample_motion(accel, n, self.ring, state)
        state[_ENDED] = (tick_us - state[_OPEN] * _UNIT_US) & TICKS

    @micropython.native
    def repeats(self, accel: "array[int]", n: int) -> bool:
        """Is the batch of `n` samples, which vary, that of the calls before, for the third time or more?"""
        state = self.state
        found = motion_checksum(accel, n)
        latest = state[_BATCH]
        if found < 0 or found != latest >> 4:
            state[_BATCH] = found << 4 if found > 0 else 0
            return False
        if latest & 15 < _SAME_BATCHES:
            latest += 1
            state[_BATCH] = latest
        return latest & 15 >= _SAME_BATCHES

    @micropython.native
    def at(self, tick_us: int, expected: int) -> int:
        """Number of the mean that ended at `tick_us` (modulo `TICKS + 1`); -1 where it is not known.

        That is `expected` where it ended within 30 ms of it, else the nearest.
        """
        state = self.state
        latest = state[_MADE] - 1
        # no step passes 30 bits: an integer beyond them would be allocated
        late_us = (((state[_ENDED] - (tick_us & TICKS)) & TICKS) ^ _HALF_TICKS) - _HALF_TICKS
        behind = latest - expected
        if behind > _FAR:
            behind = _FAR
        beside_us = late_us - behind * _VALUE_US
        if beside_us > _SAME_US or beside_us < -_SAME_US:
            expected = latest - (late_us + (_VALUE_US >> 1)) // _VALUE_US
        return expected if latest - KEPT < expected <= latest and expected >= state[_SINCE] else -1
