"""What the signal processing hands out: small reused objects with integers or None in them."""


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
