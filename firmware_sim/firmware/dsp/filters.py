"""From converter counts to microvolts, and from microvolts to the signal in which QRS complexes stand out."""

from array import array

#: Samples a ring holds (8.2 s): a power of two, and enough for a search back over a long pause.
RING = 2048
MASK = RING - 1
#: Counts that still fit 32 bits once scaled (62 mV): anything beyond is at a rail or no ECG.
_LIMIT = 1300000
#: 24-bit codes this near full scale are at the rail.
_RAIL = 8300000
#: Samples from the input to the centre of the band-passed signal, and on to the centre of the energy.
BAND_DELAY = 19
ENERGY_DELAY = 32


class Conditioner:
    """Converter counts in, microvolts without offset out; knows how long the input was flat or railed."""

    def __init__(self) -> None:
        self.uv = array("i", [0] * RING)
        #: Of the latest block: samples at a rail, least and greatest count.
        self.railed = 0
        self.low = 0
        self.high = 0
        self._offset = 0
        self._rest = 0

    def restart(self, level: int) -> None:
        """Take `level` (counts) as the zero, now and before."""
        self._offset = level
        self._rest = 0
        for i in range(RING):
            self.uv[i] = 0

    def hold(self, n: int, first: int) -> None:
        """Continue the signal with its last value for `n` samples from ring position `first` on."""
        last = self.uv[(first - 1) & MASK]
        for i in range(n):
            self.uv[(first + i) & MASK] = last

    def block(self, raw: "array[int]", n: int, first: int) -> None:
        """Condition `n` counts (48.081 nV each) into `uv` at ring position `first`; one-pole high-pass at 0.16 Hz."""
        uv = self.uv
        offset = self._offset
        rest = self._rest
        railed = 0
        low = high = raw[0]
        for i in range(n):
            value = raw[i]
            if value > _RAIL or value < -_RAIL:
                railed += 1
            if value < low:
                low = value
            elif value > high:
                high = value
            value -= offset
            rest += value
            offset += rest >> 8
            rest &= 255
            if value > _LIMIT:
                value = _LIMIT
            elif value < -_LIMIT:
                value = -_LIMIT
            uv[(first + i) & MASK] = value * 1575 >> 15
        self._offset = offset
        self._rest = rest
        self.railed = railed
        self.low = low
        self.high = high


class QrsFilter:
    """Band-pass 5 to 17 Hz with nulls at 50 Hz and (nearly) 60 Hz, and its rectified slope over 96 ms.

    All stages are running sums, so the filter is exact in integers and its start is free of drift.
    Scale: `low` is 20 x microvolt (delay 3.5 samples), `band` 20 x microvolt (delay 19.5),
    `energy` the sum of 24 absolute two-sample differences of `band` (delay 32).
    """

    def __init__(self) -> None:
        self.low = array("i", [0] * RING)
        self.band = array("i", [0] * RING)
        self.energy = array("i", [0] * RING)
        self._five = array("i", [0] * 16)
        self._slope = array("i", [0] * 32)
        self._sums = array("i", [0] * 4)
        #: Mean energy of the latest block.
        self.mean_energy = 0

    def restart(self) -> None:
        """Forget everything, as if the input had been zero."""
        for i in range(RING):
            self.low[i] = 0
            self.band[i] = 0
            self.energy[i] = 0
        for i in range(16):
            self._five[i] = 0
        for i in range(32):
            self._slope[i] = 0
        for i in range(4):
            self._sums[i] = 0

    def block(self, uv: "array[int]", n: int, first: int) -> None:
        """Filter `n` samples of the ring `uv` from position `first` on."""
        low = self.low
        band = self.band
        energy = self.energy
        five = self._five
        slope = self._slope
        sum5, sum4, sum32, power = self._sums
        total = 0
        for i in range(first, first + n):
            at = i & MASK
            sum5 += uv[at] - uv[(i - 5) & MASK]
            sum4 += sum5 - five[(i - 4) & 15]
            five[i & 15] = sum5
            sum32 += sum4 - low[(i - 32) & MASK]
            low[at] = sum4
            value = low[(i - 16) & MASK] - (sum32 >> 5)
            band[at] = value
            value -= band[(i - 2) & MASK]
            if value < 0:
                value = -value
            power += value - slope[(i - 24) & 31]
            slope[i & 31] = value
            energy[at] = power
            total += power >> 4
        self.mean_energy = (total << 4) // n
        self._sums[0] = sum5
        self._sums[1] = sum4
        self._sums[2] = sum32
        self._sums[3] = power
