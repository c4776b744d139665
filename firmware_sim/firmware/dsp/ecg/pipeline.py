"""The ECG pipeline: converter counts in, beats and windows out, in bounded memory.

All decisions fall on fixed 64 ms steps of the sample index, so that results do not depend on block sizes.
"""

from array import array

import micropython
from micropython import const

from ...kernels import copy_words
from ...wire_gen import BEAT_KIND_PREMATURE_SUPRAVENTRICULAR, REASON_LEAD_OFF
from ..breath_series import HEART_SERIES, BreathSeries
from ..result import Beat, BeatQueue, EcgWindow
from .atrial import CONDUCTED, NO_P, AtrialWaves
from .beat_maker import BeatMaker
from .broad_waves import AFTER_R_SAMPLES, REACH_SAMPLES, is_broad_wave
from .contact import JUMP, KIND, SINCE, STEPPED, Contact
from .disturbance import Disturbances
from .filters import MASK, Conditioner, QrsFilter
from .mains import Mains
from .pacing import Pacing
from .pending_beats import PendingBeats
from .qrs import NOT_QUIET, QrsDetector
from .qrs_peaks import PeakFinder
from .qrs_verifier import QrsVerifier
from .r_locator import RLocator, is_step
from .uncertain_span import UncertainSpan
from .window import WindowMaker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .beat_features import BeatClassifier
    from .delineation import EcgDelineatorNetwork
    from .qrs_verifier import QrsEvidenceNetwork

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Samples worked on at a time.
_STEP = const(16)
#: Samples staged before: pacing spikes are looked for a little ahead, in as many as a step takes.
_STAGE = const(30)
#: Samples after R at which a beat is finished, if it is not uncertain (1.2 s): its T wave and the next beat are known.
_READY_SAMPLES = const(_RATE_HZ * 1200 // 1000)
#: Samples with the last level held that flush the filters.
_TAIL = const(48)
#: Most samples a push, and beats that can become ready in one.
PUSH_LIMIT = const(1024)
_QUEUE = const(32)
#: Samples after R from which on a beat is delineated at once (6 s): those behind it must not leave the ring meanwhile.
_LATE_SAMPLES = const(_RATE_HZ * 6000 // 1000)
#: Beats less than this before the end of a lost signal (100 ms) may be how it was lost.
_LOST_SAMPLES = const(_RATE_HZ * 100 // 1000)
#: An interval that differs by more than an eighth from the usual one is unusual; so far from a beat (120 ms) a jump of
#: the electrode may be what passed for it, or have hidden one.
_UNUSUAL_SHIFT = const(3)
_JUMP_SAMPLES = const(_RATE_HZ * 120 // 1000)
#: Part of the beats' amplitude from which on a broad wave may be a complex, and for how long it then is no standstill.
_BROAD_PART = const(12)
_BROAD_SAMPLES = const(_RATE_HZ * 3)
#: How far back it is looked for (6 s): the ring has it.
_OLDEST_SAMPLES = const(_RATE_HZ * 6)
#: A pause (2 s), one that is no two usual intervals (3 s), and the least rest in that (1.5 s); by so much two intervals
#: of a slow heart may differ (0.3 s).
_PAUSE_SAMPLES = const(_RATE_HZ * 2)
_LONG_SAMPLES = const(_RATE_HZ * 3)
_REST_SAMPLES = const(_RATE_HZ * 1500 // 1000)
_UNEVEN_SAMPLES = const(_RATE_HZ * 300 // 1000)
#: Beats of which their amplitude is a running mean (a power of two).
_HEIGHT_BEATS_LOG2 = const(2)
#: What is said of an interval in which a level hides a beat.
_HIDDEN = const(2)
#: More usual intervals than so many in one are no rhythm that goes on unseen.
_MOST_HIDDEN = const(2)
# Indices of the state: samples done with, samples staged, R of the beat that was begun, energy of the latest block, why
# the signal is lost (0: it is not), amplitude of beats (µV, 0: not known), the sample up to which broad waves were
# looked for, the latest one, the first one since a beat.
_DONE = const(0)
_STAGED = const(1)
_R = const(2)
_ENERGY = const(3)
_LOST = const(4)
_HEIGHT = const(5)
_LOOKED = const(6)
_BROAD = const(7)
_FIRST_BROAD = const(8)
_STATE = const(9)


class EcgPipeline:
    """Streaming ECG analysis of one lead, whose front end is that of frontends.ecg.

    Counts are 24-bit; indices in results count every sample pushed, lead off or not. Results are reused objects: empty
    both queues after each push and copy what is kept. The networks, each under its model's name: `beat_kind` names the
    kinds of beats that it is sure of, and rules name the others; `ecg_delineator` finds the waves, and without it there
    are beats, but no intervals; `qrs_evidence` verifies beats that are uncertain. `heart` gets the breath in the beats.
    """

    def __init__(
        self,
        beat_kind: "BeatClassifier | None" = None,
        ecg_delineator: "EcgDelineatorNetwork | None" = None,
        qrs_evidence: "QrsEvidenceNetwork | None" = None,
        heart: "BreathSeries | None" = None,
    ) -> None:
        self._conditioner = Conditioner()
        self._filter = QrsFilter()
        self._peaks = PeakFinder()
        self._mains = Mains()
        self._uncertain = UncertainSpan()
        self._detector = QrsDetector(self._peaks.found, self._uncertain)
        self._locator = RLocator()
        self._maker = BeatMaker(beat_kind, ecg_delineator)
        self._pacing = Pacing()
        self._contact = Contact()
        self._disturbances = Disturbances()
        self._atrial = AtrialWaves(self._conditioner.uv)
        self._windows = WindowMaker(self._atrial, self._mains, self._contact)
        self._stage = array("i", [0] * _STAGE)
        self._at = array("i", [0] * _STATE)
        self._running = False
        self._pending = PendingBeats()
        self._verifier = QrsVerifier(qrs_evidence, self._uncertain, self._pending, self._locator)
        self._ready = BeatQueue(_QUEUE)
        self._beat = Beat()
        self._heart = heart or BreathSeries(HEART_SERIES)

    def restart(self) -> None:
        """Begin anew, as a new pipeline would, with sample 0."""
        self._running = False
        self._at[_STAGED] = 0
        self._at[_DONE] = 0
        self._detector.forget()
        self._verifier.restart(0)
        self._maker.reset()
        self._windows.restart()
        self._ready.clear()

    @micropython.native
    def push(self, samples: "array[int]", n: int, lead_off: bool) -> bool:
        """Take the first `n` of `samples`; `lead_off` holds for all of them. True: there are new results.

        ValueError for more than `PUSH_LIMIT`.
        """
        if n > PUSH_LIMIT:
            raise ValueError("too many samples in one push")
        if lead_off:
            if self._running:
                self._end(REASON_LEAD_OFF)
            self._at[_DONE] += n
            self._windows.pass_lost(self._at[_DONE], REASON_LEAD_OFF)
            return self._has_results()
        if n and not self._running:
            self._begin(samples[0])
        at = self._at
        stage = self._stage
        staged = at[_STAGED]
        if staged + n < _STAGE:
            # the usual case: nothing happens
            copy_words(stage, staged, samples, 0, n)
            at[_STAGED] = staged + n
            return False
        done = 0
        while done < n:
            count = _STAGE - staged
            if count > n - done:
                count = n - done
            copy_words(stage, staged, samples, done, count)
            done += count
            staged += count
            if staged == _STAGE:
                self._step(_STEP)
                staged -= _STEP
        at[_STAGED] = staged
        return self._has_results()

    def _has_results(self) -> bool:
        return self._ready.n + self._windows.ready > 0

    def set_limits(self, sex: int, slow_bpm: int, fast_bpm: int) -> None:
        """Judge QTc by the wearer's sex (as the wire has it; 0 unknown), and rates as slow or fast beyond these."""
        limits = self._windows.limits
        limits[0] = sex
        limits[1] = 10 * slow_bpm
        limits[2] = 10 * fast_bpm

    def flush(self) -> None:
        """The signal has ended: finish all beats and the window with what is there."""
        if self._running:
            self._end(0)
        self._windows.end_lost(self._at[_DONE])

    @property
    def has_contact(self) -> bool:
        """False while what comes is no signal."""
        return not self._at[_LOST]

    def next_beat(self) -> "Beat | None":
        """The next finished beat, in order; None when there is none. Valid until the next push."""
        if not self._ready.n:
            return None
        self._ready.take(self._beat)
        return self._beat

    def next_window(self) -> "EcgWindow | None":
        """The next finished window, in order; None when there is none. Valid until the next push."""
        return self._windows.next_window()

    def _begin(self, level: int) -> None:
        first = self._at[_DONE]
        self._conditioner.restart(level)
        self._filter.restart()
        self._peaks.restart()
        self._mains.restart()
        self._detector.restart(first)
        self._uncertain.restart(first)
        self._locator.restart()
        self._maker.restart(first)
        self._pacing.restart()
        self._atrial.forget()
        self._contact.restart()
        self._disturbances.restart()
        self._at[_LOST] = self._at[_HEIGHT] = 0
        self._at[_LOOKED] = self._at[_BROAD] = self._at[_FIRST_BROAD] = first
        self._windows.begin(first)
        self._heart.restart()
        self._pending.restart(first)
        self._verifier.restart(first)
        self._running = True

    @micropython.native
    def _step(self, n: int) -> None:
        """Work on the first `n` staged samples, or pass them where they are no signal."""
        at = self._at
        if at[_LOST]:
            if not self._contact.is_back(self._stage, at[_ENERGY], self._detector.levels.usual):
                self._pass(n)
                return
            jumped = self._contact.state[KIND] == JUMP
            self._begin(self._stage[0])
            if jumped:
                self._detector.resume()
        detector = self._detector
        lost = self._contact.judge(self._stage, at[_DONE], at[_ENERGY], detector.levels, detector.last)
        if detector.misled and not lost:
            lost = self._contact.begin_anew(at[_DONE])
        if lost:
            self._lose(lost)
            self._pass(n)
        else:
            self._work(n)

    def _pass(self, n: int) -> None:
        """Pass over `n` samples that are no signal."""
        at = self._at
        self._conditioner.block(self._stage, n, at[_DONE])
        at[_ENERGY] = self._filter.block(self._conditioner.uv, n, at[_DONE])
        copy_words(self._stage, 0, self._stage, n, _STAGE - n)
        at[_DONE] += n
        self._windows.pass_lost(at[_DONE], at[_LOST])

    def _lose(self, reason: int) -> None:
        """The signal is lost for a `reason` since a sample that was worked on: end it there."""
        at = self._at
        now = at[_DONE]
        at[_DONE] = self._contact.state[SINCE]
        last = at[_DONE] - _LOST_SAMPLES
        self._peaks.found.drop_from(last)
        self._pending.drop_from(last)
        if self._maker.slices_left and at[_R] >= last:
            self._maker.restart(at[_DONE])
        self._finish(reason, False)
        at[_DONE] = now
        at[_LOST] = reason

    @micropython.native
    def _work(self, n: int) -> None:
        # each look at an attribute takes longer than a sum: none is looked at twice
        at = self._at
        stage = self._stage
        conditioner = self._conditioner
        uv = conditioner.uv
        qrs = self._filter
        windows = self._windows
        detector = self._detector
        maker = self._maker
        first = at[_DONE]
        self._pacing.clean(stage, first)
        conditioner.block(stage, n, first)
        copy_words(stage, 0, stage, n, _STAGE - n)
        energy = at[_ENERGY] = qrs.block(uv, n, first)
        self._peaks.block(qrs.energy, qrs.low, n, first)
        now = at[_DONE] = first + n
        windows.observe(conditioner, energy, first, n)
        if n == _STEP:
            self._mains.step(uv, qrs.energy, energy, now)
        self._pacing.drop_unanswered(uv, now, at[_HEIGHT], self._peaks.found, self._uncertain)
        detector.pacing_unanswered = self._pacing.is_unanswered(now)
        quiet_until = detector.decide(now)
        beat_energy = detector.levels.beat
        if beat_energy != windows.beat_energy:
            windows.expect(beat_energy)
        if detector.waiting:
            self._collect(now)
        pending = self._pending
        resolved = self._verifier.step(uv, now)
        since = self._contact.state[SINCE]
        if since >= 0:
            resolved = min(resolved, since - _LOST_SAMPLES)
        if maker.slices_left or (pending.n and pending.r[0] <= resolved):
            resolved = min(resolved, self._advance_beat(False))
        if quiet_until and since < 0 and not (pending.n or maker.slices_left or resolved < now - _READY_SAMPLES):
            self._judge_silence(quiet_until)
        windows.advance(now, resolved)

    def _judge_silence(self, quiet_until: int) -> None:
        """No complex comes and none is pending: report a standstill while the lead is quiet (`QrsDetector.decide`)."""
        if quiet_until != NOT_QUIET:
            broad = self._last_broad_wave(quiet_until)
            if quiet_until - broad >= _BROAD_SAMPLES:
                levels = self._detector.levels
                sure = 100 - min(100 * levels.noise // max(levels.usual, 1), 100)
                self._windows.stand_still(quiet_until, broad, sure)
                return
        if self._windows.standstill:
            self._windows.lose_quiet(self._at[_DONE])

    def _last_broad_wave(self, until: int) -> int:
        """Sample of the latest wave before sample `until` that may be a complex, R of the last beat where none is."""
        at = self._at
        uv = self._conditioner.uv
        end = until - REACH_SAMPLES
        middle = max(at[_LOOKED], at[_R] + AFTER_R_SAMPLES, at[_DONE] - _OLDEST_SAMPLES)
        while middle <= end:
            if not self._pacing.is_discharge(middle) and is_broad_wave(uv, middle, at[_HEIGHT] // _BROAD_PART):
                if at[_BROAD] <= at[_R]:
                    at[_FIRST_BROAD] = middle
                at[_BROAD] = middle
            middle += _STEP >> 1
        at[_LOOKED] = middle
        return max(at[_BROAD], at[_R])

    def _end(self, reason: int) -> None:
        """The signal ends for a `reason` (0: that of everything): the filters are flushed with the last level held."""
        at = self._at
        staged = at[_STAGED]
        if at[_LOST]:
            at[_DONE] += staged
            self._windows.end_lost(at[_DONE])
        else:
            while staged:
                for i in range(staged, _STAGE):
                    self._stage[i] = self._stage[staged - 1]
                n = min(staged, _STEP)
                self._work(n)
                staged -= n
            self._conditioner.hold(_TAIL, at[_DONE])
            self._filter.block(self._conditioner.uv, _TAIL, at[_DONE])
            self._peaks.block(self._filter.energy, self._filter.low, _TAIL, at[_DONE])
            self._finish(reason, True)
        at[_STAGED] = 0
        at[_LOST] = 0
        self._running = False

    def _finish(self, reason: int, at_end: bool) -> None:
        """Finish everything before the sample that is to come; `at_end`: none was worked on since."""
        done = self._at[_DONE]
        self._conditioner.hold(_READY_SAMPLES, done)
        self._pacing.drop_unanswered(
            self._conditioner.uv, done + _READY_SAMPLES, self._at[_HEIGHT], self._peaks.found, self._uncertain
        )
        self._detector.decide(done, True)
        # a short signal sets the levels only now
        self._windows.beat_energy = self._detector.levels.beat
        self._collect(done + _TAIL)
        if at_end:
            self._mains.flush(self._conditioner.uv)
        self._conditioner.hold(_READY_SAMPLES, done)
        if self._maker.slices_left:
            self._advance_beat(True)
        self._verifier.finish(self._conditioner.uv, done)
        while self._pending.n:
            self._advance_beat(True)
        self._windows.end(done, reason)

    def _collect(self, known: int) -> None:
        """Locate R of the beats that were found; the signal is known to before sample `known`."""
        while self._detector.waiting:
            r = self._locator.locate(self._conditioner.uv, self._detector.next_beat(), known)
            # what the electrode of a pacemaker discharges is a step, and the complex lies on it
            if r < self._at[_DONE] and (self._pacing.began(r) or not is_step(self._conditioner.uv, r)):
                self._pending.add(r)

    def _advance_beat(self, at_once: bool) -> int:
        """Run a slice of the inference about the first pending beat, or all `at_once`, and finish it after the last.

        Returns the sample up to which no beat is pending.
        """
        maker = self._maker
        at = self._at
        uv = self._conditioner.uv
        if not maker.slices_left:
            at[_R] = self._pending.take()
            maker.begin(uv, at[_R])
        while maker.slices_left:
            maker.run_slice()
            if maker.slices_left and not at_once and at[_DONE] - at[_R] < _LATE_SAMPLES:
                return at[_R]
        following = self._pending.r[0] if self._pending.n else None
        beat = self._beat
        if maker.finish(beat, uv, at[_R], following, at[_DONE], self._verifier.is_sure(at[_R])):
            self._pacing.judge(beat, uv)
            lacks_one = self._is_flat_before(beat)
            p_wave = self._atrial.add(beat, uv, lacks_one)
            if beat.kind == BEAT_KIND_PREMATURE_SUPRAVENTRICULAR and self._atrial.lacks_p():
                p_wave |= NO_P
            maker.judge_early(beat, following, p_wave)
            rr = min((beat.rr_ms or 0) * _RATE_HZ // 1000, beat.r - self._oldest())
            disturbed = self._disturbances.judge(uv, beat.r, rr, self._contact.rough_uv(), beat.quality)
            if disturbed:
                self._judge_pause(beat)
            cut = _HIDDEN if lacks_one else self._cut(beat, disturbed)
            amplitude = self._windows.add(beat, uv, maker.intervals, p_wave & CONDUCTED > 0, cut, disturbed)
            at[_HEIGHT] += (amplitude - at[_HEIGHT]) >> _HEIGHT_BEATS_LOG2 if at[_HEIGHT] else amplitude
            self._keep_breath(beat.rr_ms, amplitude)
            self._detector.levels.confirm(beat.quality, self._windows.trusted)
            self._ready.put(beat)
        return at[_DONE] if following is None else following

    def _keep_breath(self, rr_ms: "int | None", amplitude: int) -> None:
        """Keep what the breath moves of a beat: its `amplitude` (µV), and RR."""
        heart = self._heart
        if not rr_ms:
            heart.restart()
            return
        heart.values[0] = amplitude
        heart.values[1] = rr_ms
        heart.add(rr_ms)

    def _unusual_rr(self, beat: "Beat") -> int:
        """Samples of the interval before `beat`; 0 if it is as usual, or none."""
        usual = self._detector.levels.rr
        rr = usual if beat.rr_ms is None else beat.rr_ms * _RATE_HZ // 1000
        return rr if abs(rr - usual) << _UNUSUAL_SHIFT > usual else 0

    def _oldest(self) -> int:
        """Sample from which on the ring has the signal, also behind a tail."""
        return self._at[_DONE] + _READY_SAMPLES - MASK

    def _is_flat_before(self, beat: "Beat") -> bool:
        """May a level have hidden a beat, or its edge made one, in the unusual interval before `beat`?

        Until the usual one is known, none is.
        """
        rr = self._unusual_rr(beat)
        if not self._detector.levels.knows_rr():
            rr = (beat.rr_ms or 0) * _RATE_HZ // 1000
        begin = max(beat.r - rr - _JUMP_SAMPLES, self._oldest())
        return rr > 0 and self._contact.was_flat(self._conditioner.uv, begin, beat.r + _JUMP_SAMPLES)

    def _judge_pause(self, beat: "Beat") -> None:
        """Is the disturbed interval before `beat` a pause, whatever the disturbance hides?

        Where a rest beside that is longer than usual intervals, one beat more is none; where all intervals are long, it
        would divide this one into two that are alike.
        """
        rr = (beat.rr_ms or 0) * _RATE_HZ // 1000
        if rr <= _PAUSE_SAMPLES:
            return
        rest = self._disturbances.rest(self._conditioner.uv, beat.r, rr, self._at[_DONE])
        if rr > _LONG_SAMPLES:
            levels = self._detector.levels
            usual = levels.rr + (levels.rr >> 1) if self._unusual_rr(beat) else (rr + _UNEVEN_SAMPLES) >> 1
            if levels.knows_rr() and rest > max(usual, _REST_SAMPLES):
                rest = max(rest, _PAUSE_SAMPLES + 1)
        self._windows.count_rest(beat.r, rest * 1000 // _RATE_HZ)

    def _cut(self, beat: "Beat", disturbed: bool) -> int:
        """Whether the unusual interval before `beat` is one, as `WindowMaker.add` has it.

        Where the electrode jumped, or it is `disturbed` otherwise, a beat may have been missed or made.
        """
        rr = self._unusual_rr(beat)
        if not rr:
            return 0
        if disturbed:
            usual = self._detector.levels.rr
            beats = (rr + (usual >> 1)) // usual
            return _HIDDEN if 1 < beats <= _MOST_HIDDEN and abs(rr - beats * usual) << _UNUSUAL_SHIFT <= rr else 1
        if beat.r - rr < self._at[_FIRST_BROAD] < beat.r - _JUMP_SAMPLES:
            # what may have been a complex lies in it
            return 1
        return beat.r - rr - _JUMP_SAMPLES <= self._contact.state[STEPPED] <= beat.r + _JUMP_SAMPLES
