"""Single pulses in a window, by their steepest rise."""

from array import array

from micropython import const

from ...kernels import maximum, ppg_slopes, sort_words, template_correlation, upstrokes
from ..scratch import SHAPE
from ..scratch_use import works_in

_RATE_HZ = const(100)  # frontends.ppg: RATE_HZ
#: Of values, each the sum of four samples.
_VALUE_RATE_HZ = const(_RATE_HZ // 4)
#: Most pulses in a window of 8 s (240 a minute) and a few to spare.
_CAPACITY = const(48)
_SEGMENTS = const(4)
#: Values to either side of an upstroke in which shapes are compared (±0.2 s).
_REACH = const(_VALUE_RATE_HZ * 200 // 1000)
#: Where, behind the slopes of a window (200), maxima lie, then amplitudes, then the mean shape: one after the other.
_BEHIND = const(_VALUE_RATE_HZ * 8)
_WORK: "array[int]" = SHAPE[_BEHIND : _BEHIND + _CAPACITY]


class PulseBeats:
    """Upstrokes in a window of normalised pulses, whichever way up the signal is."""

    def __init__(self) -> None:
        self.indices_q8 = array("i", bytes(4 * _CAPACITY))
        self.count = 0
        #: Does blood take light, or (as in some recordings) give it?
        self.takes_light = True
        #: Percent of the power around upstrokes that is in their mean shape: little in noise, much in any rhythm.
        self.template_correlation = 0

    @works_in("SHAPE")
    def find(self, values: "array[int]", n: int, min_distance: int) -> None:
        """Find upstrokes at least `min_distance` values from each other in the first `n` of `values`; indices in Q8.

        A window has 200 values at most. Uses `SHAPE`.
        """
        self.takes_light = ppg_slopes(values, n, SHAPE) > 0
        self.count = upstrokes(SHAPE, n, self._threshold(n), min_distance, self.indices_q8, _WORK, _CAPACITY)
        self.template_correlation = template_correlation(values, n, self.indices_q8, self.count, _REACH, _WORK)

    def by_period(self, period_q8: int, n: int) -> "PulseBeats":
        """Itself with upstrokes that are one period from each other, in phase with the first."""
        at = self.indices_q8[0] % period_q8
        count = 0
        while at < (n - 2) * 256 and count < _CAPACITY:
            self.indices_q8[count] = at
            at += period_q8
            count += 1
        self.count = count
        return self

    def period(self) -> int:
        """Mean interval in values, Q8; 0 with fewer than three pulses."""
        if self.count < 3:
            return 0
        return (self.indices_q8[self.count - 1] - self.indices_q8[0]) // (self.count - 1)

    def _threshold(self, n: int) -> int:
        """A quarter of a usual upstroke, the median of the maxima of the window's segments."""
        maxima = _WORK
        length = n // _SEGMENTS
        for i in range(_SEGMENTS):
            maxima[i] = max(1, maximum(SHAPE, i * length, (i + 1) * length - 1))
        sort_words(maxima, _SEGMENTS)
        return (maxima[1] + maxima[2]) >> 3
