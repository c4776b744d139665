"""Tipping over: a quick and lasting change of attitude without an impact.

Thresholds are chosen, not published: no recordings of tipping over are at hand. They were checked on synthetic motion
and for silence in SisFall's daily life only.
"""

from micropython import const

from ...kernels import ring_max
from .segments import MAGNITUDE, MASK, PER_S, Attitude, Segments, Y

#: Segments between the attitude before and now (1.5 s), and length of either mean.
_WITHIN_SEGMENTS = const(12)
_MEAN_SEGMENTS = const(4)
#: Cosines (1/1000) of 55° and of 45°: tipped, and still tipped.
_TIPPED_COS_X1000 = const(574)
_STAYS_COS_X1000 = const(707)
#: Sine (1/1000) of the axis that points up when worn, above which the wearer is upright.
_UPRIGHT_SIN_X1000 = const(707)
#: Segments it must stay (10 s); peak of an impact, and segments without one before (3 s).
_HOLD_SEGMENTS = const(80)
_IMPACT_MG = const(2000)
_IMPACT_FREE_SEGMENTS = 3 * PER_S


class TipOverDetector:
    """Finds tipping over; the latest event is in `index` (when it was tipped) and `peak` (mg)."""

    def restart(self) -> None:
        """Forget what was: the signal begins anew."""
        self._held = 0

    def __init__(self) -> None:
        self.index = 0
        self.peak = 0
        self._before = Attitude()
        self._now = Attitude()
        self._held = 0

    def update(self, segments: "Segments", gait: bool) -> bool:
        """Take the newest segment; True when the tilt has stayed for 10 s."""
        at = segments.count - 1
        if gait or segments.peak[at & MASK] >= _IMPACT_MG:
            self._held = 0
            return False
        if at < _WITHIN_SEGMENTS + 2 * _MEAN_SEGMENTS:
            return False
        self._now.take(segments, at + 1 - _MEAN_SEGMENTS, at + 1)
        if self._held:
            return self._hold(segments, at)
        self._before.take(
            segments, at + 1 - _WITHIN_SEGMENTS - 2 * _MEAN_SEGMENTS, at + 1 - _WITHIN_SEGMENTS - _MEAN_SEGMENTS
        )
        if self._has_tipped(segments, at):
            self._held = 1
            self.index = segments.samples
            self.peak = ring_max(segments.peak, at - _WITHIN_SEGMENTS, at + 1, MASK)
        return False

    def _has_tipped(self, segments: "Segments", at: int) -> bool:
        if not self._upright(self._before) or self._upright(self._now):
            return False
        if self._before.cosine(self._now) > _TIPPED_COS_X1000:
            return False
        return ring_max(segments.peak, max(0, at - _IMPACT_FREE_SEGMENTS), at + 1, MASK) < _IMPACT_MG

    def _upright(self, attitude: "Attitude") -> bool:
        return attitude.mean[Y] * 1000 > _UPRIGHT_SIN_X1000 * attitude.mean[MAGNITUDE]

    def _hold(self, segments: "Segments", at: int) -> bool:
        if self._before.cosine(self._now) > _STAYS_COS_X1000:
            self._held = 0
            return False
        self.peak = max(self.peak, segments.peak[at & MASK])
        self._held += 1
        if self._held < _HOLD_SEGMENTS:
            return False
        self._held = 0
        return True
