"""Oxygen saturation by the ratio of ratios."""

from ..wire_gen import REASON_LOW_PERFUSION, REASON_MOTION, REASON_NOISE, REASON_OUT_OF_RANGE
from .fixed import isqrt, rounded
from .ppg_light import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from .ppg_light import Light
    from .result import Measure

#: SpO2 in 0.1 % = _A + _B R + _C R². Source: own straight line on the OxiWear hypoxia recordings, 70 to 98 %.
_A = 1120
_B = -340
_C = 0
_LOWEST = 700
_HIGHEST = 1000
#: Up to here the line overshoots for a saturation of 100 %.
_OVERSHOOT = 1020
#: Correlation (percent) of red with infrared under which the ratio means nothing.
_ALIKE = 80
#: Perfusion (0.01 %) under which it is for lack of perfusion, and that gives full quality.
_FAINT = 30
_GOOD = 50


class Oxygen:
    """Ratio of what red and infrared light swing, each relative to its own steady level."""

    def __init__(self) -> None:
        self._red_infrared = 0
        self._infrared = 0
        self._red = 0

    def find(
        self, out: "Measure", red: "Light", infrared: "Light", end: int, n: int, perfusion: int, moving: bool
    ) -> None:
        """Answer from the `n` values before number `end` with SpO2 in 0.1 %, 70 to 100 %, or the reason.

        `perfusion` in 0.01 %. Up to 102 % is told as 100 % with a reason (out_of_range, or motion), never plainly.
        """
        self._sum(red.pulses, infrared.pulses, end, n)
        size = isqrt(self._infrared * self._red)
        alike = self._red_infrared * 100 // size if size else 0
        if alike < _ALIKE:
            out.refuse(REASON_MOTION if moving else REASON_LOW_PERFUSION if perfusion < _FAINT else REASON_NOISE)
            return
        ratio = rounded(self._red_infrared * 1000, self._infrared)
        value = _A + rounded(_B * ratio * 1000 + _C * ratio * ratio, 1000000)
        if not _LOWEST <= value <= _OVERSHOOT:
            out.refuse(REASON_MOTION if moving else REASON_OUT_OF_RANGE)
            return
        quality = (alike - _ALIKE) * 100 // (100 - _ALIKE) * min(perfusion, _GOOD) // _GOOD
        warning = REASON_MOTION if moving else REASON_OUT_OF_RANGE if value > _HIGHEST else 0
        out.set(min(value, _HIGHEST), quality >> 1 if moving else quality, warning)

    def _sum(self, red: "array[int]", infrared: "array[int]", end: int, n: int) -> None:
        """Sums of products, scaled to stay within 31 bits."""
        shift = _shift(red, infrared, end, n)
        both = own = other = 0
        for i in range(end - n, end):
            a = red[i & MASK] >> shift
            b = infrared[i & MASK] >> shift
            both += a * b
            own += b * b
            other += a * a
        self._red_infrared = both
        self._infrared = own
        self._red = other


def _shift(red: "array[int]", infrared: "array[int]", end: int, n: int) -> int:
    top = 0
    for i in range(end - n, end):
        top = max(top, abs(red[i & MASK]), abs(infrared[i & MASK]))
    shift = 0
    while top >> shift > 2047:
        shift += 1
    return shift
