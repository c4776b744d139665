"""Evidence for atrial fibrillation in the intervals between pulses, which ectopy alone does not give.

In fibrillation no interval is the usual one, and how much blood comes hangs on how long the heart filled; ectopy breaks
a rhythm that is otherwise steady. Weights: logistic regression on PPG arrhythmia (five people), fibrillation against
sinus rhythm and premature beats. The evidence is no probability: a softsign of the logit stands for the logistic
function, with the same 50 % and the same order, nearer to 50 % elsewhere (a logit of 4: 90 %, not 98).
"""

from micropython import const

from ...kernels import copy_words, rhythm_sums, sort_words
from ...wire_gen import REASON_WARMING_UP
from ..fixed import isqrt
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from ..result import Measure
    from .pulse_intervals import PulseIntervals

_RATE_HZ = const(100)  # frontends.ppg: RATE_HZ
#: Intervals that are looked at, of this much time at most (60 s, Q8 samples), and the fewest.
_MOST = const(64)
_MOST_Q8 = const(_RATE_HZ * 256 * 60)
_FEWEST = const(20)
#: Evidence (0.1) from which on fibrillation is suspected.
SUSPECTED_X10 = const(600)
#: Where a copy and the sums lie in the work memory.
_COPY: "array[int]" = SIGNAL[_MOST : 2 * _MOST]
_SUMS: "array[int]" = SIGNAL[2 * _MOST : 2 * _MOST + 9]
#: Weights (thousandths of a logit for 1/1024) of: intervals like the usual one, steps that are none, how intervals
#: follow each other, spread of rises and of intervals, the longest interval, how rises hang on intervals; of none.
_WEIGHTS = (-3434, -4351, 484, 11749, -8490, 921, 2038, 1516715)


class PulseRhythm:
    """Looks at the rhythm of half a minute to a minute."""

    @works_in("SIGNAL", "SHAPE")
    def find(self, out: "Measure", intervals: "PulseIntervals") -> None:
        """Set `out` to the evidence, 0 to 100 % in 0.1 %, with full quality, or the reason.

        It is 50 % and half the softsign of the logit, logit / (1 + |logit|).
        """
        n = intervals.latest(_MOST, _MOST_Q8, SIGNAL, SHAPE, True)
        if n < _FEWEST:
            out.refuse(REASON_WARMING_UP)
            return
        _by_median(SIGNAL, n)
        _by_median(SHAPE, n)
        rhythm_sums(SIGNAL, SHAPE, n, _SUMS)
        features = rhythm_features(n)
        logit = _WEIGHTS[7]
        for k in range(7):
            logit += _WEIGHTS[k] * features[k]
        logit >>= 10
        out.set(500 + 500 * logit // (1000 + abs(logit)), 100)


def rhythm_features(n: int) -> "tuple[int, ...]":
    """Features of `n` pulses from their sums, in Q10."""
    squares = max(1, n * _SUMS[3] - _SUMS[2] * _SUMS[2])
    rise_squares = max(1, n * _SUMS[6] - _SUMS[5] * _SUMS[5])
    spread = isqrt(squares)
    rise_spread = isqrt(rise_squares)
    following = (n * _SUMS[4] - _SUMS[2] * _SUMS[2]) * 1024 // squares
    filling = (n * _SUMS[7] - _SUMS[2] * _SUMS[5]) * 1024 // max(1, spread * rise_spread)
    return (
        _SUMS[0] * 1024 // n,
        _SUMS[1] * 1024 // (n - 1),
        following,
        rise_spread // n,
        spread // n,
        _SUMS[8],
        filling,
    )


def _by_median(values: "array[int]", n: int) -> None:
    """Replace the first `n` by Q10 of their median, 64 times it at most."""
    copy_words(_COPY, 0, values, 0, n)
    sort_words(_COPY, n)
    median = max(1, _COPY[n >> 1])
    for i in range(n):
        values[i] = min(65536, (values[i] << 8) // median << 2)
