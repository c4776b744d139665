"""The state of wear: what every sensor has to say of it, and when it is published."""

from array import array

from micropython import const

from .. import wire_gen as wire
from ..dsp.wear import WearDetector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..drivers.max30102 import Max30102
    from ..dsp.result import Measure
    from .publisher import Publisher

#: Time for which a heart beat shows a wearer, and seconds after which the state is published again.
_BEAT_US = const(7_000_000)
_REPEAT_S = const(10)
_SPAN_MS = const(1000)
_INFRARED = const(1)
_AMBIENT = const(5)  # drivers.light_control: AMBIENT
# Value and reason as published, and seconds since.
_VALUE = const(0)
_REASON = const(1)
_SINCE_S = const(2)


class Wear(WearDetector):
    """Judges once a second whether the device is worn."""

    def __init__(self, publisher: "Publisher", driver: "Max30102") -> None:
        super().__init__()
        self._publisher = publisher
        self._driver = driver
        self._published = array("h", [0, 0, _REPEAT_S])

    def judge(self, pulse: "Measure | None", perfusion: int, tick: int) -> "int | None":
        """One more second of what shows a wearer; the state, None where it cannot be known.

        `pulse` is the pulse rate, None where the light sees no skin, `perfusion` in 0.01 %, -1 where nobody knows.
        """
        vitals = self._publisher.vitals
        control = self._driver.control
        skin = wire.READING_KIND_SKIN_TEMPERATURE
        beat_us = vitals.beat_us[0]
        cold = vitals.reason(skin) == wire.REASON_OUT_OF_RANGE
        self.update(
            control.light_of(_INFRARED),
            pulse,
            perfusion,
            control.state[_AMBIENT] != 0,
            bool(beat_us and vitals.contact[wire.STREAM_ECG] and tick - beat_us < _BEAT_US),
            vitals.motion_mg[0] if vitals.knows_movement() else -1,
            0 if cold else vitals.value(skin),
        )
        return self.measure.value

    def publish(self, tick: int) -> None:
        """Publish the state when it changed, and now and then."""
        measure, published = self.measure, self._published
        value = measure.value or 0
        published[_SINCE_S] += 1
        if published[_VALUE] == value and published[_REASON] == measure.reason and published[_SINCE_S] < _REPEAT_S:
            return
        published[_VALUE] = value
        published[_REASON] = measure.reason
        published[_SINCE_S] = 0
        self._publisher.reading(wire.READING_KIND_WEAR, tick, _SPAN_MS, measure)

    def refuse(self, now_us: int, reason: int = wire.REASON_SENSOR_FAULT) -> None:
        """The optical sensor is at fault, or off for another reason: nothing is known."""
        self._publisher.refusals(wire.READINGS_WEAR, now_us, reason)
        self.restart()
        self._published[_SINCE_S] = _REPEAT_S
