"""What the breath moves of every heart beat or pulse, as series that are even in time."""

from array import array

import micropython
from micropython import const

from ..kernels import add_breath_slots

#: Slots of a series (32 s).
SLOTS = const(100)
#: Series of a heart beat: amplitude of R (µV), RR (ms).
HEART_SERIES = const(2)
#: Without a beat for so long (ms) the series begin anew.
_LONGEST_MS = const(8000)
# In the state: the next slot, slots that are filled, slots since somebody asked, time to the next slot, beats.
INDEX = const(0)
_FILLED = const(1)
_FRESH = const(2)
_PHASE = const(3)
_COUNT = const(4)
_SERIES = const(5)


class BreathSeries:
    """`n` values of each beat, cut to 16 bits, in `rings` of 100 slots (3.125/s); `more` rings are for others."""

    def __init__(self, n: int, more: int = 0) -> None:
        self._n = n
        #: What `add` takes.
        self.values = array("i", bytes(4 * n))
        self.rings = array("h", bytes(2 * SLOTS * (n + more)))
        self.state = array("i", bytes(4 * (_SERIES + 3 * n)))

    def restart(self) -> None:
        """There was no beat yet."""
        state = self.state
        state[_FILLED] = state[_FRESH] = state[_PHASE] = state[_COUNT] = 0

    @micropython.native
    def add(self, interval_ms: int) -> None:
        """Take the `values` of a beat, so long after the one before."""
        if interval_ms > _LONGEST_MS:
            self.restart()
        add_breath_slots(self.values, self._n, interval_ms, self.rings, self.state)

    def look(self) -> bool:
        """Are all slots filled, and have beats come since the last look?"""
        state = self.state
        fresh = state[_FRESH]
        state[_FRESH] = 0
        return state[_FILLED] == SLOTS and fresh > 0
