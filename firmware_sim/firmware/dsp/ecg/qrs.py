"""QRS decision: which candidates are heart beats.

Adaptive threshold between medians of recent beats and recent noise, refractory time, T wave and baseline-shift
rejection, and search back over long gaps, after Hamilton and Tompkins (1986) and Hamilton (2002).
"""

from array import array

from micropython import const

from ...kernels import sort_words
from ..fixed import median
from ..scratch import SIGNAL
from .filters import ENERGY_DELAY
from .qrs_peaks import Candidates, PeakFinder
from .uncertain_span import Doubt

#: No second beat within 200 ms.
REFRACTORY = const(50)
#: Of two candidates closer than 270 ms the first, if it is smaller and less steep, is a P wave.
_P_NEAR = const(68)
#: A candidate is complete this long after its place: nothing that makes it a P wave can come.
_COMPLETE = _P_NEAR + ENERGY_DELAY + 26
#: T waves are looked for up to 360 ms after a beat.
_T_REACH = const(90)
#: Candidates of the first 3 s set the levels.
_LEARNING = const(750)
_DEPTH = const(8)
#: Least energy of a beat: a complex of about 40 µV.
_LEAST = const(1200)
#: Bars above noise, in 256ths of the distance from noise to beats: may be a beat, is one.
_PART = const(80)
_SURE = const(110)
#: Quarters of the median RR that a gap must exceed for a weak candidate, and for one under half the bar.
_GAP_WEAK = const(5)
_GAP_SEARCH = const(6)
#: A candidate this close before a beat whose height it does not reach by so many eighths is its P wave.
_P_REACH = const(80)
_P_PART = const(5)
#: After so long without a beat (3 s), and again after each such step, smaller beats are expected.
_SILENCE = const(750)
_FADE_STEP = const(64)
#: Beats are at least this many times as high as noise.
_OVER_NOISE = const(3)
#: A candidate is in doubt outside these 256ths: of the usual height, if it is a beat, and if it is none; of the usual
#: RR interval. Noise above this part of beats puts all in doubt.
_LOW = const(176)
_HIGH = const(448)
_TALL = const(144)
_SOON = const(205)
_LATE = const(333)
_LOUD = const(64)
#: Beats after which it is known how far apart they usually are.
_KNOWN = const(5)


def share(height: int, whole: int) -> int:
    """256ths of a height that another is, in small integers."""
    return (height >> 6 << 8) // max(whole >> 6, 1)


class Levels:
    """Medians of the last eight beat heights, noise heights and RR intervals."""

    def __init__(self) -> None:
        self._beats = array("i", [0] * _DEPTH)
        self._noise = array("i", [0] * _DEPTH)
        self._rr = array("i", [0] * _DEPTH)
        self._at_beat = 0
        self._at_noise = 0
        self._at_rr = 0
        self._scratch = array("i", [0] * _DEPTH)
        self.beat = 0
        self.noise = 0
        self.rr = 250

    def forget(self) -> None:
        """Know nothing."""
        self.beat = 0
        self.noise = 0
        self.rr = 250

    def start(self, beat: int, noise: int) -> None:
        """Begin with these levels and 60 beats a minute."""
        for i in range(_DEPTH):
            self._beats[i] = beat
            self._noise[i] = noise
            self._rr[i] = 250
        self.beat = beat
        self.noise = noise
        self.rr = 250

    def add_beat(self, height: int, rr: int) -> None:
        """Learn from a beat; `rr` 0 if it is the first."""
        # one artefact must not raise the bar for eight beats
        self._beats[self._at_beat] = min(height, 3 * self.beat)
        self._at_beat = (self._at_beat + 1) % _DEPTH
        self.beat = median(self._beats, _DEPTH, self._scratch)
        if rr:
            self._rr[self._at_rr] = rr
            self._at_rr = (self._at_rr + 1) % _DEPTH
            self.rr = median(self._rr, _DEPTH, self._scratch)

    def add_noise(self, height: int) -> None:
        """Learn from a candidate that was no beat."""
        self._noise[self._at_noise] = height
        self._at_noise = (self._at_noise + 1) % _DEPTH
        self.noise = median(self._noise, _DEPTH, self._scratch)

    def fade(self) -> None:
        """Expect smaller beats, though not as small as noise: the level may stem from an artefact."""
        for i in range(_DEPTH):
            self._beats[i] = max(self._beats[i] - (self._beats[i] >> 3), _OVER_NOISE * self.noise)
        self.beat = median(self._beats, _DEPTH, self._scratch)

    def bar(self, part: int) -> int:
        """Height `part` 256ths of the way from noise to beats."""
        return self.noise + ((self.beat - self.noise >> 8) * part)


