"""From R of a QRS complex to a finished beat: kind, fiducials, intervals, quality."""

from array import array

from micropython import const

from ...kernels import cut_beat
from ...wire_gen import (
    BEAT_KIND_NORMAL,
    BEAT_KIND_PREMATURE_SUPRAVENTRICULAR,
    BEAT_KIND_UNKNOWN,
    BEAT_KIND_VENTRICULAR,
)
from ..scratch import SIGNAL
from ..scratch_use import works_in
from .atrial import CONDUCTED, IN_TIME, NO_P
from .beat_features import BeatContext, write_features
from .beat_vector import BEFORE, LENGTH
from .delineation import (
    P_OFF,
    P_ON,
    P_PEAK,
    PROBABILITY_P,
    PROBABILITY_QRS,
    QRS_OFF,
    QRS_ON,
    T_OFF,
    T_ON,
    T_PEAK,
    UNCERTAINTY_P,
    UNCERTAINTY_QRS_OFF,
    UNCERTAINTY_QRS_ON,
    UNCERTAINTY_T,
    Delineation,
    write_input,
)
from .fiducial_order import keep_order
from .filters import MASK
from .intervals import INTERVALS, PR, QRS, QT, UNCERTAINTY
from .rr_history import RrHistory
from .template import DEPTH, Templates, single_beat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat
    from .beat_features import BeatClassifier
    from .delineation import EcgDelineatorNetwork

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: From this QRS width on (120 ms) a beat of another shape is ventricular, or if it is this much wider than normal ones.
_WIDE_SAMPLES = const(_RATE_HZ * 120 // 1000)
_WIDER_SAMPLES = const(_RATE_HZ * 20 // 1000)
#: How much wider a run of fast ventricular beats is than the beats before (16 ms).
_RUN_SAMPLES = const(_RATE_HZ * 16 // 1000)
#: Quality of a beat that is like none before.
_UNMATCHED_QUALITY = const(40)
#: A beat that comes early is delineated by itself, at most one in two seconds.
_SINGLE_SAMPLES = const(_RATE_HZ * 2000 // 1000)
#: RR in which T is taken away from before P (384 to 540 ms), and what is left for P and PR at least (80 ms).
_FASTEST_SAMPLES = const(_RATE_HZ * 384 // 1000)
_FAST_SAMPLES = const(_RATE_HZ * 540 // 1000)
_P_ROOM_SAMPLES = const(_RATE_HZ * 80 // 1000)
#: By how much PR (samples Q3) may differ from the usual one in a beat that is conducted (20 ms).
_SAME_PR_Q3 = const(8 * _RATE_HZ * 20 // 1000)
#: Slices of the inference about a beat, one a step.
SLICES = const(4)
#: Tenths of a millisecond in a sample Q3.
_TENTHS_MS_Q3 = const(10000 // (8 * _RATE_HZ))
#: Samples before the next R at which a T wave has ended.
_BEFORE_NEXT_SAMPLES = const(_RATE_HZ * 48 // 1000)
_HALF_Q3 = const(4)


class BeatMaker:
    """Begins and finishes beats one after the other, keeping the representative beats and the recent rhythm.

    Waves are those that the network ecg_delineator finds in the representative beat; without it there are none.
    `beat_kind` names the kind of a beat; where it does not, or there is none, rules do. Works in `SIGNAL`. From `begin`
    until all slices are run and the beat is finished it owns the networks' arena, if the beat needs an inference.
    """

    def __init__(
        self, beat_kind: "BeatClassifier | None" = None, ecg_delineator: "EcgDelineatorNetwork | None" = None
    ) -> None:
        self._beat_kind = beat_kind
        self._network = ecg_delineator
        self._context = BeatContext()
        self._number = 0
        #: Intervals of the latest beat, see intervals.py.
        self.intervals = array("h", [-1] * INTERVALS)
        #: Slices of the inference under way that are still to be run.
        self.slices_left = 0
        self._templates = Templates()
        self._single = Delineation()
        self._single_from = 0
        # of the beat that was begun
        self._template = self._templates.main
        self._delineation = self._template.delineation
        self._early = self._fast = self._inferred = False
        # whether the last beat was one of a run of fast ventricular ones
        self._running = False
        self._width = 0
        self._normal_width = 0
        self._rr = RrHistory()
        self._begin = 0
        self._last_r: "int | None" = None
        self._last_t_off: "int | None" = None

    def reset(self) -> None:
        """As new: the next beat has number 0."""
        self._number = 0
        self.restart(0)

    def restart(self, begin: int) -> None:
        """Forget the wearer: signal begins anew at sample `begin`; a beat that was begun is given up."""
        self._begin = begin
        self.slices_left = 0
        if self._network is not None:
            self._network.arena.release(self)
        self._templates.forget()
        self._rr.clear()
        self._last_r = None
        self._last_t_off = None
        self._single_from = begin
        self._running = False
        self._width = 0
        self._normal_width = 0

    @works_in("SIGNAL", "SHAPE")
    def begin(self, uv: "array[int]", r: int) -> None:
        """Take up the complex at `r`; `slices_left` are to be run before it can be finished."""
        cut_beat(uv, MASK, r - BEFORE, r, LENGTH, SIGNAL)
        rr = None if self._last_r is None else r - self._last_r
        self._early = self._rr.is_early(rr)
        self._fast = rr is not None and self._rr.is_fast(rr)
        late = rr is not None and self._rr.is_late(rr)
        self._template = self._templates.assign(SIGNAL, self._early, self._fast, late, self._running)
        self._inferred = self._network is not None and self._is_due(r)
        if self._network is not None and self._inferred:
            self._network.arena.acquire(self)
            vector = self._input_beat()
            seam = self._delineation.seam()
            write_input(self._network, vector, self._own_from(r), seam, self._late_by(vector, rr))
            self.slices_left = SLICES

    def run_slice(self) -> None:
        """Run the next slice of the inference."""
        if self._network is not None:
            self._network.run_slice(SLICES - self.slices_left, SLICES)
        self.slices_left -= 1

    def finish(self, beat: "Beat", uv: "array[int]", r: int, following: "int | None", end: int, sure: bool) -> bool:
        """Fill `beat` for the complex at `r`; the next is at `following` (None: out of reach), samples end at `end`.

        False where the network sees no complex, so that it is no beat, unless it is `sure` that it is one.
        """
        rr = None if self._last_r is None else r - self._last_r
        if not self._describe(beat, uv, r, rr, following, end, sure):
            return False
        if self._beat_kind is not None:
            self._classify(self._beat_kind, beat, rr)
        self._follow_run(beat, rr)
        matched = self._template.count > 1
        beat.quality = 100 - self._templates.difference_q8 * 100 // 256 if matched else _UNMATCHED_QUALITY
        self._last_r = r
        if rr is not None:
            self._rr.add(rr)
        return True

    @works_in("SIGNAL", "SHAPE")
    def _describe(
        self, beat: "Beat", uv: "array[int]", r: int, rr: "int | None", following: "int | None", end: int, sure: bool
    ) -> bool:
        """All of `finish` that needs the samples of the beat, whose features are in the input of beat_kind then."""
        template = self._template
        # others have worked there since
        cut_beat(uv, MASK, r - BEFORE, r, LENGTH, SIGNAL)
        if self._network is not None and self._inferred:
            vector = self._input_beat()
            self._delineation.update(self._network.output(), vector, self._own_from(r), self._late_by(vector, rr))
            self._network.arena.release(self)
        after = None if following is None else following - r
        delineation = template.delineation
        probability = delineation.probability_q8[PROBABILITY_QRS]
        if delineation.runs and not sure and probability < self._rr.min_qrs_q8(rr, after):
            return False
        normal_shape = template is self._templates.main
        beat.number = self._number
        self._number += 1
        beat.r = r
        beat.rr_ms = None if rr is None else rr * 1000 // _RATE_HZ
        self._write(beat, self._delineation, rr, following, end)
        if self._delineation is delineation:
            template.width = self._width
        self._judge_kind(beat, normal_shape, self._early)
        if self._beat_kind is not None:
            self._write_features(self._beat_kind, beat, rr, after)
        return True

    def _is_due(self, r: int) -> bool:
        """Is the beat at `r` to be delineated? Sets whose waves it has.

        An early beat of the usual shape was not blended into that: it has waves of its own, if it is not too soon.
        """
        template = self._template
        self._delineation = template.delineation
        if not (self._early and template is self._templates.main and template.delineation.runs):
            return template.is_due(r)
        self._delineation = self._single
        self._single.forget()
        if r < self._single_from:
            return False
        self._single_from = r + _SINGLE_SAMPLES
        return True

    def _own_from(self, r: int) -> int:
        """Index in the vector of the beat at `r` behind the last T wave in a fast, steady rhythm; 0 elsewhere.

        Where P comes close behind T the network, which sees both, is seldom sure of either.
        """
        if self._last_r is None or self._last_t_off is None or self._early:
            return 0
        rr = r - self._last_r
        if not _FASTEST_SAMPLES <= rr <= _FAST_SAMPLES or not self._rr.is_steady(rr):
            return 0
        begin = self._last_t_off - (r - BEFORE)
        return begin if begin <= BEFORE - _P_ROOM_SAMPLES else 0

    def _late_by(self, vector: "array[int]", rr: "int | None") -> int:
        """By how many samples T of what is delineated is to be shown earlier, `rr` after the beat before."""
        return 0 if rr is None else self._delineation.late_by(vector, rr)

    def _input_beat(self) -> "array[int]":
        """What is delineated for the beat in `SIGNAL`."""
        return single_beat(SIGNAL) if self._delineation is self._single else self._template.input_beat(SIGNAL)

    def _write(
        self, beat: "Beat", delineation: "Delineation", rr: "int | None", following: "int | None", end: int
    ) -> None:
        """Put the waves into `beat`, but for those that reach out of the signal, into others or the beats beside it."""
        fiducials = delineation.fiducials_q3
        first = beat.r - BEFORE
        beat.qrs_on = _to_sample(fiducials[QRS_ON], first)
        beat.qrs_off = _to_sample(fiducials[QRS_OFF], first)
        beat.p_on = _to_sample(fiducials[P_ON], first)
        beat.p_peak = _to_sample(fiducials[P_PEAK], first)
        beat.p_off = _to_sample(fiducials[P_OFF], first)
        beat.t_on = _to_sample(fiducials[T_ON], first)
        beat.t_peak = _to_sample(fiducials[T_PEAK], first)
        beat.t_off = _to_sample(fiducials[T_OFF], first)
        if beat.qrs_on is not None and beat.qrs_off is not None:
            beat.qrs_on = max(beat.qrs_on, self._begin)
            beat.qrs_off = min(beat.qrs_off, end - 1)
        free = self._begin if self._last_t_off is None else max(self._begin, self._last_t_off)
        after = 0 if following is None else following - beat.r
        probability = delineation.probability_q8[PROBABILITY_P]
        if beat.p_on is not None and (beat.p_on < free or probability < self._rr.min_p_q8(rr or 0, after)):
            beat.p_on = beat.p_peak = beat.p_off = None
        if beat.t_off is not None and beat.t_off >= (end if following is None else following - _BEFORE_NEXT_SAMPLES):
            beat.t_on = beat.t_peak = beat.t_off = None
        keep_order(beat)
        self._last_t_off = beat.t_off
        self._width = 0 if beat.qrs_on is None else fiducials[QRS_OFF] - fiducials[QRS_ON] >> 3
        self._measure(beat, delineation)

    def _measure(self, beat: "Beat", delineation: "Delineation") -> None:
        """Set `intervals` to PR, QRS and QT of `beat` and the uncertainty of each."""
        fiducials = delineation.fiducials_q3
        uncertainty = delineation.uncertainty_q3
        out = self.intervals
        out[UNCERTAINTY + PR] = uncertainty[UNCERTAINTY_P]
        out[UNCERTAINTY + QRS] = max(uncertainty[UNCERTAINTY_QRS_ON], uncertainty[UNCERTAINTY_QRS_OFF])
        out[UNCERTAINTY + QT] = uncertainty[UNCERTAINTY_T]
        out[PR] = -1 if beat.p_on is None else (fiducials[QRS_ON] - fiducials[P_ON]) * _TENTHS_MS_Q3
        out[QRS] = -1 if beat.qrs_on is None else (fiducials[QRS_OFF] - fiducials[QRS_ON]) * _TENTHS_MS_Q3
        out[QT] = -1 if beat.t_off is None else (fiducials[T_OFF] - fiducials[QRS_ON]) * _TENTHS_MS_Q3

    def _judge_kind(self, beat: "Beat", normal_shape: bool, early: bool) -> None:
        width = self._width
        if normal_shape:
            beat.kind = BEAT_KIND_PREMATURE_SUPRAVENTRICULAR if early else BEAT_KIND_NORMAL
            self._normal_width = width
        elif width >= _WIDE_SAMPLES or width > self._normal_width + _WIDER_SAMPLES:
            beat.kind = BEAT_KIND_VENTRICULAR
        else:
            beat.kind = BEAT_KIND_PREMATURE_SUPRAVENTRICULAR if early else BEAT_KIND_UNKNOWN

    def judge_early(self, beat: "Beat", following: "int | None", p_wave: int) -> None:
        """Let the P of `beat`, the last one finished, decide whether it is early; `p_wave` as `AtrialWaves.add` has it.

        A P in time is none of an early beat, and where RR changes all the time without P (fibrillation) none is. One
        with the usual PR is, where RR does not follow the breath.
        """
        if beat.kind == BEAT_KIND_PREMATURE_SUPRAVENTRICULAR:
            in_time = p_wave & IN_TIME or (p_wave & NO_P and self._rr.fibrillates())
            if not in_time and p_wave & CONDUCTED:
                in_time = self._rr.is_breathing(None if following is None else following - beat.r)
            beat.kind = BEAT_KIND_NORMAL if in_time else beat.kind
        elif beat.kind == BEAT_KIND_NORMAL and self._early and p_wave == CONDUCTED and self._rr.stands_out():
            beat.kind = BEAT_KIND_PREMATURE_SUPRAVENTRICULAR

    def _follow_run(self, beat: "Beat", rr: "int | None") -> None:
        """What goes on in a steady, fast run of ventricular beats is one of them."""
        template = self._template
        is_other = template is self._templates.other
        if is_other and template.width < self._templates.main.width + _RUN_SAMPLES:
            # hardly wider ones are where they begin so, and have no P
            is_other = beat.p_peak is None and (self._running or beat.kind == BEAT_KIND_VENTRICULAR)
        if self._running and self._fast and is_other and rr is not None and self._rr.repeats(rr):
            beat.kind = BEAT_KIND_VENTRICULAR
        self._running = self._fast and is_other and beat.kind == BEAT_KIND_VENTRICULAR

    def _write_features(self, network: "BeatClassifier", beat: "Beat", rr: "int | None", after: "int | None") -> None:
        """Take the arena for the network beat_kind, and write its input."""
        history = self._rr
        context = self._context
        context.rr = rr or 0
        context.following = 0 if after is None else after
        context.usual = history.usual(rr, after)
        context.slow = history.slow_q6 >> 6
        context.width = self._width
        context.usual_width = self._normal_width
        context.has_p = beat.p_peak is not None
        context.difference_q8 = self._templates.main.difference_q8(SIGNAL)
        network.arena.acquire(self)
        write_features(network.input, SIGNAL, self._templates.main, context, history.rr, history.count)

    def _has_usual_shape(self) -> bool:
        """Has the beat the narrow complex that the wearer's beats have?"""
        template = self._template
        return template is self._templates.main and template.count > DEPTH and self._width < _WIDE_SAMPLES

    def _is_conducted(self, beat: "Beat", rr: "int | None") -> bool:
        """Has a beat of another shape a P as far before it as the usual ones have, and their width?

        So do those of a lead whose height changes, and beats of the ventricles do not. One `rr` after the one before
        that has the usual width and comes in time, and so did that one, needs no P: the heart swings in its sac.
        """
        width = self._width
        if not 0 < width < min(_WIDE_SAMPLES, self._normal_width + _WIDER_SAMPLES):
            return False
        if rr is not None and not self._running and self._rr.is_in_time(rr):
            return True
        usual = self._templates.main.delineation.fiducials_q3
        if beat.p_on is None or usual[P_ON] < 0 or usual[QRS_ON] < 0:
            return False
        pr = self.intervals[PR] // _TENTHS_MS_Q3
        return abs(pr - usual[QRS_ON] + usual[P_ON]) <= _SAME_PR_Q3

    def _classify(self, network: "BeatClassifier", beat: "Beat", rr: "int | None") -> None:
        """Let the network beat_kind name the kind of a beat `rr` after the one before, where it is sure."""
        kind = network.classify()
        network.arena.release(self)
        if kind == BEAT_KIND_PREMATURE_SUPRAVENTRICULAR and not self._rr.may_be_early(rr):
            return
        if kind == BEAT_KIND_VENTRICULAR and self._has_usual_shape():
            return
        if kind == BEAT_KIND_VENTRICULAR and self._is_conducted(beat, rr):
            # whether it is early has been judged
            if beat.kind == BEAT_KIND_UNKNOWN:
                beat.kind = BEAT_KIND_NORMAL
            return
        if kind != BEAT_KIND_UNKNOWN:
            beat.kind = kind


def _to_sample(offset_q3: int, first: int) -> "int | None":
    """Absolute sample of a fiducial (Q3, behind sample `first`), None where it is absent (negative)."""
    return None if offset_q3 < 0 else first + (offset_q3 + _HALF_Q3 >> 3)
