"""Is the device worn, and does its light touch the skin well? From light, pulse, heart beats, movement and warmth.

Limits: own. Light is in counts at the start current of the optical front end.
"""

from array import array

import micropython
from micropython import const

from ..wire_gen import (
    REASON_EXCESS_PRESSURE,
    REASON_LOW_PERFUSION,
    REASON_NO_PULSE_WAVE,
    REASON_NO_SIGNAL,
    REASON_NOT_WORN,
    REASON_POOR_CONTACT,
    REASON_WARMING_UP,
    WEAR_EXCESS_PRESSURE,
    WEAR_NOT_WORN,
    WEAR_POOR_CONTACT,
    WEAR_WORN,
)
from .contact_pressure import PRESSURE_STATE, forget_pressure, is_pressed
from .result import Measure

#: Light under which contact becomes poor, a sixth of what the synthetic wearer's darkest skin gives, and stays so.
_WEAK_COUNTS = const(15_000)
_STAYS_WEAK_COUNTS = const(18_000)
#: Largest by least light of the latest 8 s (Q4) above which the sensor lifts off and presses: 1.5.
_UNSTEADY_Q4 = const(24)
_SPAN_S = const(8)
#: Quality up to which a pulse rate shows no wearer, and seconds for which a surer one does.
_UNCERTAIN_QUALITY = const(30)  # dsp.result: UNCERTAIN_QUALITY
_PULSE_S = const(30)
#: Seconds without any sign of life after which light alone shows no wearer.
_LIFELESS_S = const(60)
#: Movement (mg) that only a wearer makes, and skin temperature (0.01 °C) from which it is skin.
_MOVING_MG = const(15)
_WARM_X100 = const(2800)
#: Quality of what a pulse or heart beats show, of what one other sign shows, and of what no sign for a minute shows.
_SURE = const(90)
_LIKELY = const(60)
_WEAK = const(50)
# Seconds since a pulse, seconds without a sign of life, seconds of light.
_SINCE_PULSE = const(0)
_LIFELESS = const(1)
_LIT = const(2)


class WearDetector:
    """Once a second; `measure` has the state of wear (WEAR_…) or the reason why it cannot be known."""

    def __init__(self) -> None:
        self.measure = Measure()
        self._light = array("i", bytes(4 * _SPAN_S))
        self._state = array("h", bytes(2 * 3))
        self._pressure = array("i", bytes(4 * PRESSURE_STATE))
        self.restart()

    def restart(self) -> None:
        """Forget what was."""
        for i in range(len(self._state)):
            self._state[i] = 0
        self._state[_SINCE_PULSE] = _PULSE_S
        forget_pressure(self._pressure)
        self.measure.refuse(REASON_WARMING_UP)

    @micropython.native
    def update(
        self,
        light: int,
        pulse: "Measure | None",
        perfusion: int,
        ambient: bool,
        heart: bool,
        motion_mg: int,
        skin_x100: "int | None",
    ) -> None:
        """One more second: light that comes back, the pulse rate (None: no skin is seen), and whether the sun leaks in.

        `perfusion` in 0.01 % (-1: nobody knows). `heart`: an ECG sees beats. `motion_mg` -1 and `skin_x100` (0.01 °C)
        None: no sensor says.
        """
        state = self._state
        seen = pulse is not None and pulse.value is not None and pulse.quality > _UNCERTAIN_QUALITY
        state[_SINCE_PULSE] = 0 if seen else min(state[_SINCE_PULSE] + 1, _PULSE_S)
        warm = skin_x100 is not None and skin_x100 >= _WARM_X100
        if pulse is None:
            state[_LIT] = state[_LIFELESS] = 0
            forget_pressure(self._pressure)
            # nobody wears the device, or it sits where the light does not touch
            if heart or (warm and motion_mg >= _MOVING_MG):
                self.measure.set(WEAR_POOR_CONTACT, _SURE if heart else _WEAK, REASON_NOT_WORN)
            else:
                self.measure.set(WEAR_NOT_WORN, _SURE, REASON_NOT_WORN)
            return
        self._light[state[_LIT] % _SPAN_S] = light
        state[_LIT] = state[_LIT] + 1 if state[_LIT] < 2 * _SPAN_S else _SPAN_S + 1
        alive = heart or state[_SINCE_PULSE] < _PULSE_S
        presses = is_pressed(self._pressure, light, perfusion, seen)
        if presses and (alive or warm or motion_mg >= _MOVING_MG):
            state[_LIFELESS] = 0
            self.measure.set(WEAR_EXCESS_PRESSURE, _LIKELY, REASON_EXCESS_PRESSURE)
        elif self._is_poor(light, ambient) and (alive or warm or motion_mg >= _MOVING_MG):
            state[_LIFELESS] = 0
            self.measure.set(WEAR_POOR_CONTACT, _LIKELY, REASON_POOR_CONTACT)
        elif alive:
            state[_LIFELESS] = 0
            self.measure.set(WEAR_WORN, _SURE, 0 if seen else pulse.reason)
        else:
            self._without_pulse(pulse.reason, warm, skin_x100 is not None and not warm, motion_mg)

    @micropython.native
    def _is_poor(self, light: int, ambient: bool) -> bool:
        """Little light comes back, it comes and goes, or the sun shines in."""
        low = high = light
        levels = self._light
        for i in range(min(self._state[_LIT], _SPAN_S)):
            level = levels[i]
            if level < low:
                low = level
            elif level > high:
                high = level
        weak = _STAYS_WEAK_COUNTS if self.measure.value == WEAR_POOR_CONTACT else _WEAK_COUNTS
        return ambient or light < weak or high << 4 > low * _UNSTEADY_Q4

    def _without_pulse(self, reason: int, warm: bool, cold: bool, motion_mg: int) -> None:
        """Light comes back without a pulse: skin that is warm or moves, or what reflects on a desk.

        Cold hands give no pulse either: where the light is steady, only a cold sensor shows that nobody is there.
        """
        state = self._state
        if warm or motion_mg >= _MOVING_MG:
            state[_LIFELESS] = 0
            self.measure.set(WEAR_WORN, _LIKELY, reason)
            return
        state[_LIFELESS] = min(state[_LIFELESS] + 1, _LIFELESS_S)
        if cold:
            lifeless = reason in (REASON_NO_PULSE_WAVE, REASON_NO_SIGNAL, REASON_LOW_PERFUSION)
        else:
            lifeless = motion_mg >= 0 and reason == REASON_NO_PULSE_WAVE
        if lifeless and state[_LIFELESS] == _LIFELESS_S:
            self.measure.set(WEAR_NOT_WORN, _LIKELY, reason)
        else:
            self.measure.refuse(reason or REASON_WARMING_UP)
