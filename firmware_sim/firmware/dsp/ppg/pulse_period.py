"""Periods by autocorrelation, for pulses and for breaths."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

#: Periods are in Q8 of a value.
ONE_Q8 = const(256)
#: Ratio (Q8) to the first peak from which on a multiple of the period still counts.
_MULTIPLE_Q8 = const(180)


def vertex(left: int, middle: int, right: int) -> int:
    """Offset of a parabola's vertex from its middle point, in steps, Q8."""
    curvature = 2 * middle - left - right
    if curvature <= 0:
        return 0
    return max(-128, min(128, (right - left) * (ONE_Q8 // 2) // curvature))


def refine(curve: "array[int]", lag: int, high: int) -> int:
    """The period near `lag` in Q8, measured where its highest multiple up to `high` still peaks."""
    period = lag * ONE_Q8 + vertex(curve[lag - 1], curve[lag], curve[lag + 1])
    threshold = curve[lag] * _MULTIPLE_Q8
    times = 2
    while period * times <= high * ONE_Q8:
        near = (period * times + ONE_Q8 // 2) // ONE_Q8
        if curve[near + 1] > curve[near] and near < high:
            near += 1
        elif curve[near - 1] > curve[near]:
            near -= 1
        if curve[near] << 8 < threshold or not curve[near - 1] <= curve[near] >= curve[near + 1]:
            break
        period = (near * ONE_Q8 + vertex(curve[near - 1], curve[near], curve[near + 1])) // times
        times += 1
    return period
