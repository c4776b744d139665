"""Keeps the light of a MAX3010x within its converter's range, and its LEDs low while nobody wears it.

Limits: own. Levels are counts (18 bit). Light is compared as the counts that the LEDs' start current would give.
"""

from array import array

import micropython
from micropython import const

from ..kernels import sum_ppg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class LightChip(Protocol):
        """What is controlled: LED currents in steps of 0.2 mA, the converter's range, and how long LEDs are lit."""

        def set_steps(self, steps: bytearray) -> None:
            """LED currents, red and infrared and what there is more."""

        def set_adc(self, adc_range: int, pulse: int) -> None:
            """Full scale 2048 nA shifted left by `adc_range` (0 to 3); `pulse` 0 to 3: 69, 118, 215, 411 µs."""


_RAIL_COUNTS = const(262000)  # dsp.ppg.pipeline: _RAIL_COUNTS
#: Mean level (an eighth, seven eighths, half of full scale) under and above which light is set anew, and to what.
_LOW_COUNTS = const(1 << 15)
_HIGH_COUNTS = const(7 << 15)
_TARGET_COUNTS = const(1 << 17)
#: Decisions in a row out of that band (1.2 s), or with half of the samples saturated (0.6 s), that make a change.
_PATIENCE = const(4)
_SATURATED_PATIENCE = const(2)
#: LED current (steps of 0.2 mA) at the start, at most (25 mA), and for proximity; a saturated channel is dimmed by 8.
_START_STEPS = const(36)
_MOST_STEPS = const(125)
_PROXIMITY_STEPS = const(8)
_DIMMED_SHIFT = const(3)
#: Codes of range and pulse width: 4096 nA, 16384 nA at most, 411 µs, 69 µs for proximity.
_START_RANGE = const(1)
_MOST_RANGE = const(3)
_LONG_PULSE = const(3)
_SHORT_PULSE = const(0)
#: Light under which no skin is there, from which on a device in proximity mode wakes, and decisions until it rests
#: (5 s). Counts at the start current and range.
_WORN_COUNTS = const(5000)  # dsp.ppg.pipeline: _WORN_LEVEL
_WAKE_COUNTS = const(6250)
_REST_PATIENCE = const(17)
#: Counts up to which a channel is dark (data sheet, electrical characteristics: dark current count 128 at most), and
#: part of the other's light up to which its own is what leaks in of that: the darkest skin gives a tenth of it.
_DARK_COUNTS = const(256)
_LEAK = const(32)
#: Decisions (one each 300 ms) for which ambient light counts after it was too strong: a window of readings (8 s).
_AMBIENT_DECISIONS = const(27)

#: Current up to which light in the band is more than what no skin gives.
_SURE_STEPS = const(100)

# State: range; decisions in a row out of the band, saturated, and not worn; whether the LEDs rest in proximity mode;
# decisions until ambient light is forgotten; bit i set: LED i (red 0, infrared 1) is lit and nothing of it comes back,
# while the other's light does.
_RANGE = const(0)
_OUT = const(1)
_SATURATED = const(2)
_ABSENT = const(3)
PROXIMITY = const(4)
AMBIENT = const(5)
DARK = const(6)


