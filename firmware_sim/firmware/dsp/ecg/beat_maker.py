"""From the place of a QRS complex to a finished beat: exact R, kind, fiducials, quality."""

from array import array

from micropython import const

from ...kernels import band_centre, cut_beat, locate_r
from ...wire_gen import (
    BEAT_KIND_NORMAL,
    BEAT_KIND_PREMATURE_SUPRAVENTRICULAR,
    BEAT_KIND_UNKNOWN,
    BEAT_KIND_VENTRICULAR,
)
from ..fixed import median
from ..scratch import SHAPE, SIGNAL
from .beat_features import BeatContext, write_features
from .beat_vector import BEFORE, LENGTH
from .delineation import (
    EIGHTHS,
    P_OFF,
    P_ON,
    P_PEAK,
    QRS_OFF,
    QRS_ON,
    SURE_P,
    SURE_QRS,
    T_OFF,
    T_ON,
    T_PEAK,
    VAGUE_P,
    VAGUE_QRS_OFF,
    VAGUE_QRS_ON,
    VAGUE_T,
    Waves,
    ask,
)
from .filters import MASK
from .intervals import PR, QRS, QT, SPANS, VAGUE
from .template import Templates, alone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat
    from .beat_features import BeatClassifier
    from .delineation import WaveNetwork

