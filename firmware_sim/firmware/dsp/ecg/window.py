"""Ten-second windows: which beats belong to them, whether their signal can be trusted, and what they say."""

from array import array

import micropython
from micropython import const

from ...kernels import block_statistics
from ...wire_gen import (
    REASON_IRREGULAR,
    REASON_TOO_FEW_BEATS,
    RHYTHM_ASYSTOLE,
    RHYTHM_P_WITHOUT_QRS,
    RHYTHM_PAUSE,
    RHYTHM_VENTRICULAR_FIBRILLATION,
)
from ..result import EcgWindow
from .filters import MASK
from .intervals import RR, refuse
from .quality import REASON, REFUSED_UNDER, STRETCHES, TESTED, EcgQuality
from .rhythm import LIMITS, RUNS
from .ventricular_waves import VentricularWaves
from .window_findings import Findings
from .window_statistics import Statistics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat
    from .atrial import AtrialWaves
    from .contact import Contact
    from .filters import Conditioner
    from .mains import Mains

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: A window has 10 s.
WINDOW_SAMPLES = const(_RATE_HZ * 10)
#: Once beats are known this far behind a window's end (528 ms), none comes into it: R is found from so near.
_COMPLETE_SAMPLES = const(_RATE_HZ * 528 // 1000)
#: The end of the signal closes two at once.
_QUEUE = const(2)
_MIN_BEATS = const(3)  # dsp.ecg.window_statistics: MIN_BEATS
#: Median RR (20/min) above which no rate is measured: every interval of it is a pause.
_SLOWEST_MS = const(3000)
#: What may follow in the ring behind the end of the signal, or of a silence (2.4 s).
_HELD_SAMPLES = const(_RATE_HZ * 2400 // 1000)
#: Time without a complex, the lead being on and quiet, from which on there is a pause (3 s), and asystole (5 s).
_PAUSE_SAMPLES = const(_RATE_HZ * 3)
_ASYSTOLE_SAMPLES = const(_RATE_HZ * 5)
#: Samples after the last R at which a standstill begins (0.5 s, when its T wave has ended), and before the R that ends
#: it (0.3 s, when its P wave may begin); a rest shorter than this (1 s) has no window of its own; RR of a pause.
_AFTER_R_SAMPLES = const(_RATE_HZ * 500 // 1000)
_BEFORE_R_SAMPLES = const(_RATE_HZ * 300 // 1000)
_SHORTEST_SAMPLES = const(_RATE_HZ)
_PAUSE_MS = const(2000)
#: Agreement under which a beat is like none before it, and what is said of an interval that says nothing of others.
_UNLIKE = const(55)
#: No rhythm that begins a record is slower than this (12/min).
_NO_RHYTHM_MS = const(5000)
_HIDDEN = const(2)
#: Twice the median RR (400 ms) up to which beats were counted that are waves as well.
_COUNTED_TWICE_MS = const(800)


class WindowMaker:
    """Makes contiguous windows; one may still wait for its last beats while the next fills."""

    def __init__(self, atrial: "AtrialWaves", mains: "Mains", contact: "Contact") -> None:
        self._atrial = atrial
        self._mains = mains
        runs = array("i", bytes(4 * RUNS))
        self._open = Statistics(runs)
        self._closing = Statistics(runs)
        self._quality = EcgQuality()
        self._findings = Findings(atrial, mains, contact, self._quality)
        self._waves = VentricularWaves()
        self._waiting = False
        self._made = False
        self._windows: "list[EcgWindow]" = [EcgWindow() for _ in range(_QUEUE)]
        self._first = 0
        #: Finished windows that wait.
        self.ready = 0
        #: Sample from which on the signal is lost, and why (0: it is not); why it was lost before this signal.
        self._lost_from = 0
        self._lost = 0
        self._cause = 0
        #: R of the latest beat of this signal; -1 before the first.
        self._last_r = -1
        #: Whether a window of this signal was measured: what never was an ECG cannot stand still.
        self.trusted = False
        # whether one had a heart rate: else what seems a tachycardia may be a sway
        self._has_rate = False
        #: What is reported of a standstill: flags, 0 while complexes come; and how sure that is, 0 to 100.
        self.standstill = 0
        self._stillness = 0
        #: Energy of a usual beat.
        self.beat_energy = 0
        #: Sex and rates that findings are judged by, see `rhythm`.
        self.limits = array("H", LIMITS)

    def restart(self) -> None:
        """Nothing was pushed yet."""
        self.ready = 0
        self._lost_from = 0
        self._lost = 0
        self.beat_energy = 0

    def begin(self, first: int) -> None:
        """The signal begins at sample `first`."""
        if self._lost_from or first >= _SHORTEST_SAMPLES:
            # a device that has just started was not off
            self.end_lost(first)
        self._cause = self._lost
        self._lost = 0
        self._open.clear(first)
        self._waiting = False
        self._made = False
        self._last_r = -1
        self.trusted = False
        self._has_rate = False
        self.standstill = 0
        self._findings.forget()
        self._waves.restart()

    @micropython.native
    def observe(self, signal: "Conditioner", energy: int, first: int, n: int) -> None:
        """Take a block: its figures, and its samples from `first` on."""
        at = (first >> 4) % STRETCHES
        block_statistics(signal.uv, MASK, first, n, signal.state, energy, self._open.totals, self._quality.codes, at)
        self._waves.step(signal.uv, first + n)

    @micropython.native
    def add(
        self, beat: "Beat", uv: "array[int]", intervals: "array[int]", conducted: bool, cut: int, disturbed: bool
    ) -> int:
        """Take a beat of the signal in the ring `uv` into the window it lies in; its amplitude (µV).

        `cut`: the interval before it is none, and more than 1 where that says nothing of the others. `disturbed`: the
        electrode jumped in it.
        """
        rr_ms = beat.rr_ms
        if rr_ms is not None and rr_ms > _PAUSE_MS:
            # what an open input makes hides beats, and is no pause
            cut = cut or self._quality.is_restless(self._last_r + _AFTER_R_SAMPLES, beat.r - _BEFORE_R_SAMPLES)
            if not self.trusted and (beat.quality < _UNLIKE or rr_ms > _NO_RHYTHM_MS):
                # what came before may have been no beats
                cut = _HIDDEN
        dropped = cut == 1 and not self.standstill
        if cut:
            beat.rr_ms = None
        if self.standstill:
            # an interval across a standstill is no rate
            beat.rr_ms = None
            self._end_standstill(max(self._open.start, beat.r - _BEFORE_R_SAMPLES))
        if self._last_r < 0:
            self._end_silence(beat.r - _BEFORE_R_SAMPLES)
        statistics = self._closing if self._waiting and beat.r < self._open.start else self._open
        if rr_ms is not None:
            statistics.intervals.count_cut(rr_ms if dropped else 0, cut > 1, disturbed)
        wide = self._quality.add(uv, beat.r, beat.rr_ms, beat.p_peak is not None)
        statistics.add(beat, intervals, wide, self._last_r < 0)
        self._findings.add(beat, uv, conducted)
        beat.rr_ms = rr_ms
        self._last_r = beat.r
        return self._quality.latest_amplitude

    def count_rest(self, r: int, rest_ms: int) -> None:
        """Count `rest_ms` without a complex, beside a disturbance before the beat at sample `r`, which is to come."""
        statistics = self._closing if self._waiting and r < self._open.start else self._open
        if self.trusted or rest_ms <= _NO_RHYTHM_MS:
            statistics.rhythm.count_rest(rest_ms)

    def expect(self, beat_energy: int) -> None:
        """The energy of a usual beat is `beat_energy` from now on."""
        if beat_energy << 1 < self.beat_energy:
            self._open.keep_higher(self.beat_energy)
            self._closing.keep_higher(self.beat_energy)
        self.beat_energy = beat_energy

    def stand_still(self, until: int, since: int, sure: int) -> None:
        """No complex came from sample `since`, the last beat or later, up to `until`, on a quiet lead; none is pending.

        From 3 s on a window says so at once, again at 5 s, and then every 10 s; `sure` (0 to 100) is its quality.
        """
        silence = until - max(self._last_r, since)
        if self._last_r < 0 or silence < _PAUSE_SAMPLES or until <= self._open.start or self._waves.goes_on(until):
            # up to the end of the last window something has been reported already
            return
        flags = RHYTHM_PAUSE | RHYTHM_ASYSTOLE if silence >= _ASYSTOLE_SAMPLES else RHYTHM_PAUSE
        if flags == self.standstill:
            return
        if not self.standstill:
            self._atrial.now = until + _HELD_SAMPLES
            self._cut(self._last_r + _AFTER_R_SAMPLES)
        if not self.trusted:
            return
        self.standstill = flags
        self._stillness = sure
        self._report_standstill(until)

    def lose_quiet(self, now: int) -> None:
        """The lead is not quiet any more at sample `now`: what goes on there is not known."""
        self._end_standstill(now)

    def _cut(self, at: int) -> None:
        """Close what is open at sample `at`, after its last beat, if that is a window; else it goes on."""
        if self._waiting:
            # its end lies behind
            self._open, self._closing = self._closing, self._open
            self._waiting = False
        if at > self._open.start and self._open.intervals.beats >= _MIN_BEATS:
            self._close(self._open, at)
            self._open.clear(at)

    def _end_silence(self, end: int) -> None:
        """The first beat comes after sample `end`: what was open for long before is a window of its own."""
        if not self._waiting and end - self._open.start >= _PAUSE_SAMPLES:
            self._close(self._open, end, self._cause)
            self._open.clear(end)
        self._cause = 0

    def _end_standstill(self, end: int) -> None:
        if end - self._open.start >= _SHORTEST_SAMPLES:
            self._report_standstill(end)
        self.standstill = 0

    def _report_standstill(self, end: int) -> None:
        """Close the open window at sample `end`: no numbers, only that nothing beats."""
        window = self._new(end, end - self._open.start)
        window.beats = self._open.intervals.beats
        window.flags = self.standstill
        if self._atrial.has_p_in_silence(end):
            window.flags |= RHYTHM_P_WITHOUT_QRS
        window.quality = self._stillness
        self._refuse(window, REASON_TOO_FEW_BEATS)
        self._open.clear(end)

    @micropython.native
    def advance(self, now: int, known: int) -> None:
        """Open and close windows; `now` is the sample after the last one seen, beats are known before `known`."""
        if self.standstill:
            if known - self._open.start >= WINDOW_SAMPLES:
                self._report_standstill(self._open.start + WINDOW_SAMPLES)
            return
        if now - self._open.start >= WINDOW_SAMPLES:
            self._open, self._closing = self._closing, self._open
            self._waiting = True
            self._open.clear(self._closing.start + WINDOW_SAMPLES)
        if self._waiting and known - self._open.start >= _COMPLETE_SAMPLES:
            self._atrial.now = now
            self._close(self._closing, self._open.start)
            self._waiting = False

    def end(self, now: int, lost: int) -> None:
        """The signal ended before sample `now`: close what is open if it says something or nothing else did.

        `lost` is the reason why it ended, 0 for the end of everything.
        """
        self._atrial.now = now + _HELD_SAMPLES
        if self._waiting:
            if now < self._open.start:
                # it ended before the window that it ended in was known to begin
                self._open, self._closing = self._closing, self._open
            else:
                self._close(self._closing, self._open.start)
            self._waiting = False
        if self.standstill:
            self._end_standstill(now)
            self._open.clear(now)
        enough = self._open.intervals.beats >= _MIN_BEATS
        long = now - self._open.start >= _PAUSE_SAMPLES
        if now > self._open.start and (enough or long or not self._made or lost):
            self._close(self._open, now, lost)
        self._lost_from = now
        self._lost = lost

    def pass_lost(self, now: int, reason: int) -> None:
        """No signal up to sample `now`, for a `reason`: a refused window for each ten seconds of it."""
        if not self._lost:
            self._lost = reason
        while now - self._lost_from >= WINDOW_SAMPLES:
            self._close_lost(self._lost_from + WINDOW_SAMPLES)

    def end_lost(self, now: int) -> None:
        """A signal, or the end of everything, comes at sample `now`: the rest without a signal is a refused window."""
        if self._lost and now > self._lost_from:
            self._close_lost(now)

    def _close_lost(self, end: int) -> None:
        window = self._new(end, end - self._lost_from)
        self._lost_from = end
        self._refuse(window, self._lost)

    def next_window(self) -> "EcgWindow | None":
        """The next finished window, None when there is none."""
        if not self.ready:
            return None
        window = self._windows[self._first]
        self._first = (self._first + 1) % _QUEUE
        self.ready -= 1
        return window

    def _new(self, end: int, samples: int) -> "EcgWindow":
        if self.ready == _QUEUE:
            self._first = (self._first + 1) % _QUEUE
            self.ready -= 1
        window = self._windows[(self._first + self.ready) % _QUEUE]
        self.ready += 1
        self._made = True
        window.end = end
        window.span_ms = samples * 1000 // _RATE_HZ
        window.beats = 0
        window.flags = 0
        window.quality = 0
        window.reason = 0
        window.irregularity = None
        window.alternans_uv = None
        return window

    def _refuse(self, window: "EcgWindow", reason: int) -> None:
        window.reason = reason
        refuse(window, reason)

    def _close(self, statistics: "Statistics", end: int, cause: int = 0) -> None:
        """Make the window of `statistics`, ending at `end`; `cause` is why it has too few beats, if that is known."""
        window = self._new(end, end - statistics.start)
        intervals = statistics.intervals
        window.beats = intervals.beats
        reason = statistics.reason(self.beat_energy)
        self._quality.state[TESTED] = 0
        if not reason:
            later = 0 if statistics is self._open else self._open.intervals.beats
            window.quality = statistics.judge(self._quality, end, later, self.beat_energy)
            reason = self._quality.state[REASON] if window.quality < REFUSED_UNDER else 0
        if not reason and intervals.series.twice_median(RR) > 2 * _SLOWEST_MS:
            reason = REASON_TOO_FEW_BEATS
            self.trusted = True
            window.flags = 0 if intervals.has_poor_contact() else RHYTHM_PAUSE
        seen = self._waves.flags(statistics.start, end)
        waves = seen if self._has_rate else 0
        if not reason:
            self.trusted = True
            self._findings.fill(window, statistics, self.limits)
            # a sway may pass for beats, but hardly for beats that have a rate
            self._has_rate = self._has_rate or window.heart_rate.value is not None
            if not waves:
                return
            slow = waves & RHYTHM_VENTRICULAR_FIBRILLATION == 0
            if slow or intervals.series.twice_median(RR) <= _COUNTED_TWICE_MS:
                window.flags |= waves & ~RHYTHM_VENTRICULAR_FIBRILLATION
                return
            # what passes for beats in such waves is none
            reason = REASON_IRREGULAR
            window.quality = min(window.quality, REFUSED_UNDER - 1)
            window.irregularity = window.alternans_uv = None
        cause = cause or self._cause
        cause = cause if cause and reason == REASON_TOO_FEW_BEATS else self._mains.cause(reason)
        # before a heart rate such waves may be a sway, and are no finding
        self._refuse(window, REASON_IRREGULAR if seen else cause)
        window.flags |= waves
        if not self._quality.state[TESTED]:
            window.flags |= statistics.rhythm.sure_flags()
        if self.trusted:
            window.flags |= statistics.rhythm.sure_pause(False)
        self._findings.forget()
        self._atrial.say_nothing()
