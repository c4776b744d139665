"""How far the ECG of one window can be trusted, 0 to 100, and what speaks against it.

The quality is 100 less points for three kinds of trouble, each a ratio on a logarithmic scale (Q3: eighths of an
octave), so that it does not depend on the lead's amplitude:

- noise: what lies between the beats against the beats (range of 64 ms stretches, their 95th percentile), and the mean
  energy of the QRS band against that of a beat (Zhao and Zhang 2018 and Orphanidou et al. 2015 use like ratios);
- disagreement: of the beats' amplitudes, of successive RR intervals, of each with its representative beat. Fibrillation
  alone costs 20 points at most. Where beats agree in all, noise between them counts for less: chance makes no rhythm;
- shape: what rises and falls as no complex does, narrow or wide (`beat_shape.py`).

A window is refused at once where most beats are none by their shape (steps, tones, bursts and knocks that nothing
follows), where most are busy and what lies between them is as large as they are, and in a band that never rests.
The weights were chosen on MIT-BIH with NSTDB noise, TELE, BIDMC, LUDB, QTDB; docs/ecg.md has what they reach.
"""

from array import array

import micropython
from micropython import const

from ...kernels import gather, log2_q3, sort_words
from ...wire_gen import REASON_INCONSISTENT, REASON_NOISE, REASON_OUT_OF_RANGE
from ..scratch import SIGNAL
from ..scratch_use import works_in
from .beat_shape import (
    BUSY,
    CROWDED,
    FAULT,
    HEIGHT,
    NO_BEAT,
    RESTLESS,
    SLOWNESS,
    TEST_SIGNAL,
    WIDE,
    log_ratio_q3,
    observe,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .intervals import Series

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_RR = const(3)  # dsp.ecg.intervals: RR
#: A window with less quality is refused; its rhythm is judged from the next on; until the last it asks for caution.
REFUSED_UNDER = const(20)
RHYTHM_FROM = const(35)
CAUTION_UNDER = const(50)

#: Capacities of rings: stretches of 16 samples, which must hold a window and what comes until it is judged; beats.
STRETCHES = const(272)
_BEATS = const(64)
#: Where the faults of beats lie behind stretches and slowness.
_FAULTS = const(STRETCHES + _BEATS)
#: Stretches this near a beat (samples) belong to it.
_NEAR_SAMPLES = const(_RATE_HZ * 120 // 1000)
_BEATS_OWN = const(255)
# In one array: beats found, then of the latest judgement the quality, 0 to 100, the reason that costs it most, the
# median amplitude (µV), and whether half of the beats are those of a test signal.
_FOUND = const(0)
QUALITY = const(1)
REASON = const(2)
AMPLITUDE = const(3)
TESTED = const(4)

# Points (Q2) for an eighth of an octave beyond a threshold, which is a logarithm in Q3; and the most points.
_BETWEEN_THRESHOLD_Q3 = const(-24)
_BETWEEN_SLOPE_Q2 = const(9)
_BETWEEN_MOST = const(60)
_CROWD_THRESHOLD_Q3 = const(-15)
_CROWD_SLOPE_Q2 = const(30)
_CROWD_SURE = const(13)
_SLOW_THRESHOLD_Q3 = const(16)
_SLOW_SLOPE_Q2 = const(100)
#: Median range between beats over the latest one (a tenth) from which on a long interval is no pause.
_RESTLESS_Q3 = const(-26)
#: Range between beats over them (0.75) from which on busy ones are none.
_FULL_BETWEEN_Q3 = const(-3)
_AMPLITUDES_THRESHOLD_Q3 = const(-32)
_AMPLITUDES_SLOPE_Q2 = const(6)
_AMPLITUDES_MOST = const(40)
_RHYTHM_THRESHOLD_Q3 = const(-32)
_RHYTHM_SLOPE_Q2 = const(5)
_RHYTHM_MOST = const(20)
#: Template agreement under which half of what lacks counts.
_AGREEING = const(60)
#: Template agreement under which beats are none if most have a fault and a quarter are none: each is like none before.
_UNLIKE = const(50)
#: Agreement of a steady tachycardia, and that of a window in which its first beats are like none before: its band never
#: rests. Restless beats lose so many points for each percent that lacks; from there on more noise is forgiven, so many
#: percent for each.
STEADY = const(95)
_MANY_SIMILAR = const(88)
_RESTLESS_POINTS = const(15)
_STEADY_FORGIVEN = const(3)
#: Disagreement and shape at which noise is no longer forgiven, and the percent forgiven without any.
_CREDIT = const(40)
_FORGIVEN = const(60)
#: Logarithm of the peak-to-peak of full scale.
_FULL_SCALE_Q3 = const(128)
#: Points that refuse a window whatever else.
_GROSS = const(150)
_NO_BEAT_POINTS = const(300)


def points(excess_q3: int, slope_q2: int, most: int) -> int:
    """Points for an excess of `excess_q3` at `slope_q2` (Q2) each, from 0 to `most`."""
    return 0 if excess_q3 <= 0 else min(excess_q3 * slope_q2 >> 2, most)


class EcgQuality:
    """What the quality of a window is judged by; `SIGNAL` is its work memory.

    Stretches and beats lie in rings, because a window is judged when the next one has begun.
    """

    def __init__(self) -> None:
        #: Peak-to-peak of stretches as logarithm in Q3, that from sample i on at `(i >> 4) % STRETCHES`; then of each
        #: beat how slow it is, and its fault.
        self.codes = bytearray(STRETCHES + 2 * _BEATS)
        self._amplitudes = array("H", bytes(2 * _BEATS))
        #: The latest judgement, at `QUALITY` and `REASON`.
        self.state = array("i", bytes(4 * 5))

    @works_in("SIGNAL")
    @micropython.native
    def add(self, uv: "array[int]", r: int, rr_ms: "int | None", has_p: bool) -> bool:
        """Take the beat at position `r` of the ring `uv`, `rr_ms` after the one before; what is around was observed.

        `has_p`: a P wave was found. Returns whether its shape is that of a wide complex in a fast rhythm.
        """
        codes = self.codes
        for i in range((r - _NEAR_SAMPLES) >> 4, ((r + _NEAR_SAMPLES) >> 4) + 1):
            codes[i % STRETCHES] = _BEATS_OWN
        at = self.state[_FOUND] % _BEATS
        self.state[_FOUND] += 1
        observe(uv, r, rr_ms, has_p, SIGNAL)
        self._amplitudes[at] = SIGNAL[HEIGHT]
        codes[at + STRETCHES] = SIGNAL[SLOWNESS]
        codes[at + STRETCHES + _BEATS] = SIGNAL[FAULT]
        return SIGNAL[WIDE] > 0

    @property
    def latest_amplitude(self) -> int:
        """Amplitude of the latest beat (µV)."""
        return self._amplitudes[(self.state[_FOUND] - 1) % _BEATS]

    @works_in("SIGNAL")
    @micropython.native
    def is_restless(self, first: int, last: int) -> bool:
        """Is the peak-to-peak of half of what lies from sample `first` to `last` over a tenth of the latest beat?"""
        n = gather(self.codes, 0, STRETCHES, first >> 4, min((last - first) >> 4, STRETCHES - 16), _BEATS_OWN, SIGNAL)
        sort_words(SIGNAL, n)
        return n > 0 and SIGNAL[n >> 1] - log2_q3(max(self.latest_amplitude, 1)) > _RESTLESS_Q3

    def judge(
        self,
        start: int,
        end: int,
        later: int,
        beats: int,
        series: "Series",
        agreement: int,
        energy: int,
        beat_energy: int,
    ) -> None:
        """Judge the window of samples `start` to `end`, after which `later` more beats came.

        It has `beats` >= 3 with the RR intervals of this `series` and this mean `agreement` with their template (0 to
        100); `energy` is the mean of the QRS band, `beat_energy` that of a usual beat.
        """
        beats = min(beats, _BEATS - later)
        first = self.state[_FOUND] - later - beats
        amplitude, deviation = self._median_amplitude(first, beats)
        self.state[AMPLITUDE] = amplitude
        between = self._between(start, end) - log2_q3(amplitude)
        noise = points(between - _BETWEEN_THRESHOLD_Q3, _BETWEEN_SLOPE_Q2, _BETWEEN_MOST)
        crowd = log_ratio_q3(energy, max(beat_energy, 1)) - _CROWD_THRESHOLD_Q3
        noise = min(noise + points(crowd, _CROWD_SLOPE_Q2, _GROSS), _GROSS - 1)
        fault = self._code(_FAULTS, first, beats, beats >> 1)
        self.state[TESTED] = 1 if fault >= TEST_SIGNAL else 0
        busy = fault == CROWDED or (fault == BUSY and between > _FULL_BETWEEN_Q3)
        if fault and agreement < _UNLIKE:
            busy = busy or self._code(_FAULTS, first, beats, 3 * beats >> 2) >= NO_BEAT
        if busy or (crowd > _CROWD_SURE and agreement < _MANY_SIMILAR):
            noise = _GROSS
        disagreement = points(
            log_ratio_q3(deviation, amplitude) - _AMPLITUDES_THRESHOLD_Q3, _AMPLITUDES_SLOPE_Q2, _AMPLITUDES_MOST
        )
        disagreement += points(rr_steps(series) - _RHYTHM_THRESHOLD_Q3, _RHYTHM_SLOPE_Q2, _RHYTHM_MOST)
        disagreement += max(0, _AGREEING - agreement) >> 1
        self._conclude(noise, disagreement, self._shape(first, beats, agreement), agreement)

    def _conclude(self, noise: int, disagreement: int, shape: int, agreement: int) -> None:
        """Add up points for noise, disagreement and shape."""
        if noise < _GROSS:
            forgiven = _FORGIVEN + max(0, agreement - STEADY) * _STEADY_FORGIVEN
            noise -= noise * max(0, _CREDIT - disagreement - shape) * forgiven // (100 * _CREDIT)
        lost = noise + disagreement + shape
        # beyond 80 points no window is measured, but a worse one still gets less
        self.state[QUALITY] = 100 - lost if lost <= 80 else 1600 // lost
        if noise >= min(_GROSS, max(disagreement, shape)):
            self.state[REASON] = REASON_NOISE
        else:
            self.state[REASON] = REASON_INCONSISTENT if disagreement > shape else REASON_OUT_OF_RANGE

    def _shape(self, first: int, beats: int, agreement: int) -> int:
        """Points for what has not the shape of a complex."""
        most = (beats - 1) >> 1
        if self._code(_FAULTS, first, beats, 5 * beats >> 3) >= NO_BEAT:
            return _NO_BEAT_POINTS
        lost = points(self._code(STRETCHES, first, beats, most) - _SLOW_THRESHOLD_Q3, _SLOW_SLOPE_Q2, _GROSS)
        # slow ventricular beats between normal ones are restless, too
        if self._code(_FAULTS, first, beats, 3 * beats >> 3) == RESTLESS:
            lost += max(0, STEADY - agreement) * _RESTLESS_POINTS
        return lost

    @works_in("SIGNAL")
    def _code(self, part: int, first: int, beats: int, which: int) -> int:
        """The `which`-th lowest code of `beats` beats from beat `first` on, in the ring that begins at `part`."""
        gather(self.codes, part, _BEATS, first, beats, -1, SIGNAL)
        sort_words(SIGNAL, beats)
        return SIGNAL[which]

    @works_in("SIGNAL")
    def _median_amplitude(self, first: int, beats: int) -> "tuple[int, int]":
        """Median amplitude of `beats` beats from beat `first` on (µV), and the median distance from it."""
        for i in range(beats):
            SIGNAL[i] = self._amplitudes[(first + i) % _BEATS]
        sort_words(SIGNAL, beats)
        amplitude = SIGNAL[beats >> 1]
        for i in range(beats):
            SIGNAL[i] = abs(SIGNAL[i] - amplitude)
        sort_words(SIGNAL, beats)
        return amplitude, SIGNAL[beats >> 1]

    @works_in("SIGNAL")
    @micropython.native
    def _between(self, start: int, end: int) -> int:
        """95th percentile of the peak-to-peak of stretches between beats, logarithm in Q3; full scale without any."""
        first = start >> 4
        n = gather(self.codes, 0, STRETCHES, first, ((end + 15) >> 4) - first, _BEATS_OWN, SIGNAL)
        sort_words(SIGNAL, n)
        return SIGNAL[19 * (n - 1) // 20] if n else _FULL_SCALE_Q3


def rr_steps(series: "Series") -> int:
    """Median difference of successive RR intervals over their median, as logarithm in Q3."""
    if series.n[_RR] < 3:
        return 0
    return log_ratio_q3(_median_step(series), series.twice_median(_RR) >> 1)


@works_in("SIGNAL")
def _median_step(series: "Series") -> int:
    n = series.n[_RR] - 1
    for i in range(n):
        SIGNAL[i] = abs(series.get(_RR, i + 1) - series.get(_RR, i))
    sort_words(SIGNAL, n)
    return SIGNAL[n >> 1]
