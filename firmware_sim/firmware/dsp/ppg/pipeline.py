"""The light pipeline: red and infrared counts in, one window of readings a second out, in bounded memory.

All decisions fall on fixed steps of the sample index, so that results do not depend on block sizes.
"""

from array import array

from micropython import const

from ...kernels import sum_ppg
from ...wire_gen import REASON_MOTION, REASON_NO_SIGNAL, REASON_NOT_WORN, REASON_SATURATED, REASON_WARMING_UP
from ..result import Measure, PpgWindow
from .channel import MASK, SETTLE, Light
from .pulse import LEAST, WINDOW, PulseFinder
from .respiration import Respiration
from .spo2 import Oxygen

#: Sample pairs a second, and seconds of a window.
RATE = const(100)
_SECONDS = const(8)
#: Most sample pairs a push, and windows that can become ready in one.
PUSH_LIMIT = const(200)
_QUEUE = const(2)
#: Counts from which the converter is at its end (18 bit).
_FULL = const(262000)
#: Saturated samples (5 %) that spoil a second.
_SPOILT = const(5)
#: Sums of four counts under which no skin is there, and under which red is dark.
_BARE = const(4 * 5000)
_DARK = const(4 * 1000)
#: Mean motion (mg) over a window above which the wearer moves.
_MOVING = const(100)
#: Mean motion (mg) over a window, as in running, above which steps pass for pulses.
_SHAKEN = const(400)
#: Samples between two looks at the breath, which takes 32 s to see.
_BREATH_EVERY_SAMPLES = const(400)

#: Pairs summed to one value.
_SUMMED = const(4)
# Sums of the counts since the latest value, red and infrared, and saturated ones of this second (as `sum_ppg` has
# them); pairs pushed; values since the light began, and its latest red sum.
_RED = const(0)
_INFRARED = const(1)
_FULL_RED = const(2)
_FULL_INFRARED = const(3)
_DONE = const(4)
_NUMBER = const(5)
_LATEST_RED = const(6)


