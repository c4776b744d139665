"""The pulse rate while the wearer moves: what of the light is not the movement, by a network over spectra (25 Hz).

The network and what it does on people it never saw: models/pulse_motion.
"""

from array import array

import micropython
from micropython import const

from ...kernels import (
    add_powers,
    cancel_motion,
    follow_rate,
    keep_powers,
    log_spectrum,
    score_rates,
    split_powers,
    transform,
    window_pair,
)
from ..acceleration import KEPT
from ..scratch import SIGNAL, WORDS
from ..scratch_use import works_in
from .pulse_motion_gen import GAIN, HALF_WINDOW, NETWORK, NO_PULSE, PRESENCE, PRESENCE_GAIN, SINES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..acceleration import Acceleration

#: The fewest values with acceleration before the end of a window (of 200: 8 s).
_MIN_VALUES = const(180)
#: Parts of an answer, one a value after the end of the window.
_SLICES = const(9)
_RING = const(256)
_STATE = const(36)
#: Rings of light, axes and residual.
_LIGHT = const(0)
_X = const(1)
_Y = const(2)
_Z = const(3)
_RESIDUAL = const(4)
_NONE = const(-1)
#: Bytes of a spectrum; where those of light, residual and motion begin.
_SPECTRUM = const(152)
_OF_RESIDUAL = const(152)
_OF_MOTION = const(304)
#: Least mean power of acceleration (64ths) that is motion.
_LEAST_MOTION = const(64)
#: Rates are bins of 512ths of 25 Hz: the first, how many, and how many are scored in a slice; bins beside them are 0.
_FIRST_RATE = const(14)
_RATES = const(61)
_IN_SLICE = const(13)
_FIRST_SCORING = const(4)
_BORDER = const(3)
#: Probability of each rate where nothing is known, and around a rate that is, by bins from it.
_EQUAL = const(1 << 16)
_KNOWN = (1 << 22, 1 << 20, 1 << 18)
_UNLIKELY = const(1 << 10)
#: A rate keeps 96/256 of its probability in 2 s; the answer is a mean of 2 bins to either side of the likeliest (6
#: bpm), its probability that within 5 bpm (437 Q8 bins); half a step of the mean change leads it. See `follow_rate`.
FOLLOW = b"\x60\x2e\x16\x0c\x10\x02\xb5\x01\x26"
#: 0.1/min of Q8 bins: 25 Hz * 600 / 512, over 256.
_BPM_X10 = const(25 * 600)
_BINS_Q8 = const(512 * 256)
#: Evidence that the light has a pulse at all, Q8 bits: where nothing is known, the most and the least of it, that of a
#: window at most, and what is added to each, for a pulse that steps hide has less than none by its window alone. Up to
#: 0 a rate is in doubt, under the last there is none.
_UNKNOWN = const(-3 << 8)
_MOST_EVIDENCE = const(30 << 8)
_LEAST_EVIDENCE = const(-20 << 8)
_OF_A_WINDOW = const(3 << 8)
_HIDDEN_PULSE = const(1 << 7)
_NONE_EVIDENCE = const(-18 << 8)
#: Half bins from a harmonic of steps or strides that are still it.
_BESIDE_STEPS = const(3)
# In what the filter gives: whether there was a rate before.
_FOLLOWED = const(4)
# In the progress: values taken, number of the next acceleration, values in a row that had one, the slice that is next
# (0: none), number after the last value of the window, whether the answer is of the latest window, and the evidence
# that there is a pulse.
_NUMBER = const(0)
_NEXT = const(1)
_WITH_MOTION = const(2)
_SLICE = const(3)
_END = const(4)
_ANSWERED = const(5)
_EVIDENCE = const(6)