class LightControl:
    """Sets LED currents and range of a `LightChip` by the light that comes back."""

    def __init__(self, chip: "LightChip", leds: int = 2) -> None:
        self._chip = chip
        #: LED currents in steps of 0.2 mA: red, infrared and what there is more.
        self.steps = bytearray(leds)
        self._sums = array("i", bytes(4 * 4))
        self._levels = array("i", bytes(4 * leds))
        #: At `PROXIMITY`, `AMBIENT` and `DARK` what it found, 0 where nothing.
        self.state = array("h", bytes(2 * 7))

    def reset(self) -> None:
        """Begin anew with the start current."""
        for i in range(len(self.state)):
            self.state[i] = 0
        self._light()

    def see_ambient(self) -> None:
        """The chip says that ambient light exceeds what it cancels."""
        self.state[AMBIENT] = _AMBIENT_DECISIONS

    @micropython.native
    def update(self, samples: "array[int]", n: int, more: int) -> bool:
        """Decide by `n` pairs (red, infrared), each 300 ms; True: currents or range are others from now on.

        `more` is a recent level of the third LED.
        """
        state, sums, levels = self.state, self._sums, self._levels
        for i in range(4):
            sums[i] = 0
        sum_ppg(samples, 0, n, _RAIL_COUNTS, sums)
        # where half of the samples are at the rail, their mean says nothing of the level
        levels[0] = sums[0] // n if sums[2] * 2 <= n else _RAIL_COUNTS
        levels[1] = sums[1] // n if sums[3] * 2 <= n else _RAIL_COUNTS
        calm = self.steps[1] <= _SURE_STEPS
        if len(levels) > 2:
            levels[2] = more
        for level in levels:
            if level < _LOW_COUNTS or level > _HIGH_COUNTS:
                calm = False
        for i in range(_OUT, DARK + 1):
            if state[i]:
                calm = False
        return False if calm else self._decide(max(sums[2], sums[3]) * 2 > n)

    def _decide(self, saturated: bool) -> bool:
        """The long way, where something was to be seen of late or is now."""
        state = self.state
        if state[AMBIENT]:
            state[AMBIENT] -= 1
        light = self.light_of(1)
        if state[PROXIMITY]:
            if light < _WAKE_COUNTS:
                return False
            state[PROXIMITY] = 0
            self._light()
            return True
        state[DARK] = 1 if self._is_dark(0) and light >= _WORN_COUNTS else 0
        if self._is_dark(1) and self.light_of(0) >= _WORN_COUNTS:
            state[DARK] = 2
        if light < _WORN_COUNTS and state[DARK] != 2:
            return self._rest()
        state[_ABSENT] = 0
        return self._hold(saturated)

    def light_of(self, led: int) -> int:
        """The level of a channel (red 0, infrared 1) as counts at the start current and range."""
        steps = self.steps[led]
        if not steps:
            return 0
        return (self._levels[led] * _START_STEPS // steps << self.state[_RANGE]) >> _START_RANGE

    def _is_dark(self, led: int) -> bool:
        """Is it lit, and nothing comes back, or nothing but what leaks in of the other (of red and infrared)?"""
        if self.steps[led] < _START_STEPS:
            return False
        level = self._levels[led]
        leaks = led < 2 and level < _LOW_COUNTS and self.light_of(led) * _LEAK < self.light_of(1 - led)
        return level < _DARK_COUNTS or leaks

    def _light(self) -> None:
        """All LEDs at the start current."""
        for i in range(len(self.steps)):
            self.steps[i] = _START_STEPS
        self._set(_START_RANGE, _LONG_PULSE)

    def _rest(self) -> bool:
        """Nobody wears it: the start current at once, and infrared alone at the current for proximity after 5 s."""
        state, steps = self.state, self.steps
        state[_OUT] = state[_SATURATED] = 0
        state[_ABSENT] += 1
        if state[_ABSENT] >= _REST_PATIENCE:
            state[_ABSENT] = 0
            state[PROXIMITY] = 1
            for i in range(len(steps)):
                steps[i] = 0
            steps[1] = _PROXIMITY_STEPS
            self._set(_START_RANGE, _SHORT_PULSE)
            return True
        if state[_RANGE] == _START_RANGE and min(steps) == max(steps) == _START_STEPS:
            return False
        self._light()
        return True

    def _hold(self, saturated: bool) -> bool:
        """Somebody wears it: keep the levels in the band; strong ambient light changes the range only."""
        state = self.state
        state[_SATURATED] = state[_SATURATED] + 1 if saturated else 0
        out = 0
        for i in range(len(self._levels)):
            level = self._levels[i]
            if level > _HIGH_COUNTS or (level < _LOW_COUNTS and not self._is_dark(i)):
                out = state[_OUT] + 1
        state[_OUT] = out
        if state[_SATURATED] >= _SATURATED_PATIENCE:
            return self._dim()
        if state[_OUT] < _PATIENCE or state[AMBIENT]:
            return False
        state[_OUT] = 0
        return self._adjust()

    def _dim(self) -> bool:
        """At the rail, where the level says nothing: an eighth of the current, or a wider range; False: no more."""
        state, steps = self.state, self.steps
        state[_SATURATED] = 0
        adc_range = state[_RANGE]
        dimmed = False
        if not state[AMBIENT]:
            for i in range(len(steps)):
                if self._levels[i] > _HIGH_COUNTS and steps[i] > 1:
                    steps[i] = max(steps[i] >> _DIMMED_SHIFT, 1)
                    dimmed = True
        if not dimmed:
            if adc_range == _MOST_RANGE:
                return False
            adc_range += 1
        self._set(adc_range, _LONG_PULSE)
        return True

    def _adjust(self) -> bool:
        """Set every channel that has light to the target; True where that changed anything."""
        wanted = [self._wanted(i) for i in range(len(self.steps))]
        adc_range = _START_RANGE
        if max(wanted) >> _MOST_RANGE - _START_RANGE > _MOST_STEPS:
            adc_range = 0
        while adc_range < _MOST_RANGE and min(wanted) >> _MOST_RANGE - adc_range < 1:
            adc_range += 1
        changed = adc_range != self.state[_RANGE]
        for i in range(len(wanted)):
            steps = min(max(wanted[i] >> _MOST_RANGE - adc_range, 1), _MOST_STEPS)
            changed = changed or steps != self.steps[i]
            self.steps[i] = steps
        if changed:
            self._set(adc_range, _LONG_PULSE)
        return changed

    def _wanted(self, led: int) -> int:
        """Steps of current for the target in the widest range; for a dark channel those of the start."""
        if self._is_dark(led):
            return _START_STEPS << _MOST_RANGE - _START_RANGE
        wide = _TARGET_COUNTS << _MOST_RANGE - self.state[_RANGE]
        return wide * self.steps[led] // max(self._levels[led], 1)

    def _set(self, adc_range: int, pulse: int) -> None:
        self.state[_RANGE] = adc_range
        self._chip.set_adc(adc_range, pulse)
        self._chip.set_steps(self.steps)
