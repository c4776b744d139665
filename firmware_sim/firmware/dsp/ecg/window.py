"""Ten-second windows: which beats belong to them, whether their signal can be trusted, and what they say."""

from array import array

import micropython
from micropython import const

from ...kernels import block_statistics
from ...wire_gen import (
    BEAT_KIND_NORMAL,
    BEAT_KIND_VENTRICULAR,
    REASON_AV_CONDUCTION,
    REASON_FLUTTER_WAVES,
    REASON_MAINS,
    REASON_NO_SIGNAL,
    REASON_NOISE,
    REASON_SATURATED,
    REASON_TOO_FEW_BEATS,
    REASON_UNCERTAIN,
    RHYTHM_ASYSTOLE,
    RHYTHM_ATRIAL_FLUTTER,
    RHYTHM_AV_BLOCK_SECOND_DEGREE,
    RHYTHM_LONG_QTC,
    RHYTHM_P_WITHOUT_QRS,
    RHYTHM_PAUSE,
    RHYTHM_SHORT_QTC,
)
from ..result import EcgWindow
from .alternans import Alternans
from .contact import USUAL_ROUGH
from .filters import MASK
from .intervals import Intervals, add_caution, caution_edges, refuse
from .quality import (
    AMPLITUDE,
    CAUTION_UNDER,
    QUALITY,
    REASON,
    REFUSED_UNDER,
    RHYTHM_FROM,
    STEADY,
    STRETCHES,
    EcgQuality,
)
from .regularity import Regularity
from .rhythm import Rhythm, is_irregular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat
    from .atrial import AtrialWaves
    from .contact import Contact
    from .filters import Conditioner
    from .mains import Mains

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_LSB_NANO = const(48_081)  # frontends.ecg: LSB_NANO
#: A window has 10 s.
WINDOW_SAMPLES = const(_RATE_HZ * 10)
#: Once beats are known this far behind a window's end (528 ms), none comes into it: R is found from so near.
_COMPLETE_SAMPLES = const(_RATE_HZ * 528 // 1000)
#: Peak-to-peak of a signal that is flat (20 µV).
_FLAT_COUNTS = const((20_000_000 + _LSB_NANO // 2) // _LSB_NANO)
#: The end of the signal closes two at once.
_QUEUE = const(2)
_MIN_BEATS = const(3)
#: Median RR (20/min) above which no rate is measured: every interval of it is a pause.
_SLOWEST_MS = const(3000)
#: What may follow in the ring behind the end of the signal, or of a silence (2.4 s).
_HELD_SAMPLES = const(_RATE_HZ * 2400 // 1000)
#: Mean energy over that of a usual beat (Q8) that is reached only in noise, where it lasts (4 s).
_CROWDED_Q8 = const(128)
_CROWDED_SAMPLES = const(_RATE_HZ * 4)
#: RR (ms) under which in a rhythm of wide complexes a P wave cannot be told from the last T wave.
_FAST_MS = const(460)
#: Time without a complex, the lead being on and quiet, from which on there is a pause (3 s), and asystole (5 s).
_PAUSE_SAMPLES = const(_RATE_HZ * 3)
_ASYSTOLE_SAMPLES = const(_RATE_HZ * 5)
#: Samples after the last R at which a standstill begins (0.5 s, when its T wave has ended), and before the R that ends
#: it (0.3 s, when its P wave may begin); a rest shorter than this (1 s) has no window of its own.
_AFTER_R_SAMPLES = const(_RATE_HZ * 500 // 1000)
_BEFORE_R_SAMPLES = const(_RATE_HZ * 300 // 1000)
_SHORTEST_SAMPLES = const(_RATE_HZ)

# Indices of the totals: samples, those at a rail, lowest and highest count, sum of mean energies / 64, blocks; of the
# beats the sum of their qualities.
_SAMPLES = const(0)
_RAILED = const(1)
_LOWEST = const(2)
_HIGHEST = const(3)
_ENERGY = const(4)
_BLOCKS = const(5)
_BEAT_QUALITY = const(6)
_FIRST_LACKS = const(7)
_TOTALS = const(8)


class Statistics:
    """What is known of one window while it fills."""

    def __init__(self, runs: "array[int]") -> None:
        self.intervals = Intervals()
        self.rhythm = Rhythm(runs)
        self.start = 0
        #: As `block_statistics` has them, then of the beats the sum of their qualities.
        self.totals = array("i", bytes(4 * _TOTALS))
        self.clear(0)

    def clear(self, start: int) -> None:
        """Begin at sample `start`."""
        self.start = start
        for i in range(_TOTALS):
            self.totals[i] = 0
        self.intervals.clear()
        self.rhythm.clear()

    @micropython.native
    def add(self, beat: "Beat", intervals: "array[int]", wide: bool, first: bool) -> None:
        """Take a beat with its intervals as intervals.py has them, the `first` of a signal or another.

        `wide`: its shape is that of a wide complex.
        """
        self.intervals.add(beat, intervals)
        self.rhythm.add(beat, wide)
        self.totals[_BEAT_QUALITY] += beat.quality
        if first:
            self.totals[_FIRST_LACKS] = 100 - beat.quality

    def judge(self, quality: "EcgQuality", end: int, later: int, beat_energy: int) -> int:
        """Quality of a window of enough beats that ends at `end`, after which `later` beats came.

        `beat_energy` is the energy of a usual beat.
        """
        totals = self.totals
        intervals = self.intervals
        beats = intervals.beats
        energy = totals[_ENERGY] // totals[_BLOCKS]
        agreement = totals[_BEAT_QUALITY] // beats
        # the first beat of a signal has none to agree with
        others = (totals[_BEAT_QUALITY] + totals[_FIRST_LACKS]) // beats
        if others >= STEADY:
            agreement = others
        quality.judge(self.start, end, later, beats, intervals.rr, agreement, energy, beat_energy >> 6)
        return quality.state[QUALITY]

    def reason(self, beat_energy: int) -> int:
        """Why nothing can be said whatever the quality, 0 if it can; `beat_energy` is the energy of a usual beat."""
        totals = self.totals
        if totals[_RAILED] * 10 > totals[_SAMPLES]:
            return REASON_SATURATED
        if totals[_HIGHEST] - totals[_LOWEST] < _FLAT_COUNTS:
            return REASON_NO_SIGNAL
        beats = self.intervals.beats
        if beats >= _MIN_BEATS:
            return 0
        if totals[_SAMPLES] < _CROWDED_SAMPLES:
            return REASON_TOO_FEW_BEATS
        crowded = beat_energy and totals[_ENERGY] // totals[_BLOCKS] << 8 > (beat_energy >> 6) * _CROWDED_Q8
        return REASON_NOISE if crowded else REASON_TOO_FEW_BEATS


class WindowMaker:
    """Makes contiguous windows; one may still wait for its last beats while the next fills."""

    def __init__(self, atrial: "AtrialWaves", mains: "Mains", contact: "Contact") -> None:
        self._contact = contact
        self._atrial = atrial
        self._mains = mains
        runs = array("i", bytes(12))
        self._open = Statistics(runs)
        self._closing = Statistics(runs)
        self._regularity = Regularity()
        self._alternans = Alternans()
        self._quality = EcgQuality()
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
        # whether a window of this signal was measured: what never was an ECG cannot stand still
        self._trusted = False
        #: What is reported of a standstill: flags, 0 while complexes come; and how sure that is, 0 to 100.
        self.standstill = 0
        self._stillness = 0
        #: Energy of a usual beat.
        self.beat_energy = 0
        #: Of the wearer, as the wire has it; 0 unknown.
        self.sex = 0

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
        self._trusted = False
        self.standstill = 0
        self._forget()

    @micropython.native
    def observe(self, signal: "Conditioner", energy: int, first: int, n: int) -> None:
        """Take a block: its figures, and its samples from `first` on."""
        at = (first >> 4) % STRETCHES
        block_statistics(signal.uv, MASK, first, n, signal.state, energy, self._open.totals, self._quality.codes, at)

    @micropython.native
    def add(self, beat: "Beat", uv: "array[int]", intervals: "array[int]", conducted: bool, cut: bool) -> None:
        """Take a beat of the signal in the ring `uv` into the window it lies in.

        `cut`: the interval before it is none.
        """
        rr_ms = beat.rr_ms
        dropped = cut and not self.standstill
        if cut:
            beat.rr_ms = None
        if self.standstill:
            # an interval across a standstill is no rate
            beat.rr_ms = None
            self._end_standstill(max(self._open.start, beat.r - _BEFORE_R_SAMPLES))
        if self._last_r < 0:
            self._end_silence(beat.r - _BEFORE_R_SAMPLES)
        statistics = self._closing if self._waiting and beat.r < self._open.start else self._open
        if dropped and rr_ms is not None:
            statistics.intervals.drop(rr_ms)
        wide = self._quality.add(uv, beat.r, beat.rr_ms, beat.p_peak is not None)
        statistics.add(beat, intervals, wide, self._last_r < 0)
        has_p = conducted or beat.p_peak is not None
        self._regularity.add(beat.rr_ms, beat.kind == BEAT_KIND_VENTRICULAR, has_p)
        self._alternans.add(uv, beat.r, beat.rr_ms, beat.kind == BEAT_KIND_NORMAL)
        beat.rr_ms = rr_ms
        self._last_r = beat.r

    def stand_still(self, until: int, sure: int) -> None:
        """No complex came since the last beat up to sample `until`, and none is pending, on a quiet lead.

        From 3 s on a window says so at once, again at 5 s, and then every 10 s; `sure` (0 to 100) is its quality.
        """
        silence = until - self._last_r
        if self._last_r < 0 or silence < _PAUSE_SAMPLES:
            return
        flags = RHYTHM_PAUSE | RHYTHM_ASYSTOLE if silence >= _ASYSTOLE_SAMPLES else RHYTHM_PAUSE
        if flags == self.standstill:
            return
        if not self.standstill:
            self._atrial.now = until + _HELD_SAMPLES
            self._cut(self._last_r + _AFTER_R_SAMPLES)
        if not self._trusted:
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

    def _forget(self) -> None:
        """Beats before this point say nothing about those after."""
        self._regularity.forget()
        self._alternans.forget()

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
        if not reason:
            later = 0 if statistics is self._open else self._open.intervals.beats
            window.quality = statistics.judge(self._quality, end, later, self.beat_energy)
            reason = self._quality.state[REASON] if window.quality < REFUSED_UNDER else 0
        if not reason and intervals.rr.n and intervals.rr.twice_median() > 2 * _SLOWEST_MS:
            reason = REASON_TOO_FEW_BEATS
            window.flags = RHYTHM_PAUSE
        if reason:
            cause = cause or self._cause
            self._refuse(window, cause if cause and reason == REASON_TOO_FEW_BEATS else self._mains.cause(reason))
            self._forget()
            self._atrial.say_nothing()
        else:
            self._measure(statistics, window)

    def _measure(self, statistics: "Statistics", window: "EcgWindow") -> None:
        """Say what a window that can be trusted says."""
        self._trusted = True
        quality = window.quality
        rough_uv = self._contact.state[USUAL_ROUGH] * (_LSB_NANO // 1000) // 1000
        blur = self._mains.blur(self._quality.state[AMPLITUDE], rough_uv)
        careful = blur == REASON_MAINS or quality < CAUTION_UNDER
        if quality < RHYTHM_FROM:
            # false beats among the right ones look like fibrillation
            self._regularity.forget()
        atrial = self._atrial
        atrial.judge(statistics.start, window.end)
        irregularity = self._regularity.irregularity()
        # atria whose waves come regularly do not fibrillate
        window.irregularity = irregularity * 3 >> 3 if atrial.flags and irregularity is not None else irregularity
        alternans = self._alternans.microvolts()
        window.alternans_uv = None if careful else alternans
        irregular = is_irregular(window.irregularity)
        flutter = atrial.flags == RHYTHM_ATRIAL_FLUTTER
        statistics.intervals.fill(window, quality, irregular, flutter)
        if statistics.rhythm.has_wide_beats(irregular) and (window.rr.value or _FAST_MS) < _FAST_MS:
            # what stands before the complex may be the T wave of the last
            window.pr.refuse(REASON_UNCERTAIN)
        if atrial.changing:
            window.pr.refuse(REASON_AV_CONDUCTION)
        if flutter:
            for measure in (window.pr, window.qt, window.qtc_bazett, window.qtc_fridericia):
                measure.refuse(REASON_FLUTTER_WAVES)
            for measure in (window.qtc_framingham, window.qtc_hodges):
                measure.refuse(REASON_FLUTTER_WAVES)
        if quality < CAUTION_UNDER:
            add_caution(window, self._mains.cause(self._quality.state[REASON]))
        elif blur:
            caution_edges(window, blur)
        flags = statistics.rhythm.flags(window, self.sex, careful, flutter)
        if quality < RHYTHM_FROM and window.heart_rate.value is None:
            # beats of which not even the rate is known are no finding
            flags = 0
        # flutter waves pass for noise themselves
        if not careful or (flutter and atrial.flutter.sure):
            flags |= atrial.flags
        if flags & RHYTHM_AV_BLOCK_SECOND_DEGREE:
            # RR changes at once, and QT follows in minutes
            flags &= ~(RHYTHM_LONG_QTC | RHYTHM_SHORT_QTC)
        window.flags = flags
