"""One colour of light: 25 values a second relative to its own steady level, and its pulses."""

from array import array

from micropython import const

from ...kernels import filter_ppg

#: Values a ring holds (10.2 s at 25/s).
RING = const(256)
MASK = const(RING - 1)
#: Values by which the pulses lag behind the light.
PULSE_DELAY = const(16)
#: Values a pulse needs before it is free of the start.
SETTLE = const(20)
#: One in relative units: a swing as large as the steady level.
UNIT = const(1 << 18)
#: Values in a row beyond the swing of any pulse that make a new level.
_NEW_LEVEL = const(12)
_STATE = const(5)
_BASELINE = const(4)


class Light:
    """Sums of four samples in; relative light and, without baseline and noise, its pulses out.

    `light` is (level - steady) / steady in 1/2^18, ±12.5 %; `pulses` the same between 0.4 and 4.5 Hz;
    `baseline` its mean over the latest 1.28 s. Both rings are indexed by value number modulo `RING`.
    """

    def __init__(self) -> None:
        self.light = array("h", bytes(2 * RING))
        self.pulses = array("h", bytes(2 * RING))
        self._state = array("i", bytes(4 * _STATE))

    @property
    def baseline(self) -> int:
        """Mean of the latest 32 of `light`."""
        return self._state[_BASELINE]

    def begin(self, level: int) -> None:
        """Take `level` (a sum of four counts) as the steady light, now and before."""
        for i in range(RING):
            self.light[i] = 0
            self.pulses[i] = 0
        for i in range(_STATE):
            self._state[i] = 0
        self._state[0] = max(level, 64)

    def add(self, level: int, number: int) -> bool:
        """Take the sum of four counts that is value `number`; False where the level is not the old one any more."""
        return filter_ppg(level, number, self.light, self.pulses, self._state) < _NEW_LEVEL