#: 256ths of the median RR under which a beat is premature.
_PREMATURE = const(218)
#: From this width on (samples, 120 ms) a beat of another shape is ventricular.
_WIDE = const(30)
_RR_DEPTH = const(8)
#: Beats in the slow mean of RR, which has six fractional bits.
_SLOW_DEPTH = const(64)
#: Quality of a beat that is like none before.
_UNMATCHED = const(40)
#: Probability (of 256) of a QRS complex under which a detected one is something else: where it fits the rhythm, where
#: it comes early (eighths of the usual interval), and where it lies between two beats that are hardly too far apart.
_NO_QRS = const(16)
_NO_EARLY_QRS = const(48)
_NO_QRS_BETWEEN = const(128)
_EARLY = const(7)
_BETWEEN = const(11)
#: A beat that comes early is read by itself, at most one in two seconds.
_ALONE = const(500)
#: Parts in which a beat is read, one a step.
PARTS = const(4)
#: Probabilities (of 256) from which on there is a P wave: in a regular rhythm, before the rhythm is known, otherwise.
_P_REGULAR = const(128)
_P_RHYTHM_UNKNOWN = const(208)
_P_IRREGULAR = const(224)
#: Intervals from which the rhythm is known, and how often the mean step between them goes into their mean at least.
_RHYTHM_KNOWN = const(3)
_UNSTEADY = const(10)
#: Tenths of a millisecond in an eighth of a sample.
_UNIT = const(5)
#: Samples before the next R at which a T wave has ended.
_BEFORE_NEXT = const(12)


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
    """Begins and finishes beats one after the other, keeping the representative beats and the recent rhythm.

    Waves are those that `network` finds in the representative beat; without one there are none.
    `classifier` names the kind of a beat; where it does not, or there is none, rules do. Works in `SIGNAL`.
    """

    def __init__(self, classifier: "BeatClassifier | None" = None, network: "WaveNetwork | None" = None) -> None:
        self._classifier = classifier
        self._network = network
        self._context = BeatContext()
        #: Of the next beat.
        self.number = 0
        #: Intervals of the latest beat, see intervals.py.
        self.spans = array("h", [-1] * SPANS)
        #: Parts of the reading under way that are still to be run.
        self.left = 0
        self._templates = Templates()
        self._alone = Waves()
        # of the beat that was begun
        self._home = self._templates.main
        self._waves = self._home.waves
        self._early = self._asked = False
        self._rr = array("i", [0] * _RR_DEPTH)
        self._scratch = array("i", [0] * _RR_DEPTH)
        self.restart(0)

    def restart(self, begin: int) -> None:
        """Forget the wearer: signal begins anew at sample `begin`."""
        self._begin = begin
        self.left = 0
        self._templates.forget()
        self._rr_count = 0
        self._slow_rr = 0
        self._last: "int | None" = None
        self._last_t_off: "int | None" = None
        self._alone_from = begin
        self._width = 0
        self._normal_width = 0

    def begin(self, uv: "array[int]", r: int) -> None:
        """Take up the complex at `r`; `left` parts of a reading are to be run before it can be finished."""
        cut_beat(uv, MASK, r - BEFORE, r, LENGTH, SIGNAL)
        self._early = self._is_early(None if self._last is None else r - self._last)
        self._home = self._templates.place(SIGNAL, self._early)
        self._asked = self._network is not None and self._is_due(r)
        if self._network is not None and self._asked:
            ask(self._network, self._to_read())
            self.left = PARTS

    def read_part(self) -> None:
        """Run a share of the reading; the network's memory must have been left alone since the last one."""
        if self._network is not None:
            self._network.run_slice(PARTS - self.left, PARTS)
        self.left -= 1

    def finish(self, beat: "Beat", uv: "array[int]", r: int, following: "int | None", end: int) -> bool:
        """Fill `beat` for the complex at `r`; the next is at `following` (None: out of reach), samples end at `end`.

        False where the network sees no complex, so that it is no beat.
        """
        home = self._home
        rr = None if self._last is None else r - self._last
        # others have worked there since
        cut_beat(uv, MASK, r - BEFORE, r, LENGTH, SIGNAL)
        if self._network is not None and self._asked:
            self._waves.hear(self._network.output(), self._to_read())
        if home.waves.runs and home.waves.sure[SURE_QRS] < self._least_qrs(rr, following, r):
            return False
        normal_shape = home is self._templates.main
        beat.number = self.number
        self.number += 1
        beat.r = r
        beat.rr_ms = None if rr is None else rr * 4
        self._write(beat, self._waves, rr, following, end)
        self._judge_kind(beat, normal_shape, self._early)
        if self._classifier is not None:
            self._ask(self._classifier, beat, rr, following)
        beat.quality = 100 - self._templates.apart * 100 // 256 if home.count > 1 else _UNMATCHED
        self._remember(r, rr)
        return True

    def _is_due(self, r: int) -> bool:
        """Is the beat at `r` to be read? Sets whose waves it has.

        An early beat of the usual shape was not blended into that: it has waves of its own, if it is not too soon.
        """
        home = self._home
        self._waves = home.waves
        if not (self._early and home is self._templates.main and home.waves.runs):
            return home.is_due(r)
        self._waves = self._alone
        self._alone.forget()
        if r < self._alone_from:
            return False
        self._alone_from = r + _ALONE
        return True

    def _to_read(self) -> "array[int]":
        """What is read for the beat in `SIGNAL`."""
        return alone(SIGNAL) if self._waves is self._alone else self._home.to_read(SIGNAL)

    def _least_qrs(self, rr: "int | None", following: "int | None", r: int) -> int:
        """Probability (of 256) that a complex must have for its place in the rhythm."""
        if rr is None or not self._rr_count:
            return _NO_QRS
        usual = self._usual_rr(rr, following, r)
        if rr << 3 >= usual * _EARLY:
            return _NO_QRS
        between = following is not None and (rr + following - r) << 3 < usual * _BETWEEN
        return _NO_QRS_BETWEEN if between else _NO_EARLY_QRS

    def _is_early(self, rr: "int | None") -> bool:
        return rr is not None and self._rr_count >= 2 and rr << 8 < self._usual_rr(rr, None, 0) * _PREMATURE

    def _write(self, beat: "Beat", waves: "Waves", rr: "int | None", following: "int | None", end: int) -> None:
        """Put the waves into `beat`, but for those that reach out of the signal or into the beats beside it."""
        at = waves.at
        zero = beat.r - BEFORE
        beat.qrs_on = self._place(at[QRS_ON], zero)
        beat.qrs_off = self._place(at[QRS_OFF], zero)
        beat.p_on = self._place(at[P_ON], zero)
        beat.p_peak = self._place(at[P_PEAK], zero)
        beat.p_off = self._place(at[P_OFF], zero)
        beat.t_on = self._place(at[T_ON], zero)
        beat.t_peak = self._place(at[T_PEAK], zero)
        beat.t_off = self._place(at[T_OFF], zero)
        if beat.qrs_on is not None and beat.qrs_off is not None:
            beat.qrs_on = max(beat.qrs_on, self._begin)
            beat.qrs_off = min(beat.qrs_off, end - 1)
        first = self._begin if self._last_t_off is None else max(self._begin, self._last_t_off)
        after = 0 if following is None else following - beat.r
        if beat.p_on is not None and (beat.p_on < first or waves.sure[SURE_P] < self._least_p(rr or 0, after)):
            beat.p_on = beat.p_peak = beat.p_off = None
        if beat.t_off is not None and beat.t_off >= (end if following is None else following - _BEFORE_NEXT):
            beat.t_on = beat.t_peak = beat.t_off = None
        self._last_t_off = beat.t_off
        self._width = 0 if beat.qrs_on is None else (at[QRS_OFF] - at[QRS_ON]) // EIGHTHS
        self._tell_spans(beat, waves)

    def _least_p(self, before: int, after: int) -> int:
        """Probability (of 256) that a P wave must have: in an irregular rhythm, waves of fibrillation pass for P.

        The intervals `before` and `after` this beat, 0 where they are not known, come behind those kept.
        """
        kept = self._rr_count
        steps = total = last = n = 0
        for i in range(max(0, kept - _RR_DEPTH + 2), kept + 2):
            rr = self._rr[i % _RR_DEPTH] if i < kept else before if i == kept else after
            if rr:
                if n:
                    steps += abs(rr - last)
                    total += rr
                last = rr
                n += 1
        if n < _RHYTHM_KNOWN:
            return _P_RHYTHM_UNKNOWN
        return _P_IRREGULAR if steps * _UNSTEADY > total else _P_REGULAR

    def _tell_spans(self, beat: "Beat", waves: "Waves") -> None:
        """PR, QRS and QT of `beat`, and how vague each is; one that is too vague is not told."""
        at = waves.at
        vague = waves.vague
        spans = self.spans
        spans[VAGUE + PR] = vague[VAGUE_P]
        spans[VAGUE + QRS] = max(vague[VAGUE_QRS_ON], vague[VAGUE_QRS_OFF])
        spans[VAGUE + QT] = vague[VAGUE_T]
        spans[PR] = -1 if beat.p_on is None else (at[QRS_ON] - at[P_ON]) * _UNIT
        spans[QRS] = -1 if beat.qrs_on is None else (at[QRS_OFF] - at[QRS_ON]) * _UNIT
        spans[QT] = -1 if beat.t_off is None else (at[T_OFF] - at[QRS_ON]) * _UNIT

    def _place(self, eighths: int, zero: int) -> "int | None":
        return None if eighths < 0 else zero + ((eighths + EIGHTHS // 2) // EIGHTHS)

    def _usual_rr(self, rr: "int | None", following: "int | None", r: int) -> int:
        """Median of the recent RR intervals (samples), else what is known of this beat, else one second."""
        if self._rr_count:
            return median(self._rr, min(self._rr_count, _RR_DEPTH), self._scratch)
        if rr is not None:
            return rr
        return 250 if following is None else following - r

    def _judge_kind(self, beat: "Beat", normal_shape: bool, early: bool) -> None:
        width = self._width
        if normal_shape:
            beat.kind = BEAT_KIND_PREMATURE_SUPRAVENTRICULAR if early else BEAT_KIND_NORMAL
            self._normal_width = width
        elif width >= _WIDE or width > self._normal_width + 5:
            beat.kind = BEAT_KIND_VENTRICULAR
        else:
            beat.kind = BEAT_KIND_PREMATURE_SUPRAVENTRICULAR if early else BEAT_KIND_UNKNOWN

    def _ask(
        self,
        classifier: "BeatClassifier",
        beat: "Beat",
        rr: "int | None",
        following: "int | None",
    ) -> None:
        """Let `classifier` name the kind, once there are intervals to judge this one by."""
        context = self._context
        context.rr = rr or 0
        context.following = 0 if following is None else following - beat.r
        context.usual = self._usual_rr(rr, following, beat.r)
        context.slow = self._slow_rr >> 6
        context.width = self._width
        context.usual_width = self._normal_width
        context.has_p = beat.p_peak is not None
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