class QrsDetector:
    """Takes energy blocks, hands out beat places (input samples, rough: within the complex) in order."""

    def __init__(self) -> None:
        self.peaks = PeakFinder()
        self.levels = Levels()
        self.doubt = Doubt()
        self._passed = Candidates()
        self._beats = array("i", [0] * 16)
        #: Beats that can be taken.
        self.waiting = 0
        self.restart(0)

    def restart(self, first: int) -> None:
        """Begin anew at input sample `first`."""
        self.peaks.restart()
        self._passed.n = 0
        self.waiting = 0
        self._first = first
        self._learned = False
        self._last = first - 2 * _T_REACH
        self._last_slope = 0
        self._faded = first
        self._found = 0
        self.doubt.restart(first)

    def next_beat(self) -> int:
        """Place of the next beat of those `waiting`."""
        place = self._beats[0]
        self.waiting -= 1
        for i in range(self.waiting):
            self._beats[i] = self._beats[i + 1]
        return place

    def decide(self, now: int, ending: bool = False) -> None:
        """Judge what can be judged at input sample `now`; `ending`: nothing more will come."""
        if not self._learned:
            if now - self._first < _LEARNING and not ending:
                return
            self._learn()
        found = self.peaks.found
        while found.n and (ending or now - found.pos[0] > _COMPLETE):
            self._judge_first()
        if self._learned:
            until = found.pos[0] if found.n and not ending else now - _COMPLETE
            self._fill_gap(until, 0)
            if self._found > _KNOWN and (until - self._last) << 8 > self.levels.rr * _LATE:
                self.doubt.note(self._last + self.levels.rr)
            if until - self._last > _SILENCE and until - self._faded >= _FADE_STEP:
                self._faded = until
                self.levels.fade()

    def _learn(self) -> None:
        """Set the levels from the second highest of the three seconds' peaks: an artefact spoils but one."""
        found = self.peaks.found
        tops = SIGNAL
        for second in range(3):
            tops[second] = 0
        for i in range(found.n):
            second = min((found.pos[i] - self._first) // 250, 2)
            tops[second] = max(tops[second], found.height[i])
        sort_words(tops, 3)
        top = max(tops[1], tops[2] >> 3)
        large = 0
        for i in range(found.n):
            if top * 2 // 5 < found.height[i] < top * 5 // 2:
                SIGNAL[large] = found.height[i]
                large += 1
        if large:
            sort_words(SIGNAL, large)
            beat = SIGNAL[large >> 1]
            self.levels.start(beat, beat >> 4)
            self._learned = True

    def _judge_first(self) -> None:
        found = self.peaks.found
        best = 0
        i = 1
        # the largest within the refractory time stands for all of them
        while i < found.n and found.pos[i] - found.pos[best] < REFRACTORY:
            if found.height[i] > found.height[best]:
                best = i
            i += 1
        if best:
            found.drop(best)
            return
        self._judge(found, 0, self._leads_up(i))
        found.drop(i)

    def _leads_up(self, after: int) -> bool:
        """Is the first candidate the P wave of a complex among those from `after` on?"""
        found = self.peaks.found
        height = found.height[0]
        slope = max(found.rise[0], found.fall[0])
        i = after
        while i < found.n and found.pos[i] - found.pos[0] < _P_NEAR:
            if found.height[i] > height and max(found.rise[i], found.fall[i]) > slope:
                return True
            i += 1
        return False

    def _judge(self, source: "Candidates", i: int, leads_up: bool) -> None:
        pos = source.pos[i]
        height = source.height[i]
        rise = source.rise[i]
        fall = source.fall[i]
        # a step of the baseline has a slope in one direction only
        if height < _LEAST or pos - self._last < REFRACTORY or min(rise, fall) < max(rise, fall) >> 3:
            return
        levels = self.levels
        if height > levels.bar(_SURE) and not leads_up and not self._is_t_wave(pos, max(rise, fall)):
            self._fill_gap(pos, height)
            self._accept(pos, height, max(rise, fall))
            return
        if share(height, levels.beat) > _TALL:
            self.doubt.note(pos)
        if height <= levels.bar(_PART):
            levels.add_noise(height)
        self._passed.add(pos, height, rise, fall)

    def _is_t_wave(self, pos: int, slope: int) -> bool:
        return pos - self._last < _T_REACH and 2 * slope < self._last_slope

    def _accept(self, pos: int, height: int, slope: int) -> None:
        if self._found and self._is_odd(pos - self._last, height):
            self.doubt.note(pos)
        self.levels.add_beat(height, pos - self._last if self._found else 0)
        self._found += 1
        self._last = pos
        self._last_slope = slope
        self._passed.drop_until(pos)
        if self.waiting < len(self._beats):
            self._beats[self.waiting] = pos
            self.waiting += 1

    def _is_odd(self, rr: int, height: int) -> bool:
        """Is a beat of this height, so long after the one before, unlike those before?"""
        levels = self.levels
        tall = share(height, levels.beat)
        late = (rr << 8) // levels.rr if self._found > _KNOWN else 256
        noise = self.doubt.noise = share(levels.noise, levels.beat)
        return not (_LOW <= tall <= _HIGH and _SOON <= late <= _LATE and noise <= _LOUD)

    def _fill_gap(self, until: int, follower: int) -> None:
        """Accept passed candidates from the last beat to `until`, where one of height `follower` is (0: none)."""
        passed = self._passed
        while True:
            gap = until - self._last
            best = -1
            if gap * 4 > self.levels.rr * _GAP_WEAK:
                bar = self.levels.bar(_PART)
                if gap * 4 > self.levels.rr * _GAP_SEARCH:
                    bar >>= 1
                best = self._largest(bar, until, follower)
            if best < 0:
                return
            self._accept(passed.pos[best], passed.height[best], max(passed.rise[best], passed.fall[best]))

    def _largest(self, bar: int, until: int, follower: int) -> int:
        passed = self._passed
        best = -1
        for i in range(passed.n):
            pos = passed.pos[i]
            height = passed.height[i]
            if height <= bar or pos - self._last < REFRACTORY or until - pos < REFRACTORY:
                continue
            if until - pos < _P_REACH and (not follower or height * 8 < follower * _P_PART):
                continue
            if self._is_t_wave(pos, max(passed.rise[i], passed.fall[i])):
                continue
            if best < 0 or height > passed.height[best]:
                best = i
        return best
