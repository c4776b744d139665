"""What the signal processing hands out: small reused objects with integers or None in them."""

from array import array

from micropython import const

# Fiducials of a queued beat, kept relative to R, in order.
_FIDUCIALS = ("p_on", "p_peak", "p_off", "qrs_on", "qrs_off", "t_on", "t_peak", "t_off")
# Where they lie in a queued beat; fiducials from the first one on.
_NUMBER = const(0)
_R = const(1)
_RR_MS = const(2)
_WIDE = const(3)
_KIND = const(0)
_QUALITY = const(1)
_FIDUCIAL = const(2)
_SMALL = const(10)
#: Highest quality of a number that is in doubt: only what has more may stand in for another, or show a wearer.
UNCERTAIN_QUALITY = const(30)
#: No interval is negative, and no fiducial is that far from R.
_ABSENT = const(-1)
_NO_FIDUCIAL = const(-32768)


class Measure:
    """A number in the wire's scaled unit with its quality, or the reason why there is none.

    `reason` 0 means none; a value together with a reason is to be read with caution. `u95` is the expanded uncertainty
    in the unit of the value (JCGM 100, coverage 95 %); 0 means that it is not known.
    """

    def __init__(self) -> None:
        self.value: "int | None" = None
        self.quality = 0
        self.reason = 0
        self.u95 = 0

    def set(self, value: int, quality: int, reason: int = 0, u95: int = 0) -> None:
        """Answer with a number; `quality` 0 to 100."""
        self.value = value
        self.quality = quality
        self.reason = reason
        self.u95 = u95

    def add_caution(self, reason: int) -> None:
        """Add why a number is to be read with caution, unless it has a reason already."""
        if not self.reason:
            self.reason = reason

    def refuse(self, reason: int) -> None:
        """Answer with a reason instead of a number."""
        self.value = None
        self.quality = 0
        self.reason = reason
        self.u95 = 0


class Beat:
    """A heart beat: absolute ECG sample indices of its fiducials, None where absent."""

    def __init__(self) -> None:
        self.number = 0
        self.r = 0
        self.p_on: "int | None" = None
        self.p_peak: "int | None" = None
        self.p_off: "int | None" = None
        self.qrs_on: "int | None" = None
        self.qrs_off: "int | None" = None
        self.t_on: "int | None" = None
        self.t_peak: "int | None" = None
        self.t_off: "int | None" = None
        self.rr_ms: "int | None" = None
        self.kind = 0
        self.quality = 0


class BeatQueue:
    """Finished beats in order, as numbers in one array: objects would take twice the memory. The oldest give way."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._wide = array("i", bytes(4 * _WIDE * capacity))
        self._small = array("h", bytes(2 * _SMALL * capacity))
        self._first = 0
        self.n = 0

    def clear(self) -> None:
        """Forget all."""
        self.n = 0

    def put(self, beat: "Beat") -> None:
        """Append a copy."""
        if self.n == self._capacity:
            self._first = (self._first + 1) % self._capacity
            self.n -= 1
        slot = (self._first + self.n) % self._capacity
        wide = self._wide
        at = slot * _WIDE
        wide[at + _NUMBER] = beat.number
        wide[at + _R] = beat.r
        wide[at + _RR_MS] = _ABSENT if beat.rr_ms is None else beat.rr_ms
        small = self._small
        at = slot * _SMALL
        small[at + _KIND] = beat.kind
        small[at + _QUALITY] = beat.quality
        for i, name in enumerate(_FIDUCIALS, at + _FIDUCIAL):
            value = getattr(beat, name)
            small[i] = _NO_FIDUCIAL if value is None else value - beat.r
        self.n += 1

    def take(self, beat: "Beat") -> None:
        """Move the oldest, which must be there, into `beat`."""
        wide = self._wide
        at = self._first * _WIDE
        beat.number = wide[at + _NUMBER]
        beat.r = wide[at + _R]
        rr_ms = wide[at + _RR_MS]
        beat.rr_ms = None if rr_ms == _ABSENT else rr_ms
        small = self._small
        at = self._first * _SMALL
        beat.kind = small[at + _KIND]
        beat.quality = small[at + _QUALITY]
        for i, name in enumerate(_FIDUCIALS, at + _FIDUCIAL):
            value = small[i]
            setattr(beat, name, None if value == _NO_FIDUCIAL else beat.r + value)
        self._first = (self._first + 1) % self._capacity
        self.n -= 1


class EcgWindow:
    """Intervals and findings of one ECG window; `end` is the sample index after its last sample."""

    def __init__(self) -> None:
        self.end = 0
        self.span_ms = 0
        self.beats = 0
        self.flags = 0
        self.quality = 0
        self.reason = 0
        #: 0 to 100: evidence for fibrillation, None for too few beats.
        self.irregularity: "int | None" = None
        #: Alternation of the T wave in µV, None for too few steady beats.
        self.alternans_uv: "int | None" = None
        self.heart_rate = Measure()
        self.rr = Measure()
        self.pr = Measure()
        self.qrs = Measure()
        self.qt = Measure()
        self.qtc_bazett = Measure()
        self.qtc_fridericia = Measure()
        self.qtc_framingham = Measure()
        self.qtc_hodges = Measure()


#: Intervals between pulses that a window may have: those of a second, at 240 a minute, and of one that came late.
_INTERVALS = const(6)


class PpgWindow:
    """Readings of one PPG window; `end` is the sample index after its last sample.

    Of `n_intervals` between pulses that are new, `intervals` has the latest first in Q8 samples (0: a gap), and behind
    them how long before `end` the latest ended; `interval_reason`, if not 0, is why they say nothing.
    """

    def __init__(self) -> None:
        self.end = 0
        self.span_ms = 0
        self.pulse_rate = Measure()
        self.spo2 = Measure()
        self.perfusion_index = Measure()
        self.respiration_rate = Measure()
        self.pulse_irregularity = Measure()
        self.n_intervals = 0
        self.interval_reason = 0
        self.intervals = array("i", bytes(4 * (_INTERVALS + 1)))


class ImuWindow:
    """Activity and posture of one second; `end` is the sample index after its last sample."""

    def __init__(self) -> None:
        self.end = 0
        self.span_ms = 0
        self.activity = Measure()
        self.posture = Measure()


class Event:
    """Something the motion unit saw; `index` is the motion sample of its peak."""

    def __init__(self) -> None:
        self.index = 0
        self.kind = 0
        self.severity = 0
        self.peak_mg = 0
