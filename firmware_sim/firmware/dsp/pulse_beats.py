"""Single pulses in a window, by their steepest rise."""

from array import array

from .fixed import sort_prefix
from .pulse_period import PARTS, vertex

#: Most pulses in a window of 8 s (240 a minute) and a few to spare.
_MOST = 48
_SEGMENTS = 4
#: Values to either side of an upstroke in which shapes are compared (±0.2 s).
_AROUND = 5


class PulseBeats:
    """Upstrokes in a window of normalised pulses, whichever way up the signal is."""

    def __init__(self, room: int) -> None:
        self._rise = array("i", [0] * room)
        self.places = array("i", [0] * _MOST)
        self._heights = array("i", [0] * _MOST)
        self._tops = array("i", [0] * _SEGMENTS)
        self.count = 0
        #: Percent of the pulses' power that is in their mean shape: noise has little, pulses of any rhythm much.
        self.likeness = 0
        self._shape = array("i", [0] * (2 * _AROUND + 1))

    def find(self, values: "array[int]", n: int, gap: int) -> None:
        """Find upstrokes at least `gap` values apart in the first `n` of `values`; places in 1/256 of a value."""
        self._slopes(values, n)
        least = self._threshold(n)
        rise = self._rise
        count = 0
        for i in range(2, n - 2):
            height = rise[i]
            if height < least or not rise[i - 1] <= height > rise[i + 1]:
                continue
            place = i * PARTS + vertex(rise[i - 1], height, rise[i + 1])
            if count and place - self.places[count - 1] < gap * PARTS:
                if height <= self._heights[count - 1]:
                    continue
                count -= 1
            if count == _MOST:
                break
            self.places[count] = place
            self._heights[count] = height
            count += 1
        self.count = count
        self._compare(values, n)

    def period(self) -> int:
        """Mean interval in 1/256 of a value; 0 with fewer than three pulses."""
        if self.count < 3:
            return 0
        return (self.places[self.count - 1] - self.places[0]) // (self.count - 1)

    def _slopes(self, values: "array[int]", n: int) -> None:
        """Slopes with the steep ones upward: blood comes faster than it goes."""
        rise = self._rise
        rise[0] = rise[n - 1] = 0
        lean = 0
        for i in range(1, n - 1):
            slope = values[i + 1] - values[i - 1]
            rise[i] = slope
            slope >>= 4
            lean += slope * slope * slope
        if lean < 0:
            for i in range(n):
                rise[i] = -rise[i]

    def _threshold(self, n: int) -> int:
        """A quarter of the height of a usual upstroke, the middle of what the parts of the window have at most."""
        tops = self._tops
        length = n // _SEGMENTS
        for part in range(_SEGMENTS):
            top = 1
            for i in range(part * length, (part + 1) * length):
                if self._rise[i] > top:
                    top = self._rise[i]
            tops[part] = top
        sort_prefix(tops, _SEGMENTS)
        return (tops[1] + tops[2]) >> 3

    def _compare(self, values: "array[int]", n: int) -> None:
        """How alike the pulses are around their upstrokes."""
        shape = self._shape
        for k in range(2 * _AROUND + 1):
            shape[k] = 0
        power = 0
        compared = 0
        for beat in range(self.count):
            first = self.places[beat] // PARTS - _AROUND
            if first < 0 or first + 2 * _AROUND >= n:
                continue
            compared += 1
            for k in range(2 * _AROUND + 1):
                value = values[first + k] >> 2
                shape[k] += value
                power += value * value
        common = 0
        for value in shape:
            common += value * value // max(1, compared)
        self.likeness = common * 100 // power if power and compared > 2 else 0
