"""Buzzer and vibration motor: on and off in a rhythm that gets faster."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .wiring import Pin

_ON_MS = const(120)
# since when the rhythm goes, its period in ms (0: silent), level of both
_SINCE = const(0)
_PERIOD = const(1)
_LEVEL = const(2)


class Sounder:
    """`sound(period_ms)` sets the rhythm, 0 ends it; `poll` it every step."""

    def __init__(self, buzzer: "Pin", motor: "Pin") -> None:
        self._buzzer = buzzer
        self._motor = motor
        self._state = [0, 0, 0]

    def sound(self, period_ms: int, now_ms: int) -> None:
        """Sound for 120 ms of each period; a change begins with a sound."""
        state = self._state
        if period_ms != state[_PERIOD]:
            state[_SINCE], state[_PERIOD] = now_ms, period_ms

    def poll(self, now_ms: int) -> None:
        """Switch both as the rhythm says."""
        state = self._state
        period = state[_PERIOD]
        level = int(period > 0 and (now_ms - state[_SINCE]) % period < _ON_MS)
        if level != state[_LEVEL]:
            state[_LEVEL] = level
            self._buzzer(level)
            self._motor(level)
