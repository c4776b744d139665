"""Respiration rate from what the breath moves of each pulse, and of each heart beat where there is an ECG.

Six series of the light (how deep a pulse begins and how high it ends, its amplitude, the interval before it, its
upstroke, and the baseline) and two of the ECG (amplitude of R, RR) of 32 s have spectra, in which a small network
scores every rate; a forward filter follows them. The networks and what they do on people they never saw:
models/respiration.
"""

from array import array

import micropython
from micropython import const

from ...kernels import (
    follow_rate,
    log_spectrum,
    pulse_levels,
    score_rates,
    split_powers,
    transform,
    window_breaths,
)
from ...wire_gen import REASON_OUT_OF_RANGE, REASON_TOO_FEW_BEATS, REASON_UNCERTAIN, REASON_WARMING_UP
from ..breath_series import INDEX, SLOTS, BreathSeries
from ..result import Measure
from ..scratch import SIGNAL, WORDS
from ..scratch_use import works_in
from .pulse_motion_gen import HALF_WINDOW, SINES
from .respiration_gen import GAIN, HEART, PULSES
from .uncertainty import respiration_u95

#: Values of the light (25/s) in a slot of the baseline (320 ms).
_FOLD = const(8)
#: Series of the pulses, behind which that of the baseline lies.
_SERIES = const(5)
BASELINE = const(5)
#: Right shift of an upstroke and of an interval (Q8 samples) that fits them into 16 bits; ms of a Q8 sample, Q7.
_RISE_SHIFT = const(5)
_INTERVAL_SHIFT = const(1)
_MS_Q7 = const(5)
_MOST = const(32767)
#: Spectra are kept one behind the other, as far as they are read: each overwrites the end of the one before.
STRIDE = const(122)
_SPECTRA = const(8)
_SPECTRUM_END = const(151)
#: Rates are bins of 512ths of 6.25 Hz: the first (4.4/min), and how many (to 44/min).
_FIRST_RATE = const(6)
_RATES = const(55)
_BORDER = const(3)
_EQUAL = const(1 << 16)
#: 0.1/min of Q8 bins: 6.25 Hz * 600 / 512, over 256.
_RATE_X10 = const(3750)
_BINS_Q8 = const(512 * 256)
#: A rate keeps 160/256 of its probability in 4 s; the answer is a mean of 3 bins to either side of the likeliest, and
#: its probability that within 2/min (699 Q8 bins); see `follow_rate`.
FOLLOW = b"\xa0\x25\x09\x02\x08\x03\xbb\x02\x00"
#: Slices of an answer, one a value: scores by the pulses, by the heart beats, and the filter.
_IN_SLICE = const(11)
_HEART_SLICE = const(6)
_IN_HEART_SLICE = const(28)
_SLICES = const(8)
_MIN_RATE_X10 = const(60)
_MAX_RATE_X10 = const(400)
#: Probability in percent under which an answer is refused.
TRUSTED = const(60)
#: How much more a rate has in one of the series than there is around it (steps of a spectrum, Q2), in the mean of some
#: windows, where it is a breath and not what noise has anywhere; right shift of what a window adds to that mean.
_STANDS_OUT_Q2 = const(4 * 28)
_NEW_SHIFT = const(2)
#: Highest quality of a rate that does not.
_UNCERTAIN_QUALITY = const(30)  # dsp.result: UNCERTAIN_QUALITY
# In the state: sum of the baseline since its latest slot, and how many values it has; its next slot and how many are
# filled; the slice that is next (0: none); whether the ECG has a part in the answer; how much its rate stands out.
_SUM = const(0)
_SUMMED = const(1)
NEXT_SLOT = const(2)
_FILLED = const(3)
_SLICE = const(4)
_WITH_HEART = const(5)
_OUTSTANDING = const(6)
_STATE = const(7)


