"""Intervals of one window: medians over its normal beats, corrected for rate."""

from array import array

import micropython
from micropython import const

from ...kernels import sort_words
from ...wire_gen import (
    BEAT_KIND_NORMAL,
    BEAT_KIND_PACED,
    READINGS_ECG,
    REASON_INCONSISTENT,
    REASON_IRREGULAR,
    REASON_NO_P_WAVE,
    REASON_NO_T_WAVE,
    REASON_POOR_CONTACT,
    REASON_TOO_FEW_BEATS,
    REASON_UNCERTAIN,
)
from ..fixed import icbrt, isqrt, rounded
from ..result import UNCERTAIN_QUALITY
from ..scratch import SIGNAL
from ..scratch_use import works_in
from .uncertainty import LIMITS_TENTHS_MS, RATE_LIMIT_BPM_X10, interval_u95, rate_u95, rr_u95

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat, EcgWindow, Measure

#: Beats in 10 s at most: no two are within 200 ms.
_CAPACITY = const(50)
#: Indices in the intervals of a beat: each in 0.1 ms, -1 where absent; then the edge uncertainty of each, samples Q3.
#: Of the series of a window the first three, and RR in ms; the largest value kept.
PR = const(0)
QRS = const(1)
QT = const(2)
UNCERTAINTY = const(3)
INTERVALS = const(6)
RR = const(3)
_SERIES = const(4)
_LARGEST = const(65535)
#: Of PR, QRS and QT: interquartile ranges (0.1 ms) beyond which beats are called inconsistent; mean edge uncertainty
#: (samples Q3) up to which an interval is as good as its window.
MAX_SPREAD_TENTHS_MS = (480, 400, 800)
_CLEAR_Q3 = (40, 32, 80)
_FEW = const(3)
#: Indices of what is counted of RR intervals, behind the uncertainties.
_NORMAL_RR = const(3)
_NORMAL_RR_MS = const(4)
_LAST_NORMAL = const(5)
_DROPPED = const(6)
_DROPPED_MS = const(7)
_NOT_NORMAL = const(8)
_HIDDEN = const(9)
_DISTURBED = const(10)
_COUNTED = const(11)
#: Tenths of the beats beside which the electrode jumped or was discharged from which on contact is poor.
_POOR_TENTHS = const(3)
#: Deviation of an RR interval (per cent of the median) from which on a beat may be missed, or all may be bigeminy.
_UNEVEN_ECTOPY = const(25)
#: And what is taken of too few.
_UNEVEN_UNKNOWN = const(60)


def bazett(qt: int, rr_ms: int) -> int:
    """QTc = QT / sqrt(RR/s), both QT in 0.1 ms; Bazett 1920. `rr_ms` > 0."""
    return rounded(qt * 1000, isqrt(rr_ms * 1000))


def fridericia(qt: int, rr_ms: int) -> int:
    """QTc = QT / cbrt(RR/s), both QT in 0.1 ms; Fridericia 1920. `rr_ms` > 0."""
    return rounded(qt * 1000, icbrt(rr_ms * 1000000))


def framingham(qt: int, rr_ms: int) -> int:
    """QTc = QT + 0.154 (1 - RR), both QT in 0.1 ms; Sagie et al. 1992."""
    return qt + rounded(154 * (1000 - rr_ms), 100)


def hodges(qt: int, rr_ms: int) -> int:
    """QTc = QT + 1.75 (HR - 60), both QT in 0.1 ms; Hodges et al. 1983. `rr_ms` > 0."""
    return qt + rounded(35 * (60000 - 60 * rr_ms), 2 * rr_ms)


