"""Attitude of the body unit: worn with x to the left, y up and z forward."""

from micropython import const

from ...wire_gen import POSTURE_LYING, POSTURE_UPRIGHT, POSTURE_UPSIDE_DOWN, REASON_MOTION
from ..result import Measure
from .segments import PER_S, Attitude, Segments

#: Segments of a posture (2 s), and the limits of their mean acceleration within which it is gravity.
_SPAN_SEGMENTS = 2 * PER_S
_MIN_GRAVITY_MG = const(700)
_MAX_GRAVITY_MG = const(1300)
#: Sine of 45° and 5° either side, 1/1000: leaving a posture takes more than staying.
_SIN_X1000 = const(707)
_HYSTERESIS_X1000 = const(60)


class Posture:
    """Posture once a second from the last 2 s."""

    def restart(self) -> None:
        """Forget what was: the signal begins anew."""
        self._upright = 0

    def __init__(self) -> None:
        #: Mean of the latest 2 s.
        self.attitude = Attitude()
        self._upright = 0

    def find(self, out: "Measure", segments: "Segments") -> None:
        """Set `out` to the posture, or refuse while gravity is hidden; at least 2 s of segments must be there."""
        attitude = self.attitude
        attitude.take(segments, segments.count - _SPAN_SEGMENTS, segments.count)
        _, y, _, magnitude = attitude.mean
        if not _MIN_GRAVITY_MG <= magnitude <= _MAX_GRAVITY_MG:
            out.refuse(REASON_MOTION)
            return
        up = y * 1000 // magnitude
        limit = (
            _SIN_X1000 - _HYSTERESIS_X1000
            if up * self._upright > 0
            else _SIN_X1000 + (_HYSTERESIS_X1000 if self._upright else 0)
        )
        self._upright = 0 if abs(up) < limit else (1 if up > 0 else -1)
        quality = min(100, 50 + abs(abs(up) - _SIN_X1000) // 4)
        out.set((POSTURE_LYING, POSTURE_UPRIGHT, POSTURE_UPSIDE_DOWN)[self._upright], quality)
