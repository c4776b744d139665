"""R of a QRS complex that was found roughly."""

from ...kernels import band_centre, beat_amplitudes, locate_r
from ..scratch import SHAPE
from ..scratch_use import works_in
from .filters import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array


class RLocator:
    """Locates R peaks; of two nearly equal deflections it keeps to the polarity of the beat before."""

    def __init__(self) -> None:
        self._polarity = 0

    def restart(self) -> None:
        """Forget the polarity of R."""
        self._polarity = 0

    @works_in("SHAPE")
    def locate(self, uv: "array[int]", index: int, end: int) -> int:
        """Sample of the R peak (or deepest S or Q) of the complex at `index`; the signal is known before `end`.

        Works in `SHAPE`.
        """
        centre = band_centre(uv, MASK, index, end, SHAPE)
        found = locate_r(uv, MASK, centre, self._polarity)
        self._polarity = 1 if found & 1 else -1
        return centre + (found >> 1)


@works_in("SHAPE")
def is_step(uv: "array[int]", r: int) -> bool:
    """Is what was found at sample `r` a step of the electrode: three quarters of it in one sample, not undone after?"""
    beat_amplitudes(uv, MASK, r, SHAPE)
    return SHAPE[4] * 4 > SHAPE[0] * 3