class Respiration:
    """Takes the baseline of every value and the upstroke of every pulse; answers every 4 s, eight values later.

    `heart` is what the ECG's chain writes; `rate` the latest answer, 0.1/min.
    """

    def __init__(self, heart: "BreathSeries") -> None:
        self._heart = heart
        self._pulses = BreathSeries(_SERIES, 1)
        self._spectra = bytearray(STRIDE * (_SPECTRA - 1) + _SPECTRUM_END)
        self._scores = array("i", bytes(4 * (_FIRST_RATE + _RATES)))
        self._probabilities = array("i", bytes(4 * (_RATES + 2 * _BORDER)))
        self._out = array("i", bytes(4 * 5))
        self._state = array("i", bytes(4 * _STATE))
        self.rate = Measure()
        self.begin()

    def begin(self) -> None:
        """Forget what was: the signal begins."""
        for i in range(_STATE):
            self._state[i] = 0
        self._pulses.restart()
        self._forget(REASON_WARMING_UP)

    def interrupt(self) -> None:
        """Pulses are missing, or none of them can be trusted: their series begin anew."""
        self._pulses.restart()

    def _forget(self, reason: int) -> None:
        """There is no answer, and every rate is as likely as any other."""
        self.rate.refuse(reason)
        self._out[4] = self._state[_OUTSTANDING] = 0
        for i in range(_RATES):
            self._probabilities[_BORDER + i] = _EQUAL

    @micropython.native
    def add(self, baseline: int) -> None:
        """Take the baseline of a value, 25 a second."""
        state = self._state
        state[_SUM] += baseline
        state[_SUMMED] += 1
        if state[_SUMMED] == _FOLD:
            index = state[NEXT_SLOT]
            self._pulses.rings[BASELINE * SLOTS + index] = state[_SUM] // _FOLD
            state[_SUM] = state[_SUMMED] = 0
            state[NEXT_SLOT] = (index + 1) % SLOTS
            if state[_FILLED] < SLOTS:
                state[_FILLED] += 1
        if state[_SLICE]:
            self._run_slice(state[_SLICE])

    @micropython.native
    def add_pulse(
        self, relative: "array[int]", position: int, sign: int, interval: int, rise: int, following: int
    ) -> None:
        """Take a pulse whose upstroke is at `position` of `relative` (`pulse_levels`), and so far it rose.

        `interval` and `following` are the times to the one before and to the next one, Q8 samples.
        """
        values = self._pulses.values
        pulse_levels(relative, position, following, sign, values)
        amplitude = values[1] - values[0]
        values[2] = amplitude if amplitude < _MOST else _MOST
        values[3] = min(interval >> _INTERVAL_SHIFT, _MOST)
        values[4] = min(rise >> _RISE_SHIFT, _MOST)
        self._pulses.add(max(interval * _MS_Q7 >> 7, 1))

    def begin_window(self) -> None:
        """Answer for the 32 s that end now: every second until there is an answer, then every 4 s."""
        state = self._state
        pulses = self._pulses
        beats = pulses.look()
        state[_WITH_HEART] = self._heart.look()
        if not beats or state[_FILLED] < SLOTS:
            if self.rate.reason != REASON_WARMING_UP:
                self._forget(REASON_TOO_FEW_BEATS)
            return
        index = pulses.state[INDEX]
        for first in range(0, BASELINE, 2):
            self._transform(pulses, first, index, state[NEXT_SLOT] if first == BASELINE - 1 else index, STRIDE * first)
        if state[_WITH_HEART]:
            index = self._heart.state[INDEX]
            self._transform(self._heart, 0, index, index, STRIDE * (BASELINE + 1))
        state[_SLICE] = 1

    def _run_slice(self, number: int) -> None:
        state = self._state
        state[_SLICE] = number + 1
        if number < _HEART_SLICE:
            self._score(PULSES, (number - 1) * _IN_SLICE, _IN_SLICE, 0)
        elif number < _SLICES:
            if state[_WITH_HEART]:
                self._score(HEART, (number - _HEART_SLICE) * _IN_HEART_SLICE, _IN_HEART_SLICE, 1)
        else:
            state[_SLICE] = 0
            follow_rate(self._scores, _FIRST_RATE, _RATES, GAIN, FOLLOW, self._probabilities, self._out)
            self._answer()

    @works_in("SIGNAL", "SHAPE")
    def _transform(self, series: "BreathSeries", first: int, first_index: int, second_index: int, at: int) -> None:
        """The spectra of two neighbouring rings, from `at` on."""
        window_breaths(series.rings, first, first_index, first + 1, second_index, HALF_WINDOW, WORDS)
        transform(WORDS, SINES)
        split_powers(WORDS)
        log_spectrum(WORDS, 0, 0, self._spectra, at)
        log_spectrum(WORDS, 1, 0, self._spectra, at + STRIDE)

    @works_in("SIGNAL")
    def _score(self, network: bytes, first: int, n: int, keep: int) -> None:
        n = min(n, _RATES - first)
        score_rates(self._spectra, _FIRST_RATE + first, n, network, SIGNAL, keep, self._scores)

    def is_mirrored(self, pulse_x10: int) -> bool:
        """Do pulses of this rate (0.1/min) sample the answer, and more of the baseline moves at what they mirror?"""
        value = self.rate.value
        if value is None:
            return False
        mirrored = pulse_x10 - value
        if mirrored > _MAX_RATE_X10:
            return False
        at = STRIDE * BASELINE
        return self._spectra[at + _bin_of(mirrored)] > self._spectra[at + _bin_of(value)]

    def _answer(self) -> None:
        """The rate in 0.1/min, 6 to 40/min, or the reason."""
        out = self._out
        rate = (_FIRST_RATE * 256 + out[0]) * _RATE_X10 // _BINS_Q8
        trust = out[1]
        state = self._state
        spectra = self._spectra
        # how much higher the bin of the rate is in any series than those 6 and 9 beside it, beyond what a breath that
        # wanders by 20 % widens; under the 11th bin there are no 9 that have been measured
        most = 0
        first = _bin_of(rate)
        below = -9 if first > 10 else 9
        for at in range(first, STRIDE * (_SPECTRA if state[_WITH_HEART] else BASELINE + 1), STRIDE):
            beside = spectra[at - 6] + spectra[at + 6] + spectra[at + below] + spectra[at + 9]
            most = max(most, 4 * spectra[at] - beside)
        known = state[_OUTSTANDING] or most >> 1  # one window alone shows nothing
        state[_OUTSTANDING] = known + (most - known >> _NEW_SHIFT)
        if not _MIN_RATE_X10 <= rate <= _MAX_RATE_X10:
            self.rate.refuse(REASON_OUT_OF_RANGE)
        elif trust < TRUSTED:
            self.rate.refuse(REASON_UNCERTAIN)
        else:
            self.rate.set(rate, trust, 0, respiration_u95(trust))
            if state[_OUTSTANDING] <= _STANDS_OUT_Q2:
                self.rate.quality = min(trust, _UNCERTAIN_QUALITY)
                self.rate.reason = REASON_UNCERTAIN


def _bin_of(rate_x10: int) -> int:
    """The bin of a rate (0.1/min)."""
    return (rate_x10 * 512 + _RATE_X10 // 2) // _RATE_X10
