"""From converter counts to microvolts, and from microvolts to the signal in which QRS complexes stand out."""

from array import array

import micropython
from micropython import const

from ...kernels import clear_words, condition, fill_ring, filter_qrs

#: Samples a ring holds (8.2 s): a power of two, and enough for a search back over a long pause.
RING = const(2048)
MASK = const(RING - 1)
#: Bytes by which it grows.
_PIECE = const(512)
#: Samples from the input to the centre of the energy.
ENERGY_DELAY = const(32)
#: Most samples that `QrsFilter.block` takes.
BLOCK_LIMIT = const(48)
_ZERO_UV = const(32768)
_LOW = const(128)
_ENERGY = const(64)
# Indices of the conditioner's state.
_OFFSET = const(0)
_REMAINDER = const(1)
_STATE = const(48)


class Conditioner:
    """Counts in, microvolts without offset out (within 32.7 mV); knows how long the input was flat or railed."""

    def __init__(self) -> None:
        #: Ring of µV + 32768.
        self.uv = array("H", bytes(_PIECE))
        # piece by piece: all of it at once would take its room twice, and in one piece each
        piece = array("H", bytes(_PIECE))
        while len(self.uv) < RING:
            self.uv.extend(piece)
        #: As `condition` has it: of the latest block the samples at a rail, lowest and highest count.
        self.state = array("i", bytes(4 * 5))

    def restart(self, level: int) -> None:
        """Take `level` (counts) as the zero, now and before."""
        self.state[_OFFSET] = level
        self.state[_REMAINDER] = 0
        fill_ring(self.uv, MASK, 0, RING, _ZERO_UV)

    def hold(self, n: int, first: int) -> None:
        """Continue the signal with its last value for `n` samples from ring position `first` on."""
        fill_ring(self.uv, MASK, first, n, self.uv[(first - 1) & MASK])

    @micropython.native
    def block(self, raw: "array[int]", n: int, first: int) -> None:
        """Condition `n` counts into `uv` at ring position `first`; one-pole high-pass at 0.16 Hz."""
        condition(raw, n, self.uv, first, MASK, self.state)


class QrsFilter:
    """Band-pass 5 to 17 Hz with nulls at 50 Hz and (nearly) 60 Hz, and its rectified slope over 96 ms.

    All stages are running sums, so the filter is exact in integers and its start is free of drift.
    Scale: `low` is 20 x microvolt (delay 3.5 samples), the band 20 x microvolt (delay 19),
    `energy` the sum of 24 absolute two-sample differences of the band (delay 32). Both rings are just long enough for
    the search of peaks.
    """

    def __init__(self) -> None:
        self.low = array("i", bytes(4 * _LOW))
        self.energy = array("i", bytes(4 * _ENERGY))
        self._state = array("i", bytes(4 * _STATE))

    def restart(self) -> None:
        """Forget everything, as if the input had been zero."""
        clear_words(self.low, _LOW)
        clear_words(self.energy, _ENERGY)
        clear_words(self._state, _STATE)

    @micropython.native
    def block(self, uv: "array[int]", n: int, first: int) -> int:
        """Filter `n` (at most `BLOCK_LIMIT`) samples of the ring `uv` from position `first` on; their mean energy."""
        return (filter_qrs(uv, n, first, MASK, self.low, self.energy, self._state) << 4) // n
