"""Whether a jump of the electrode or a discharge lies between beats: it may have hidden one, or passed for one.

Both bend the signal more sharply than a complex does, within a sample at 250 a second. How sharply complexes bend is
learned from beats that agree with those before.
"""

import micropython
from micropython import const

from ...kernels import largest_bend, peak_to_peak
from .filters import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: What lies so near R (56 ms) may be the complex; that of some lies within 100 ms.
_NEAR_SAMPLES = const(_RATE_HZ * 56 // 1000)
_AWAY_SAMPLES = const(_RATE_HZ * 100 // 1000)
#: Least bend of a disturbance (µV), and how many times the usual one of the signal.
_LEAST_UV = const(150)
_OVER_NOISE = const(28)
#: Its ratio to the usual one of complexes (Q3): beside one, further away, and at one.
_BESIDE_Q3 = const(20)
_AWAY_Q3 = const(4)
_AT_BEAT_Q3 = const(28)
#: Part of the peak-to-peak at a beat (a power of two) that no complex bends by.
_SHARP_LOG2 = const(2)
#: Beats of which the usual bend is a running mean (a power of two), and the quality from which on one counts.
_BEATS_LOG2 = const(3)
_AGREEING = const(60)
#: A rest begins so far from R (160 and 120 ms); what bends half as much as complexes ends it, within so many samples.
_AFTER_R_SAMPLES = const(_RATE_HZ * 160 // 1000)
_BEFORE_R_SAMPLES = const(_RATE_HZ * 120 // 1000)
_REST_Q3 = const(4)
_PIECE_SAMPLES = const(16)


class Disturbances:
    """Judges the signal from one beat to the next."""

    def __init__(self) -> None:
        self._usual = 0
        self._at_beat = False

    def restart(self) -> None:
        """A signal begins."""
        self._usual = 0
        self._at_beat = False

    @micropython.native
    def judge(self, uv: "array[int]", r: int, rr: int, rough_uv: int, quality: int) -> bool:
        """Is there one in the `rr` samples (0: not known) before the beat at position `r` of the ring `uv`, or at it?

        The ring still has those samples. `rough_uv` is the usual second difference of the signal, `quality` that of the
        beat.
        """
        usual = self._usual
        least = max(_LEAST_UV, _OVER_NOISE * rough_uv) << 3
        own = largest_bend(uv, MASK, r - _NEAR_SAMPLES, 2 * _NEAR_SAMPLES + 1, 1)
        if quality >= _AGREEING or not usual:
            self._usual = usual + (min(own, 2 * usual + (1 << _BEATS_LOG2)) - usual >> _BEATS_LOG2) if usual else own
        found = self._at_beat
        self._at_beat = usual > 0 and own << 3 > max(least, usual * _AT_BEAT_Q3) and _is_sharp(uv, r, own)
        if found or self._at_beat or not usual:
            return found or self._at_beat
        if _bend(uv, r, rr, _NEAR_SAMPLES) << 3 > max(least, usual * _BESIDE_Q3):
            return True
        return _bend(uv, r, rr, _AWAY_SAMPLES) << 3 > max(least, usual * _AWAY_Q3)

    @micropython.native
    def rest(self, uv: "array[int]", r: int, rr: int, now: int) -> int:
        """Samples, of the `rr` before the beat at `r`, without complex and disturbance, beside that or the one before.

        Between two disturbances contact may be lost: there nothing is known. The ring `uv` ends before sample `now`.
        """
        bend = self._usual * _REST_Q3 >> 3
        begin = r - rr
        first = begin + _AFTER_R_SAMPLES
        last = r - _BEFORE_R_SAMPLES
        oldest = max(first, now - MASK)
        at = last
        while at > oldest and largest_bend(uv, MASK, at - _PIECE_SAMPLES, _PIECE_SAMPLES + 2, 1) <= bend:
            at -= _PIECE_SAMPLES
        rest = r - at
        if oldest > first:
            return rest
        at = first
        while at < last and largest_bend(uv, MASK, at, _PIECE_SAMPLES + 2, 1) <= bend:
            at += _PIECE_SAMPLES
        return max(rest, at - begin)


def _is_sharp(uv: "array[int]", r: int, bend: int) -> bool:
    """Is so large a `bend` about R none of a narrow complex among wide ones, which rises in several samples?"""
    return bend << _SHARP_LOG2 > peak_to_peak(uv, MASK, r - _NEAR_SAMPLES, 2 * _NEAR_SAMPLES + 1)


def _bend(uv: "array[int]", r: int, rr: int, away: int) -> int:
    """Largest bend in the `rr` samples before `r`, but for `away` at both ends."""
    return largest_bend(uv, MASK, r - rr + away, rr - 2 * away, 1) if rr > 2 * away + 3 else 0
