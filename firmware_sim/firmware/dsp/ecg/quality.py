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

from ...kernels import beat_amplitudes, gather, log2_q3, sort_words
from ...wire_gen import REASON_INCONSISTENT, REASON_NOISE, REASON_OUT_OF_RANGE
from ..scratch import SIGNAL
from .filters import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .intervals import Series

#: A window with less quality is refused; its rhythm is judged from the next on; until the last it asks for caution.
REFUSED_UNDER = const(20)
RHYTHM_FROM = const(35)
CAUTION_UNDER = const(50)

#: Places in rings: stretches of 16 samples, which must hold a window and what comes until it is judged; beats.
STRETCHES = const(272)
_BEATS = const(64)
#: Stretches this near a beat (samples) are its own.
_NEAR = const(30)
_BEATS_OWN = const(255)
#: Codes of a beat: as slow as can be told, and one with a step.
_SLOWEST = const(254)
_STEPS = const(255)

# In one array: beats found, then of the latest judgement the quality, 0 to 100, and the reason that costs it most.
_FOUND = const(0)
QUALITY = const(1)
REASON = const(2)

# Points for an eighth of an octave beyond a bar (which is in eighths too), in quarters; and the most points.
_BETWEEN_BAR = const(-24)
_BETWEEN_QUARTERS = const(9)
_BETWEEN_MOST = const(60)
_CROWD_BAR = const(-15)
_CROWD_QUARTERS = const(30)
_CROWD_SURE = const(13)
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
#: What a stretch of the greatest range spans.
_FULL_SCALE = const(128)
#: Points that refuse a window whatever else.
_GROSS = const(150)
_STEP_POINTS = const(300)


def ratio(part: int, whole: int) -> int:
    """`part` over `whole` in eighths of an octave; both of one unit, under 2^26."""
    return log2_q3(part << 4) - log2_q3(whole << 4)


def points(excess: int, quarters: int, most: int) -> int:
    """Points for `excess` eighths of an octave at `quarters` quarter points each, from 0 to `most`."""
    return 0 if excess <= 0 else min(excess * quarters >> 2, most)


