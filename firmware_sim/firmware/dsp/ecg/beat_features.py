"""Input features of the network beat_kind: one beat and this wearer's usual beat around R, and the rhythm about it."""

from micropython import const

from ...kernels import triple_peak, triple_shape
from .beat_vector import BEFORE
from .template import DEPTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from typing import Protocol

    from .arena import Arena
    from .template import Template

    class BeatClassifier(Protocol):
        """Names the kind of the beat whose features were written to `input` (int8, `LENGTH` values)."""

        input: memoryview

        @property
        def arena(self) -> Arena:
            """Acquired before `input` is written, released after the output was read."""

        def classify(self) -> int:
            """`BEAT_KIND_*`; unknown where it is not sure."""


#: Positions along time: each is the mean of three samples (12 ms), R in the middle of position 25.
SHAPE = const(64)
_R_AT = const(25)
#: Positions behind them, each with one feature of the rhythm and one of the beat.
SCALARS = const(10)
#: Channel 0: this beat, then rhythm; channel 1: the usual beat, then features of the beat.
CHANNELS = const(2)
#: Bytes in all, position by position.
LENGTH = const(148)
#: Positions either side of R in which the usual beat is measured (120 ms), and its amplitude there: 1 in Q6.
_CORE = const(10)
_ONE_Q6 = const(64)
_RR_DEPTH = const(8)


class BeatContext:
    """What is known about a beat besides its shape; RR intervals in samples, 0 where there is none."""

    def __init__(self) -> None:
        self.rr = 0
        self.following = 0
        self.usual = 0
        #: Mean interval of about the last 64 beats.
        self.slow = 0
        #: QRS width of this shape and of the usual one, samples.
        self.width = 0
        self.usual_width = 0
        self.has_p = False
        #: See `Template.difference_q8`.
        self.difference_q8 = 0


def write_features(
    out: "memoryview", beat: "array[int]", usual: "Template", context: "BeatContext", rr: "array[int]", n_rr: int
) -> None:
    """Fill `out`, `LENGTH` int8 values; `beat` in µV with R at `BEFORE`, `rr` a ring of the last intervals.

    Both shapes are in Q6 of the usual beat's largest deflection near R, limited to -128..127 as everything is.
    `n_rr` intervals were ever written to `rr`, the oldest kept one at `n_rr % 8` (newest before this beat's own).
    """
    first = BEFORE - 3 * _R_AT - 1
    peak = triple_peak(usual.sum, first + 3 * (_R_AT - _CORE), 2 * _CORE + 1) >> 4
    own = triple_peak(beat, first + 3 * (_R_AT - _CORE), 2 * _CORE + 1)
    peak = max(peak, 3)
    triple_shape(beat, first, 0, peak, SHAPE, out, 0)
    triple_shape(usual.sum, first, 4, peak, SHAPE, out, 1)
    _write_rhythm(out, context, rr, n_rr)
    _write_beat(out, context, own, peak, min(usual.count, DEPTH))
    _write_spread(out, context.usual, rr, min(n_rr, _RR_DEPTH))


def _write_rhythm(out: "memoryview", context: "BeatContext", rr: "array[int]", n_rr: int) -> None:
    usual = context.usual
    own = context.rr
    following = context.following
    slow = context.slow
    before = rr[(n_rr - 1) % _RR_DEPTH] if n_rr else 0
    ends = own + following if own and following else 0
    at = SHAPE * CHANNELS
    out[at] = _relative(own, usual)
    out[at + 2] = _relative(following, usual) if following else 127
    out[at + 4] = _relative(before, usual)
    out[at + 6] = _relative(ends, 2 * usual)
    out[at + 8] = _relative(own, before)
    out[at + 10] = _limited((usual >> 1) - 100)
    out[at + 12] = _unsteadiness(rr, n_rr)
    out[at + 14] = _relative(rr[(n_rr - 2) % _RR_DEPTH] if n_rr > 1 else 0, usual)
    out[at + 16] = _relative(own, slow)
    out[at + 18] = _relative(usual, slow)


def _write_beat(out: "memoryview", context: "BeatContext", own: int, peak: int, count: int) -> None:
    at = SHAPE * CHANNELS + 1
    width = context.width
    usual_width = context.usual_width
    out[at] = _limited((context.difference_q8 >> 2) - 64)
    out[at + 2] = _limited((width - 25) << 2)
    out[at + 4] = _limited((usual_width - 25) << 2)
    out[at + 6] = _limited((width - usual_width) << 2)
    out[at + 8] = _ONE_Q6 if context.has_p else -_ONE_Q6
    out[at + 10] = _limited(own * _ONE_Q6 // peak - _ONE_Q6)
    out[at + 12] = _limited((peak // 3 >> 4) - 64)
    out[at + 14] = _limited(16 * count - 64)


def _write_spread(out: "memoryview", usual: int, rr: "array[int]", n: int) -> None:
    """How many of the last `n` intervals were early, and how far the longest is from the shortest."""
    low = high = rr[0] if n else usual
    early = 0
    for i in range(n):
        interval = rr[i]
        low = min(low, interval)
        high = max(high, interval)
        if interval << 3 < usual * 7:
            early += 1
    at = SHAPE * CHANNELS + 17
    out[at] = 16 * early - 64
    out[at + 2] = _limited(((high - low) << 7) // max(usual, 1) - 64)


def _limited(value: int) -> int:
    return -128 if value < -128 else 127 if value > 127 else value


def _relative(interval: int, usual: int) -> int:
    """`interval` over `usual`, less one, in Q7; 0 where one is unknown."""
    if not interval or usual <= 0:
        return 0
    part = (interval << 7) // usual - 128
    return part if part < 127 else 127


def _unsteadiness(rr: "array[int]", n_rr: int) -> int:
    """Mean step between successive intervals over their mean in Q9, less 64; -128 where fewer than three are known."""
    n = min(n_rr, _RR_DEPTH)
    if n < 3:
        return -128
    steps = 0
    total = 0
    for i in range(n_rr - n + 1, n_rr):
        interval = rr[i % _RR_DEPTH]
        step = interval - rr[(i - 1) % _RR_DEPTH]
        steps += step if step > 0 else -step
        total += interval
    return _limited((steps << 9) // max(total, 1) - 64)
