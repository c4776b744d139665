"""SpO2 by the ratio of ratios."""

from array import array

from micropython import const

from ...kernels import ppg_products
from ...wire_gen import (
    REASON_INCONSISTENT,
    REASON_LOW_PERFUSION,
    REASON_MOTION,
    REASON_NOISE,
    REASON_OUT_OF_RANGE,
    REASON_UNCERTAIN,
)
from ..fixed import isqrt, rounded
from .spo2_curves_gen import CURVES
from .uncertainty import SPO2_MOST_ADDED, spo2_added

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Measure
    from .channel import PpgChannel

_MIN_PERMILLE = const(500)
_MAX_PERMILLE = const(1000)
#: From and up to here a curve misses a saturation of 50 and 100 %.
_UNDERSHOOT_PERMILLE = const(480)
_OVERSHOOT_PERMILLE = const(1020)
#: Correlation (percent) of red with infrared under which the ratio means nothing.
_MIN_CORRELATION = const(80)
#: Red and infrared are one light: parts (a power of two) of its power up to which they differ as waves, with noise of
#: their own, and of their level.
_SAME_WAVE = const(9)
_SAME_LEVEL = const(6)
#: Highest quality while the wearer moves.
_MOVING_QUALITY = const(30)  # dsp.result: UNCERTAIN_QUALITY
#: Perfusion (0.01 %) under which there is none, under which noise is for lack of it, and that gives full quality.
_NONE_X100 = const(10)
_FAINT_X100 = const(30)
_GOOD_X100 = const(50)
#: Ratio of a half window (0.001) from which on it may be of what moves both lights by as much, and its least distance
#: to that of another half, for no saturation changes as fast.
_ONE_PERMILLE = const(750)
_JUMP_PERMILLE = const(150)
_RATIOS = const(3)
_MOST_SUM = const((1 << 14) - 1)


def _shorten(sums: "array[int]") -> None:
    """Scale products down together until a product of two of them has 29 bits: sums beyond cost ten times as much."""
    shift = 0
    while max(sums[1], sums[2]) >> shift > _MOST_SUM:
        shift += 1
    for i in range(3):
        sums[i] >>= shift


class Spo2Estimator:
    """Ratio of the AC of red and infrared, each relative to its own DC."""

    def __init__(self) -> None:
        # products of red and infrared, infrared and itself, red and itself; ratios (0.001) of the first, the middle and
        # the last half of the window
        self._sums = array("i", bytes(4 * 6))
        #: Correlation of red with infrared (percent) in the latest window, and whether they are one and the same light.
        self.correlation = 0
        self.same = False
        self._curve = CURVES[0]

    def choose(self, curve: int) -> None:
        """Read the ratio by this curve from now on: its number in the setting `spo2_curve`."""
        self._curve = CURVES[curve]

    def compare(self, red: "PpgChannel", infrared: "PpgChannel", end: int, n: int) -> None:
        """Look at the `n` values of both before number `end`."""
        sums = self._sums
        half = n >> 1
        for k in range(3):
            ppg_products(red.pulses, infrared.pulses, end - half + (half * k >> 1), half, sums)
            # of effective values: a slope of red over infrared falls short where infrared has noise of its own
            _shorten(sums)
            sums[_RATIOS + k] = rounded(sums[2] * 1000, isqrt(sums[1] * sums[2]) or 1)
        ppg_products(red.pulses, infrared.pulses, end, n, sums)
        _shorten(sums)
        both = sums[0]
        own = sums[1]
        other = sums[2]
        size = isqrt(own * other)
        self.correlation = both * 100 // size if size else 0
        difference = own + other - 2 * both
        equal_levels = abs(red.state[0] - infrared.state[0]) < infrared.state[0] >> _SAME_LEVEL
        self.same = equal_levels and difference <= own >> _SAME_WAVE

    def find(self, out: "Measure", perfusion: int, moving: bool) -> None:
        """Set `out` from the window that was compared with SpO2 in 0.1 %, 50 to 100 %, or the reason.

        `perfusion` in 0.01 %. 48 and 102 % are reported as 50 and 100 %; over 100 % and under what the
        curve was made for it has a reason (out_of_range, or motion).
        """
        correlation = self.correlation
        if self.same:
            out.refuse(REASON_INCONSISTENT)
            return
        if perfusion < _NONE_X100:
            out.refuse(REASON_LOW_PERFUSION)
            return
        if correlation < _MIN_CORRELATION:
            out.refuse(REASON_MOTION if moving else REASON_LOW_PERFUSION if perfusion < _FAINT_X100 else REASON_NOISE)
            return
        ratio = self.ratio()
        at_0, slope, bend, least, known_u95, _ = self._curve
        value = rounded(at_0 * 1000 + (slope + rounded(bend * ratio, 1000)) * ratio, 10000)
        if not _UNDERSHOOT_PERMILLE <= value <= _OVERSHOOT_PERMILLE:
            out.refuse(REASON_MOTION if moving else REASON_OUT_OF_RANGE)
            return
        added = spo2_added(correlation)
        if added > SPO2_MOST_ADDED:
            out.refuse(REASON_MOTION if moving else REASON_UNCERTAIN)
            return
        quality = (
            (correlation - _MIN_CORRELATION)
            * 100
            // (100 - _MIN_CORRELATION)
            * min(perfusion, _GOOD_X100)
            // _GOOD_X100
        )
        known = least <= value <= _MAX_PERMILLE
        warning = REASON_MOTION if moving else 0 if known else REASON_OUT_OF_RANGE
        if moving or value < least:
            quality >>= 1
        if moving:
            # venous blood that steps move has a ratio of its own, and draws this one to it
            quality = min(quality, _MOVING_QUALITY)
        out.set(max(_MIN_PERMILLE, min(value, _MAX_PERMILLE)), quality, warning, known_u95 + added if known_u95 else 0)

    def jumps(self) -> bool:
        """Has a part of the window that was compared another ratio, near 1, as movement has?"""
        sums = self._sums
        first = sums[_RATIOS]
        middle = sums[_RATIOS + 1]
        last = sums[_RATIOS + 2]
        most = max(first, middle, last)
        if self.correlation < _MIN_CORRELATION or most < _ONE_PERMILLE:
            return False
        return most - min(first, middle, last) >= _JUMP_PERMILLE

    def ratio(self) -> int:
        """The ratio of ratios of the window that was compared, in 0.001: the middle of three, for what moves the light
        for a moment at an end of the window is in one half alone.
        """
        sums = self._sums
        first = sums[_RATIOS]
        middle = sums[_RATIOS + 1]
        return max(min(first, middle), min(max(first, middle), sums[_RATIOS + 2]))
