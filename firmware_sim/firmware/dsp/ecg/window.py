"""Ten-second windows: which beats belong to them, whether their signal can be trusted, and what they say."""

from array import array

from micropython import const

from ...kernels import block_statistics
from ...wire_gen import (
    BEAT_KIND_NORMAL,
    BEAT_KIND_VENTRICULAR,
    REASON_LEAD_OFF,
    REASON_NO_SIGNAL,
    REASON_NOISE,
    REASON_SATURATED,
    REASON_TOO_FEW_BEATS,
)
from ..result import EcgWindow
from .alternans import Alternans
from .filters import MASK
from .intervals import Intervals, beware, refuse
from .quality import CAUTION_UNDER, QUALITY, REASON, REFUSED_UNDER, RHYTHM_FROM, STRETCHES, EcgQuality
from .regularity import Regularity
from .rhythm import Rhythm, is_irregular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat
    from .filters import Conditioner

#: Samples of a window (10 s).
WINDOW = const(2500)
#: Once beats are known this far behind a window's end, none comes into it: R lies so near the place it is found from.
_SETTLED = const(132)
#: Counts between least and greatest of a signal that is flat (20 µV).
_FLAT = const(416)
#: The end of the signal closes two at once.
_QUEUE = const(2)
_LEAST_BEATS = const(3)
#: Parts (of 256) of a usual beat's energy that the mean energy reaches only in noise.
_CROWDED = const(128)

# What a tally has seen: samples, those at a rail, least and greatest count, sum of mean energies / 64, blocks; of its
# beats the sum of their qualities.
_SAMPLES = const(0)
_RAILED = const(1)
_LOW = const(2)
_HIGH = const(3)
_ENERGY = const(4)
_BLOCKS = const(5)
_AGREEMENT = const(6)
_TALLIED = const(7)


