"""The latest RR intervals: what is usual, what is early, and how regular the rhythm is."""

from array import array

from micropython import const

from ..fixed import median

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_DEPTH = const(8)
#: Intervals in the slow mean, which is in Q6.
_SLOW_DEPTH = const(64)
#: RR over its median (Q8) under which a beat is premature.
_PREMATURE_Q8 = const(218)
#: RR over a usual one (Q8) from which on no beat is premature, and intervals in a row within that of the one before
#: after which a fast rhythm is no run of premature beats any more.
_STEADY_Q8 = const(240)
_STEADY_BEATS = const(16)
#: RR (600 ms) and part of the slow mean (Q8) under which a beat is fast; over its median from which on it is late.
_FAST_RR = const(_RATE_HZ * 600 // 1000)
_FAST_Q8 = const(218)
_LATE_Q8 = const(320)
#: Sum of a short RR and the next, in sixteenths of the median, from which on that is a compensatory pause. Breathing
#: makes no RR shorter than this part (Q8) of the one before, or where nearly all change, of the median.
_COMPENSATED_Q4 = const(30)
_SMOOTH_Q8 = const(210)
_BREATH_Q8 = const(166)
#: Intervals that tell a rhythm in which hardly one is the usual one.
_UNSTEADY_FEW = const(6)
#: RR over its median (Q8) under which a beat is early in a rhythm that is steady otherwise.
_STANDS_OUT_Q8 = const(205)
#: Minimum probability (Q8) of a QRS complex: of one in time, of an early one (RR over its median, Q3), and of one
#: between two beats that are hardly too far apart (Q3).
_MIN_QRS_Q8 = const(16)
_MIN_EARLY_QRS_Q8 = const(48)
_MIN_BETWEEN_QRS_Q8 = const(128)
_EARLY_Q3 = const(7)
_BETWEEN_Q3 = const(11)
#: Minimum probability (Q8) of a P wave: in a regular rhythm, before the rhythm is known, in an irregular one.
_MIN_P_REGULAR_Q8 = const(128)
_MIN_P_UNKNOWN_Q8 = const(208)
_MIN_P_IRREGULAR_Q8 = const(224)
#: Intervals from which the rhythm is known, and the mean step between them, over their mean, of an irregular one: 1/10.
_RHYTHM_KNOWN = const(3)
_IRREGULAR_DIVISOR = const(10)


class RrHistory:
    """A ring of RR intervals in samples, and their slow mean."""

    def __init__(self) -> None:
        #: Ring of intervals; of `count` ever written the oldest kept lies at `count % 8`.
        self.rr = array("i", [0] * _DEPTH)
        self.count = 0
        #: Mean of about the last 64 intervals, Q6.
        self.slow_q6 = 0
        self._scratch = array("i", [0] * _DEPTH)
        self._steady = 0

    def clear(self) -> None:
        """Forget all."""
        self.count = 0
        self.slow_q6 = 0
        self._steady = 0

    def add(self, rr: int) -> None:
        """Take the interval of a finished beat."""
        last = self.rr[(self.count - 1) % _DEPTH] if self.count else 0
        self._steady = self._steady + 1 if min(rr, last) << 8 >= max(rr, last) * _STEADY_Q8 else 0
        self.rr[self.count % _DEPTH] = rr
        self.count += 1
        self.slow_q6 += ((rr << 6) - self.slow_q6) // min(self.count, _SLOW_DEPTH)

    def usual(self, rr: "int | None", after: "int | None") -> int:
        """Median of the kept intervals, else what is known of this beat: `rr` before, `after` it; else one second."""
        if self.count:
            return median(self.rr, min(self.count, _DEPTH), self._scratch)
        if rr is not None:
            return rr
        return _RATE_HZ if after is None else after

    def is_early(self, rr: "int | None") -> bool:
        """Is a beat `rr` after the one before premature?"""
        return rr is not None and self.count >= 2 and rr << 8 < self.usual(rr, None) * _PREMATURE_Q8

    def is_fast(self, rr: int) -> bool:
        """Is a beat `rr` after the one before faster than the heart has mostly been in the last minute?"""
        return rr < _FAST_RR and rr << 14 < self.slow_q6 * _FAST_Q8

    def is_in_time(self, rr: int) -> bool:
        """Is `rr` within 6 % of the usual interval, and so is the one before?"""
        if self.count < _UNSTEADY_FEW:
            return False
        usual = self.usual(rr, None)
        last = self.rr[(self.count - 1) % _DEPTH]
        return max(rr, last, usual) * _STEADY_Q8 <= min(rr, last, usual) << 8

    def repeats(self, rr: int) -> bool:
        """Is `rr` within an eighth of the interval before?"""
        last = self.rr[(self.count - 1) % _DEPTH] if self.count else 0
        return abs(rr - last) << 3 <= last

    def is_late(self, rr: int) -> bool:
        """Is a beat `rr` after the one before later than usual?"""
        return rr << 8 > self.usual(rr, None) * _LATE_Q8

    def may_be_early(self, rr: "int | None") -> bool:
        """May a beat `rr` after the one before be premature, whatever its shape? Not at a steady rate."""
        if rr is None or self.count < 2:
            return False
        usual = self.usual(rr, None)
        if self._steady < _STEADY_BEATS:
            usual = max(usual, self.slow_q6 >> 6)
        return rr << 8 < usual * _STEADY_Q8

    def is_breathing(self, after: "int | None") -> bool:
        """Is the latest RR short because RR changes all the time, not for an early beat? `after` is the next one."""
        kept = min(self.count, _DEPTH)
        if kept < _RHYTHM_KNOWN:
            return False
        usual = self.usual(None, None)
        own = self.rr[(self.count - 1) % _DEPTH]
        steps, steady, short, compensated = self._survey(self.count)
        if kept >= _UNSTEADY_FEW and 2 * steps >= kept and 3 * steady <= kept and compensated <= 1:
            # hardly one is the usual one: early beats stand among those that are
            return own << 8 >= usual * _BREATH_Q8
        early = own << 8 < usual * _PREMATURE_Q8
        if early and after is not None and own + after << 4 >= usual * _COMPENSATED_Q4:
            return False
        if 2 * compensated > short or 2 * steps < kept - 2:
            return False
        if own << 8 >= self.rr[(self.count - 2) % _DEPTH] * _SMOOTH_Q8:
            return True
        return (steps >= kept - 3 or (short > 1 and 2 * steady < kept)) and own << 8 >= usual * _BREATH_Q8

    def fibrillates(self) -> bool:
        """Do nearly all kept intervals differ from the one before, and hardly a short one is made up for?"""
        kept = min(self.count, _DEPTH)
        steps, steady, _, compensated = self._survey(self.count)
        return kept == _DEPTH and steps >= kept - 2 and 2 * steady <= kept and compensated <= 1

    def stands_out(self) -> bool:
        """Is the latest RR short in a rhythm that is steady but for early beats?"""
        kept = min(self.count, _DEPTH)
        own = self.rr[(self.count - 1) % _DEPTH]
        if kept < _RHYTHM_KNOWN or own << 8 >= self.usual(None, None) * _STANDS_OUT_Q8:
            return False
        _, steady, _, compensated = self._survey(self.count)
        return 4 * (steady + 2 * compensated + 1) >= 3 * kept

    def _survey(self, count: int) -> "tuple[int, int, int, int]":
        """Of the kept intervals: how many differ from the one before, are as usual, are short, and were made up for.

        A pause behind a short one makes up for it, together they are two usual ones: it was early.
        """
        usual = self.usual(None, None)
        steps = steady = short = compensated = 0
        last = 0
        for i in range(count - min(count, _DEPTH), count):
            rr = self.rr[i % _DEPTH]
            if last and min(rr, last) << 8 < max(rr, last) * _STEADY_Q8:
                steps += 1
            if min(rr, usual) << 8 >= max(rr, usual) * _STEADY_Q8:
                steady += 1
            if last and last << 8 < usual * _PREMATURE_Q8:
                short += 1
                compensated += 1 if rr + last << 4 >= usual * _COMPENSATED_Q4 else 0
            last = rr
        return steps, steady, short, compensated

    def min_qrs_q8(self, rr: "int | None", after: "int | None") -> int:
        """Minimum probability (Q8) of a QRS complex `rr` after the beat before and `after` before the next."""
        if rr is None or not self.count:
            return _MIN_QRS_Q8
        usual = self.usual(rr, after)
        if rr << 3 >= usual * _EARLY_Q3:
            return _MIN_QRS_Q8
        between = after is not None and (rr + after) << 3 < usual * _BETWEEN_Q3
        return _MIN_BETWEEN_QRS_Q8 if between else _MIN_EARLY_QRS_Q8

    def is_steady(self, rr: int) -> bool:
        """Is the rhythm known, and regular, with the interval `rr` behind it?"""
        return self.min_p_q8(rr, 0) == _MIN_P_REGULAR_Q8

    def min_p_q8(self, before: int, after: int) -> int:
        """Minimum probability (Q8) of a P wave: in an irregular rhythm, waves of fibrillation pass for P.

        The intervals `before` and `after` this beat, 0 where they are not known, come behind those kept.
        """
        kept = self.count
        steps = total = last = n = 0
        for i in range(max(0, kept - _DEPTH + 2), kept + 2):
            rr = self.rr[i % _DEPTH] if i < kept else before if i == kept else after
            if rr:
                if n:
                    steps += abs(rr - last)
                    total += rr
                last = rr
                n += 1
        if n < _RHYTHM_KNOWN:
            return _MIN_P_UNKNOWN_Q8
        return _MIN_P_IRREGULAR_Q8 if steps * _IRREGULAR_DIVISOR > total else _MIN_P_REGULAR_Q8
