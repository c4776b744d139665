"""Ten-second windows: which beats belong to them, whether their signal can be trusted, and what they say."""

from array import array

from micropython import const

from ..wire_gen import (
    REASON_LEAD_OFF,
    REASON_NO_SIGNAL,
    REASON_NOISE,
    REASON_SATURATED,
    REASON_TOO_FEW_BEATS,
)
from .filters import GREATEST, LEAST, RAILED
from .intervals import Intervals, refuse
from .result import EcgWindow
from .rhythm import Rhythm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .filters import Conditioner
    from .result import Beat

#: Samples of a window (10 s).
WINDOW = const(2500)
#: Samples after a window's end at which its beats are finished.
_SETTLED = const(432)
#: Counts between least and greatest of a signal that is flat (20 µV).
_FLAT = const(416)
#: The end of the signal closes two at once.
_QUEUE = const(2)
_LEAST_BEATS = const(3)
#: Percent of the median beat energy that the mean energy reaches only in noise: clean leads stay under 40;
#: the lower limit is for beats of which most are unlike any other.
_CROWDED = const(50)
_CROWDED_UNLIKE = const(40)

# What a tally has seen: samples, those at a rail, least and greatest count, sum of mean energies / 64, blocks.
_SAMPLES = const(0)
_RAILED = const(1)
_LOW = const(2)
_HIGH = const(3)
_ENERGY = const(4)
_BLOCKS = const(5)
_TALLIED = const(6)


class Tally:
    """What is known of one window while it fills."""

    def __init__(self) -> None:
        self.intervals = Intervals()
        self.rhythm = Rhythm()
        self.start = 0
        # in an array, because MicroPython takes ten times as long to set an attribute
        self._seen = array("i", bytes(4 * _TALLIED))
        self.clear(0)

    def clear(self, start: int) -> None:
        """Begin at sample `start`."""
        self.start = start
        for i in range(_TALLIED):
            self._seen[i] = 0
        self.quality = 0
        self.matched = 0
        self.with_p = 0
        self.intervals.clear()
        self.rhythm.clear()

    def observe(self, signal: "Conditioner", energy: int, n: int) -> None:
        """Take a block's figures."""
        seen = self._seen
        block = signal.state
        if not seen[_SAMPLES]:
            seen[_LOW] = block[LEAST]
            seen[_HIGH] = block[GREATEST]
        seen[_SAMPLES] += n
        seen[_RAILED] += block[RAILED]
        if block[LEAST] < seen[_LOW]:
            seen[_LOW] = block[LEAST]
        if block[GREATEST] > seen[_HIGH]:
            seen[_HIGH] = block[GREATEST]
        seen[_ENERGY] += energy >> 6
        seen[_BLOCKS] += 1

    def add(self, beat: "Beat", spans: "array[int]") -> None:
        """Take a beat."""
        self.intervals.add(beat, spans)
        self.rhythm.add(beat)
        self.quality += beat.quality
        self.with_p += 1 if beat.p_peak is not None else 0

    def reason(self, height: int) -> int:
        """Why nothing can be said, 0 if it can; `height` is the energy of a usual beat."""
        seen = self._seen
        if seen[_RAILED] * 10 > seen[_SAMPLES]:
            return REASON_SATURATED
        if seen[_HIGH] - seen[_LOW] < _FLAT:
            return REASON_NO_SIGNAL
        beats = self.intervals.beats
        crowding = (seen[_ENERGY] // seen[_BLOCKS] << 6) * 100 // height if seen[_BLOCKS] and height else 0
        if beats < _LEAST_BEATS:
            return REASON_NOISE if beats and crowding > _CROWDED else REASON_TOO_FEW_BEATS
        alike = 2 * self.matched >= beats
        if crowding > (_CROWDED if alike else _CROWDED_UNLIKE) or 8 * self.matched < beats:
            return REASON_NOISE
        return 0


class WindowMaker:
    """Makes contiguous windows; one may still wait for its last beats while the next fills."""

    def __init__(self) -> None:
        self._open = Tally()
        self._closing = Tally()
        self._waiting = False
        self._made = False
        self._windows: "list[EcgWindow]" = [EcgWindow() for _ in range(_QUEUE)]
        self._first = 0
        #: Finished windows that wait.
        self.ready = 0
        self._lead_off_from = 0
        #: Energy of a usual beat.
        self.height = 0

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

    def observe(self, signal: "Conditioner", energy: int, n: int) -> None:
        """Take a block's figures."""
        self._open.observe(signal, energy, n)

    def add(self, beat: "Beat", spans: "array[int]") -> None:
        """Take a beat into the window it lies in."""
        tally = self._closing if self._waiting and beat.r < self._open.start else self._open
        tally.add(beat, spans)

    def advance(self, now: int) -> None:
        """Open and close windows; `now` is the sample after the last one seen."""
        if now - self._open.start >= WINDOW:
            self._open, self._closing = self._closing, self._open
            self._waiting = True
            self._open.clear(self._closing.start + WINDOW)
        if self._waiting and now - self._open.start >= _SETTLED:
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
        if reason:
            self._refuse(window, cause if cause and reason == REASON_TOO_FEW_BEATS else reason)
            return
        quality = tally.quality // intervals.beats
        irregular = tally.rhythm.is_irregular(intervals.rr, tally.with_p, intervals.beats)
        window.quality = quality
        intervals.fill(window, quality, irregular)
        window.flags = tally.rhythm.flags(window, irregular)