class PpgPipeline:
    """Streaming analysis of red and infrared light at 100 samples/s.

    Counts are 18-bit; indices in results count every sample pair pushed. Results are reused objects: empty the queue
    after each push and copy what is kept.
    """

    def __init__(self) -> None:
        self._red = Light()
        self._infrared = Light()
        self._pulse = PulseFinder()
        self._oxygen = Oxygen()
        self._respiration = Respiration()
        self._breath = Measure()
        self._worn = False
        # in an array, because MicroPython takes ten times as long to set an attribute
        self._state = array("i", bytes(4 * 7))
        #: Of each second of the window: saturated red and infrared samples, mean motion (mg).
        self._full_red = array("i", [0] * _SECONDS)
        self._full_infrared = array("i", [0] * _SECONDS)
        self._motion = array("i", [0] * _SECONDS)
        self._second = 0
        self._windows: "list[PpgWindow]" = [PpgWindow() for _ in range(_QUEUE)]
        self._first = 0
        self._n = 0

    def restart(self) -> None:
        """Begin anew, as a new pipeline would, with sample 0."""
        self._respiration.restart()
        self._worn = False
        self._second = 0
        self._n = 0
        for i in range(len(self._state)):
            self._state[i] = 0
        for i in range(_SECONDS):
            self._full_red[i] = 0
            self._full_infrared[i] = 0
            self._motion[i] = 0

    def push(self, samples: "array[int]", n: int, motion_mg: int) -> bool:
        """Take the first `n` pairs (red, infrared) of `samples`; `motion_mg` holds for all. True: there are results.

        ValueError for more than `PUSH_LIMIT` pairs.
        """
        if n > PUSH_LIMIT:
            raise ValueError("too many samples in one push")
        state = self._state
        done = state[_DONE]
        start = 0
        while start < n:
            count = _SUMMED - done % _SUMMED
            if count > n - start:
                count = n - start
            sum_ppg(samples, start, count, _FULL, state)
            start += count
            done += count
            if not done % _SUMMED:
                self._value(state[_RED], state[_INFRARED])
                self._motion[self._second] += motion_mg
                state[_RED] = state[_INFRARED] = 0
                if not done % RATE:
                    self._close_second(done)
        state[_DONE] = done
        return self._n > 0

    def next_window(self) -> "PpgWindow | None":
        """The next finished window, in order; None when there is none. Valid until the next push."""
        if not self._n:
            return None
        window = self._windows[self._first]
        self._first = (self._first + 1) % _QUEUE
        self._n -= 1
        return window

    def _value(self, red: int, infrared: int) -> None:
        """Take the sums of four counts."""
        if infrared < _BARE:
            self._worn = False
            return
        state = self._state
        number = state[_NUMBER]
        if not self._worn:
            self._begin(red, infrared)
            number = 0
        self._red.add(red, number)
        alike = self._infrared.add(infrared, number)
        state[_LATEST_RED] = red
        state[_NUMBER] = number + 1
        if alike:
            at = number & MASK
            self._respiration.add(self._infrared.baseline, self._infrared.pulses[at])
        else:
            self._worn = False

    def _begin(self, red: int, infrared: int) -> None:
        self._worn = True
        self._red.begin(red)
        self._infrared.begin(infrared)
        self._respiration.begin()
        self._breath.refuse(REASON_WARMING_UP)

    def _close_second(self, done: int) -> None:
        window = self._windows[(self._first + self._n) % _QUEUE]
        if self._n < _QUEUE:
            self._n += 1
        else:
            self._first = (self._first + 1) % _QUEUE
        state = self._state
        self._full_red[self._second] = state[_FULL_RED]
        self._full_infrared[self._second] = state[_FULL_INFRARED]
        state[_FULL_RED] = state[_FULL_INFRARED] = 0
        window.end = done
        window.span_ms = min(done * 1000 // RATE, _SECONDS * 1000)
        reason = self._obstacle()
        if reason:
            self._refuse(window, reason)
        else:
            self._read(window, done)
        self._second = (self._second + 1) % _SECONDS
        self._motion[self._second] = 0

    def _obstacle(self) -> int:
        """Why nothing at all can be read, 0 if something can."""
        if max(self._full_infrared) > _SPOILT:
            return REASON_SATURATED
        if not self._worn:
            return REASON_NOT_WORN
        if self._state[_NUMBER] < LEAST + SETTLE:
            return REASON_WARMING_UP
        return REASON_MOTION if sum(self._motion) > _SHAKEN * WINDOW else 0

    def _refuse(self, window: "PpgWindow", reason: int) -> None:
        window.pulse_rate.refuse(reason)
        window.spo2.refuse(reason)
        window.perfusion_index.refuse(reason)
        window.respiration_rate.refuse(reason)

    def _read(self, window: "PpgWindow", done: int) -> None:
        n = min(self._state[_NUMBER] - SETTLE, WINDOW)
        moving = sum(self._motion) > _MOVING * WINDOW
        pulse = self._pulse
        pulse.find(window.pulse_rate, self._infrared, self._state[_NUMBER], n, moving)
        if pulse.reason:
            self._refuse(window, pulse.reason)
            return
        window.perfusion_index.set(pulse.perfusion, window.pulse_rate.quality, window.pulse_rate.reason)
        self._read_oxygen(window.spo2, n, moving)
        self._read_breath(window, done)

    def _read_oxygen(self, out: "Measure", n: int, moving: bool) -> None:
        if self._state[_LATEST_RED] < _DARK:
            out.refuse(REASON_NO_SIGNAL)
        elif max(self._full_red) > _SPOILT:
            out.refuse(REASON_SATURATED)
        else:
            self._oxygen.find(out, self._red, self._infrared, self._state[_NUMBER], n, self._pulse.perfusion, moving)

    def _read_breath(self, window: "PpgWindow", done: int) -> None:
        breath = self._breath
        if self._respiration.ready and (breath.reason == REASON_WARMING_UP or not done % _BREATH_EVERY_SAMPLES):
            self._respiration.find(breath)
        if breath.value is None:
            window.respiration_rate.refuse(breath.reason)
        else:
            window.respiration_rate.set(breath.value, breath.quality, breath.reason)
