"""Oxygen saturation by the ratio of ratios."""

from array import array

from micropython import const

from ...kernels import ppg_products
from ...wire_gen import REASON_LOW_PERFUSION, REASON_MOTION, REASON_NOISE, REASON_OUT_OF_RANGE
from ..fixed import isqrt, rounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Measure
    from .channel import Light

#: SpO2 in 0.1 % = _A + _B R + _C R². Source: own straight line on the OxiWear hypoxia recordings, 70 to 98 %.
_A = const(1120)
_B = const(-340)
_C = const(0)
_LOWEST = const(700)
_HIGHEST = const(1000)
#: Up to here the line overshoots for a saturation of 100 %.
_OVERSHOOT = const(1020)
#: Correlation (percent) of red with infrared under which the ratio means nothing.
_ALIKE = const(80)
#: Perfusion (0.01 %) under which it is for lack of perfusion, and that gives full quality.
_FAINT = const(30)
_GOOD = const(50)


class Oxygen:
    """Ratio of what red and infrared light swing, each relative to its own steady level."""

    def __init__(self) -> None:
        self._sums = array("i", bytes(4 * 3))

    def find(
        self, out: "Measure", red: "Light", infrared: "Light", end: int, n: int, perfusion: int, moving: bool
    ) -> None:
        """Answer from the `n` values before number `end` with SpO2 in 0.1 %, 70 to 100 %, or the reason.

        `perfusion` in 0.01 %. Up to 102 % is told as 100 % with a reason (out_of_range, or motion), never plainly.
        """
        ppg_products(red.pulses, infrared.pulses, end, n, self._sums)
        both, own, other = self._sums
        size = isqrt(own * other)
        alike = both * 100 // size if size else 0
        if alike < _ALIKE:
            out.refuse(REASON_MOTION if moving else REASON_LOW_PERFUSION if perfusion < _FAINT else REASON_NOISE)
            return
        ratio = rounded(both * 1000, own)
        value = _A + rounded(_B * ratio * 1000 + _C * ratio * ratio, 1000000)
        if not _LOWEST <= value <= _OVERSHOOT:
            out.refuse(REASON_MOTION if moving else REASON_OUT_OF_RANGE)
            return
        quality = (alike - _ALIKE) * 100 // (100 - _ALIKE) * min(perfusion, _GOOD) // _GOOD
        warning = REASON_MOTION if moving else REASON_OUT_OF_RANGE if value > _HIGHEST else 0
        out.set(min(value, _HIGHEST), quality >> 1 if moving else quality, warning)