class MotionTracker:
    """Takes every value of the light, and a window of 8 s when it is told to; the answer is there 9 values later.

    `acceleration` is what the motion sensor's chain writes.
    """

    def __init__(self, acceleration: "Acceleration") -> None:
        self._acceleration = acceleration
        self._values = array("i", bytes(4 * 4))
        self._rings = array("h", bytes(2 * 5 * _RING))
        self._filter = array("i", bytes(4 * _STATE))
        self._spectra = bytearray(3 * _SPECTRUM)
        self._scores = array("i", bytes(4 * (_FIRST_RATE + _RATES)))
        self._probabilities = array("i", bytes(4 * (_RATES + 2 * _BORDER)))
        self._out = array("i", bytes(4 * 5))
        self._progress = array("i", bytes(4 * 7))
        self.restart()

    def restart(self) -> None:
        """Begin anew with value 0, at any rate."""
        progress = self._progress
        for i in range(len(progress)):
            progress[i] = 0
        for i in range(len(self._rings)):
            self._rings[i] = 0
        self.forget()

    def forget(self) -> None:
        """There is no answer, and every rate is as likely as any other."""
        self._progress[_ANSWERED] = 0
        self._progress[_EVIDENCE] = _UNKNOWN
        self._out[_FOLLOWED] = 0
        for i in range(_RATES):
            self._probabilities[_BORDER + i] = _EQUAL

    def expect(self, rate_x10: int) -> None:
        """There is no answer, and the rate of the pulse is about `rate_x10` (0.1/min)."""
        self._progress[_ANSWERED] = 0
        self._progress[_EVIDENCE] = _MOST_EVIDENCE
        self._out[_FOLLOWED] = 0
        middle = rounded_bin(rate_x10)
        for i in range(_RATES):
            beside = abs(i - middle)
            self._probabilities[_BORDER + i] = _KNOWN[beside] if beside < len(_KNOWN) else _UNLIKELY

    @property
    def busy(self) -> bool:
        """Is the answer for the latest window still to come?"""
        return self._progress[_SLICE] > 0

    @property
    def rate_x10(self) -> int:
        """The latest answer, 0.1/min."""
        return (_FIRST_RATE * 256 + self._out[0]) * _BPM_X10 // _BINS_Q8

    @property
    def trust(self) -> int:
        """Probability in percent that the latest answer is right within 5/min; 0 where there is none."""
        return self._out[1] if self._progress[_ANSWERED] and self.knows_motion else 0

    @property
    def pulse_uncertain(self) -> bool:
        """May the light have no pulse, but what movement makes of it?"""
        return self._progress[_EVIDENCE] <= 0

    @property
    def sees_none(self) -> bool:
        """Has the light no pulse, by all windows of late?"""
        return self._progress[_EVIDENCE] < _NONE_EVIDENCE

    @property
    def knows_motion(self) -> bool:
        """Is there the acceleration of the latest window?"""
        return self._progress[_WITH_MOTION] >= _MIN_VALUES

    @micropython.native
    def add(self, light: int, tick_us: int) -> None:
        """Take the next value of the light, `PpgChannel.relative`, that ended at `tick_us` (modulo 2^30)."""
        progress = self._progress
        self._take_acceleration(tick_us)
        values = self._values
        values[0] = light
        cancel_motion(values, progress[_NUMBER], self._rings, self._filter)
        progress[_NUMBER] += 1
        if progress[_SLICE]:
            self._run_slice(progress[_SLICE])

    @micropython.native
    def _take_acceleration(self, tick_us: int) -> None:
        progress = self._progress
        acceleration = self._acceleration
        number = acceleration.at(tick_us, progress[_NEXT])
        if number < 0:
            progress[_WITH_MOTION] = 0
            return
        ring = acceleration.ring
        values = self._values
        at = 3 * (number % KEPT)
        values[1] = ring[at]
        values[2] = ring[at + 1]
        values[3] = ring[at + 2]
        progress[_NEXT] = number + 1
        progress[_WITH_MOTION] += 1

    def begin_window(self) -> None:
        """Answer for the window that ends now, if there is acceleration of it."""
        progress = self._progress
        if self.knows_motion:
            progress[_END] = progress[_NUMBER]
            progress[_SLICE] = 1
        else:
            progress[_ANSWERED] = 0

    def finish(self) -> None:
        """Answer at once."""
        while self._progress[_SLICE]:
            self._run_slice(self._progress[_SLICE])

    def _run_slice(self, number: int) -> None:
        self._progress[_SLICE] = number + 1
        if number == 1:
            self._axes()
        elif number == 2:
            self._last_axis()
        elif number == 3:
            self._lights()
        elif number < _SLICES:
            first = (number - _FIRST_SCORING) * _IN_SLICE
            self._score(NETWORK, first, min(_IN_SLICE, _RATES - first))
        else:
            self._progress[_SLICE] = 0
            follow_rate(self._scores, _FIRST_RATE, _RATES, GAIN, FOLLOW, self._probabilities, self._out)
            self._progress[_ANSWERED] = 1
            self._weigh(min(max(self._out[0] + 128 >> 8, 0), _RATES - 1))

    @works_in("SIGNAL", "SHAPE")
    def _axes(self) -> None:
        self._transform(_X, _Y)
        keep_powers(WORDS, self._spectra, _OF_MOTION)

    @works_in("SIGNAL", "SHAPE")
    def _last_axis(self) -> None:
        self._transform(_Z, _NONE)
        add_powers(WORDS, self._spectra, _OF_MOTION)
        log_spectrum(WORDS, 0, _LEAST_MOTION, self._spectra, _OF_MOTION)

    @works_in("SIGNAL", "SHAPE")
    def _lights(self) -> None:
        self._transform(_LIGHT, _RESIDUAL)
        log_spectrum(WORDS, 0, 0, self._spectra, 0)
        log_spectrum(WORDS, 1, 0, self._spectra, _OF_RESIDUAL)

    @works_in("SIGNAL")
    def _score(self, network: bytes, first: int, n: int) -> None:
        score_rates(self._spectra, _FIRST_RATE + first, n, network, SIGNAL, 0, self._scores)

    def _weigh(self, rate: int) -> None:
        """Take what the latest window says at the bin of the answer for and against a pulse."""
        self._score(PRESENCE, rate, 1)
        found = ((self._scores[_FIRST_RATE + rate] - NO_PULSE) * PRESENCE_GAIN >> 12) + _HIDDEN_PULSE
        if found > 0 and self._is_of_steps(_FIRST_RATE + rate):
            found = 0
        found = self._progress[_EVIDENCE] + min(max(found, -_OF_A_WINDOW), _OF_A_WINDOW)
        self._progress[_EVIDENCE] = min(max(found, _LEAST_EVIDENCE), _MOST_EVIDENCE)

    def _is_of_steps(self, rate: int) -> bool:
        """Is a bin where steps, of which movement has the most, and strides have a harmonic?"""
        spectra = self._spectra
        steps = _FIRST_RATE
        for k in range(_FIRST_RATE, _FIRST_RATE + _RATES):
            if spectra[_OF_MOTION + k] > spectra[_OF_MOTION + steps]:
                steps = k
        beside = 2 * rate % steps
        return min(beside, steps - beside) <= _BESIDE_STEPS

    def _transform(self, first: int, second: int) -> None:
        """Powers of two rings into `WORDS`."""
        window_pair(self._rings, first, second, self._progress[_END], HALF_WINDOW, WORDS)
        transform(WORDS, SINES)
        split_powers(WORDS)


def rounded_bin(rate_x10: int) -> int:
    """Which rate, counted from the first, is nearest to `rate_x10` (0.1/min)."""
    return (rate_x10 * 512 + _BPM_X10 // 2) // _BPM_X10 - _FIRST_RATE
