"""What the signal processing hands out: small reused objects with integers or None in them."""

from array import array

from micropython import const

_FIELDS = const(13)
_NAMES = (
    "number",
    "r",
    "p_on",
    "p_peak",
    "p_off",
    "qrs_on",
    "qrs_off",
    "t_on",
    "t_peak",
    "t_off",
    "rr_ms",
    "kind",
    "quality",
)
#: No index and no interval is negative.
_ABSENT = const(-1)


class Measure:
    """A number in the wire's scaled unit with its quality, or the reason why there is none.

    `reason` 0 means none; a value together with a reason is to be read with caution.
    """

    def __init__(self) -> None:
        self.value: "int | None" = None
        self.quality = 0
        self.reason = 0

    def set(self, value: int, quality: int, reason: int = 0) -> None:
        """Answer with a number; `quality` 0 to 100."""
        self.value = value
        self.quality = quality
        self.reason = reason

    def refuse(self, reason: int) -> None:
        """Answer with a reason instead of a number."""
        self.value = None
        self.quality = 0
        self.reason = reason


class Beat:
    """A heart beat: absolute ECG sample indices (250 a second) of its fiducials, None where absent."""

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

    def __init__(self, most: int) -> None:
        self._most = most
        self._values = array("i", bytes(4 * _FIELDS * most))
        self._first = 0
        self.n = 0

    def clear(self) -> None:
        """Forget all."""
        self.n = 0

    def put(self, beat: "Beat") -> None:
        """Append a copy."""
        if self.n == self._most:
            self._first = (self._first + 1) % self._most
            self.n -= 1
        at = (self._first + self.n) % self._most * _FIELDS
        for name in _NAMES:
            value = getattr(beat, name)
            self._values[at] = _ABSENT if value is None else value
            at += 1
        self.n += 1

    def take(self, beat: "Beat") -> None:
        """Move the oldest, which must be there, into `beat`."""
        at = self._first * _FIELDS
        for name in _NAMES:
            value = self._values[at]
            setattr(beat, name, None if value == _ABSENT else value)
            at += 1
        self._first = (self._first + 1) % self._most
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
        self.heart_rate = Measure()
        self.rr = Measure()
        self.pr = Measure()
        self.qrs = Measure()
        self.qt = Measure()
        self.qtc_bazett = Measure()
        self.qtc_fridericia = Measure()
        self.qtc_framingham = Measure()
        self.qtc_hodges = Measure()


class PpgWindow:
    """Readings of one PPG window; `end` is the sample index after its last sample."""

    def __init__(self) -> None:
        self.end = 0
        self.span_ms = 0
        self.pulse_rate = Measure()
        self.spo2 = Measure()
        self.perfusion_index = Measure()
        self.respiration_rate = Measure()


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