class Series:
    """Values of each interval of the beats of a window: `PR`, `QRS` and `QT` in 0.1 ms, `RR` in ms."""

    def __init__(self) -> None:
        self._values = array("H", bytes(2 * _SERIES * _CAPACITY))
        #: How many there are of each.
        self.n = bytearray(_SERIES)

    @micropython.native
    def add(self, which: int, value: int) -> None:
        """Take one more; beyond the room they add nothing."""
        n = self.n[which]
        if n < _CAPACITY:
            self._values[which * _CAPACITY + n] = min(value, _LARGEST)
            self.n[which] = n + 1

    def clear(self) -> None:
        """Forget all."""
        for which in range(_SERIES):
            self.n[which] = 0

    def get(self, which: int, i: int) -> int:
        """The `i`-th value as added."""
        return self._values[which * _CAPACITY + i]

    @works_in("SIGNAL")
    def twice_median(self, which: int, first: int = 0) -> int:
        """Twice the median of the values from the `first`-th on."""
        n = self._sort(which, first)
        half = n >> 1
        if n & 1:
            return 2 * SIGNAL[half]
        return SIGNAL[half - 1] + SIGNAL[half]

    @works_in("SIGNAL")
    def spread(self, which: int) -> int:
        """Interquartile range."""
        n = self._sort(which, 0)
        return SIGNAL[n - 1 - (n >> 2)] - SIGNAL[n >> 2]

    @works_in("SIGNAL")
    def range(self, which: int) -> int:
        """From the least to the largest of at least one value, but for an eighth at either end."""
        n = self._sort(which, 0)
        return SIGNAL[n - 1 - (n >> 3)] - SIGNAL[n >> 3]

    def _sort(self, which: int, first: int) -> int:
        """Put the values from the `first`-th on into `SIGNAL`, sorted; their number."""
        n = self.n[which] - first
        for i in range(n):
            SIGNAL[i] = self._values[which * _CAPACITY + first + i]
        sort_words(SIGNAL, n)
        return n


