"""The motion pipeline: acceleration and rate of turn in, events and a window a second out, in bounded memory.

All decisions fall on fixed segments of 1/8 s of the sample index, so that results do not depend on block sizes.
"""

from array import array

import micropython
from micropython import const

from ...kernels import mean_square, root
from ...wire_gen import (
    EVENT_KIND_HARD_BRAKE,
    EVENT_KIND_TIP_OVER,
    REASON_WARMING_UP,
)
from ..result import Event, ImuWindow, Measure
from . import sensor_state
from .activity import SPAN_S, Activity
from .braking import BrakingDetector
from .impact import ImpactDetector
from .posture import Posture
from .segments import MASK, PER_S, SEGMENT_SAMPLES, Segments
from .tip_over import TipOverDetector

_RATE_HZ = const(104)  # frontends.imu: RATE_HZ
#: Most samples a push, windows that can become ready in one, and events that can wait.
PUSH_LIMIT = const(208)
_WINDOWS = const(2)
_EVENTS = const(4)
#: Regularity of steps (1/1000) from which somebody walks or runs.
_GAIT_X1000 = const(400)


class ImuPipeline:
    """Streaming analysis of acceleration (0.488 mg) and rate of turn (70 m°/s), as frontends.imu has them.

    Worn axes: x to the left, y up, z forward. Indices in results count every sample pushed. Results are reused
    objects: empty both queues after each push and copy what is kept.
    """

    def __init__(self) -> None:
        #: RMS of the acceleration beside gravity over the last second, mg.
        self.motion_mg = 0
        #: The latest 8 s, for whoever judges them besides.
        self.segments = Segments()
        self._sensor = array("i", bytes(4 * sensor_state.STATE))
        self._activity = Activity()
        self._posture = Posture()
        self._impact = ImpactDetector()
        self._braking = BrakingDetector(self._posture.attitude)
        self._tip_over = TipOverDetector()
        self._events: "list[Event]" = [Event() for _ in range(_EVENTS)]
        self._first_event = 0
        self._n_events = 0
        self._windows: "list[ImuWindow]" = [ImuWindow() for _ in range(_WINDOWS)]
        self._first_window = 0
        self._n_windows = 0

    def restart(self) -> None:
        """Begin anew, as a new pipeline would, with sample 0."""
        self.motion_mg = 0
        self.segments.restart()
        for k in range(len(self._sensor)):
            self._sensor[k] = 0
        self._activity.restart()
        self._posture.restart()
        self._impact.restart()
        self._braking.restart()
        self._tip_over.restart()
        self._n_events = 0
        self._n_windows = 0

    @micropython.native
    def push(self, accel: "array[int]", gyro: "array[int]", n: int) -> bool:
        """Take the first `n` samples (x, y, z each) of both. True: there are results.

        ValueError for more than `PUSH_LIMIT`.
        """
        if n > PUSH_LIMIT:
            raise ValueError("too many samples in one push")
        segments = self.segments
        start = 0
        while start < n:
            count = min(n - start, SEGMENT_SAMPLES - segments.samples % SEGMENT_SAMPLES)
            segments.add(accel, gyro, start, count)
            start += count
            if not segments.samples % SEGMENT_SAMPLES:
                self._decide()
                if not segments.count % PER_S:
                    self._close_second()
        return self._n_events + self._n_windows > 0

    def flush(self) -> None:
        """The signal has ended: decide on all that waits with what is there; only `restart` goes on.

        A tilt that has not stayed for its time is none, and a second that is not whole has no window.
        """
        segments = self.segments
        if segments.samples % SEGMENT_SAMPLES:
            segments.finish()
            self._decide()
        while self._impact.finish(segments, self._activity.regularity):
            self._add_impact()
        if self._braking.finish(segments):
            self._add_braking()

    def next_event(self) -> "Event | None":
        """The next event, in order; None when there is none. Valid until the next push."""
        if not self._n_events:
            return None
        event = self._events[self._first_event]
        self._first_event = (self._first_event + 1) % _EVENTS
        self._n_events -= 1
        return event

    def next_window(self) -> "ImuWindow | None":
        """The next finished window, in order; None when there is none. Valid until the next push."""
        if not self._n_windows:
            return None
        window = self._windows[self._first_window]
        self._first_window = (self._first_window + 1) % _WINDOWS
        self._n_windows -= 1
        return window

    @micropython.native
    def _decide(self) -> None:
        segments = self.segments
        self._measure_motion()
        gait = self._activity.regularity >= _GAIT_X1000
        if self._impact.update(segments, self._activity.regularity):
            self._add_impact()
        if self._braking.update(segments, gait):
            self._add_braking()
        if self._tip_over.update(segments, gait):
            self._add_event(self._tip_over.index, EVENT_KIND_TIP_OVER, 1, self._tip_over.peak)

    def _measure_motion(self) -> None:
        segments = self.segments
        first = max(0, segments.count - PER_S)
        self.motion_mg = root(mean_square(segments.moved, first, segments.count, MASK, PER_S))

    def _add_impact(self) -> None:
        impact = self._impact
        self._add_event(impact.index, impact.kind, impact.severity, impact.peak)

    def _add_braking(self) -> None:
        braking = self._braking
        self._add_event(braking.index, EVENT_KIND_HARD_BRAKE, braking.severity, braking.peak)

    def _add_event(self, index: int, kind: int, severity: int, peak: int) -> None:
        if self._sensor[sensor_state.REASON]:
            return
        event = self._events[(self._first_event + self._n_events) % _EVENTS]
        if self._n_events < _EVENTS:
            self._n_events += 1
        else:
            self._first_event = (self._first_event + 1) % _EVENTS
        event.index = index
        event.kind = kind
        event.severity = severity
        event.peak_mg = peak

    def _close_second(self) -> None:
        window = self._windows[(self._first_window + self._n_windows) % _WINDOWS]
        if self._n_windows < _WINDOWS:
            self._n_windows += 1
        else:
            self._first_window = (self._first_window + 1) % _WINDOWS
        window.end = self.segments.samples
        window.span_ms = 1000 * min(SPAN_S, self.segments.samples // _RATE_HZ)
        reason = self._find_posture(window.posture)
        if reason:
            window.activity.refuse(reason)
            window.posture.refuse(reason)
        else:
            self._activity.find(window.activity, self.segments)

    def _find_posture(self, out: "Measure") -> int:
        """Set `out`; reason why neither posture nor activity can be told, 0 if they can."""
        segments = self.segments
        reason = sensor_state.update(self._sensor, segments)
        if reason:
            return reason
        if segments.count < SPAN_S * PER_S:
            return REASON_WARMING_UP
        self._posture.find(out, segments)
        return sensor_state.find_gravity(self._sensor, segments, self._posture.attitude, out.value is not None)
