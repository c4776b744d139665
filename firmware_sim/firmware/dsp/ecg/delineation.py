"""What the delineation network sees of a representative beat, and where its answer puts the edges of the waves."""

from array import array

from micropython import const

from ...kernels import argmax, delineator_features, farthest_from_chord, mean_probabilities, threshold_crossing
from .beat_vector import BEFORE, LENGTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class WaveNetwork(Protocol):
        """Tells for each position of the beat written to `input` (int8, `FEATURES`) in which wave it lies."""

        input: memoryview

        def run_slice(self, index: int, count: int) -> None:
            """Run one of `count` slices of the work."""

        def output(self) -> memoryview:
            """Int8, `ANSWERS`: position by position the probabilities of P, QRS and T, 1/256 each from -128 up."""


#: Positions are of two samples; of each the network sees a coarse and a fine value.
POSITIONS = const(128)
FEATURES = const(512)
ANSWERS = const(384)
_P = const(0)
_QRS = const(1)
_T = const(2)
#: The latest answer counts for one part in so many.
_RUNS = const(3)
#: Probability (of 256) at a wave's edge, and least at the top of a wave that is there.
_EDGE = const(128)
_LEAST = const(128)
#: Between these probabilities an edge may lie: how far they are apart tells how vague it is.
_SURELY = const(192)
_HARDLY = const(64)
#: Vagueness of an edge that the network is sure of on no side (eighths of a sample).
_VAGUE = const(1024)
#: Edges are told in eighths of a sample from the first of the beat's vector.
EIGHTHS = const(8)
#: Positions about R among which the QRS complex is looked for.
_R_REACH = const(6)
_R_AT = const(48)

#: Places in `Waves.at`; -1 where absent.
P_ON = const(0)
P_PEAK = const(1)
P_OFF = const(2)
QRS_ON = const(3)
QRS_OFF = const(4)
T_ON = const(5)
T_PEAK = const(6)
T_OFF = const(7)
_PLACES = const(8)
#: Places in `Waves.vague`: how far apart the likely places of an onset or offset are, in eighths of a sample.
VAGUE_P = const(0)
VAGUE_QRS_ON = const(1)
VAGUE_QRS_OFF = const(2)
VAGUE_T = const(3)
_VAGUES = const(4)
#: Places in `Waves.sure`: probability (0 to 255) at the top of each wave.
SURE_P = const(0)
SURE_QRS = const(1)
SURE_T = const(2)


def ask(network: "WaveNetwork", beat: "array[int]") -> None:
    """Write what `network` is to see of `beat` (µV with `SHIFT` fractional bits, R at `BEFORE`)."""
    delineator_features(beat, BEFORE, LENGTH, network.input)


class Waves:
    """Edges of the waves of one representative beat, from the mean of the network's latest answers about it.

    An edge lies where the probability of being in the wave is one half: as often too early as too late, which is
    where the mean absolute error is least.
    """

    def __init__(self) -> None:
        self.at = array("h", [-1] * _PLACES)
        self.sure = array("h", [0] * 3)
        self.vague = array("h", [0] * _VAGUES)
        self._mean = bytearray(ANSWERS)
        #: Runs since `forget`.
        self.runs = 0

    def forget(self) -> None:
        """Know nothing."""
        self.runs = 0
        for i in range(_PLACES):
            self.at[i] = -1

    def hear(self, answer: memoryview, beat: "array[int]") -> None:
        """Tell the edges anew, now that there is this answer about `beat`."""
        self.runs += 1
        mean_probabilities(answer, min(self.runs, _RUNS), ANSWERS, self._mean)
        for i in range(_PLACES):
            self.at[i] = -1
        if self._find_qrs():
            top = self._find(_P, P_ON, 0, self.at[QRS_ON] // (2 * EIGHTHS), beat)
            self.vague[VAGUE_P] = self._vagueness(_P, top, 0)
            top = self._find(_T, T_ON, self.at[QRS_OFF] // (2 * EIGHTHS), POSITIONS - 1, beat)
            self.vague[VAGUE_T] = self._vagueness(_T, top, POSITIONS - 1)

    def _find_qrs(self) -> bool:
        """Edges of the complex about R; False where there is none."""
        mean = self._mean
        top = argmax(mean, _QRS, _R_AT - _R_REACH, _R_AT + _R_REACH)
        self.sure[SURE_QRS] = mean[3 * top + _QRS]
        if self.sure[SURE_QRS] < _LEAST:
            return False
        on = threshold_crossing(mean, _QRS, top, 0, _EDGE)
        off = threshold_crossing(mean, _QRS, top, POSITIONS - 1, _EDGE)
        if on < 0 or off < 0:
            return False
        self.at[QRS_ON] = on
        self.at[QRS_OFF] = off
        self.vague[VAGUE_QRS_ON] = self._vagueness(_QRS, top, 0)
        self.vague[VAGUE_QRS_OFF] = self._vagueness(_QRS, top, POSITIONS - 1)
        return True

    def _find(self, wave: int, place: int, first: int, last: int, beat: "array[int]") -> int:
        """Onset, peak and offset of the likeliest `wave` with its top at positions `first` to `last`; that position."""
        mean = self._mean
        top = argmax(mean, wave, first, last)
        self.sure[wave] = mean[3 * top + wave]
        if self.sure[wave] >= _LEAST:
            on = threshold_crossing(mean, wave, top, 0, _EDGE)
            off = threshold_crossing(mean, wave, top, POSITIONS - 1, _EDGE)
            if on >= 0 and off >= 0:
                self.at[place] = on
                self.at[place + 1] = farthest_from_chord(beat, on // EIGHTHS, off // EIGHTHS) * EIGHTHS
                self.at[place + 2] = off
        return top

    def _vagueness(self, wave: int, top: int, end: int) -> int:
        """How far it takes the probability to fall from `_SURELY` to `_HARDLY`, from position `top` towards `end`."""
        near = threshold_crossing(self._mean, wave, top, end, _SURELY)
        far = threshold_crossing(self._mean, wave, top, end, _HARDLY)
        return _VAGUE if near < 0 or far < 0 else abs(far - near)