class Intervals:
    """Collects beats, then fills a window's measures."""

    def __init__(self) -> None:
        self.series = Series()
        # of PR, QRS and QT, then how many RR lie between normal beats, their sum (ms), whether the last was normal, how
        # many RR are no part of the rate, and their sum (ms), beats that are not normal, RR that hide beats, and
        # those in which the electrode jumped
        self._uncertainty = array("i", [0] * _COUNTED)
        self.beats = 0
        self.normal = 0

    def clear(self) -> None:
        """Begin a window."""
        self.series.clear()
        for i in range(_COUNTED):
            self._uncertainty[i] = 0
        self.beats = 0
        self.normal = 0

    @micropython.native
    def add(self, beat: "Beat", intervals: "array[int]") -> None:
        """Count a beat and its intervals (`INTERVALS` values); only normal and paced ones add to PR, QRS and QT."""
        self.beats += 1
        uncertainty = self._uncertainty
        is_normal = beat.kind == BEAT_KIND_NORMAL or beat.kind == BEAT_KIND_PACED
        if beat.rr_ms is not None:
            self.series.add(RR, beat.rr_ms)
            if is_normal and uncertainty[_LAST_NORMAL]:
                uncertainty[_NORMAL_RR] += 1
                uncertainty[_NORMAL_RR_MS] += beat.rr_ms
        uncertainty[_LAST_NORMAL] = is_normal
        if not is_normal:
            uncertainty[_NOT_NORMAL] += 1
        if not is_normal or intervals[QRS] < 0:
            return
        self.normal += 1
        for i in range(3):
            if intervals[i] >= 0:
                self.series.add(i, intervals[i])
                uncertainty[i] += intervals[UNCERTAINTY + i]

    def is_even(self) -> bool:
        """Do nearly all RR intervals differ by at most a third of their median? Early beats, and pauses, make more."""
        n = self.series.n[RR]
        return n > 0 and 6 * self.series.range(RR) <= self.series.twice_median(RR)

    def count_cut(self, dropped_ms: int, hidden: bool, disturbed: bool) -> None:
        """Count an interval: whether it may be none (else 0), has `hidden` beats, and the electrode jumped in it."""
        uncertainty = self._uncertainty
        uncertainty[_DROPPED] += dropped_ms > 0
        uncertainty[_DROPPED_MS] += dropped_ms
        uncertainty[_HIDDEN] += hidden
        uncertainty[_DISTURBED] += disturbed

    def has_poor_contact(self) -> bool:
        """Did the electrode jump, or was it discharged, beside many of the beats?"""
        return self._uncertainty[_DISTURBED] * 10 > self.beats * _POOR_TENTHS

    def fill(self, window: "EcgWindow", quality: int, irregular: bool, flutter: bool) -> None:
        """Set all measures of `window`, for beats that can be trusted by `quality` (0 to 100).

        RR of an `irregular` rhythm, and of `flutter`, may be uneven without a beat missed.
        """
        rr = self._usual_rr(self._rate(window, quality, irregular, irregular or flutter))
        self._interval(window.pr, PR, quality, rr, REASON_NO_P_WAVE)
        self._interval(window.qrs, QRS, quality, rr, REASON_TOO_FEW_BEATS)
        self._interval(window.qt, QT, quality, rr, REASON_NO_T_WAVE)
        self._correct(window, rr, irregular)

    def _usual_rr(self, rr: int) -> int:
        """RR (ms) that QT belongs to: the median `rr`, or where few intervals are between normal beats their mean."""
        n = self._uncertainty[_NORMAL_RR]
        known = self.series.n[RR]
        if 2 * n >= known:
            return rr
        return self._uncertainty[_NORMAL_RR_MS] // n if n >= _FEW else self._total_ms() // known

    def _total_ms(self) -> int:
        """Sum of RR."""
        total_ms = 0
        for i in range(self.series.n[RR]):
            total_ms += self.series.get(RR, i)
        return total_ms

    def _rate(self, window: "EcgWindow", quality: int, irregular: bool, own: bool) -> int:
        """Set rate and RR; the median RR interval in ms."""
        n = self.series.n[RR]
        total_ms = self._total_ms()
        rr = self.series.twice_median(RR) >> 1
        uneven = max(SIGNAL[n - 1] - rr, rr - SIGNAL[0]) * 100 // rr
        split = False
        half = 0
        rate = rounded(600000 * n, total_ms)
        if uneven > _UNEVEN_ECTOPY:
            splits = self._splits(rr)
            split = splits > 0
            if not own and splits >= 0:
                # beats that may be none count half
                half = rate - self._rate_without(rr, total_ms) + 1 >> 1
            uneven = min(uneven, 2 * self._uneven_pairs())
        lost = 100 - quality
        u95 = half + rate_u95(uneven, lost, own, split, self._drop_bpm_x10(rate, total_ms))
        u95 += self._disturbed_bpm_x10(rate, rr, n)
        rate -= half
        if u95 > RATE_LIMIT_BPM_X10:
            window.heart_rate.refuse(REASON_UNCERTAIN)
            window.rr.refuse(REASON_UNCERTAIN)
        else:
            window.heart_rate.set(rate, quality, 0, u95)
            window.rr.set(rr, quality, REASON_IRREGULAR if irregular else 0, rr_u95(uneven, lost))
            if self._uncertainty[_HIDDEN] and self._uncertainty[_DISTURBED]:
                # a jump may hide a beat, and may lie in a pause
                for measure in (window.heart_rate, window.rr):
                    measure.add_caution(REASON_POOR_CONTACT)
                    measure.quality = min(measure.quality, UNCERTAIN_QUALITY)
        return rr

    def _disturbed_bpm_x10(self, rate: int, rr: int, n: int) -> int:
        """By how much the `rate` (0.1 bpm) of `n` intervals about `rr` (ms) may be off, since the electrode jumped.

        RR that hide beats vary like those that are known. R beside a jump may be off by what is not unusual yet.
        """
        hidden = self._uncertainty[_HIDDEN]
        found = rate * self.series.range(RR) * hidden // (rr * (n + hidden)) if hidden else 0
        return found + rate // (n << 3) if self._uncertainty[_DISTURBED] else found

    def _drop_bpm_x10(self, rate: int, total_ms: int) -> int:
        """By how much the `rate` (0.1 bpm) would change if the dropped intervals were some."""
        dropped = self._uncertainty[_DROPPED]
        if not dropped:
            return 0
        return abs(rounded(600000 * (self.series.n[RR] + dropped), total_ms + self._uncertainty[_DROPPED_MS]) - rate)

    def _splits(self, usual: int) -> int:
        """How often two successive RR intervals are together a `usual` one (within an eighth) without a pause behind.

        A false beat between two others splits an interval so; two ventricular beats in a row have a pause behind.
        -1 where beats are interpolated: three and more at one distance, which neither noise nor movement keeps.
        """
        series = self.series
        n = 0
        low = usual
        high = 0
        for i in range(1, series.n[RR]):
            if self._is_split(i, usual):
                n += 1
                low = min(low, series.get(RR, i - 1))
                high = max(high, series.get(RR, i - 1))
        steady = n >= _FEW and (high - low) << 4 <= usual and 5 * low >= 2 * usual
        return -1 if steady and self._uncertainty[_NOT_NORMAL] >= n else n

    def _is_split(self, i: int, usual: int) -> bool:
        """Is the `i`-th RR the second one of such two?"""
        series = self.series
        both = series.get(RR, i - 1) + series.get(RR, i)
        return abs(both - usual) << 3 <= usual and (i + 1 == series.n[RR] or 4 * series.get(RR, i + 1) <= 5 * usual)

    def _rate_without(self, usual: int, total_ms: int) -> int:
        """Rate (0.1 bpm) without early beats that split an interval between whole ones: they may be none.

        A short first interval may be the rest of one that is split, the last of an early beat its begin.
        """
        series = self.series
        n = kept = series.n[RR]
        most = self._uncertainty[_NOT_NORMAL]
        for i in range(n):
            rr = series.get(RR, i)
            if 4 * rr >= 3 * usual or (i and not self._is_whole(i - 1, usual)):
                continue
            if i + 1 < n and self._is_split(i + 1, usual):
                if most and (i + 2 == n or self._is_whole(i + 2, usual)):
                    most -= 1
                    kept -= 1
            elif self._is_whole(i + 1, usual) if not i else i + 1 == n and not self._uncertainty[_LAST_NORMAL]:
                kept -= 1
                total_ms -= rr
        return rounded(600000 * kept, total_ms)

    def _is_whole(self, i: int, usual: int) -> bool:
        """Is the `i`-th RR neither short nor a pause?"""
        return 3 * usual <= 4 * self.series.get(RR, i) <= 5 * usual

    @works_in("SIGNAL")
    def _uneven_pairs(self) -> int:
        """Deviation (per cent) of two successive RR intervals together, which are the same in bigeminy."""
        n = self.series.n[RR] - 1
        if n < _FEW:
            return _UNEVEN_UNKNOWN
        for i in range(n):
            SIGNAL[i] = self.series.get(RR, i) + self.series.get(RR, i + 1)
        sort_words(SIGNAL, n)
        usual = SIGNAL[n >> 1]
        return max(SIGNAL[n - 1] - usual, usual - SIGNAL[0]) * 100 // usual

    def _interval(self, measure: "Measure", which: int, quality: int, rr: int, absent: int) -> None:
        series = self.series
        n = series.n[which]
        if n < 2 or 2 * n < self.normal:
            measure.refuse(absent if self.normal >= 2 else REASON_TOO_FEW_BEATS)
            return
        uncertainty = self._uncertainty[which] // n
        # later beats are delineated from the mean of more of them
        value = series.twice_median(which, n >> 1 if n > _FEW else 0) >> 1
        spread = series.spread(which)
        limit = MAX_SPREAD_TENTHS_MS[which]
        u95 = interval_u95(which, uncertainty, spread, 100 - quality, rr, n)
        if which != QRS:
            # so much is rare among those that the weights were chosen on, and outweighed by all others
            u95 += max(2 * spread - limit, 0) >> 3
        if u95 > LIMITS_TENTHS_MS[which]:
            measure.refuse(REASON_UNCERTAIN)
            return
        quality = quality * _CLEAR_Q3[which] // max(uncertainty, _CLEAR_Q3[which])
        if spread > limit:
            measure.set(value, quality * limit // spread, REASON_INCONSISTENT, u95)
        else:
            measure.set(value, quality, 0, u95)

    def _correct(self, window: "EcgWindow", rr: int, irregular: bool) -> None:
        qt = window.qt
        if qt.value is None:
            for measure in (window.qtc_bazett, window.qtc_fridericia, window.qtc_framingham, window.qtc_hodges):
                measure.refuse(qt.reason)
            return
        quality = qt.quality // 2 if irregular else qt.quality
        reason = REASON_IRREGULAR if irregular else qt.reason
        # the first two stretch what QT is uncertain by, the others add to it
        window.qtc_bazett.set(bazett(qt.value, rr), quality, reason, bazett(qt.u95, rr))
        window.qtc_fridericia.set(fridericia(qt.value, rr), quality, reason, fridericia(qt.u95, rr))
        window.qtc_framingham.set(framingham(qt.value, rr), quality, reason, qt.u95)
        window.qtc_hodges.set(hodges(qt.value, rr), quality, reason, qt.u95)


def add_caution(window: "EcgWindow", reason: int) -> None:
    """Add `reason` as a caution to every number of `window` that has no reason yet."""
    for _, name in READINGS_ECG:
        getattr(window, name).add_caution(reason)


def caution_edges(window: "EcgWindow", reason: int) -> None:
    """Add `reason` as a caution to what hangs on the edges of waves."""
    for measure in (window.pr, window.qrs, window.qt):
        measure.add_caution(reason)
    for measure in (window.qtc_bazett, window.qtc_fridericia, window.qtc_framingham, window.qtc_hodges):
        measure.add_caution(reason)


def refuse(window: "EcgWindow", reason: int) -> None:
    """Answer every measure of `window` with `reason`."""
    for _, name in READINGS_ECG:
        getattr(window, name).refuse(reason)
