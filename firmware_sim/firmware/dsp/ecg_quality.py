"""How far the ECG of one window can be trusted, 0 to 100, and what speaks against it.

The quality is 100 less points for three kinds of trouble, each a ratio told in eighths of an octave, so that it does
not depend on the lead's size:

- noise: what lies between the beats against the beats (range of 64 ms stretches, their 95th percentile), and the mean
  energy of the QRS band against that of a beat (Zhao and Zhang 2018 and Orphanidou et al. 2015 use like ratios);
- disagreement: of the beats' sizes, of successive RR intervals, of each with its representative beat. Fibrillation
  alone costs 20 points at most. Where beats agree in all, noise between them counts for less: chance makes no rhythm;
- shape: complexes slower than a QRS (pulse waves, sines), told by the change within 40 ms and within one sample.

Steps of one sample that stay (square waves) and a band that never rests (mains, tones) refuse a window at once.
The weights were chosen on MIT-BIH with NSTDB noise, TELE, BIDMC, LUDB, QTDB; docs/ecg.md has what they reach.
"""

from array import array

from micropython import const

from ..kernels import beat_figures, octaves, sort_words, spread
from ..wire_gen import REASON_INCONSISTENT, REASON_NOISE, REASON_OUT_OF_RANGE
from .filters import MASK
from .scratch import SIGNAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .intervals import Series

#: A window with less quality is refused; its rhythm is judged from the next on; until the last it asks for caution.
REFUSED_UNDER = const(20)
RHYTHM_FROM = const(35)
CAUTION_UNDER = const(50)

#: Stretches of 16 samples and beats of a window, at most.
_STRETCHES = const(160)
_BEATS = const(50)
#: Stretches this near a beat (samples) are its own.
_NEAR = const(30)
_BEATS_OWN = const(255)

# In one array: stretches and beats seen, beats with a step.
_SEEN = const(0)
_FOUND = const(1)
_STEPPED = const(2)

# Points for an eighth of an octave beyond a bar (which is in eighths too), in quarters; and the most points.
_BETWEEN_BAR = const(-24)
_BETWEEN_QUARTERS = const(9)
_BETWEEN_MOST = const(60)
_CROWD_BAR = const(-15)
_CROWD_QUARTERS = const(30)
_CROWD_SURE = const(-2)
_RISE_BAR = const(6)
_STEEP_BAR = const(23)
_SHAPE_QUARTERS = const(75)
_SIZES_BAR = const(-32)
_SIZES_QUARTERS = const(6)
_SIZES_MOST = const(40)
_RHYTHM_BAR = const(-32)
_RHYTHM_QUARTERS = const(5)
_RHYTHM_MOST = const(20)
#: Template agreement under which half of what lacks counts.
_ALIKE = const(60)
#: Disagreement and shape at which noise is no longer forgiven, and the percent forgiven without any.
_CREDIT = const(40)
_FORGIVEN = const(60)
#: Points that refuse a window whatever else.
_GROSS = const(150)
_STEP_POINTS = const(300)


def ratio(part: int, whole: int) -> int:
    """`part` over `whole` in eighths of an octave; both of one unit, under 2^26."""
    return octaves(part << 4) - octaves(whole << 4)


def points(excess: int, quarters: int, most: int) -> int:
    """Points for `excess` eighths of an octave at `quarters` quarter points each, from 0 to `most`."""
    return 0 if excess <= 0 else min(excess * quarters >> 2, most)


class Judgement:
    """Quality of a window, 0 to 100, and the reason that costs it most."""

    def __init__(self) -> None:
        self.quality = 0
        self.reason = 0

    def set(self, noise: int, unlike: int, shape: int) -> None:
        """Judge by points for noise, disagreement and shape."""
        forgiven = max(0, _CREDIT - unlike - shape) * _FORGIVEN // _CREDIT
        noise -= noise * forgiven // 100 if noise < _GROSS else 0
        lost = noise + unlike + shape
        # beyond 80 points no window is measured, but a worse one still gets less
        self.quality = 100 - lost if lost <= 80 else 1600 // lost
        if noise >= unlike and noise >= shape:
            self.reason = REASON_NOISE
        else:
            self.reason = REASON_INCONSISTENT if unlike > shape else REASON_OUT_OF_RANGE


