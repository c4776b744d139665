"""The latest of everything that is measured, in one place: chains write it, services read it."""

from array import array

import micropython
from micropython import const

from . import wire_gen as wire
from .dsp.acceleration import Acceleration
from .dsp.breath_series import HEART_SERIES, BreathSeries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .dsp.result import Measure

#: Reasons of an accelerometer that says nothing of movement (yet).
_WARMING_UP = const(11)  # wire: REASON_WARMING_UP
_NO_SIGNAL = const(12)  # wire: REASON_NO_SIGNAL
_SENSOR_FAULT = const(15)  # wire: REASON_SENSOR_FAULT
_STUCK = const(16)  # wire: REASON_STUCK
_NO_GRAVITY = const(17)  # wire: REASON_NO_GRAVITY
_WRONG_SCALE = const(18)  # wire: REASON_WRONG_SCALE
_BLIND = (_WARMING_UP, _NO_SIGNAL, _SENSOR_FAULT, _STUCK, _NO_GRAVITY, _WRONG_SCALE)
#: RR intervals that are kept; `RR_KEPT` beats fit between two looks, one second apart.
RR_KEPT = const(8)


class Vitals:
    """A snapshot: of each kind of reading (`READING_KIND_…`) value, quality, reason and device time.

    What changes often lies in arrays: MicroPython takes ten times as long to set an attribute. Nothing allocates.
    """

    def __init__(self) -> None:
        self._values = array("i", bytes(4 * wire.READING_KINDS))
        self._present = bytearray(wire.READING_KINDS)
        self._quality = bytearray(wire.READING_KINDS)
        self._reason = bytearray(wire.READING_KINDS)
        self._tick_us = array("q", bytes(8 * wire.READING_KINDS))
        #: The newest RR intervals in ms: number k is `rr_ms[k % RR_KEPT]`, and `rr_count[0]` is the next number.
        self.rr_ms = array("H", bytes(2 * RR_KEPT))
        self.rr_count = array("I", bytes(4))
        #: Device time of the newest beat.
        self.beat_us = array("q", bytes(8))
        #: Whether the ventricles stand still, until the next beat.
        self.standstill = bytearray(1)
        #: Whether the sensor of a stream has answered since start, by stream.
        self.fitted = bytearray(len(wire.STREAMS))
        #: Whether the sensor of a stream touches the wearer, by stream.
        self.contact = bytearray([1] * len(wire.STREAMS))
        #: How much the wearer moves now; 0 where no sensor can tell.
        self.motion_mg = array("i", bytes(4))
        #: Acceleration of the latest 0.6 s.
        self.acceleration = Acceleration()
        #: What the breath moves of the heart beats of the latest 32 s.
        self.heart = BreathSeries(HEART_SERIES)
        #: Voltage of the battery; None where the gauge does not answer.
        self.battery_mv: "int | None" = None

    def stand_still(self, tick_us: int) -> None:
        """The ventricles stand still at `tick_us`: nothing changes where there was a beat since."""
        if tick_us > self.beat_us[0]:
            self.standstill[0] = 1

    @micropython.native
    def put(self, kind: int, tick_us: int, measure: "Measure") -> None:
        """Keep a reading."""
        value = measure.value
        slot = wire.READING_SLOTS[kind]
        self._present[slot] = value is not None
        self._values[slot] = value or 0
        self._quality[slot] = measure.quality
        self._reason[slot] = measure.reason
        self._tick_us[slot] = tick_us

    def value(self, kind: int) -> "int | None":
        """The number in the wire's scaled unit; None where there is none."""
        slot = wire.READING_SLOTS[kind]
        return self._values[slot] if self._present[slot] else None

    def quality(self, kind: int) -> int:
        """0 to 100."""
        return self._quality[wire.READING_SLOTS[kind]]

    def reason(self, kind: int) -> int:
        """Why there is no number, or why to read it with caution; 0: no reason."""
        return self._reason[wire.READING_SLOTS[kind]]

    def knows_movement(self) -> bool:
        """Is there an accelerometer, and does it say how much the wearer moves?"""
        return bool(self.fitted[wire.STREAM_ACCEL]) and self.reason(wire.READING_KIND_ACTIVITY) not in _BLIND

    def tick_us(self, kind: int) -> int:
        """Device time in µs; 0: never measured."""
        return self._tick_us[wire.READING_SLOTS[kind]]

    def beat(self, tick_us: int, rr_ms: "int | None") -> None:
        """Keep when a heart beat was, and the interval before it where that is known and no standstill."""
        self.beat_us[0] = tick_us
        if self.standstill[0]:
            self.standstill[0] = 0
        elif rr_ms is not None:
            count = self.rr_count[0]
            self.rr_ms[count % RR_KEPT] = rr_ms
            self.rr_count[0] = count + 1
