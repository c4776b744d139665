"""From the place of a QRS complex to a finished beat: exact R, kind, fiducials, quality."""

from array import array

from micropython import const

from ..kernels import band_centre, cut_beat, locate_r
from ..wire_gen import (
    BEAT_KIND_NORMAL,
    BEAT_KIND_PREMATURE_SUPRAVENTRICULAR,
    BEAT_KIND_UNKNOWN,
    BEAT_KIND_VENTRICULAR,
)
from .beat_features import BeatContext, write_features
from .delineate import Delineator
from .ecg_template import BEFORE, LENGTH, Template, Templates
from .filters import MASK
from .fixed import median
from .scratch import SHAPE, SIGNAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .beat_features import BeatClassifier
    from .result import Beat

#: Beats blended into the representative beat, and how different a beat may be to be read from it.
_DEPTH = const(6)
#: 256ths of the median RR under which a beat is premature.
_PREMATURE = const(218)
#: From this width on (samples, 120 ms) a beat of another shape is ventricular.
_WIDE = const(30)
_RR_DEPTH = const(8)
#: Beats in the slow mean of RR, which has six fractional bits.
_SLOW_DEPTH = const(64)
#: Quality of a beat that is like none before.
_UNMATCHED = const(40)
#: Longest PR looked for (samples).
_P_REACH = const(76)
#: Quarters of the usual difference between a beat and the representative one that a P must exceed.
_P_OVER_NOISE = const(7)
#: Samples to either side of a P's peak over which its size is told.
_P_HALF = const(12)


class RLocator:
    """Places R peaks; of two nearly equal deflections it keeps to the side of the beat before."""

    def __init__(self) -> None:
        self._side = 0

    def restart(self) -> None:
        """Forget which side R was on."""
        self._side = 0

    def locate(self, uv: "array[int]", place: int, end: int) -> int:
        """Sample of the R peak (or deepest S or Q) of the complex at `place`; the signal is known before `end`."""
        centre = band_centre(uv, MASK, place, end, SHAPE)
        found = locate_r(uv, MASK, centre, self._side)
        self._side = 1 if found & 1 else -1
        return centre + (found >> 1)


