"""Edges of P, QRS and T of a representative beat, from the output of the network ecg_delineator."""

from array import array

import micropython
from micropython import const

from ...kernels import (
    argmax,
    copy_words,
    delineator_features,
    farthest_from_chord,
    mean_probabilities,
    threshold_crossing,
)
from ..scratch import SHAPE
from .beat_vector import BEFORE, LENGTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .arena import Arena

    class EcgDelineatorNetwork(Protocol):
        """For each position of the beat in `input` (int8, `FEATURES`): in which wave does it lie?"""

        input: memoryview

        @property
        def arena(self) -> Arena:
            """Acquired before `input` is written, released after the output was read."""

        def run_slice(self, index: int, count: int) -> None:
            """Run one of `count` slices."""

        def output(self) -> memoryview:
            """Int8, `OUTPUTS`: position by position the probabilities of P, QRS and T, 1/256 each from -128 up."""


#: Positions are of two samples; of each the network sees a coarse and a fine value.
POSITIONS = const(128)
FEATURES = const(512)
OUTPUTS = const(384)
_P = const(0)
_QRS = const(1)
_T = const(2)
#: The latest output has this part of the weight in the mean, once there are so many.
_MEAN_RUNS = const(3)
#: Probabilities (Q8) at a wave's edge, and minimum at the maximum of a wave that is there.
_EDGE_Q8 = const(128)
_MIN_WAVE_Q8 = const(128)
#: The width of the transition between these probabilities (Q8) is the uncertainty of an edge.
_INSIDE_Q8 = const(192)
_OUTSIDE_Q8 = const(64)
#: Uncertainty (samples, Q3) of an edge that has no such transition.
_UNKNOWN_Q3 = const(1024)
#: Positions about R among which the QRS complex is looked for; of R, and in Q3 samples of one.
_R_REACH = const(6)
_R_POSITION = const(48)
_POSITION_Q3 = const(16)

#: Samples that a P by itself keeps from what is before and behind it (8 ms).
_REST_SAMPLES = const(2)

_R = const(96)  # dsp.ecg.beat_vector: BEFORE
#: T is shown earlier where its end (samples Q3) lies 440 ms and more behind R, or is this uncertain.
_LATE_Q3 = const(8 * (_R + 110))
_UNCERTAIN_Q3 = const(64)
#: Samples behind R (88 ms) and the complex from which on level signal is left out, even: what a position has.
_LEVEL_FROM = const(_R + 22)
_BEHIND_QRS = const(4)
#: Where its top comes then (300 ms behind R), the most that is left out, and what T takes at least.
_USUAL_TOP = const(_R + 75)
_MOST_LEFT_OUT = const(60)
_T_SAMPLES = const(30)
#: Samples from P to R (200 ms) where there is no P.
_NO_PR_SAMPLES = const(50)

#: Indices in `Delineation.fiducials_q3`.
P_ON = const(0)
P_PEAK = const(1)
P_OFF = const(2)
QRS_ON = const(3)
QRS_OFF = const(4)
T_ON = const(5)
T_PEAK = const(6)
T_OFF = const(7)
_FIDUCIALS = const(8)
#: Indices in `Delineation.uncertainty_q3`.
UNCERTAINTY_P = const(0)
UNCERTAINTY_QRS_ON = const(1)
UNCERTAINTY_QRS_OFF = const(2)
UNCERTAINTY_T = const(3)
_UNCERTAINTIES = const(4)
#: Indices in `Delineation.probability_q8`.
PROBABILITY_P = const(0)
PROBABILITY_QRS = const(1)
PROBABILITY_T = const(2)


def write_input(network: "EcgDelineatorNetwork", beat: "array[int]", begin: int, seam: int = 0, late: int = 0) -> None:
    """Write the features of `beat` (µV with `SHIFT` fractional bits, R at `BEFORE`) into the network's input.

    What lies before index `begin` is the beat before: the level at `begin` is put there, in a copy in `SHAPE`; there
    `late` samples from `seam` on are left out.
    """
    if begin > 0 or late:
        copy_words(SHAPE, 0, beat, 0, LENGTH)
        for i in range(begin):
            SHAPE[i] = SHAPE[begin]
        if late:
            copy_words(SHAPE, seam, SHAPE, seam + late, LENGTH - seam - late)
            for i in range(LENGTH - late, LENGTH):
                SHAPE[i] = SHAPE[LENGTH - 1]
        beat = SHAPE
    delineator_features(beat, BEFORE, LENGTH, network.input)


