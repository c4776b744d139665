"""Intervals between pulses as they come, with interpolated times; second waves of a pulse are none."""

from array import array

import micropython
from micropython import const

from ...kernels import pulse_upstrokes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .respiration import Respiration

_RATE_HZ = const(100)  # frontends.ppg: RATE_HZ
#: Intervals that are kept, in Q8 samples: 39 µs.
KEPT = const(64)
#: An interval of this length and more (2.56 s) is kept as 0: there was no pulse for a while.
GAP_Q8 = const(1 << 16)
#: Upstrokes that a call can find: it takes 100 samples at most.
_FOUND = const(5)
#: A rise under this percentage of both its neighbours, which are less than 1.4 s apart, is a second wave.
_WEAK_PERCENT = const(55)
_CLOSE_Q8 = const(_RATE_HZ * 256 * 14 // 10)
#: So soon after a pulse (0.38 s), with a clearly longer interval behind it (sixteenths), a lower one is a second wave,
#: too: pulses so early are faint, and those of a fast rhythm come again as soon.
_SOON_Q8 = const(_RATE_HZ * 256 * 38 // 100)
_LONGER_Q4 = const(22)
_SOON_PERCENT = const(95)
#: Seconds in a row that must contradict which way up the light is until that is believed.
_CONTRADICTIONS = const(4)
_SIMILAR_PERCENT = const(80)
#: Positions in the ring of the light are modulo so many Q8 samples, less 1.
_POSITION = const((1 << 18) - 1)
# Of the kernel's state: samples taken, which way up, time since the latest upstroke.
_TAKEN = const(0)
_SIGN = const(1)
_SINCE = const(5)
# Of ours: intervals kept (the next one lies there modulo `KEPT`); whether a pulse waits, its interval and rise, and the
# rise of the one before; seconds that contradicted the sign; where the latest interval ended, and how many are read.
_COUNT = const(0)
_WAITS = const(1)
_INTERVAL = const(2)
_RISE = const(3)
_BEFORE = const(4)
_CONTRADICTED = const(5)
_ENDED = const(6)
_READ = const(7)
_STATE = const(8)


class PulseIntervals:
    """Finds upstrokes in the infrared, one pulse late: only the next one shows whether a wave was a pulse.

    Each pulse is handed on to `respiration`, with where it rose in `relative`, a ring of 256 values (`PpgChannel`).
    """

    def __init__(self, relative: "array[int]", respiration: "Respiration") -> None:
        self._relative = relative
        self._respiration = respiration
        self._rings = array("i", bytes(4 * 3 * 64))
        self._upstrokes = array("i", bytes(4 * 6))
        self._upstrokes[_SIGN] = -1
        self._found = array("i", bytes(4 * 2 * _FOUND))
        self._intervals = array("H", bytes(2 * KEPT))
        #: Of each the rise of the pulse that it begins with; negative in doubt, 0 of what was no pulse.
        self._rises = array("i", bytes(4 * KEPT))
        self._state = array("i", bytes(4 * _STATE))

    def restart(self) -> None:
        """Begin anew, as when made."""
        self._upstrokes[_SIGN] = -1
        self.begin()

    def begin(self) -> None:
        """Forget what was: the signal begins, and what first says which way up it is will be believed."""
        self._upstrokes[_TAKEN] = 0
        self.forget()
        self._state[_CONTRADICTED] = _CONTRADICTIONS - 1

    def forget(self) -> None:
        """Forget the intervals, and go on."""
        state = self._state
        state[_COUNT] = state[_WAITS] = state[_CONTRADICTED] = state[_READ] = 0
        self._respiration.interrupt()

    @micropython.native
    def take(self, pairs: "array[int]", start: int, n: int, end: int) -> None:
        """Take `n` <= 100 of `pairs` (red, infrared) from pair `start` on, before sample `end` (modulo 1024)."""
        found = self._found
        count = pulse_upstrokes(pairs, start, n, self._rings, self._upstrokes, found, _FOUND)
        if count:
            position = (end - 1 << 8) - self._upstrokes[_SINCE]
            for k in range(1, count):
                position -= found[2 * k]
            for k in range(count):
                if k:
                    position += found[2 * k]
                self._add(found[2 * k], found[2 * k + 1], position)

    def orient(self, takes_light: bool, similarity: int) -> None:
        """Compare once a second with whether blood takes light, as upstrokes of a `similarity` (percent) say.

        Where that has changed, begin anew.
        """
        state = self._state
        sign = -1 if takes_light else 1
        if similarity < _SIMILAR_PERCENT:
            return
        if sign == self._upstrokes[_SIGN]:
            state[_CONTRADICTED] = 0
            return
        state[_CONTRADICTED] += 1
        if state[_CONTRADICTED] >= _CONTRADICTIONS:
            self._upstrokes[_SIGN] = sign
            self.begin()
            state[_CONTRADICTED] = 0

    def mark_uncertain(self, most_q8: int, none: bool) -> None:
        """Doubt the intervals of the latest `most_q8` Q8 samples, whose window was doubted, or take them for `none`."""
        total = self._upstrokes[_SINCE]
        count = at = self._state[_COUNT]
        while at > 0 and at > count - KEPT and total < most_q8:
            at -= 1
            slot = at % KEPT
            total += self._intervals[slot] or GAP_Q8
            self._rises[slot] = 0 if none else -abs(self._rises[slot])

    def latest(self, n: int, most_q8: int, out: "array[int]", rises: "array[int]", sure: bool = False) -> int:
        """Copy up to `n` intervals of the latest `most_q8` Q8 samples, the newest first, into `out`; their number.

        `rises` gets those of the pulses that they begin with. There is none where no pulse came for a while, and of
        what is `sure` none in doubt.
        """
        total = self._upstrokes[_SINCE]
        if total >= GAP_Q8:
            return 0
        count = self._state[_COUNT]
        copied = 0
        at = count
        while at > 0 and at > count - KEPT and copied < n:
            at -= 1
            interval = self._intervals[at % KEPT]
            total += interval or GAP_Q8
            if total > most_q8:
                break
            rise = self._rises[at % KEPT]
            if interval and (rise > 0 or (rise and not sure)):
                out[copied] = interval
                rises[copied] = abs(rise)
                copied += 1
        return copied

    def read(self, out: "array[int]", end: int) -> int:
        """Move intervals that have come since the last call, the latest first, into `out`; their number.

        Those that do not fit are lost. Behind them lies how long before sample `end` (modulo 1024) the latest ended.
        All are in Q8 samples, 0 for a gap.
        """
        state = self._state
        count = state[_COUNT]
        n = min(count - state[_READ], len(out) - 1)
        for k in range(n):
            out[k] = self._intervals[(count - 1 - k) % KEPT]
        out[n] = (end - 1 << 8) - state[_ENDED] & _POSITION
        state[_READ] = count
        return n

    def _add(self, interval: int, rise: int, position: int) -> None:
        """Take an upstroke at `position` (Q8 samples), so long after the one before."""
        state = self._state
        if not state[_WAITS]:
            state[_WAITS] = 1
            state[_INTERVAL] = state[_BEFORE] = 0
            state[_RISE] = rise
            return
        percent = _WEAK_PERCENT
        if state[_INTERVAL] < _SOON_Q8 and state[_INTERVAL] * _LONGER_Q4 < interval << 4:
            percent = _SOON_PERCENT
        weak = min(state[_BEFORE], rise) // 100 * percent
        if state[_RISE] < weak and state[_INTERVAL] + interval < _CLOSE_Q8:
            state[_INTERVAL] += interval
        else:
            self._keep(state[_INTERVAL])
            state[_ENDED] = position - interval & _POSITION
            if interval >= GAP_Q8:
                state[_READ] = state[_COUNT]  # it came too late: positions are known modulo 10 s
            if state[_INTERVAL]:
                self._respiration.add_pulse(
                    self._relative,
                    position - interval & _POSITION,
                    self._upstrokes[_SIGN],
                    state[_INTERVAL],
                    state[_RISE],
                    interval,
                )
            state[_INTERVAL] = interval
            state[_BEFORE] = state[_RISE]
        state[_RISE] = rise

    def _keep(self, interval: int) -> None:
        """Keep an interval, of which the first pulse has none."""
        if not interval:
            return
        state = self._state
        self._intervals[state[_COUNT] % KEPT] = interval if interval < GAP_Q8 else 0
        self._rises[state[_COUNT] % KEPT] = state[_BEFORE]
        state[_COUNT] += 1
        if state[_COUNT] >= 2 * KEPT:
            state[_COUNT] -= KEPT
            state[_READ] = max(state[_READ] - KEPT, 0)
