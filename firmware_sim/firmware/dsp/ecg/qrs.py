"""QRS decision: which candidates are heart beats.

Adaptive threshold between medians of recent beats and recent noise, refractory time, T wave and baseline-shift
rejection, and search back over long gaps, after Hamilton and Tompkins (1986) and Hamilton (2002).
"""

from array import array

import micropython
from micropython import const

from ...kernels import sort_words
from ..scratch import SIGNAL
from ..scratch_use import works_in
from .filters import ENERGY_DELAY
from .pending_beats import REFRACTORY_SAMPLES
from .qrs_levels import Levels
from .qrs_peaks import Candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .uncertain_span import UncertainSpan

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Of two candidates closer than 272 ms the first, if it is smaller and less steep, is a P wave.
_P_SAMPLES = const(_RATE_HZ * 272 // 1000)
#: A run of low complexes may be as long as candidates are kept.
_CAPACITY = const(32)  # dsp.ecg.qrs_peaks: _CAPACITY
#: A candidate is complete this long after its index (and 104 ms): nothing that makes it a P wave can come.
_MARGIN_SAMPLES = const(_RATE_HZ * 104 // 1000)
_COMPLETE_SAMPLES = _P_SAMPLES + ENERGY_DELAY + _MARGIN_SAMPLES
#: T waves are looked for up to 360 ms after a beat.
_T_SAMPLES = const(_RATE_HZ * 360 // 1000)
#: After one of the first beats what is smaller than this part of it (Q8), and has under three quarters of its slope, is
#: one, too.
_TALL_T_Q8 = const(160)
_FIRST_BEATS = const(12)
#: Candidates of the first 3 s set the levels, in three parts of a second each; where they cannot, those of the latest
#: 6 s, in parts of two.
_LEARNING_SAMPLES = const(_RATE_HZ * 3000 // 1000)
_LEARNING_PARTS = const(3)
_LEARNING_MOST_SAMPLES = const(_RATE_HZ * 6000 // 1000)
#: Energy under which beats (complexes of 70 µV) must be fewer than other candidates: peaks of noise are all alike.
_LOW_ENERGY = const(5000)
#: Beats have so many times the energy of what comes since, or of usual ones: they were movement or an open input.
_MISLED = const(2)
#: These have more than any noise (complexes of 280 µV), are alike (their part of the highest one's energy, Q3) and
#: 300 ms apart, and all else is far lower (Q3).
_CLEAR_ENERGY = const(20000)
_SIMILAR_Q3 = const(4)
_LOWER_Q3 = const(2)
_BEAT_SAMPLES = const(_RATE_HZ * 300 // 1000)
#: Minimum energy of a beat: a complex of about 40 µV.
_MIN_ENERGY = const(1200)
#: Thresholds above noise, by the distance from noise to beats (Q8): may be a beat, is one.
_WEAK_Q8 = const(80)
_SURE_Q8 = const(110)
#: Gap over the median RR (Q2) from which on a weak candidate is taken, and one over half the threshold.
_GAP_WEAK_Q2 = const(5)
_GAP_SEARCH_Q2 = const(6)
#: A candidate this close before a beat (320 ms), and under this part of its energy (Q3), is its P wave.
_P_BEFORE_SAMPLES = const(_RATE_HZ * 320 // 1000)
_P_ENERGY_Q3 = const(5)
#: After so long without a beat (3 s), and again after each such step, smaller beats are expected.
_SILENCE_SAMPLES = const(_RATE_HZ * 3000 // 1000)
#: `decide`: no complex comes, but something that may be one.
NOT_QUIET = const(-1)
#: After so long (60 s) what was usual does not count any more.
_USUAL_SAMPLES = const(_RATE_HZ * 60)
#: After so long (1.2 s, and half more than the usual RR) low complexes are looked for on a calm lead: so many and one,
#: after longer (2.5 s) so many, steeper than what comes before beats, and with more of the usual energy than this (Q8).
_LOW_GAP_SAMPLES = const(_RATE_HZ * 1200 // 1000)
_LOW_SILENCE_SAMPLES = const(_RATE_HZ * 2500 // 1000)
_FEW_COMPLEXES = const(3)
_LOWEST_Q8 = const(24)
#: A low beat in each interval of a second and more, as in bigeminy: so far behind R (400 ms), where T has its end; how
#: many times the energy of all else there, of which a beat must have more; how much its distance from R may change
#: (36 ms: P waves of a complete block come closer to R or go); its part of the usual energy (Q8), and how much steeper
#: than P and T waves it is (Q2).
_BETWEEN_SAMPLES = const(_RATE_HZ)
_T_AWAY_SAMPLES = const(_RATE_HZ * 400 // 1000)
_STANDS_OUT = const(3)
#: And of that of candidates which were none, as P waves of a complete block; they are not known after the first beat.
_OVER_NOISE = const(2)
_COUPLING_SAMPLES = const(_RATE_HZ * 36 // 1000)
_BETWEEN_Q8 = const(32)
_STEEPER_Q2 = const(6)
#: The same of one that is known without the interval before.
_CLEAR_Q8 = const(64)
_CLEAR_Q2 = const(8)
#: Energy over the usual one (Q8) that nothing reaches on a quiet lead, and under which nothing is a beat: P waves go on
#: when the ventricles stand still.
_QUIET_Q8 = const(77)
_LEAST_Q8 = const(51)
#: RR (640 ms) from which on nothing but P comes where P waves are.
_P_KNOWN_SAMPLES = const(_RATE_HZ * 640 // 1000)
#: The T wave of a beat has ended (520 ms after it).
_T_END_SAMPLES = const(_RATE_HZ * 520 // 1000)
_FADE_SAMPLES = const(_RATE_HZ * 256 // 1000)
#: A beat is uncertain outside these limits of its energy by that of usual beats, a rejected candidate above this one
#: (Q8); a beat also outside these of its RR by the usual one, and while noise by beats is above this (Q8).
_MIN_BEAT_Q8 = const(176)
_MAX_BEAT_Q8 = const(448)
_MAX_REJECTED_Q8 = const(144)
_MIN_RR_Q8 = const(205)
_MAX_RR_Q8 = const(333)
_MAX_NOISE_Q8 = const(64)
#: Beats after which the usual RR is known, and after which a gap without a beat may hide one on a calm lead.
_MIN_BEATS = const(5)
_MIN_GAP_BEATS = const(3)
#: A gap is uncertain from half of the usual RR on, but not before this (400 ms): a silence must be reported first.
_EARLY_SAMPLES = const(_RATE_HZ * 400 // 1000)
#: Energy of beats over that of noise beyond which noise hides none.
_CALM = const(6)


def ratio_q8(part: int, whole: int) -> int:
    """`part` over `whole` in Q8; both lose six bits, so that the product stays a small integer."""
    return (part >> 6 << 8) // max(whole >> 6, 1)


class QrsDetector:
    """Judges `candidates`, hands out indices of beats (input samples, rough: within the complex) in order.

    Where it is not sure it marks `uncertain`. Works in `SIGNAL`.
    """

    def __init__(self, candidates: "Candidates", uncertain: "UncertainSpan") -> None:
        self._candidates = candidates
        self._uncertain = uncertain
        self.levels = Levels()
        self._passed = Candidates()
        self._beats = array("i", bytes(4 * _CAPACITY))
        #: Beats that can be taken.
        self.waiting = 0
        #: Whether nothing of what passed for beats until now was one: signal begins behind it.
        self.misled = False
        #: Whether a pacemaker goes on without capture: what is low then are P waves, which no beat has shown before.
        self.pacing_unanswered = False
        self.restart(0)

    def restart(self, first: int) -> None:
        """Begin anew at input sample `first`."""
        self._passed.n = 0
        self.waiting = 0
        self._first = first
        self._learned = self.misled = False
        #: Sample of the latest beat, before `first` until there is one.
        self.last = self._last_usual = first - 2 * _T_SAMPLES
        self._low_coupling = 0
        self._last_slope = 0
        self._t_slope = 0
        self._faded = first
        self._found = 0

    def resume(self) -> None:
        """Go on with the levels of the signal before, where there was one."""
        self._learned = self.levels.beat > 0

    def forget(self) -> None:
        """Know no levels."""
        self.levels.forget()

    def next_beat(self) -> int:
        """Index of the next beat of those `waiting`."""
        index = self._beats[0]
        self.waiting -= 1
        for i in range(self.waiting):
            self._beats[i] = self._beats[i + 1]
        return index

    @micropython.native
    def decide(self, now: int, ending: bool = False) -> int:
        """Judge what can be judged at input sample `now`; `ending`: nothing more will come.

        Returns the sample up to which no complex came on a quiet lead, after 3 s without one and half more than usual;
        `NOT_QUIET` where the lead is not quiet then; 0 while complexes come.
        """
        if not self._learned:
            if now - self._first < _LEARNING_SAMPLES and not ending:
                return 0
            self._learn(now, ending)
            if not self._learned:
                return 0
        found = self._candidates
        while found.n and (ending or now - found.pos[0] > _COMPLETE_SAMPLES):
            self._judge_first()
        until = found.pos[0] if found.n and not ending else now - _COMPLETE_SAMPLES
        gap = until - self.last
        if gap > _LOW_GAP_SAMPLES and gap << 2 > self.levels.rr * _GAP_SEARCH_Q2 and self._is_misled():
            if not (self.levels.trusted and self.levels.usual):
                self.misled = True
                return 0
            self.levels.lower()
            self._judge_again(now)
            until = found.pos[0] if found.n and not ending else now - _COMPLETE_SAMPLES
            gap = until - self.last
        if gap > _LOW_SILENCE_SAMPLES:
            self._take_low_run(until, _FEW_COMPLEXES)
        elif gap > _LOW_GAP_SAMPLES and gap << 2 > self.levels.rr * _GAP_SEARCH_Q2 and self._is_calm():
            self._take_low_run(until, _FEW_COMPLEXES + 1)
        self._fill_gap(until, 0)
        gap = until - self.last
        if self._found > _MIN_GAP_BEATS and gap << 8 > self.levels.rr * _MAX_RR_Q8:
            self._mark_gap()
        return self._judge_silence(until) if gap > _SILENCE_SAMPLES else 0

    def _is_misled(self) -> bool:
        """Were the last beats none, as those of movement or an open input, and do far lower ones come since then?"""
        levels = self.levels
        if levels.trusted and levels.beat < _MISLED * levels.usual:
            return False
        passed = self._passed
        highest = n = 0
        for i in range(passed.n):
            if self._may_have_been(i):
                highest = max(highest, passed.energy[i])
        last = self.last
        for i in range(passed.n):
            part_q3 = (passed.energy[i] << 3) // (highest + 1)
            if part_q3 >= _SIMILAR_Q3 and self._may_have_been(i) and passed.pos[i] - last >= _BEAT_SAMPLES:
                n += 1
                last = passed.pos[i]
            elif part_q3 > _LOWER_Q3 and passed.pos[i] - self.last > _T_AWAY_SAMPLES:
                # noise has peaks of any size
                return False
        if levels.trusted and levels.usual:
            return n > 1 and highest > levels.usual >> 1
        # beats that agree with those before may go on as a run of low complexes
        return not levels.is_sure() and n > _FEW_COMPLEXES - (not levels.is_confirmed())

    def _may_have_been(self, i: int) -> bool:
        """May the `i`-th passed candidate be a beat, if the last ones were none?"""
        passed = self._passed
        energy = passed.energy[i]
        # what a chance beat agrees with may be P waves
        is_p = self.levels.is_confirmed() and self.levels.is_p(energy, passed.slope[i])
        away = passed.pos[i] - self.last > _T_AWAY_SAMPLES and not is_p
        return away and energy > _CLEAR_ENERGY and energy * _MISLED < self.levels.beat

    def _judge_again(self, now: int) -> None:
        """Judge what came since the last beat once more."""
        found = self._candidates
        passed = self._passed
        for i in range(found.n):
            passed.add(found.pos[i], found.energy[i], found.slope[i], found.before[i])
        found.n = 0
        for i in range(passed.n):
            found.add(passed.pos[i], passed.energy[i], passed.slope[i], passed.before[i])
        passed.n = 0
        while found.n and now - found.pos[0] > _COMPLETE_SAMPLES:
            self._judge_first()

    def _mark_gap(self) -> None:
        """Mark what comes when a beat was due; where noise is none, one that was missed may have come early."""
        rr = self.levels.rr
        if self._is_calm():
            self._uncertain.mark(self.last + min(rr, max(rr >> 1, _EARLY_SAMPLES)))
        elif self._found > _MIN_BEATS:
            self._uncertain.mark(self.last + rr)

    def _is_calm(self) -> bool:
        """Hides noise no beats?"""
        return self.levels.noise * _CALM < self.levels.beat

    def _judge_silence(self, until: int) -> int:
        """No complex came up to sample `until`: fade the levels; returns what `decide` does."""
        if until - self._faded >= _FADE_SAMPLES:
            self._faded = until
            self.levels.fade(self.levels.usual if until - self.last < _USUAL_SAMPLES else 0)
        if not self.levels.usual or (until - self.last) * 2 <= self.levels.rr * 3:
            return 0
        since = max(self.last + _T_END_SAMPLES, until - _SILENCE_SAMPLES)
        if not self._is_quiet(since, _QUIET_Q8) or self._may_go_on(until):
            return NOT_QUIET
        if self._is_quiet(since, _LEAST_Q8):
            # there is nothing to be verified
            self._uncertain.resolve(until)
        return until

    def _is_quiet(self, since: int, most_q8: int) -> bool:
        """Has no candidate from sample `since` on more than `most_q8` (Q8) of the energy of usual beats?

        P waves may have more, and what is like them, where they are known by themselves, more than `_LEAST_Q8`.
        """
        passed = self._passed
        known = most_q8 == _LEAST_Q8 and self.levels.rr >= _P_KNOWN_SAMPLES
        for i in range(passed.n):
            slope = passed.slope[i]
            is_p = self.levels.is_p(passed.energy[i], slope) or (known and self._is_like_p(slope))
            large = passed.pos[i] > since and ratio_q8(passed.energy[i], self.levels.usual) > most_q8
            if large and not is_p:
                return False
        return True

    def _is_like_p(self, slope: int) -> bool:
        """Is that no steeper than P waves and noise before the beats?"""
        return slope * 5 <= self.levels.before * 8

    def _may_be_low(self, i: int) -> bool:
        """May the `i`-th passed candidate be a low complex, steeper than P waves and noise before the beats?"""
        passed = self._passed
        energy = passed.energy[i]
        if self._is_like_p(passed.slope[i]) or energy < _LOW_ENERGY:
            return False
        lowest = _LEAST_Q8 if self.pacing_unanswered else _LOWEST_Q8
        return ratio_q8(energy, self.levels.usual or self.levels.beat) > lowest

    def _may_go_on(self, until: int) -> bool:
        """May low complexes go on: two alike in the last 6 s before sample `until`, or since the last T, or three?"""
        passed = self._passed
        since = max(self.last + _T_END_SAMPLES, until - 2 * _SILENCE_SAMPLES)
        n = 0
        low = high = 0
        for i in range(passed.n):
            if passed.pos[i] > since and self._may_be_low(i):
                energy = passed.energy[i]
                low = min(low, energy) if n else energy
                high = max(high, energy)
                n += 1
        return n >= _FEW_COMPLEXES or (n > 1 and 5 * low >= 4 * high)

    @works_in("SIGNAL")
    def _take_low_run(self, until: int, least: int) -> None:
        """Take the complexes since the last beat, at `least` so many, if they are low, alike and regular.

        The levels become theirs.
        """
        passed = self._passed
        top = 0
        for i in range(passed.n):
            if passed.pos[i] - self.last >= REFRACTORY_SAMPLES and self._may_be_low(i):
                top = max(top, passed.energy[i])
        n = self._gather_run(top) if top else 0
        if n < least or not self._is_regular(n, until):
            return
        energy = 0
        for k in range(n):
            energy += passed.energy[SIGNAL[k]]
        usual = (passed.pos[SIGNAL[n - 1]] - passed.pos[SIGNAL[0]]) // (n - 1)
        self.levels.start(energy // n, min(self.levels.noise, energy // n >> 2), usual)
        gone = 0
        for k in range(n):
            i = SIGNAL[k] - gone
            gone += i + 1
            # forgets those up to it
            self._accept(passed, i)
        self._uncertain.resolve(max(until, self._uncertain.end))

    def _gather_run(self, top: int) -> int:
        """Put the numbers of the candidates like `top` into `SIGNAL`, of those too near the largest; how many."""
        passed = self._passed
        n = 0
        for i in range(passed.n):
            if passed.energy[i] * 2 < top or passed.pos[i] - self.last < REFRACTORY_SAMPLES:
                continue
            if n and passed.pos[i] - passed.pos[SIGNAL[n - 1]] < REFRACTORY_SAMPLES:
                if passed.energy[i] > passed.energy[SIGNAL[n - 1]]:
                    SIGNAL[n - 1] = i
                continue
            SIGNAL[n] = i
            n += 1
        return n

    def _is_regular(self, n: int, until: int) -> bool:
        """Do the `n` candidates in `SIGNAL` come regularly up to sample `until`?"""
        passed = self._passed
        shortest = _SILENCE_SAMPLES
        longest = 0
        for k in range(n - 1):
            rr = passed.pos[SIGNAL[k + 1]] - passed.pos[SIGNAL[k]]
            shortest = min(shortest, rr)
            longest = max(longest, rr)
        return 4 * longest <= 5 * shortest and until - passed.pos[SIGNAL[n - 1]] <= 2 * longest

    @works_in("SIGNAL")
    def _learn(self, now: int, ending: bool) -> None:
        """Set the levels from the second highest of three parts' maxima: an artefact spoils but one.

        Not from what is far below the highest while that is new or alone, unless nothing more will come: it may be the
        first beat.
        """
        found = self._candidates
        self._first = max(self._first, now - _LEARNING_MOST_SAMPLES)
        found.drop_until(self._first - 1)
        part_samples = max((now - self._first) // _LEARNING_PARTS, _RATE_HZ)
        maxima = SIGNAL
        for part in range(_LEARNING_PARTS):
            maxima[part] = 0
        for i in range(found.n):
            part = min((found.pos[i] - self._first) // part_samples, _LEARNING_PARTS - 1)
            maxima[part] = max(maxima[part], found.energy[i])
        last = maxima[_LEARNING_PARTS - 1]
        sort_words(maxima, _LEARNING_PARTS)
        is_new = last == maxima[2] or now - self._first < _LEARNING_MOST_SAMPLES
        if maxima[1] < maxima[2] >> 1 and is_new and not ending:
            return
        maximum = max(maxima[1], maxima[2] >> 3)
        # T waves are as many as beats; but what is far smaller than an artefact may be all beats
        large = self._gather_large(maximum, True) or self._gather_large(maximum, False)
        if large:
            sort_words(SIGNAL, large)
            beat = SIGNAL[large >> 1]
            if beat >= _LOW_ENERGY or 2 * large <= found.n:
                self.levels.start(beat, beat >> 4)
                self._learned = True

    def _gather_large(self, maximum: int, alone: bool) -> int:
        """Put energies like `maximum` into `SIGNAL`, those beside no larger ones if `alone`; their number."""
        found = self._candidates
        large = 0
        for i in range(found.n):
            like = maximum * 2 // 5 < found.energy[i] < maximum * 5 // 2
            if like and not (alone and self._is_beside_larger(i)):
                SIGNAL[large] = found.energy[i]
                large += 1
        return large

    def _is_beside_larger(self, i: int) -> bool:
        """Is the `i`-th candidate so near to a larger one that it may be its P or T wave?"""
        found = self._candidates
        for k in range(found.n):
            if abs(found.pos[k] - found.pos[i]) < _T_SAMPLES and found.energy[k] * 5 > found.energy[i] * 8:
                return True
        return False

    def _judge_first(self) -> None:
        found = self._candidates
        best = 0
        i = 1
        # the largest within the refractory time stands for all of them
        while i < found.n and found.pos[i] - found.pos[best] < REFRACTORY_SAMPLES:
            if found.energy[i] > found.energy[best]:
                best = i
            i += 1
        if best:
            found.drop(best)
            return
        self._judge(found, 0, self._is_p_wave(i))
        found.drop(i)

    def _is_p_wave(self, after: int) -> bool:
        """Is the first candidate the P wave of a complex among those from `after` on?"""
        found = self._candidates
        energy = found.energy[0]
        slope = found.slope[0]
        i = after
        while i < found.n and found.pos[i] - found.pos[0] < _P_SAMPLES:
            # beats of a fast rhythm differ by chance
            if found.energy[i] * 8 > energy * 9 and found.slope[i] > slope:
                return True
            i += 1
        return False

    @micropython.native
    def _judge(self, source: "Candidates", i: int, p_wave: bool) -> None:
        pos = source.pos[i]
        energy = source.energy[i]
        slope = source.slope[i]
        if energy < _MIN_ENERGY or pos - self.last < REFRACTORY_SAMPLES or not slope:
            return
        levels = self.levels
        if energy > levels.threshold(_SURE_Q8) and not p_wave and not self._is_t_wave(pos, energy, slope):
            between = self._low_between(pos)
            if between >= 0:
                self._accept(self._passed, between, True)
            self._fill_gap(pos, energy)
            self._accept(source, i)
            return
        if ratio_q8(energy, levels.beat) > _MAX_REJECTED_Q8:
            self._uncertain.mark(pos)
        if energy <= levels.threshold(_WEAK_Q8) and not self._is_coupled(pos):
            levels.add_noise(energy)
        if levels.is_p(energy, slope) or (self.pacing_unanswered and ratio_q8(energy, levels.usual) < _LEAST_Q8):
            self._uncertain.rule_out(pos)
        self._passed.add(pos, energy, slope, source.before[i])

    def _is_t_wave(self, pos: int, energy: int, slope: int) -> bool:
        if pos - self.last >= _T_SAMPLES:
            return False
        if slope < self._t_slope:
            return True
        # until T waves raise the noise, tall ones are told from beats that would come early from the start
        tall = energy < (self.levels.beat >> 8) * _TALL_T_Q8 and 4 * slope < 3 * self._last_slope
        return tall and self._found <= _FIRST_BEATS

    @micropython.native
    def _accept(self, source: "Candidates", i: int, low: bool = False) -> None:
        """Take the `i`-th of `source` as a beat; of a `low` one between usual ones no level is learned."""
        pos = source.pos[i]
        energy = source.energy[i]
        if not low:
            rr = pos - (self._last_usual if self._low_coupling else self.last)
            if self._found and self._is_unusual(rr, energy):
                self._uncertain.mark(pos)
            self.levels.add_beat(energy, rr if self._found else 0, source.before[i])
            self._last_usual = pos
            self._learn_t()
        self._found += 1
        self.last = pos
        slope = self._last_slope = source.slope[i]
        self._t_slope = slope >> 1
        if self._found > _FIRST_BEATS and abs(energy - self.levels.beat) * 3 < self.levels.beat:
            # the T wave of a usual beat is as usual
            after = self.levels.after
            if after:
                self._t_slope = max(slope >> 2, min(slope >> 1, after * 7 >> 2))
        self._passed.drop_until(pos)
        if self.waiting < len(self._beats):
            self._beats[self.waiting] = pos
            self.waiting += 1

    @micropython.native
    def _learn_t(self) -> None:
        """Learn the steepest slope that T waves have."""
        passed = self._passed
        steepest = 0
        for i in range(passed.n):
            if passed.pos[i] - self.last < _T_SAMPLES:
                steepest = max(steepest, passed.slope[i])
        after = self.levels.after
        self.levels.after = after + ((steepest - after) >> 2) if after else steepest

    def _low_between(self, until: int) -> int:
        """The passed candidate that is a low beat between two usual ones, the second of which is at sample `until`.

        In bigeminy each interval has one as far from R: from the second interval on. -1 where there is none.
        """
        passed = self._passed
        best = -1
        other = 0
        if until - self.last >= _BETWEEN_SAMPLES and self._found > 1:
            for i in range(passed.n):
                pos = passed.pos[i]
                if pos - self.last >= _T_AWAY_SAMPLES and until - pos >= _P_BEFORE_SAMPLES:
                    if best < 0 or passed.energy[i] > passed.energy[best]:
                        other = passed.energy[best] if best >= 0 else 0
                        best = i
                    else:
                        other = max(other, passed.energy[i])
        if (
            best < 0
            or passed.energy[best] < _STANDS_OUT * other
            or passed.energy[best] < _OVER_NOISE * self.levels.noise
            or not self._is_low_beat(best, _BETWEEN_Q8, _STEEPER_Q2)
        ):
            self._low_coupling = 0
            return -1
        coupling = passed.pos[best] - self.last
        again = self._is_coupled(passed.pos[best])
        self._low_coupling = coupling
        clear = self._found > _MIN_BEATS and self._is_calm() and self._is_low_beat(best, _CLEAR_Q8, _CLEAR_Q2)
        return best if again or clear else -1

    def _is_coupled(self, pos: int) -> bool:
        """Is sample `pos` as far from the last beat as the low beat of the interval before?"""
        return self._low_coupling > 0 and abs(pos - self.last - self._low_coupling) <= _COUPLING_SAMPLES

    def _is_low_beat(self, i: int, energy_q8: int, steeper_q2: int) -> bool:
        """Has the `i`-th passed candidate so much of the usual energy (Q8), so much steeper than P and T waves (Q2)?"""
        passed = self._passed
        levels = self.levels
        steep = passed.slope[i] << 2 > max(levels.before, levels.after) * steeper_q2
        steep = steep and not levels.is_p(passed.energy[i], passed.slope[i])
        return steep and ratio_q8(passed.energy[i], levels.usual or levels.beat) > energy_q8

    def _is_unusual(self, rr: int, energy: int) -> bool:
        """Is a beat of this energy, `rr` after the one before, unlike those before?"""
        levels = self.levels
        energy_q8 = ratio_q8(energy, levels.beat)
        rr_q8 = (rr << 8) // levels.rr if self._found > _MIN_BEATS else 256
        noise = self._uncertain.noise_q8 = ratio_q8(levels.noise, levels.beat)
        usual = _MIN_BEAT_Q8 <= energy_q8 <= _MAX_BEAT_Q8 and _MIN_RR_Q8 <= rr_q8 <= _MAX_RR_Q8
        return not usual or (noise > _MAX_NOISE_Q8 and not levels.noise_is_similar())

    def _fill_gap(self, until: int, follower: int) -> None:
        """Search back: accept passed candidates up to `until`, where a beat of energy `follower` is (0: none)."""
        passed = self._passed
        while True:
            gap = until - self.last
            best = -1
            if gap * 4 > self.levels.rr * _GAP_WEAK_Q2:
                threshold = self.levels.threshold(_WEAK_Q8)
                # a run of low beats, of which this would be one, may be about to show
                ended = follower or gap > _LOW_SILENCE_SAMPLES or not self._is_calm()
                if ended and gap * 4 > self.levels.rr * _GAP_SEARCH_Q2:
                    # P waves of a block, which are what passes for noise, are no higher than it
                    noise = self.levels.noise
                    threshold = max(threshold >> 1, (self.levels.beat >> 8) * _LEAST_Q8, noise + (noise >> 2))
                best = self._largest_passed(threshold, until, follower)
            if best < 0:
                return
            self._accept(passed, best)

    def _largest_passed(self, threshold: int, until: int, follower: int) -> int:
        passed = self._passed
        weak = self.levels.threshold(_WEAK_Q8)
        low = follower and self._found > _FIRST_BEATS and threshold < weak and self._is_calm()
        best = -1
        for i in range(passed.n):
            pos = passed.pos[i]
            energy = passed.energy[i]
            if energy <= threshold and not (
                low and self._may_be_low(i) and passed.slope[i] * 4 > self.levels.after * 7
            ):
                continue
            if pos - self.last < REFRACTORY_SAMPLES or until - pos < REFRACTORY_SAMPLES:
                continue
            if until - pos < _P_BEFORE_SAMPLES and (not follower or energy * 8 < follower * _P_ENERGY_Q3):
                continue
            slope = passed.slope[i]
            if self._is_t_wave(pos, energy, slope) or self.levels.is_p(energy, slope):
                continue
            # until RR is known a gap is but assumed: a blocked P in it is no beat; where the silence lasts, the last
            # beat may have been none
            first = self._found <= _FIRST_BEATS and until - self.last < _SILENCE_SAMPLES
            if 4 * slope < self._last_slope and (first or energy <= weak) and self._is_like_p(slope):
                continue
            if first and self._found <= _MIN_GAP_BEATS and 2 * slope < self._last_slope:
                # nobody knows yet what P waves are like
                continue
            if best < 0 or energy > passed.energy[best]:
                best = i
        return best