@micropython.native
def _put_back(output: memoryview, seam: int, late: int) -> None:
    """Move what `output` says behind `seam` to where it is in a beat of which `late` samples were left out there."""
    first = 3 * (seam >> 1)
    shift = 3 * (late >> 1)
    for i in range(OUTPUTS - 1, first + shift - 1, -1):
        output[i] = output[i - shift]
    for i in range(first + shift - 1, first - 1, -1):
        output[i] = output[i + 3]


def is_clear_p(beat: "array[int]", fiducials_q3: "array[int]", begin: int) -> bool:
    """Is P of `beat` a wave by itself, which comes after index `begin` and from and back to one level?

    A wave of flutter goes on: its ends differ by more than 0.4 of its height, or it does not rest at 0.3 before the
    complex.
    """
    on = fiducials_q3[P_ON] >> 3
    off = fiducials_q3[P_OFF] >> 3
    qrs = fiducials_q3[QRS_ON] >> 3
    if on - begin < _REST_SAMPLES or off + _REST_SAMPLES > qrs:
        return False
    foot = _level(beat, on)
    end = _level(beat, off)
    twice_height = abs(2 * _level(beat, fiducials_q3[P_PEAK] >> 3) - foot - end)
    fall = _level(beat, off + _REST_SAMPLES) - _level(beat, qrs - _REST_SAMPLES)
    return 5 * abs(foot - end) <= twice_height and 20 * abs(fall) <= 3 * twice_height


def _level(beat: "array[int]", i: int) -> int:
    return beat[i - 1] + beat[i] + beat[i + 1]