class Tally:
    """What is known of one window while it fills."""

    def __init__(self, runs: "array[int]") -> None:
        self.intervals = Intervals()
        self.rhythm = Rhythm(runs)
        self.start = 0
        #: As `block_statistics` has it, then of the beats the sum of their qualities.
        self.seen = array("i", bytes(4 * _TALLIED))
        self.clear(0)

    def clear(self, start: int) -> None:
        """Begin at sample `start`."""
        self.start = start
        for i in range(_TALLIED):
            self.seen[i] = 0
        self.intervals.clear()
        self.rhythm.clear()

    def add(self, beat: "Beat", spans: "array[int]") -> None:
        """Take a beat with its intervals as intervals.py has them."""
        self.intervals.add(beat, spans)
        self.rhythm.add(beat)
        self.seen[_AGREEMENT] += beat.quality

    def judge(self, quality: "EcgQuality", end: int, later: int, height: int) -> int:
        """Quality of a window of enough beats that ends at `end`, after which `later` beats came.

        `height` is the energy of a usual beat.
        """
        seen = self.seen
        intervals = self.intervals
        beats = intervals.beats
        energy = seen[_ENERGY] // seen[_BLOCKS]
        quality.judge(self.start, end, later, beats, intervals.rr, seen[_AGREEMENT] // beats, energy, height >> 6)
        return quality.state[QUALITY]

    def reason(self, height: int) -> int:
        """Why nothing can be said whatever the quality, 0 if it can; `height` is the energy of a usual beat."""
        seen = self.seen
        if seen[_RAILED] * 10 > seen[_SAMPLES]:
            return REASON_SATURATED
        if seen[_HIGH] - seen[_LOW] < _FLAT:
            return REASON_NO_SIGNAL
        beats = self.intervals.beats
        if beats >= _LEAST_BEATS:
            return 0
        crowded = height and seen[_ENERGY] // seen[_BLOCKS] << 8 > (height >> 6) * _CROWDED
        return REASON_NOISE if crowded else REASON_TOO_FEW_BEATS


class WindowMaker:
    """Makes contiguous windows; one may still wait for its last beats while the next fills."""

    def __init__(self) -> None:
        runs = array("i", bytes(8))
        self._open = Tally(runs)
        self._closing = Tally(runs)
        self._regularity = Regularity()
        self._alternans = Alternans()
        self._quality = EcgQuality()
        self._waiting = False
        self._made = False
        self._windows: "list[EcgWindow]" = [EcgWindow() for _ in range(_QUEUE)]
        self._first = 0
        #: Finished windows that wait.
        self.ready = 0
        self._lead_off_from = 0
        #: Energy of a usual beat.
        self.height = 0
        #: Of the wearer, as the wire has it; 0 unknown.
        self.sex = 0

    def restart(self) -> None:
        """Nothing was pushed yet."""
        self.ready = 0
        self._lead_off_from = 0
        self.height = 0

    def begin(self, first: int) -> None:
        """The signal begins at sample `first`."""
        self._open.clear(first)
        self._waiting = False
        self._made = False
        self._forget()

    def observe(self, signal: "Conditioner", energy: int, first: int, n: int) -> None:
        """Take a block: its figures, and its samples from `first` on."""
        at = (first >> 4) % STRETCHES
        block_statistics(signal.uv, MASK, first, n, signal.state, energy, self._open.seen, self._quality.codes, at)

    def add(self, beat: "Beat", uv: "array[int]", spans: "array[int]") -> None:
        """Take a beat of the signal in the ring `uv` into the window it lies in."""
        tally = self._closing if self._waiting and beat.r < self._open.start else self._open
        tally.add(beat, spans)
        self._quality.add(uv, beat.r)
        self._regularity.add(beat.rr_ms, beat.kind == BEAT_KIND_VENTRICULAR, beat.p_peak is not None)
        self._alternans.add(uv, beat.r, beat.rr_ms, beat.kind == BEAT_KIND_NORMAL)

    def _forget(self) -> None:
        """Beats before this point say nothing about those after."""
        self._regularity.forget()
        self._alternans.forget()

    def advance(self, now: int, known: int) -> None:
        """Open and close windows; `now` is the sample after the last one seen, beats are known before `known`."""
        if now - self._open.start >= WINDOW:
            self._open, self._closing = self._closing, self._open
            self._waiting = True
            self._open.clear(self._closing.start + WINDOW)
        if self._waiting and known - self._open.start >= _SETTLED:
            self._close(self._closing, self._open.start)
            self._waiting = False

    def end(self, now: int, lead_off: bool) -> None:
        """The signal ended before sample `now`: close what is open if it says something or nothing else did."""
        if self._waiting:
            self._close(self._closing, self._open.start)
            self._waiting = False
        enough = self._open.intervals.beats >= _LEAST_BEATS
        if now > self._open.start and (enough or not self._made or lead_off):
            self._close(self._open, now, REASON_LEAD_OFF if lead_off else 0)
        self._lead_off_from = now

    def pass_lead_off(self, now: int) -> None:
        """No contact up to sample `now`: a refused window for each ten seconds of it."""
        while now - self._lead_off_from >= WINDOW:
            self._lead_off_from += WINDOW
            window = self._new(self._lead_off_from, WINDOW)
            self._refuse(window, REASON_LEAD_OFF)

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
        window.span_ms = samples * 4
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

    def _close(self, tally: "Tally", end: int, cause: int = 0) -> None:
        """Make the window of `tally`, ending at `end`; `cause` is why it has too few beats, if that is known."""
        window = self._new(end, end - tally.start)
        intervals = tally.intervals
        window.beats = intervals.beats
        reason = tally.reason(self.height)
        if not reason:
            later = 0 if tally is self._open else self._open.intervals.beats
            window.quality = tally.judge(self._quality, end, later, self.height)
            reason = self._quality.state[REASON] if window.quality < REFUSED_UNDER else 0
        if reason:
            self._refuse(window, cause if cause and reason == REASON_TOO_FEW_BEATS else reason)
            self._forget()
        else:
            self._measure(tally, window)

    def _measure(self, tally: "Tally", window: "EcgWindow") -> None:
        """Say what a window that can be trusted says."""
        quality = window.quality
        careful = quality < CAUTION_UNDER
        if quality < RHYTHM_FROM:
            # false beats among the right ones look like fibrillation
            self._regularity.forget()
        window.irregularity = self._regularity.irregularity()
        alternans = self._alternans.microvolts()
        window.alternans_uv = None if careful else alternans
        tally.intervals.fill(window, quality, is_irregular(window.irregularity))
        if careful:
            beware(window, self._quality.state[REASON])
        window.flags = tally.rhythm.flags(window, self.sex, careful)
