"""Periods by autocorrelation, for pulses and for breaths."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

#: Parts of a value in which periods are told.
PARTS = const(256)
#: Share (of 256) of the first peak at which a multiple of the period still counts.
_MULTIPLE = const(180)


def vertex(left: int, middle: int, right: int) -> int:
    """Place of a parabola's vertex beside its middle point, in 1/256 of a step."""
    bend = 2 * middle - left - right
    if bend <= 0:
        return 0
    return max(-128, min(128, (right - left) * (PARTS // 2) // bend))


def refine(curve: "array[int]", lag: int, high: int) -> int:
    """The period near `lag` in 1/256, read where its highest multiple up to `high` still peaks."""
    period = lag * PARTS + vertex(curve[lag - 1], curve[lag], curve[lag + 1])
    least = curve[lag] * _MULTIPLE
    times = 2
    while period * times <= high * PARTS:
        near = (period * times + PARTS // 2) // PARTS
        if curve[near + 1] > curve[near] and near < high:
            near += 1
        elif curve[near - 1] > curve[near]:
            near -= 1
        if curve[near] << 8 < least or not curve[near - 1] <= curve[near] >= curve[near + 1]:
            break
        period = (near * PARTS + vertex(curve[near - 1], curve[near], curve[near + 1])) // times
        times += 1
    return period
