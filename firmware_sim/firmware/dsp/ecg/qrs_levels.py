"""Running levels of the QRS detection."""

from array import array

from micropython import const

from ..fixed import median

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_DEPTH = const(8)
#: Intervals from which on their median is usual.
_FEWEST_RR = const(3)
#: Minimum ratio of beats to noise.
_MIN_OVER_NOISE = const(3)
#: Beats of which the usual energy is a running mean (a power of two), the quality from which on a beat agrees with
#: those before, and how many in a row must.
_USUAL_BEATS_LOG2 = const(3)
_AGREEING = const(75)
#: Beats of which the slope before them is a running mean (a power of two).
_BEFORE_BEATS_LOG2 = const(2)
_IN_A_ROW_BEATS = const(3)
#: Beats with the same slope before them (within a quarter) from which on that is the slope of P waves; counted up to
#: twice as many.
_SAME_BEFORE = const(3)
#: By how much (Q3) what is no steeper than they may exceed that, and its most energy by the usual one (Q3).
_NO_STEEPER_Q3 = const(10)
_MOST_P_Q3 = const(5)
#: Of the last eight candidates that were no beats, how many alike are waves of the heart.
_FEWEST_SIMILAR = const(4)


class Levels:
    """Medians of the last eight energies of beats and of noise, and of RR intervals (samples)."""

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
        self.rr = _RATE_HZ
        #: Running mean of the energy of beats that agree with those before, which artefacts do not; 0: not known.
        self.usual = 0
        self._agreeing = 0
        #: Whether the beats were good enough that they were measured.
        self.trusted = False
        #: Running mean of the steepest slope where P waves of beats are, 0 before the first beat.
        self.before = 0
        self._same_before = 0
        # slope of P waves, where it is known, and energy that they have not
        self._p_slope = self._p_energy = 0
        #: That of T waves, 0 before the first.
        self.after = 0

    def forget(self) -> None:
        """Know nothing."""
        self.beat = 0
        self.noise = 0
        self.rr = _RATE_HZ
        self._at_rr = 0
        self.usual = 0
        self.before = self._same_before = 0
        self._p_slope = self._p_energy = 0
        self.after = 0

    def start(self, beat: int, noise: int, rr: int = 0) -> None:
        """Begin with these levels, beats `rr` apart; 0: that is not known."""
        for i in range(_DEPTH):
            self._beats[i] = beat
            self._noise[i] = noise
            self._rr[i] = rr
        self.beat = beat
        self.noise = noise
        self.rr = rr or _RATE_HZ
        self._at_rr = _DEPTH if rr else 0
        self._p_energy = 0
        self.usual = 0
        self._agreeing = 0
        self.trusted = False

    def lower(self) -> None:
        """Begin anew with the usual energy, which must be known: what came last were no beats."""
        self.noise = min(self.noise, self.usual >> 4)
        self.beat = self.usual
        for i in range(_DEPTH):
            self._beats[i] = self.beat
            self._noise[i] = self.noise

    def add_beat(self, energy: int, rr: int, before: int) -> None:
        """Learn from a beat; `rr` 0 if it is the first; `before`: the steepest slope where its P wave is."""
        last = self.before
        # a single artefact counts little
        self.before = last + ((min(before, 2 * last) - last) >> _BEFORE_BEATS_LOG2) if last else before
        same = self._same_before
        if abs(before - last) << 2 <= last:
            self._same_before = min(same + 1, 2 * _SAME_BEFORE)
            if same + 1 >= _SAME_BEFORE:
                # before beats that the ventricles begin by themselves is none
                self._p_slope = max(self.before, self._p_slope - (self._p_slope >> 4))
                self._p_energy = (self.usual or self.beat) * _MOST_P_Q3 >> 3
        else:
            self._same_before = max(same - 1, 0)
        # one artefact must not raise the threshold for eight beats
        self._beats[self._at_beat] = min(energy, 3 * self.beat)
        self._at_beat = (self._at_beat + 1) % _DEPTH
        self.beat = median(self._beats, _DEPTH, self._scratch)
        if rr:
            self._rr[self._at_rr % _DEPTH] = rr
            self._at_rr += 1
            if self._at_rr >= _FEWEST_RR:
                self.rr = median(self._rr, min(self._at_rr, _DEPTH), self._scratch)

    def is_sure(self) -> bool:
        """Did as many beats in a row as make the usual energy agree with those before, up to the last finished one?"""
        return self._agreeing >= _IN_A_ROW_BEATS

    def is_confirmed(self) -> bool:
        """Did the last finished beat agree with those before?"""
        return self._agreeing > 0

    def knows_rr(self) -> bool:
        """Is `rr` a median of as many intervals as are kept?"""
        return self._at_rr >= _DEPTH

    def is_p(self, energy: int, slope: int) -> bool:
        """Is a candidate no steeper than what came before each of some beats, their P wave, and far under those?"""
        return energy < self._p_energy and slope << 3 <= self._p_slope * _NO_STEEPER_Q3

    def confirm(self, quality: int, trusted: bool) -> None:
        """A beat of this `quality` (0 to 100: how far it agrees with those before) was finished.

        `trusted`: a window of this signal was measured.
        """
        self.trusted = trusted
        if quality < _AGREEING:
            self._agreeing = 0
            return
        if self._agreeing < _IN_A_ROW_BEATS:
            self._agreeing += 1
            return
        if not self.usual:
            self.usual = self.beat
        self.usual += (min(self.beat, 2 * self.usual) - self.usual) >> _USUAL_BEATS_LOG2

    def add_noise(self, energy: int) -> None:
        """Learn from a candidate that was no beat."""
        self._noise[self._at_noise] = energy
        self._at_noise = (self._at_noise + 1) % _DEPTH
        self.noise = median(self._noise, _DEPTH, self._scratch)

    def noise_is_similar(self) -> bool:
        """Are most candidates that were no beats within an eighth of their median, as P waves are and noise is not?"""
        similar = 0
        for i in range(_DEPTH):
            if abs(self._noise[i] - self.noise) << 3 <= self.noise:
                similar += 1
        return similar >= _FEWEST_SIMILAR

    def fade(self, least: int) -> None:
        """Expect smaller beats, but none under `least` nor as small as noise: the level may stem from an artefact."""
        for i in range(_DEPTH):
            beat = self._beats[i]
            self._beats[i] = max(beat - (beat >> 3), min(beat, least), _MIN_OVER_NOISE * self.noise)
        self.beat = median(self._beats, _DEPTH, self._scratch)

    def threshold(self, fraction_q8: int) -> int:
        """Energy `fraction_q8` (Q8) of the way from noise to beats."""
        return self.noise + ((self.beat - self.noise >> 8) * fraction_q8)
