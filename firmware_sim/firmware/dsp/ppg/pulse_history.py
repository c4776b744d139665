"""Pulse rate from the latest intervals between pulses, which reach further back than a window."""

from micropython import const

from ...kernels import copy_words, sort_words
from ...wire_gen import REASON_NO_PULSE_WAVE, REASON_NOISE, REASON_UNCERTAIN
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in
from .uncertainty import PULSE_LIMIT_X10, history_u95

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Measure
    from .pulse_intervals import PulseIntervals

_RATE_HZ = const(100)  # frontends.ppg: RATE_HZ
#: Intervals of the history, of this much time at most (30 s, Q8 samples); the fewest that make a rate.
HISTORY = const(20)
_MOST_Q8 = const(_RATE_HZ * 256 * 30)
_FEWEST = const(5)
#: The newest ones, which are the rate where it has changed: they agree (permille), and differ from all by more than a
#: least (permille) and three quarters of what they differ among each other, or all together differ so much (permille).
_NEWEST = const(8)
_AGREE_PERMILLE = const(120)
_FEWEST_AGREE_PERMILLE = const(30)
_CHANGED_PERMILLE = const(20)
_MIXED_PERMILLE = const(350)
#: Intervals that differ more (permille) are refused: half of them may be no pulses.
_MOST_PERMILLE = const(440)
#: Similarity of upstrokes (percent) from which on they are pulses although no period repeats.
_SIMILAR_PERCENT = const(62)
_CONTRADICTED_QUALITY = const(30)  # dsp.result: UNCERTAIN_QUALITY
#: Permille by which it differs at most from twice the rate of the window that repeats, which contradicts it.
_SAME_PERMILLE = const(50)
#: The fewest intervals that show a steady pulse, and the most that their middle two thirds, and those of their rises,
#: may differ for it (permille). Of 1225 windows of people who run that look like movement (TROIKA, its accelerometer
#: left out) 3 are as steady, none of them wrong by 10/min.
_STEADY = const(16)
_STEADY_PERMILLE = const(40)
_STEADY_RISE_PERMILLE = const(400)
#: Rate (0.1/min) times interval (Q8 samples).
_BPM_X10_Q8 = const(_RATE_HZ * 600 * 256)


class PulseHistory:
    """The rate of the latest intervals, and how much they differ."""

    def __init__(self) -> None:
        #: In 0.1/min, 0: there are too few intervals; range of the middle two thirds of them in permille of the rate.
        self.rate = 0
        self.spread = 0

    @works_in("SIGNAL", "SHAPE")
    def look(self, intervals: "PulseIntervals") -> None:
        """Set rate and spread from what is kept now."""
        n = intervals.latest(HISTORY, _MOST_Q8, SIGNAL, SHAPE)
        self.rate = 0
        if n < _FEWEST:
            return
        self._measure(n)
        if n > _NEWEST and self._changed(_NEWEST, _AGREE_PERMILLE, _CHANGED_PERMILLE):
            return
        if self.spread > _MIXED_PERMILLE and n > _FEWEST:
            self._changed(_FEWEST, _FEWEST_AGREE_PERMILLE, 0)

    @works_in("SIGNAL", "SHAPE")
    def is_steady(self, intervals: "PulseIntervals") -> bool:
        """Are the latest pulses as even in time and height as those of somebody who does not move?"""
        n = intervals.latest(HISTORY, _MOST_Q8, SIGNAL, SHAPE)
        if n < _STEADY:
            return False
        sort_words(SHAPE, n)
        sixth = (n + 3) // 6
        middle = SHAPE[n >> 1] // 1000 * _STEADY_RISE_PERMILLE
        if SHAPE[n - 1 - sixth] - SHAPE[sixth] > middle:
            return False
        sort_words(SIGNAL, n)
        return (SIGNAL[n - 1 - sixth] - SIGNAL[sixth]) * 1000 <= SIGNAL[n >> 1] * _STEADY_PERMILLE

    def _changed(self, newest: int, agree: int, least: int) -> bool:
        """Take the rate of the `newest` if they `agree` (permille) and it is another one by `least` (permille)."""
        rate = self.rate
        spread = self.spread
        self._measure(newest)
        least = max(least, self.spread * 3 // 4 - 10)
        changed = spread > _MIXED_PERMILLE or abs(self.rate - rate) * 1000 >= rate * least
        if changed and self.spread <= agree:
            return True
        self.rate = rate
        self.spread = spread
        return False

    def answer(self, out: "Measure", similarity: int, sharp: bool) -> None:
        """Set the pulse rate of a window, `out`, from what was looked at; `similarity` (percent) of its upstrokes.

        In a window with corners (`sharp`) intervals alone show no pulse.

        What has no wave of a pulse, or none that is strong enough, keeps its reason.
        """
        reason = out.reason
        absent = out.value is None
        if not self.rate or (absent and reason != REASON_NOISE and reason != REASON_UNCERTAIN):
            return
        mixed = self.spread > _MOST_PERMILLE
        if similarity < _SIMILAR_PERCENT and (absent or mixed):
            return  # noise, in which intervals say nothing: a rate that is followed through it is better
        if mixed:
            out.refuse(REASON_UNCERTAIN)
            return
        quality = min(100 - self.spread // 10, similarity >> 1 if absent else out.quality)
        if absent:
            # no period repeats: so it is in fibrillation, but even intervals contradict it
            reason = 0 if self.spread > _AGREE_PERMILLE and not sharp else REASON_UNCERTAIN
            if reason:
                quality = min(quality, _CONTRADICTED_QUALITY)
        doubled = out.value is not None and abs(self.rate - 2 * out.value) * 1000 < self.rate * _SAME_PERMILLE
        if doubled:
            # either second waves were counted, or every other pulse is a weak one
            reason = reason or REASON_UNCERTAIN
            quality = min(quality, _CONTRADICTED_QUALITY)
        contradicted = doubled or reason == REASON_NO_PULSE_WAVE
        u95 = PULSE_LIMIT_X10 if contradicted else history_u95(self.rate, self.spread)
        out.set(self.rate, quality, reason, u95)

    def _measure(self, n: int) -> None:
        """Set them from the newest `n`: the middle third of intervals has neither missed pulses nor extra ones."""
        copy_words(SHAPE, 0, SIGNAL, 0, n)
        sort_words(SHAPE, n)
        third = n // 3
        total = 0
        for k in range(third, n - third):
            total += SHAPE[k]
        sixth = (n + 3) // 6
        self.rate = (_BPM_X10_Q8 * (n - 2 * third) + (total >> 1)) // total
        self.spread = (SHAPE[n - 1 - sixth] - SHAPE[sixth]) * 1000 // SHAPE[n >> 1]