class Delineation:
    """Fiducials of one representative beat, from the mean of the network's latest outputs about it.

    An edge lies where the probability of being in the wave is one half: as often too early as too late, which is
    where the mean absolute error is smallest.
    """

    def __init__(self) -> None:
        #: Samples from the first of the beat's vector, Q3; -1 where absent.
        self.fiducials_q3 = array("h", [-1] * _FIDUCIALS)
        #: Maximum probability of each wave, 0 to 255.
        self.probability_q8 = array("h", [0] * 3)
        #: Width of the transition at each onset or offset that an interval ends at, of T by its tail, samples Q3.
        self.uncertainty_q3 = array("h", [0] * _UNCERTAINTIES)
        self._mean = bytearray(OUTPUTS)
        #: Outputs since `forget`.
        self.runs = 0

    def forget(self) -> None:
        """Know nothing."""
        self.runs = 0
        for i in range(_FIDUCIALS):
            self.fiducials_q3[i] = -1

    def seam(self) -> int:
        """Index in the vector from which on a `late_by` of level signal is left out."""
        return max(_LEVEL_FROM, (self.fiducials_q3[QRS_OFF] >> 3) + _BEHIND_QRS) & -2

    @micropython.native
    def late_by(self, beat: "array[int]", rr: int) -> int:
        """Samples (even) of level signal that are to be left out before T of `beat`, `rr` samples after the last one.

        The network seldom learned of a QT over 480 ms, and is not sure of its end. With T where it usually is, it is.
        0 where T is not late by what was found of it, is no clear wave, or ends so late that it may be the next P.
        """
        fiducials = self.fiducials_q3
        suspected = self.uncertainty_q3[UNCERTAINTY_T] >= _UNCERTAIN_Q3 or fiducials[T_OFF] >= _LATE_Q3
        if not self.runs or fiducials[QRS_OFF] < 0 or not suspected:
            return 0
        seam = self.seam()
        end = (fiducials[P_ON] >> 3 if fiducials[P_ON] >= 0 else BEFORE - _NO_PR_SAMPLES) + rr - _REST_SAMPLES
        end = min(end, LENGTH - 1)
        if end < seam + _T_SAMPLES:
            return 0
        top = farthest_from_chord(beat, seam, end)
        late = min(top - _USUAL_TOP, _MOST_LEFT_OUT) & -2
        if late <= 0 or 32 * (top - BEFORE) > 19 * rr:
            return 0
        low = high = beat[seam]
        for i in range(seam + 1, seam + late + 1):
            low = min(low, beat[i])
            high = max(high, beat[i])
        height = abs(beat[top] - beat[seam] - (beat[end] - beat[seam]) * (top - seam) // (end - seam))
        return late if 4 * (high - low) <= height else 0

    def update(self, output: memoryview, beat: "array[int]", begin: int = 0, late: int = 0) -> None:
        """Find the fiducials anew, now that there is this `output` about `beat`.

        It saw what `begin` left, without `late` samples from `seam` on.
        """
        if late:
            _put_back(output, self.seam(), late)
        self.runs += 1
        mean_probabilities(output, min(self.runs, _MEAN_RUNS), OUTPUTS, self._mean)
        fiducials = self.fiducials_q3
        for i in range(_FIDUCIALS):
            fiducials[i] = -1
        if self._find_qrs():
            peak = self._find(_P, P_ON, 0, fiducials[QRS_ON] // _POSITION_Q3, beat)
            self.uncertainty_q3[UNCERTAINTY_P] = self._transition(_P, peak, 0)
            if begin > 0 and fiducials[P_ON] >= 0 and not is_clear_p(beat, fiducials, begin):
                fiducials[P_ON] = fiducials[P_PEAK] = fiducials[P_OFF] = -1
            self._find(_T, T_ON, fiducials[QRS_OFF] // _POSITION_Q3, POSITIONS - 1, beat)
            self.uncertainty_q3[UNCERTAINTY_T] = self._tail(_T, fiducials[T_OFF])

    def _find_qrs(self) -> bool:
        """Edges of the complex about R; False where there is none."""
        mean = self._mean
        peak = argmax(mean, _QRS, _R_POSITION - _R_REACH, _R_POSITION + _R_REACH)
        self.probability_q8[PROBABILITY_QRS] = mean[3 * peak + _QRS]
        if self.probability_q8[PROBABILITY_QRS] < _MIN_WAVE_Q8:
            return False
        on = threshold_crossing(mean, _QRS, peak, 0, _EDGE_Q8)
        off = threshold_crossing(mean, _QRS, peak, POSITIONS - 1, _EDGE_Q8)
        if on < 0 or off < 0:
            return False
        self.fiducials_q3[QRS_ON] = on
        self.fiducials_q3[QRS_OFF] = off
        self.uncertainty_q3[UNCERTAINTY_QRS_ON] = self._transition(_QRS, peak, 0)
        self.uncertainty_q3[UNCERTAINTY_QRS_OFF] = self._transition(_QRS, peak, POSITIONS - 1)
        return True

    def _find(self, wave: int, index: int, first: int, last: int, beat: "array[int]") -> int:
        """Onset, peak and offset, from `index` on, of the `wave` that is likeliest within positions `first` to `last`.

        Returns the position of its maximum probability.
        """
        mean = self._mean
        peak = argmax(mean, wave, first, last)
        self.probability_q8[wave] = mean[3 * peak + wave]
        if self.probability_q8[wave] >= _MIN_WAVE_Q8:
            on = threshold_crossing(mean, wave, peak, 0, _EDGE_Q8)
            off = threshold_crossing(mean, wave, peak, POSITIONS - 1, _EDGE_Q8)
            if on >= 0 and off >= 0:
                self.fiducials_q3[index] = on
                top = farthest_from_chord(beat, on >> 3, off >> 3) << 3
                # whole samples: the first may lie before the onset
                self.fiducials_q3[index + 1] = max(on, min(top, off))
                self.fiducials_q3[index + 2] = off
        return peak

    def _transition(self, wave: int, peak: int, end: int) -> int:
        """Samples (Q3) that the probability takes to fall from `_INSIDE_Q8` to `_OUTSIDE_Q8`, from `peak` to `end`."""
        near = threshold_crossing(self._mean, wave, peak, end, _INSIDE_Q8)
        far = threshold_crossing(self._mean, wave, peak, end, _OUTSIDE_Q8)
        return _UNKNOWN_Q3 if near < 0 or far < 0 else abs(far - near)

    def _tail(self, wave: int, offset_q3: int) -> int:
        """Samples (Q3) of the transition that would leave as much probability behind an offset; unknown without one.

        A second part of a T wave, a U wave, or an end that nobody is sure of goes on at less than the edge's
        probability for long. A straight transition leaves a quarter of its width.
        """
        if offset_q3 < 0:
            return _UNKNOWN_Q3
        mean = self._mean
        total = 0
        for i in range(3 * (offset_q3 // _POSITION_Q3 + 1) + wave, OUTPUTS, 3):
            total += mean[i]
        return 4 * _POSITION_Q3 * total >> 8
