"""Does the light alone look like movement? For where no accelerometer says so: none, a stuck one, a finger that moves.

Limits: own. Of people who run (TROIKA, its accelerometer left out) 5 % of the windows are left, those at rest, none of
them wrong by more than 10/min; of 40 people who lie (BIDMC) 0.6 % are lost. Pulses that are as steady as nobody's who
moves are no movement, whatever their shape (`PulseHistory.is_steady`).
"""

from array import array

from micropython import const

from ...kernels import slope_moments
from ..fixed import isqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .channel import PpgChannel

#: Percent of skewness of the slopes under which waves rise as they fall, as movement does and pulses do not, where
#: upstrokes are of one shape by less than the second percentage; and where they are less, whatever their slopes.
_SYMMETRIC_PERCENT = const(40)
_ONE_SHAPE_PERCENT = const(85)
_MANY_SHAPES_PERCENT = const(56)
#: Seconds that look so, less those that do not: from the first on it is movement, the second are remembered.
_MOVING_S = const(7)
_MOST_S = const(24)
# In the state: mean square and mean cube of the slopes, and the seconds.
_SQUARE = const(0)
_CUBE = const(1)
_SECONDS = const(2)


class LightMotion:
    """Watches the waves of a channel, a second after the other."""

    def __init__(self) -> None:
        self._state = array("i", bytes(4 * 3))

    def begin(self) -> None:
        """The signal begins."""
        self._state[_SECONDS] = 0

    def look(self, channel: "PpgChannel", end: int, n: int, template_correlation: int) -> bool:
        """Take one more second, of the `n` values before number `end`; True: it moves.

        Upstrokes correlate by `template_correlation` percent.
        """
        state = self._state
        slope_moments(channel.pulses, end, n, state)
        seconds = state[_SECONDS]
        symmetric = abs(skewness_percent(state[_SQUARE], state[_CUBE])) < _SYMMETRIC_PERCENT
        if template_correlation < (_ONE_SHAPE_PERCENT if symmetric else _MANY_SHAPES_PERCENT):
            seconds = min(seconds + 1, _MOST_S)
        else:
            seconds = max(seconds - 1, 0)
        state[_SECONDS] = seconds
        return seconds >= _MOVING_S


def skewness_percent(square: int, cube: int) -> int:
    """Skewness of what has these mean squares (up to 181 squared) and cubes."""
    return cube * 100 // max(1, square * isqrt(square << 8) >> 4)
