"""The one way out for results: the latest into `Vitals`, each as a frame into the ring that sessions read."""

import micropython
from micropython import const

from .. import wire_gen as wire
from ..dsp.result import Measure
from ..frame_ring import FrameRing
from ..wire_gen import READING_UNITS, pack_reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..dsp.result import Beat, EcgWindow, Event, ImuWindow, PpgWindow
    from ..vitals import Vitals

    Window = EcgWindow | PpgWindow | ImuWindow
    #: Of a sensor (`wire.READINGS_…`): kind, and name of its measure in the window.
    Readings = tuple[tuple[int, str], ...]

_LONGEST = const(41)  # wire: LONGEST_RESULT
_UNCALIBRATED = const(1)  # wire: CALIBRATION_UNCALIBRATED
LONGEST_RR_MS = const(0xFFFF)


class Publisher:
    """Publishes beats, readings, findings and events."""

    def __init__(self, samples: FrameRing, results: FrameRing, vitals: "Vitals") -> None:
        #: Where blocks of samples go.
        self.samples = samples
        self.vitals = vitals
        self._put = results.put
        self._frame = bytearray(_LONGEST)
        self._beats = 0
        self._fault = Measure()
        self._events = 0
        #: Kind of readings whose numbers are uncalibrated; 0: none.
        self.uncalibrated = 0

    @micropython.native
    def reading(self, kind: int, tick_us: int, span_ms: int, measure: "Measure") -> None:
        """One measure as a reading; a reason of 0 is no reason."""
        self.vitals.put(kind, tick_us, measure)
        reason = measure.reason or None
        unit = READING_UNITS[kind]
        u95 = measure.u95 or None
        value = measure.value
        calibration = _UNCALIBRATED if kind == self.uncalibrated and value is not None else None
        n = pack_reading(self._frame, 0, kind, unit, tick_us, span_ms, measure.quality, value, reason, u95, calibration)
        self._put(self._frame, n, wire.TOPIC_READINGS)

    def window(self, readings: "Readings", window: "Window", tick_us: int) -> None:
        """The readings of a sensor, from its window."""
        for kind, name in readings:
            self.reading(kind, tick_us, window.span_ms, getattr(window, name))

    def refusals(self, readings: "Readings", tick_us: int, reason: int = wire.REASON_SENSOR_FAULT) -> None:
        """Refuse each reading of a sensor, which is at fault unless another reason is given."""
        self._fault.refuse(reason)
        for kind, _ in readings:
            self.reading(kind, tick_us, 0, self._fault)

    @micropython.native
    def beat(self, beat: "Beat", r_index: int, tick_us: int) -> None:
        """One heart beat; `r_index` is R among all samples, also where processing began anew."""
        r = beat.r
        rr_ms = _wire_rr(beat)
        self.vitals.beat(tick_us, rr_ms)
        n = wire.pack_beat(
            self._frame,
            0,
            self._beats,
            r_index,
            tick_us,
            beat.kind,
            beat.quality,
            rr_ms,
            _after(r, beat.p_on),
            _after(r, beat.p_peak),
            _after(r, beat.p_off),
            _after(r, beat.qrs_on),
            _after(r, beat.qrs_off),
            _after(r, beat.t_on),
            _after(r, beat.t_peak),
            _after(r, beat.t_off),
        )
        self._put(self._frame, n, wire.TOPIC_BEATS)
        self._beats += 1

    def ecg_window(self, window: "EcgWindow", tick_us: int) -> None:
        """Readings of an ECG window, then its findings."""
        self.window(wire.READINGS_ECG, window, tick_us)
        if window.flags & wire.RHYTHM_PAUSE and window.heart_rate.value is None:
            self.vitals.stand_still(tick_us)
        n = wire.pack_rhythm(
            self._frame,
            0,
            tick_us,
            window.span_ms,
            window.flags,
            window.beats,
            window.quality,
            window.reason or None,
            window.irregularity,
            window.alternans_uv,
        )
        self._put(self._frame, n, wire.TOPIC_READINGS)

    def event(self, event: "Event", tick_us: int) -> None:
        """One motion event."""
        n = wire.pack_event(self._frame, 0, self._events, tick_us, event.kind, event.severity, event.peak_mg)
        self._put(self._frame, n, wire.TOPIC_EVENTS)
        self._events += 1


def _wire_rr(beat: "Beat") -> "int | None":
    """The RR interval in ms; absent where it is longer than the wire's 16 bits can tell."""
    return None if beat.rr_ms is None or beat.rr_ms > LONGEST_RR_MS else beat.rr_ms


def _after(r: int, index: "int | None") -> "int | None":
    """Samples from R to a fiducial."""
    return None if index is None else index - r
