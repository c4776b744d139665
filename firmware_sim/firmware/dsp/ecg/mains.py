"""Mains interference: followed all the time, and taken out of the signal while there is some, half a second behind it.

Whatever looks at a beat later than that (the waves' network, the kind's, quality, alternans) sees it clean; the filter
that finds complexes has nulls there. A signal without mains stays as it is, bit for bit.
"""

from array import array

import micropython
from micropython import const

from ...kernels import cancel_mains, clear_words, fit_tones, follow_mains, judge_steadiness
from ...wire_gen import REASON_MAINS, REASON_NOISE
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
_STATE = const(23)
#: Knots at the start that are all made; later every second one, while there is no mains.
_EVERY = const(32)
# Indices of the state, which the kernels share: of each mains the mean square of the amplitude (half µV) with products
# behind it; which mains there is, 0 none; how it turns; knots made, the sample behind the latest one; how unsteady the
# mains is (µV, Q4).
_SQUARE = const(2)
_FAMILY = const(8)
_TURN = const(14)
_NUMBER = const(20)
_NOW = const(21)
_UNSTEADY = const(22)
#: Amplitude that is called mains, not noise (µV). Edges may move from these parts of the beats' amplitude on: of the
#: unsteadiness, of the amplitude times its turn (Q12), of the other mains, which 1/8 of the stronger only seems to be.
_MUCH_UV = const(50)
_UNSTEADY_PART = const(32)
_TURN_PART = const(4096 // 5)
_OTHER_PART = const(25)
_LEAK_PART = const(8)
#: 100 Hz of a tenth of the beats' amplitude have a second difference of a quarter of it.
_ROUGH_PART = const(5)
#: What fits a square.
_MOST = const(16000)


class Mains:
    """Follows 50 and 60 Hz within 2 %, and takes the stronger one and its third harmonic out of the ring of µV."""

    def __init__(self) -> None:
        self._knots = array("i", bytes(4 * _KNOTS))
        self._state = array("i", bytes(4 * _STATE))

    def restart(self) -> None:
        """Forget everything."""
        clear_words(self._knots, _KNOTS)
        clear_words(self._state, _STATE)

    @micropython.native
    def step(self, uv: "array[int]", energy: "array[int]", mean: int, now: int) -> None:
        """16 samples came into the ring `uv`, which ends before sample `now`.

        `energy`: ring of that of the QRS band, of which `mean` is that of these samples.
        """
        state = self._state
        number = state[_NUMBER]
        knots = self._knots
        known = state[_FAMILY] or number < _EVERY
        if known or not number & 1:
            fit_tones(uv, MASK, now, _WAVES, knots, number, 0)
        else:
            knots[number % 8 * 9] = 0
        if known or number & 1:
            follow_mains(energy, now, mean, knots, number, state)
        if state[_FAMILY]:
            fit_tones(uv, MASK, now, _WAVES, knots, number, 1)
            if number >= _BEHIND:
                self._turn()
                judge_steadiness(knots, number, state)
                cancel_mains(uv, MASK, now, _WAVES, knots, number, state)
        state[_NUMBER] = number + 1
        state[_NOW] = now

    def flush(self, uv: "array[int]") -> None:
        """The signal has ended: go on to its end as it was."""
        if self._state[_FAMILY] and self._state[_NUMBER] > _BEHIND:
            for k in range(_BEHIND + 1):
                number = self._state[_NUMBER] + k
                # nothing is known there
                self._knots[number % 8 * 9] = 0
                cancel_mains(uv, MASK, self._state[_NOW] + (k + 1) * _STEP, _WAVES, self._knots, number, self._state)

    def cause(self, reason: int) -> int:
        """`reason`, but what is called noise is mains where there is much."""
        much = reason == REASON_NOISE and self._amplitude_uv(self._state[_FAMILY]) >= _MUCH_UV
        return REASON_MAINS if much else reason

    def blur(self, beat_uv: int, rough_uv: int) -> int:
        """Reason why what is left of it may move the edges of waves in beats of `beat_uv`, 0 where it does not.

        Where it changes too fast to be known while the heart hides it; where it is large and far from its frequency, so
        that 100 ms are no whole periods; or where there are both. Where there is none, noise without a rest or a hum of
        another frequency may: `rough_uv` is the usual second difference.
        """
        state = self._state
        family = state[_FAMILY]
        if not family:
            return REASON_NOISE if rough_uv * _ROUGH_PART > beat_uv else 0
        amplitude = self._amplitude_uv(family)
        other = self._amplitude_uv(3 - family)
        moves = (
            state[_UNSTEADY] * _UNSTEADY_PART > beat_uv << 4
            or amplitude * abs(state[_TURN + 1]) // _TURN_PART > beat_uv
            or (other * _OTHER_PART > beat_uv and other * _LEAK_PART > amplitude)
        )
        return REASON_MAINS if moves else 0

    def _amplitude_uv(self, family: int) -> int:
        """Amplitude of the steady part of a mains, 0 for that of none."""
        if not family:
            return 0
        at = _SQUARE + 1 + 3 * (family - 1)
        cosine = abs(self._state[at])
        sine = abs(self._state[at + 1])
        return isqrt(max(cosine, sine) + (min(cosine, sine) >> 1)) >> 1

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
