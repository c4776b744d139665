"""One colour of light: 25 values a second relative to its own steady level, and its pulses."""

from array import array

#: Values a ring holds (10.2 s at 25/s).
RING = 256
MASK = RING - 1
#: Values by which the pulses lag behind the light.
PULSE_DELAY = 16
#: Values a pulse needs before it is free of the start.
SETTLE = 20
#: One in relative units: a swing as large as the steady level.
UNIT = 1 << 18
#: Share of the level (shift: an eighth) beyond which a swing is no pulse, and how many such values make a new level.
_SWING_SHIFT = 3
_NEW_LEVEL = 12


class Light:
    """Sums of four samples in; relative light and, without baseline and noise, its pulses out.

    `light` is (level - steady) / steady in 1/2^18, ±12.5 %; `pulses` the same between 0.4 and 4.5 Hz;
    `baseline` its mean over the latest 1.28 s. Both rings are indexed by value number modulo `RING`.
    """

    def __init__(self) -> None:
        self.light = array("h", [0] * RING)
        self.pulses = array("h", [0] * RING)
        self.baseline = 0
        self._steady = 1
        self._rest = 0
        self._sum = 0
        self._beyond = 0

    def begin(self, level: int) -> None:
        """Take `level` (a sum of four counts) as the steady light, now and before."""
        for i in range(RING):
            self.light[i] = 0
            self.pulses[i] = 0
        self.baseline = 0
        self._steady = max(level, 64)
        self._rest = 0
        self._sum = 0
        self._beyond = 0

    def add(self, level: int, number: int) -> bool:
        """Take the sum of four counts that is value `number`; False where the level is not the old one any more."""
        steady = self._steady
        swing = level - steady
        self._rest += swing
        steady += self._rest >> 6
        self._rest &= 63
        self._steady = steady = max(steady, 64)
        most = steady >> _SWING_SHIFT
        if -most <= swing <= most:
            self._beyond = 0
        else:
            self._beyond += 1
            swing = most if swing > 0 else -most
        self._filter(max(-32767, min(32767, (swing << 12) // (steady >> 6))), number)
        return self._beyond < _NEW_LEVEL

    def _filter(self, value: int, number: int) -> None:
        light = self.light
        total = self._sum + value - light[(number - 32) & MASK]
        light[number & MASK] = value
        self._sum = total
        self.baseline = total >> 5
        smooth = light[(number - 17) & MASK] + 2 * light[(number - 16) & MASK] + light[(number - 15) & MASK]
        value = (smooth * 8 - total + 16) >> 5
        self.pulses[number & MASK] = max(-32767, min(32767, value))
