"""Mains interference: followed all the time, and taken out of the signal while there is some, half a second behind it.

Whatever looks at a beat later than that (the waves' network, the kind's, quality, alternans) sees it clean; the filter
that finds complexes has nulls there. A signal without mains stays as it is, bit for bit.
"""

from array import array

from micropython import const

from ...kernels import cancel_mains, clear_words, follow_mains, mains_knot
from ..fixed import isqrt
from .filters import MASK

#: A cosine and a sine of 25 samples in Q7, + 128.
_WAVES = bytes.fromhex(
    "fffbefddc4a788684a2f190a02020a192f4a6888a7c4ddeffb80a0bdd7ebf9fffdf3e2cbaf907051351e0d03010715294360"
)
#: Samples between knots, words of their ring, knots between what is cleaned and the latest, words of the state.
_STEP = const(16)
_KNOTS = const(8 * 9)
_BEHIND = const(7)
_STATE = const(20)
# Indices of the state that the kernels share: which mains there is (0 none), of which the phasors are, how they turn;
# of each mains the mean square of the amplitude (half µV) and the products behind it.
_SQUARE = const(2)
_FAMILY = const(8)
_TURN = const(14)
#: What fits a square.
_MOST = const(16000)


class Mains:
    """Follows 50 and 60 Hz within 2 %, and takes the stronger one and its third harmonic out of the ring of µV."""

    def __init__(self) -> None:
        self._knots = array("i", bytes(4 * _KNOTS))
        self._state = array("i", bytes(4 * _STATE))
        # knots made, and the sample behind the latest one
        self._at = array("i", bytes(8))

    def restart(self) -> None:
        """Forget everything."""
        clear_words(self._knots, _KNOTS)
        clear_words(self._state, _STATE)
        self._at[0] = 0

    def step(self, uv: "array[int]", energy: "array[int]", mean: int, now: int) -> None:
        """16 samples came into the ring `uv`, which ends before sample `now`.

        `energy`: ring of that of the QRS band, of which `mean` is that of these samples.
        """
        number = self._at[0]
        mains_knot(uv, MASK, now, _WAVES, self._knots, number)
        follow_mains(energy, now, mean, self._knots, number, self._state)
        if self._state[_FAMILY] and number >= _BEHIND:
            self._turn()
            cancel_mains(uv, MASK, now, _WAVES, self._knots, number, self._state)
        self._at[0] = number + 1
        self._at[1] = now

    def flush(self, uv: "array[int]") -> None:
        """The signal has ended: go on to its end as it was."""
        if self._state[_FAMILY] and self._at[0] > _BEHIND:
            for k in range(_BEHIND + 1):
                number = self._at[0] + k
                # nothing is known there
                self._knots[number % 8 * 9] = 0
                cancel_mains(uv, MASK, self._at[1] + (k + 1) * _STEP, _WAVES, self._knots, number, self._state)

    def amplitude_uv(self) -> int:
        """Mean amplitude of the mains that there is, 0 where there is none."""
        family = self._state[_FAMILY]
        return isqrt(self._state[_SQUARE + 3 * (family - 1)]) >> 1 if family else 0

    def _turn(self) -> None:
        """Set how far the mains turns from knot to knot: half the angle of its product with that two knots before."""
        state = self._state
        at = _SQUARE + 1 + 3 * (state[_FAMILY] - 1)
        cosine = state[at]
        sine = state[at + 1]
        while cosine > _MOST or cosine < -_MOST or sine > _MOST or sine < -_MOST:
            cosine >>= 1
            sine >>= 1
        cosine += isqrt(cosine * cosine + sine * sine)
        whole = max(isqrt(cosine * cosine + sine * sine), 1)
        state[_TURN] = (cosine << 12) // whole
        state[_TURN + 1] = (sine << 12) // whole
