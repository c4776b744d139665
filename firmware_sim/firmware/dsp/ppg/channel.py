"""One PPG channel (red or infrared): values relative to its own DC level, and its pulse wave."""

from array import array

import micropython
from micropython import const

from ...kernels import filter_ppg

_RATE_HZ = const(100)  # frontends.ppg: RATE_HZ
#: Of values, each the sum of four samples.
_VALUE_RATE_HZ = const(_RATE_HZ // 4)
#: Values a ring holds (10.2 s).
RING = const(256)
MASK = const(RING - 1)
#: Delay of the pulse wave (values).
PULSE_DELAY = const(16)
#: Values until the pulse wave is free of the start (0.8 s).
SETTLE_VALUES = const(_VALUE_RATE_HZ * 800 // 1000)
#: 1 in relative values: as large as the DC level.
ONE_Q18 = const(1 << 18)
#: Values in a row beyond the amplitude of any pulse that make a new level (480 ms).
_NEW_LEVEL_VALUES = const(_VALUE_RATE_HZ * 480 // 1000)
_STATE = const(5)
#: Where the mean lies in the state.
BASELINE = const(4)


class PpgChannel:
    """Sums of four samples in; relative values and, without baseline and noise, the pulse wave out.

    `relative` is (level - DC) / DC in Q18, ±12.5 %; `pulses` the same between 0.4 and 4.5 Hz;
    `baseline` its mean over the latest 1.28 s. Both rings are indexed by value number modulo `RING`.
    """

    def __init__(self) -> None:
        self.relative = array("h", bytes(2 * RING))
        self.pulses = array("h", bytes(2 * RING))
        #: DC level (a sum of four counts) at 0, mean of the latest 32 of `relative` at `BASELINE`.
        self.state = array("i", bytes(4 * _STATE))

    def begin(self, level: int) -> None:
        """Take `level` (a sum of four counts) as the DC level, now and before."""
        for i in range(RING):
            self.relative[i] = 0
            self.pulses[i] = 0
        for i in range(_STATE):
            self.state[i] = 0
        self.state[0] = max(level, 64)

    @micropython.native
    def add(self, level: int, number: int) -> bool:
        """Take the sum of four counts that is value `number`; False where the level is a new one."""
        return filter_ppg(level, number, self.relative, self.pulses, self.state) < _NEW_LEVEL_VALUES