class EcgQuality:
    """What the quality of a window is told from; `SIGNAL` is its work memory.

    Stretches and beats lie in rings, because a window is judged when the next one has begun.
    """

    def __init__(self) -> None:
        #: What stretches span, in eighths of an octave, that from sample i on at `(i >> 4) % STRETCHES`; then of each
        #: beat how slow it is: its rise, its steepest step.
        self.codes = bytearray(STRETCHES + 2 * _BEATS)
        self._sizes = array("H", bytes(2 * _BEATS))
        #: The latest judgement, at `QUALITY` and `REASON`.
        self.state = array("i", bytes(4 * 3))

    def add(self, uv: "array[int]", r: int) -> None:
        """Take the beat at position `r` of the ring `uv`; what is around it was observed."""
        codes = self.codes
        for i in range((r - _NEAR) >> 4, ((r + _NEAR) >> 4) + 1):
            codes[i % STRETCHES] = _BEATS_OWN
        figures = SIGNAL
        beat_amplitudes(uv, MASK, r, figures)
        size = max(figures[0], 1)
        at = self.state[_FOUND] % _BEATS
        self.state[_FOUND] += 1
        self._sizes[at] = size
        codes[at + STRETCHES] = min(ratio(max(figures[1], 1), max(figures[2], 1)), _SLOWEST)
        steep = _STEPS if figures[4] * 4 > size * 3 else min(ratio(size, max(figures[3], 1)), _SLOWEST)
        codes[at + STRETCHES + _BEATS] = steep

    def judge(
        self, start: int, end: int, later: int, beats: int, rr: "Series", agreement: int, energy: int, height: int
    ) -> None:
        """Judge the window of samples `start` to `end`, after which `later` more beats came.

        It has `beats` >= 3 with these RR intervals and this mean `agreement` with their template (0 to 100); `energy`
        is the mean of the QRS band, `height` that of a usual beat.
        """
        beats = min(beats, _BEATS - later)
        first = self.state[_FOUND] - later - beats
        size, apart = self._middle_size(first, beats)
        noise = points(self._between(start, end) - log2_q3(size) - _BETWEEN_BAR, _BETWEEN_QUARTERS, _BETWEEN_MOST)
        crowd = ratio(energy, max(height, 1)) - _CROWD_BAR
        noise += _GROSS if crowd > _CROWD_SURE else points(crowd, _CROWD_QUARTERS, _GROSS)
        unlike = points(ratio(apart, size) - _SIZES_BAR, _SIZES_QUARTERS, _SIZES_MOST)
        unlike += points(rr_steps(rr) - _RHYTHM_BAR, _RHYTHM_QUARTERS, _RHYTHM_MOST)
        unlike += max(0, _ALIKE - agreement) >> 1
        self._conclude(noise, unlike, self._shape(first, beats))

    def _conclude(self, noise: int, unlike: int, shape: int) -> None:
        """Add up points for noise, disagreement and shape."""
        if noise < _GROSS:
            noise -= noise * max(0, _CREDIT - unlike - shape) * _FORGIVEN // (100 * _CREDIT)
        lost = noise + unlike + shape
        # beyond 80 points no window is measured, but a worse one still gets less
        self.state[QUALITY] = 100 - lost if lost <= 80 else 1600 // lost
        if noise >= max(unlike, shape):
            self.state[REASON] = REASON_NOISE
        else:
            self.state[REASON] = REASON_INCONSISTENT if unlike > shape else REASON_OUT_OF_RANGE

    def _shape(self, first: int, beats: int) -> int:
        """Points for what is slower than a QRS, or steps."""
        lost = points(self._middle_code(STRETCHES, first, beats) - _RISE_BAR, _SHAPE_QUARTERS, _GROSS)
        steep = self._middle_code(STRETCHES + _BEATS, first, beats)
        return lost + (_STEP_POINTS if steep == _STEPS else points(steep - _STEEP_BAR, _SHAPE_QUARTERS, _GROSS))

    def _middle_code(self, part: int, first: int, beats: int) -> int:
        """Median of the `beats` codes from beat `first` on, in the ring that begins at `part`."""
        gather(self.codes, part, _BEATS, first, beats, -1, SIGNAL)
        sort_words(SIGNAL, beats)
        return SIGNAL[beats >> 1]

    def _middle_size(self, first: int, beats: int) -> "tuple[int, int]":
        """Median height of `beats` beats from beat `first` on (µV), and the median distance from it."""
        for i in range(beats):
            SIGNAL[i] = self._sizes[(first + i) % _BEATS]
        sort_words(SIGNAL, beats)
        size = SIGNAL[beats >> 1]
        for i in range(beats):
            SIGNAL[i] = abs(SIGNAL[i] - size)
        sort_words(SIGNAL, beats)
        return size, SIGNAL[beats >> 1]

    def _between(self, start: int, end: int) -> int:
        """95th percentile of what stretches between beats span, in eighths of an octave; a full scale without any."""
        first = start >> 4
        n = gather(self.codes, 0, STRETCHES, first, ((end + 15) >> 4) - first, _BEATS_OWN, SIGNAL)
        sort_words(SIGNAL, n)
        return SIGNAL[19 * (n - 1) // 20] if n else _FULL_SCALE


def rr_steps(rr: "Series") -> int:
    """Median difference of successive RR intervals against their median, in eighths of an octave."""
    if rr.n < 3:
        return 0
    middle = rr.middle() >> 1
    for i in range(1, rr.n):
        SIGNAL[i - 1] = abs(rr.get(i) - rr.get(i - 1))
    sort_words(SIGNAL, rr.n - 1)
    return ratio(SIGNAL[(rr.n - 1) >> 1], middle)
