"""T wave alternans: how much the T wave of every other beat differs.

Means of six stretches after R are followed from beat to beat. With a the difference of even and odd beats, the change
from one beat to the next is a, -a, a …: times the change two beats before it is a², times that three before -a². Noise
is in changes of neighbouring beats only, so that it cancels in both means, and a beat more or less in between (a phase
reset) costs four beats and no more. That is the correlation method (Burattini et al. 1999) with products in place of
templates. Amplitude and threshold are those of the modified moving average (Nearing and Verrier 2002): 47 µV
(Verrier et al. 2011).
"""

from array import array

from micropython import const

from ...kernels import alternation
from ..fixed import isqrt
from .filters import MASK

#: Stretches and words of each, as `alternation` has them; indices of the words.
_PARTS = const(6)
_WORDS = const(7)
_SELF = const(4)
_TWO = const(5)
_THREE = const(6)
#: Changes that a mean needs (28 beats), and those of which half are forgotten.
_MIN_CHANGES = const(28)
_HALVED_CHANGES = const(56)
#: RR of 40 to 120 beats/min, and the part of it (1/10) by which it may change.
_MIN_RR_MS = const(500)
_MAX_RR_MS = const(1500)
_STEADY_DIVISOR = const(10)
#: Beats in a row are counted up to here.
_MAX_RUN = const(99)

# Indices of the state: beats in a row, changes summed, the last RR.
_RUN = const(0)
_COUNT = const(1)
_RR = const(2)


class Alternans:
    """Follows the T wave over the latest 28 to 56 steady beats."""

    def __init__(self) -> None:
        self._parts = array("i", bytes(4 * _PARTS * _WORDS))
        self._state = array("i", bytes(4 * 3))

    def forget(self) -> None:
        """Begin anew."""
        for i in range(3):
            self._state[i] = 0
        for i in range(_PARTS * _WORDS):
            self._parts[i] = 0

    def add(self, uv: "array[int]", r: int, rr_ms: "int | None", sinus: bool) -> None:
        """Take the beat at position `r` of the ring `uv`; one not of the `sinus`, early or late breaks the run."""
        state = self._state
        if rr_ms is None or not sinus or not self._steady(rr_ms):
            state[_RUN] = 0
            state[_RR] = rr_ms or 0
            return
        alternation(uv, MASK, r, state[_RUN], self._parts)
        if state[_RUN] >= 4:
            state[_COUNT] += 1
        state[_RUN] = min(state[_RUN] + 1, _MAX_RUN)
        state[_RR] = rr_ms

    def _steady(self, rr_ms: int) -> bool:
        last = self._state[_RR]
        return _MIN_RR_MS <= rr_ms <= _MAX_RR_MS and abs(rr_ms - last) * _STEADY_DIVISOR <= rr_ms

    def microvolts(self) -> "int | None":
        """Largest difference between even and odd beats (µV), 0 where not sure; None for too few steady beats."""
        count = self._state[_COUNT]
        if count < _MIN_CHANGES:
            return None
        most = 0
        for part in range(_PARTS):
            at = part * _WORDS
            alternates = min(self._parts[at + _TWO], -self._parts[at + _THREE])
            # at least half of all change from beat to beat is alternation
            if 2 * alternates > self._parts[at + _SELF]:
                most = max(most, alternates // count)
        if count >= _HALVED_CHANGES:
            self._halve()
        return isqrt(most)

    def _halve(self) -> None:
        """Let the older beats count for half."""
        self._state[_COUNT] >>= 1
        for part in range(_PARTS):
            at = part * _WORDS
            for i in range(at + _SELF, at + _WORDS):
                self._parts[i] = self._parts[i] // 2
