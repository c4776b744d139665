"""Ventricular fibrillation, flutter and torsade: waves that follow one another without a rest or a steep complex.

The signal is looked at twice a second, a second of it at a time. It is such a wave where half a period later it is
upside down and after a whole one the same again (the leakage of Kuo and Dillman 1978, as a correlation), the half
period being 64 to 160 ms, and where nothing in it is bent as a narrow complex is: beats that go on beneath a tremor or
steps are. Three seconds of that are told. docs/ecg.md has where that was tried.
"""

from array import array

import micropython
from micropython import const

from ...kernels import correlate, largest_bend, normalise, peak_to_peak
from ...wire_gen import RHYTHM_TACHYCARDIA, RHYTHM_VENTRICULAR_FIBRILLATION, RHYTHM_WIDE_COMPLEX_TACHYCARDIA
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in
from .filters import MASK

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Steps of 16 samples from look to look (512 ms), and samples that one takes (1024 ms), every fourth of them.
_EVERY_STEPS = const(_RATE_HZ * 512 // 16000)
_LOOK_SAMPLES = const(_RATE_HZ * 1024 // 1000)
_POINTS = const(_LOOK_SAMPLES >> 2)
#: Samples behind the latest one up to which mains are taken out (512 ms).
_BEHIND_SAMPLES = const(_RATE_HZ * 512 // 1000)
#: Half a period, in points of 16 ms.
_SHORTEST = const(4)
_LONGEST = const(10)
#: Correlations (in 1/1024) after half a period, and after a whole one.
_OPPOSED = const(-460)
_SAME = const(154)
#: Mean size of a wave (µV).
_LEAST_UV = const(35)
#: A bend is the middle of three samples 12 ms apart beside the mean of the others; twice that over the mean size (Q2).
_BEND_SAMPLES = const(_RATE_HZ * 12 // 1000)
_MOST_BENT_Q2 = const(5)
#: Looks in a row that tell (3 s); what is between two runs that are one (2 s); the part of a window that they fill.
_IN_A_ROW = const(5)
_BETWEEN_SAMPLES = const(_RATE_HZ * 2)
_ENOUGH_SAMPLES = const(_RATE_HZ * 2500 // 1000)
#: Half a period under which in the mean it is fibrillation (8 points: 234 a minute).
_FAST = const(8)

# Indices of the state: steps since the last look, looks in a row, sum of their half periods; first sample, end, looks
# and sum of half periods of the latest run that was long enough.
_STEPS = const(0)
_ROW = const(1)
_ROW_SUM = const(2)
_BEGIN = const(3)
_END = const(4)
_LOOKS = const(5)
_SUM = const(6)
_STATE = const(7)


class VentricularWaves:
    """Follows such waves as the signal comes, and knows the latest run of them."""

    def __init__(self) -> None:
        self._state = array("i", bytes(4 * _STATE))

    def restart(self) -> None:
        """Nothing was seen."""
        for i in range(_STATE):
            self._state[i] = 0

    @micropython.native
    def step(self, uv: "array[int]", now: int) -> None:
        """Take the 16 samples of the ring `uv` before sample `now`."""
        state = self._state
        state[_STEPS] += 1
        if state[_STEPS] < _EVERY_STEPS:
            return
        state[_STEPS] = 0
        end = now - _BEHIND_SAMPLES
        half = _half_period(uv, end - _LOOK_SAMPLES)
        if not half:
            state[_ROW] = state[_ROW_SUM] = 0
            return
        state[_ROW] += 1
        state[_ROW_SUM] += half
        if state[_ROW] >= _IN_A_ROW:
            self._keep(end)

    def _keep(self, end: int) -> None:
        """The run up to sample `end` is long enough."""
        state = self._state
        first = end - _LOOK_SAMPLES - (state[_ROW] - 1) * _EVERY_STEPS * 16
        if not state[_LOOKS] or first > state[_END] + _BETWEEN_SAMPLES:
            state[_BEGIN] = first
        state[_END] = end
        state[_LOOKS] = state[_ROW]
        state[_SUM] = state[_ROW_SUM]

    def goes_on(self, now: int) -> bool:
        """Were there such waves up to shortly before sample `now`?"""
        return self._state[_LOOKS] > 0 and now - self._state[_END] < _BETWEEN_SAMPLES

    def flags(self, start: int, end: int) -> int:
        """Findings of a window of samples `start` to before `end`: 0 where such waves do not fill enough of it."""
        state = self._state
        filled = min(end, state[_END]) - max(start, state[_BEGIN])
        if not state[_LOOKS] or filled < min(_ENOUGH_SAMPLES, end - start >> 1):
            return 0
        bits = RHYTHM_TACHYCARDIA | RHYTHM_WIDE_COMPLEX_TACHYCARDIA
        return bits | RHYTHM_VENTRICULAR_FIBRILLATION if state[_SUM] < _FAST * state[_LOOKS] else bits


@works_in("SIGNAL", "SHAPE")
@micropython.native
def _half_period(uv: "array[int]", first: int) -> int:
    """Half the period (points) of the waves of one look from sample `first` of the ring `uv` on; 0 where are none."""
    bend = largest_bend(uv, MASK, first, _LOOK_SAMPLES, _BEND_SAMPLES)
    # first what is soon seen, for most looks have a complex: the mean size of a wave is at most half of its height
    if bend << 3 > _MOST_BENT_Q2 * (peak_to_peak(uv, MASK, first, _LOOK_SAMPLES) + 2):
        return 0
    for i in range(_POINTS):
        SIGNAL[i] = uv[(first + 4 * i) & MASK]
    size = normalise(SIGNAL, _POINTS)
    if size < _LEAST_UV:
        return 0
    correlate(SIGNAL, _POINTS, _SHORTEST, _LONGEST, SHAPE)
    half = _SHORTEST
    for lag in range(_SHORTEST + 1, _LONGEST + 1):
        if SHAPE[lag] < SHAPE[half]:
            half = lag
    if SHAPE[half] > _OPPOSED:
        return 0
    correlate(SIGNAL, _POINTS, 2 * half, 2 * half, SHAPE)
    if SHAPE[2 * half] < _SAME or bend << 2 > _MOST_BENT_Q2 * size:
        return 0
    return half