class BeatMaker:
    """Finishes beats one after the other, keeping the representative beats and the recent rhythm.

    `SIGNAL` is the beat itself, then the representative beat it is read from.

    `classifier` names the kind of a beat; where it does not, or there is none, rules do.
    """

    def __init__(self, classifier: "BeatClassifier | None" = None) -> None:
        self._classifier = classifier
        self._context = BeatContext()
        #: Of the next beat.
        self.number = 0
        self.matched = False
        self._delineator = Delineator()
        self._templates = Templates()
        self._rr = array("i", [0] * _RR_DEPTH)
        self._scratch = array("i", [0] * _RR_DEPTH)
        self._normal_width = 0
        self.restart(0)

    def restart(self, begin: int) -> None:
        """Forget the wearer: signal begins anew at sample `begin`."""
        self._begin = begin
        self._templates.forget()
        self._rr_count = 0
        self._slow_rr = 0
        self._last: "int | None" = None
        self._last_t_off: "int | None" = None
        self._normal_width = 0
        self._p_noise = 0

    def finish(self, beat: "Beat", uv: "array[int]", r: int, following: "int | None", end: int) -> None:
        """Fill `beat` for the complex at `r`; the next is at `following` (None: out of reach), samples end at `end`."""
        beat.number = self.number
        self.number += 1
        beat.r = r
        rr = None if self._last is None else r - self._last
        beat.rr_ms = None if rr is None else rr * 4
        cut_beat(uv, MASK, r - BEFORE, r, LENGTH, SIGNAL)
        home = self._templates.place(SIGNAL, _DEPTH)
        normal_shape = home is self._templates.main
        self._delineate(beat, uv, home, rr, following, end)
        self._judge_kind(beat, normal_shape, rr)
        if self._classifier is not None:
            self._ask(self._classifier, beat, uv, rr, following)
        self.matched = home.count > 1
        beat.quality = 100 - self._templates.apart * 100 // 256 if self.matched else _UNMATCHED
        self._remember(r, rr)

    def _delineate(
        self, beat: "Beat", uv: "array[int]", home: "Template", rr: "int | None", following: "int | None", end: int
    ) -> None:
        found = self._delineator
        home.read(SIGNAL)
        last = LENGTH
        if following is not None:
            gap = following - beat.r
            last = BEFORE + max(gap - 50, gap * 5 >> 3)
        first = BEFORE - _P_REACH - 14
        if rr is not None:
            first = max(first, BEFORE - (rr * 7 >> 4))
        if self._last_t_off is not None:
            first = max(first, BEFORE + self._last_t_off + 1 - beat.r)
        found.find(SIGNAL, first, last, self._usual_rr(rr, following, beat.r))
        if found.p_peak >= 0 and not self._p_is_real(home, uv, beat.r - BEFORE):
            found.p_peak = -1
        found.keep_within(BEFORE + self._begin - beat.r, BEFORE + end - beat.r)
        found.write(beat)
        self._last_t_off = beat.t_off

    def _usual_rr(self, rr: "int | None", following: "int | None", r: int) -> int:
        """Median of the recent RR intervals (samples), else what is known of this beat, else one second."""
        if self._rr_count:
            return median(self._rr, min(self._rr_count, _RR_DEPTH), self._scratch)
        if rr is not None:
            return rr
        return 250 if following is None else following - r

    def _p_is_real(self, home: "Template", uv: "array[int]", zero: int) -> bool:
        """Does this beat's own P (ring `uv` from `zero` on) look like the representative one, and did recent ones?"""
        found = self._delineator
        at = zero + found.p_peak
        own = 2 * uv[at & MASK] - uv[(at - _P_HALF) & MASK] - uv[(at + _P_HALF) & MASK]
        size = found.p_size
        noise = abs(own - size)
        if home.count <= 1:
            return True
        self._p_noise += (noise - self._p_noise) // min(home.count, 8)
        return abs(size) * 4 > self._p_noise * _P_OVER_NOISE

    def _judge_kind(self, beat: "Beat", normal_shape: bool, rr: "int | None") -> None:
        width = self._delineator.qrs_off - self._delineator.qrs_on
        premature = False
        if rr is not None and self._rr_count >= 2:
            usual = median(self._rr, min(self._rr_count, _RR_DEPTH), self._scratch)
            premature = rr << 8 < usual * _PREMATURE
        if normal_shape:
            beat.kind = BEAT_KIND_PREMATURE_SUPRAVENTRICULAR if premature else BEAT_KIND_NORMAL
            self._normal_width = width
        elif width >= _WIDE or width > self._normal_width + 5:
            beat.kind = BEAT_KIND_VENTRICULAR
        else:
            beat.kind = BEAT_KIND_PREMATURE_SUPRAVENTRICULAR if premature else BEAT_KIND_UNKNOWN

    def _ask(
        self,
        classifier: "BeatClassifier",
        beat: "Beat",
        uv: "array[int]",
        rr: "int | None",
        following: "int | None",
    ) -> None:
        """Let `classifier` name the kind, once there are intervals to judge this one by."""
        context = self._context
        context.rr = rr or 0
        context.following = 0 if following is None else following - beat.r
        context.usual = self._usual_rr(rr, following, beat.r)
        context.slow = self._slow_rr >> 6
        context.width = self._delineator.qrs_off - self._delineator.qrs_on
        context.usual_width = self._normal_width
        context.has_p = self._delineator.p_peak >= 0
        # the vector has become the representative beat: take the beat itself again
        cut_beat(uv, MASK, beat.r - BEFORE, beat.r, LENGTH, SIGNAL)
        context.apart = self._templates.main.differs(SIGNAL)
        write_features(classifier.input, SIGNAL, self._templates.main, context, self._rr, self._rr_count)
        kind = classifier.classify()
        if kind != BEAT_KIND_UNKNOWN:
            beat.kind = kind

    def _remember(self, r: int, rr: "int | None") -> None:
        self._last = r
        if rr is not None:
            self._rr[self._rr_count % _RR_DEPTH] = rr
            self._rr_count += 1
            self._slow_rr += ((rr << 6) - self._slow_rr) // min(self._rr_count, _SLOW_DEPTH)
