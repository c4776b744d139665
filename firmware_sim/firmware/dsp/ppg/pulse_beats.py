"""Single pulses in a window, by their steepest rise."""

from array import array

from micropython import const

from ...kernels import maximum, ppg_slopes, sort_words, template_correlation, upstrokes
from ..scratch import SHAPE

#: Most pulses in a window of 8 s (240 a minute) and a few to spare.
_MOST = const(48)
_SEGMENTS = const(4)
#: Values to either side of an upstroke in which shapes are compared (±0.2 s).
_AROUND = const(5)


class PulseBeats:
    """Upstrokes in a window of normalised pulses, whichever way up the signal is."""

    def __init__(self) -> None:
        self.places = array("i", bytes(4 * _MOST))
        self._heights = array("i", bytes(4 * _MOST))
        self._tops = array("i", [0] * _SEGMENTS)
        self.count = 0
        #: Percent of the pulses' power that is in their mean shape: noise has little, pulses of any rhythm much.
        self.likeness = 0
        self._shape = array("i", [0] * (2 * _AROUND + 1))

    def find(self, values: "array[int]", n: int, gap: int) -> None:
        """Find upstrokes at least `gap` values apart in the first `n` of `values`; places in 1/256 of a value.

        Uses `SHAPE`.
        """
        ppg_slopes(values, n, SHAPE)
        self.count = upstrokes(SHAPE, n, self._threshold(n), gap, self.places, self._heights, _MOST)
        self.likeness = template_correlation(values, n, self.places, self.count, _AROUND, self._shape)

    def period(self) -> int:
        """Mean interval in 1/256 of a value; 0 with fewer than three pulses."""
        if self.count < 3:
            return 0
        return (self.places[self.count - 1] - self.places[0]) // (self.count - 1)

    def _threshold(self, n: int) -> int:
        """A quarter of the height of a usual upstroke, the middle of what the parts of the window have at most."""
        tops = self._tops
        length = n // _SEGMENTS
        for part in range(_SEGMENTS):
            tops[part] = max(1, maximum(SHAPE, part * length, (part + 1) * length - 1))
        sort_words(tops, _SEGMENTS)
        return (tops[1] + tops[2]) >> 3