class EcgQuality:
    """Collects what a window's quality is told from; `SIGNAL` is its work memory."""

    def __init__(self) -> None:
        # what stretches span, in eighths of an octave, then of each beat how slow it is: its rise, its steepest step
        self._codes = bytearray(_STRETCHES + 2 * _BEATS)
        self._sizes = array("H", bytes(2 * _BEATS))
        self._seen = array("i", bytes(4 * 3))

    def clear(self) -> None:
        """Begin a window."""
        for i in range(3):
            self._seen[i] = 0
        for i in range(_STRETCHES):
            self._codes[i] = 0

    def observe(self, uv: "array[int]", first: int, n: int) -> None:
        """Take the next stretch: `n` samples of the ring `uv` from position `first` on."""
        at = self._seen[_SEEN]
        if at < _STRETCHES:
            self._seen[_SEEN] = at + 1
            if self._codes[at] != _BEATS_OWN:
                self._codes[at] = octaves(spread(uv, MASK, first, n))

    def add(self, uv: "array[int]", r: int, start: int) -> None:
        """Take the beat at position `r` of the ring `uv`, in a window that began at `start`."""
        last = min((r + _NEAR - start) >> 4, _STRETCHES - 1)
        for i in range(max((r - _NEAR - start) >> 4, 0), last + 1):
            self._codes[i] = _BEATS_OWN
        at = self._seen[_FOUND]
        if at == _BEATS:
            return
        self._seen[_FOUND] = at + 1
        figures = SIGNAL
        beat_figures(uv, MASK, r, figures)
        size = max(figures[0], 1)
        self._sizes[at] = size
        if figures[4] * 4 > size * 3:
            self._seen[_STEPPED] += 1
        at += _STRETCHES
        self._codes[at] = min(ratio(max(figures[1], 1), max(figures[2], 1)), 254)
        self._codes[at + _BEATS] = min(ratio(size, max(figures[3], 1)), 254)

    def judge(self, result: "Judgement", rr: "Series", agreement: int, energy: int, height: int) -> None:
        """Judge a window of three or more beats: their RR, mean agreement with their template (0 to 100).

        `energy` is the mean of the QRS band, `height` that of a usual beat.
        """
        size, spread_of_sizes = self._middle_size()
        crowd = ratio(energy >> 4, max(height >> 4, 1)) if height else 0
        noise = points(self._between(size) - _BETWEEN_BAR, _BETWEEN_QUARTERS, _BETWEEN_MOST)
        noise += points(crowd - _CROWD_BAR, _CROWD_QUARTERS, _GROSS)
        if crowd > _CROWD_SURE:
            noise = max(noise, _GROSS)
        unlike = points(ratio(spread_of_sizes, size) - _SIZES_BAR, _SIZES_QUARTERS, _SIZES_MOST)
        unlike += points(rr_steps(rr) - _RHYTHM_BAR, _RHYTHM_QUARTERS, _RHYTHM_MOST)
        unlike += max(0, _ALIKE - agreement) >> 1
        result.set(noise, unlike, self._shape())

    def _shape(self) -> int:
        found = self._seen[_FOUND]
        lost = points(self._middle_code(_STRETCHES) - _RISE_BAR, _SHAPE_QUARTERS, _GROSS)
        lost += points(self._middle_code(_STRETCHES + _BEATS) - _STEEP_BAR, _SHAPE_QUARTERS, _GROSS)
        return lost + (_STEP_POINTS if 2 * self._seen[_STEPPED] > found else 0)

    def _middle_code(self, first: int) -> int:
        """Median of the beats' codes from `first` on."""
        found = self._seen[_FOUND]
        for i in range(found):
            SIGNAL[i] = self._codes[first + i]
        sort_words(SIGNAL, found)
        return SIGNAL[found >> 1]

    def _middle_size(self) -> "tuple[int, int]":
        """Median height of the beats (µV) and the median distance from it."""
        found = self._seen[_FOUND]
        for i in range(found):
            SIGNAL[i] = self._sizes[i]
        sort_words(SIGNAL, found)
        size = SIGNAL[found >> 1]
        for i in range(found):
            SIGNAL[i] = abs(self._sizes[i] - size)
        sort_words(SIGNAL, found)
        return size, SIGNAL[found >> 1]

    def _between(self, size: int) -> int:
        """Range of stretches between beats (95th percentile) against a beat of `size`, in eighths of an octave."""
        n = 0
        for i in range(self._seen[_SEEN]):
            if self._codes[i] != _BEATS_OWN:
                SIGNAL[n] = self._codes[i]
                n += 1
        if not n:
            return 0
        sort_words(SIGNAL, n)
        return SIGNAL[19 * (n - 1) // 20] - octaves(size)


def rr_steps(rr: "Series") -> int:
    """Median difference of successive RR intervals against their median, in eighths of an octave."""
    if rr.n < 3:
        return 0
    middle = rr.middle() >> 1
    for i in range(1, rr.n):
        SIGNAL[i - 1] = abs(rr.get(i) - rr.get(i - 1))
    sort_words(SIGNAL, rr.n - 1)
    return ratio(SIGNAL[(rr.n - 1) >> 1], middle)
