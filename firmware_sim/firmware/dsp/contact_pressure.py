"""Does the optical sensor press too hard? Pressure squeezes blood out of the skin, so that more light comes back.

Of reflected light the level rises with the force, while pulses become smaller, in time and in size, beyond 0.2 to 1 N
(Teng and Zhang, Physiol. Meas. 2004; 25: 1323, fifteen fingers). Limits: own, beside what is usual of this wearer.
"""

import micropython
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

#: Light (permille of the usual one) from which on, and perfusion (percent) under which it presses, for so many seconds;
#: and those between which it still does.
_PRESSED_PERMILLE = const(1040)
_PRESSED_PERCENT = const(45)
_PRESSED_S = const(5)
_RELEASED_PERMILLE = const(1020)
_RELEASED_PERCENT = const(65)
#: The usual is known after so many seconds with a pulse, follows by a 32nd a second, and is another one after 5 min.
_USUAL_S = const(15)
_SHIFT = const(5)
_NEW_USUAL_S = const(300)
# In the state: seconds of which the usual is known, and for which it presses; usual perfusion (0.01 %) and light, Q5.
_KNOWN = const(0)
_SECONDS = const(1)
_PERFUSION = const(2)
_LIGHT = const(3)
PRESSURE_STATE = const(4)


def forget_pressure(state: "array[int]") -> None:
    """The device is put on: nothing is usual."""
    state[_KNOWN] = state[_SECONDS] = 0


@micropython.native
def is_pressed(state: "array[int]", light: int, perfusion: int, seen: bool) -> bool:
    """One more second of `light` (counts) and `perfusion` (0.01 %, -1: nobody knows); `seen`: there is a pulse."""
    pressed = state[_SECONDS] >= _PRESSED_S
    if perfusion < 0:
        return pressed
    usual = state[_LIGHT] >> _SHIFT
    usual_perfusion = state[_PERFUSION] >> _SHIFT
    if state[_KNOWN] >= _USUAL_S and state[_SECONDS] < _NEW_USUAL_S:
        most = usual // 1000 * (_RELEASED_PERMILLE if pressed else _PRESSED_PERMILLE)
        least = usual_perfusion * (_RELEASED_PERCENT if pressed else _PRESSED_PERCENT)
        if light > most and perfusion * 100 < least:
            state[_SECONDS] += 1
            return state[_SECONDS] >= _PRESSED_S
    elif state[_SECONDS]:
        state[_KNOWN] = 0
    state[_SECONDS] = 0
    if seen:
        if not state[_KNOWN]:
            state[_LIGHT] = light << _SHIFT
            state[_PERFUSION] = perfusion << _SHIFT
        else:
            state[_LIGHT] += light - usual
            state[_PERFUSION] += perfusion - usual_perfusion
        state[_KNOWN] = min(state[_KNOWN] + 1, _USUAL_S)
    return False
