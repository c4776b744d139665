"""A push button that pulls its line low: short and long presses without their bounces, and a button that is stuck."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .wiring import Pin

#: What `poll` says: nothing, a press of less than `LONG_MS` that has ended, one that has just become as long.
NONE = const(0)
SHORT = const(1)
LONG = const(2)
LONG_MS = const(3000)
#: A level that lasts so long counts: contacts bounce for 1 to 10 ms.
_STEADY_MS = const(40)
#: Nobody holds a button for so long.
_STUCK_MS = const(30_000)
# level that counts, level that was seen last and since when, when the press began, whether it was reported
_LEVEL = const(0)
_SEEN = const(1)
_SINCE = const(2)
_BEGAN = const(3)
_IS_REPORTED = const(4)


class Button:
    """`poll` it every step. What is pressed at start counts from its next press on."""

    def __init__(self, pin: "Pin") -> None:
        self._pin = pin
        self._state = [0, 0, 0, 0, 1]

    @property
    def began_ms(self) -> int:
        """When the latest press began."""
        return self._state[_BEGAN]

    def is_stuck(self, now_ms: int) -> bool:
        """Whether it has been pressed for half a minute."""
        state = self._state
        return not state[_LEVEL] and now_ms - state[_BEGAN] >= _STUCK_MS

    def poll(self, now_ms: int) -> int:
        """`NONE`, `SHORT` or `LONG`."""
        state = self._state
        level = self._pin.value()
        if level != state[_SEEN]:
            state[_SEEN], state[_SINCE] = level, now_ms
        if level != state[_LEVEL] and now_ms - state[_SINCE] >= _STEADY_MS:
            state[_LEVEL] = level
            if level:
                was_short = not state[_IS_REPORTED]
                state[_IS_REPORTED] = 1
                return SHORT if was_short else NONE
            state[_BEGAN], state[_IS_REPORTED] = now_ms, 0
        if not state[_LEVEL] and not state[_IS_REPORTED] and now_ms - state[_BEGAN] >= LONG_MS:
            state[_IS_REPORTED] = 1
            return LONG
        return NONE
