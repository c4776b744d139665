"""Fiducials of a beat by classical means; made to be replaced by a network behind the same class."""

from array import array

from micropython import const

from ..kernels import extremum, likeliest_hump, quiet_edge, smooth_part, steepest, steepness, tallest, wave_edge
from .ecg_template import BEFORE, LENGTH
from .fixed import isqrt
from .scratch import SHAPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .result import Beat

#: QRS: slope bars as parts (of 256) of the steepest slope, samples of calm that end it, farthest reach from R.
_QRS_ON_PART = const(8)
_QRS_OFF_PART = const(11)
_QRS_CALM = const(2)
_QRS_REACH = const(28)
#: Least size (twice the height, µV) of a P and a T wave.
_P_LEAST = const(40)
_T_LEAST = const(36)
#: T peaks between these parts (of 256) of sqrt(RR) after R (Bazett's scaling).
_T_EARLIEST = const(44)
_T_LATEST = const(118)
#: Where it usually peaks, and how far from there its size counts for nothing, in the same parts.
_T_USUAL = const(72)
_T_BREADTH = const(100)
#: Samples from the steepest point of a wave's edge to where it has surely levelled out.
_T_OFF_SPAN = const(24)
_P_SPAN = const(13)
_P_HALF = const(12)
_T_HALF = const(20)


def hump(source: "array[int]", i: int, reach: int) -> int:
    """Twice how far `source[i]` stands over the line between its neighbours `reach` away."""
    return 2 * source[i] - source[i - reach] - source[i + reach]


class Delineator:
    """Finds the waves in a beat's vector (µV, R at `BEFORE`); results are indices into it, -1 where absent.

    `SHAPE` is the slopes, then the beat smoothed for one wave after the other.
    """

    def __init__(self) -> None:
        self.qrs_on = -1
        self.qrs_off = -1
        self.p_on = -1
        self.p_peak = -1
        self.p_off = -1
        self.t_on = -1
        self.t_peak = -1
        self.t_off = -1
        self.p_size = 0

    def find(self, beat: "array[int]", first: int, last: int, rr: int) -> None:
        """Find all waves; P not before `first`, T not after `last`; `rr` in samples says where T may peak."""
        self._find_qrs(beat)
        # the QRS complex must not lean into its neighbours: its foot is held through it
        smooth_part(beat, LENGTH, self.qrs_off, LENGTH - 1, 4, SHAPE)
        self._find_t(min(last, LENGTH - _T_HALF - 1), isqrt(rr * 250))
        smooth_part(beat, LENGTH, 0, self.qrs_on, 2, SHAPE)
        self._find_p(max(first, _P_HALF))

    def _find_qrs(self, beat: "array[int]") -> None:
        slope = SHAPE
        steepness(beat, LENGTH, slope)
        top = tallest(slope, BEFORE - 15, BEFORE + 15)
        half = top * 2 // 5
        left = BEFORE - 15
        while slope[left] < half:
            left += 1
        right = BEFORE + 15
        while slope[right] < half:
            right -= 1
        left = min(left, BEFORE)
        right = max(right, BEFORE)
        self.qrs_on = quiet_edge(slope, left, BEFORE - _QRS_REACH, top * _QRS_ON_PART >> 8, _QRS_CALM)
        self.qrs_off = quiet_edge(slope, right, BEFORE + _QRS_REACH + 8, top * _QRS_OFF_PART >> 8, _QRS_CALM)

    def _find_t(self, last: int, pace: int) -> None:
        self.t_on = self.t_peak = self.t_off = -1
        broad = SHAPE
        first = max(self.qrs_off + 12, BEFORE + (pace * _T_EARLIEST >> 8))
        latest = min(last - 10, BEFORE + (pace * _T_LATEST >> 8))
        if latest - first < 10:
            return
        middle = BEFORE + (pace * _T_USUAL >> 8)
        peak = likeliest_hump(broad, first, latest, _T_HALF, middle, pace * _T_BREADTH >> 8)
        size = hump(broad, peak, _T_HALF)
        if abs(size) < _T_LEAST:
            return
        sign = 1 if size > 0 else -1
        peak = extremum(broad, max(first, peak - 8), min(last, peak + 8), sign)
        far = min(last + 10, peak + 60, LENGTH - 2)
        steep = steepest(broad, peak, min(peak + 30, far), 1, sign)
        self.t_off = wave_edge(broad, steep, min(steep + _T_OFF_SPAN, far), sign)
        steep = steepest(broad, peak, max(peak - 30, first), -1, sign)
        self.t_on = wave_edge(broad, steep, max(steep - 25, self.qrs_off), sign)
        self.t_peak = peak

    def _find_p(self, first: int) -> None:
        self.p_on = self.p_peak = self.p_off = -1
        self.p_size = 0
        fine = SHAPE
        last = self.qrs_on - 6
        if last - first < 8:
            return
        peak = likeliest_hump(fine, first, last, _P_HALF, 0, 0)
        size = hump(fine, peak, _P_HALF)
        if abs(size) < _P_LEAST:
            return
        sign = 1 if size > 0 else -1
        self.p_size = size
        peak = extremum(fine, max(first, peak - 5), min(last, peak + 5), sign)
        far = max(first - 8, peak - 30, 1)
        steep = steepest(fine, peak, max(peak - 15, far), -1, sign)
        self.p_on = wave_edge(fine, steep, max(steep - _P_SPAN, far), sign)
        steep = steepest(fine, peak, min(peak + 15, self.qrs_on - 1), 1, sign)
        self.p_off = wave_edge(fine, steep, min(steep + _P_SPAN, self.qrs_on - 1), sign)
        self.p_peak = peak

    def keep_within(self, begin: int, end: int) -> None:
        """Drop waves that reach out of the signal, which lasts from `begin` to before `end`."""
        if self.p_on < begin:
            self.p_peak = -1
        if self.t_off >= end:
            self.t_peak = -1
        self.qrs_on = max(self.qrs_on, begin)
        self.qrs_off = min(self.qrs_off, end - 1)

    def write(self, beat: "Beat") -> None:
        """Put what was found into `beat`, whose `r` is set."""
        zero = beat.r - BEFORE
        beat.qrs_on = zero + self.qrs_on
        beat.qrs_off = zero + self.qrs_off
        beat.p_on = zero + self.p_on if self.p_peak >= 0 else None
        beat.p_peak = zero + self.p_peak if self.p_peak >= 0 else None
        beat.p_off = zero + self.p_off if self.p_peak >= 0 else None
        beat.t_on = zero + self.t_on if self.t_peak >= 0 else None
        beat.t_peak = zero + self.t_peak if self.t_peak >= 0 else None
        beat.t_off = zero + self.t_off if self.t_peak >= 0 else None
