"""Intervals of one window: medians over its normal beats, corrected for rate."""

from array import array

from micropython import const

from ..kernels import sort_words
from ..wire_gen import (
    BEAT_KIND_NORMAL,
    REASON_INCONSISTENT,
    REASON_IRREGULAR,
    REASON_NO_P_WAVE,
    REASON_NO_T_WAVE,
    REASON_TOO_FEW_BEATS,
)
from .fixed import icbrt, isqrt, rounded
from .scratch import SIGNAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .result import Beat, EcgWindow, Measure

#: Beats in 10 s at most: no two are within 200 ms.
_ROOM = const(50)
#: Interquartile ranges (samples) beyond which beats are called inconsistent.
_SPREAD_PR = const(12)
_SPREAD_QRS = const(10)
_SPREAD_QT = const(20)


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
    """Values of one interval of the beats of a window; `code` is the array's that holds them."""

    def __init__(self, code: str) -> None:
        self._values = array(code, [0] * _ROOM)
        self.n = 0

    def add(self, value: int) -> None:
        """Take one more; beyond the room they add nothing."""
        if self.n < _ROOM:
            self._values[self.n] = value
            self.n += 1

    def clear(self) -> None:
        """Forget all."""
        self.n = 0

    def get(self, i: int) -> int:
        """The `i`-th value as added."""
        return self._values[i]

    def middle(self) -> int:
        """Twice the median; leaves the values in `SIGNAL`, sorted."""
        for i in range(self.n):
            SIGNAL[i] = self._values[i]
        sort_words(SIGNAL, self.n)
        half = self.n >> 1
        if self.n & 1:
            return 2 * SIGNAL[half]
        return SIGNAL[half - 1] + SIGNAL[half]

    def spread(self) -> int:
        """Interquartile range, right after `middle`."""
        return SIGNAL[self.n - 1 - (self.n >> 2)] - SIGNAL[self.n >> 2]


class Intervals:
    """Collects beats, then fills a window's measures."""

    def __init__(self) -> None:
        # RR in ms, the others in samples
        self.rr = Series("i")
        self.pr = Series("h")
        self.qrs = Series("h")
        self.qt = Series("h")
        self.beats = 0
        self.normal = 0

    def clear(self) -> None:
        """Begin a window."""
        self.rr.clear()
        self.pr.clear()
        self.qrs.clear()
        self.qt.clear()
        self.beats = 0
        self.normal = 0

    def add(self, beat: "Beat") -> None:
        """Count a beat; only normal ones add to PR, QRS and QT."""
        self.beats += 1
        if beat.rr_ms is not None:
            self.rr.add(beat.rr_ms)
        if beat.kind != BEAT_KIND_NORMAL or beat.qrs_on is None or beat.qrs_off is None:
            return
        self.normal += 1
        self.qrs.add(beat.qrs_off - beat.qrs_on)
        if beat.p_on is not None:
            self.pr.add(beat.qrs_on - beat.p_on)
        if beat.t_off is not None:
            self.qt.add(beat.t_off - beat.qrs_on)

    def fill(self, window: "EcgWindow", quality: int, irregular: bool) -> None:
        """Set all measures of `window`, for beats that can be trusted by `quality` (0 to 100)."""
        span = 0
        for i in range(self.rr.n):
            span += self.rr.get(i)
        window.heart_rate.set(rounded(600000 * self.rr.n, span), quality)
        rr = self.rr.middle() >> 1
        window.rr.set(rr, quality, REASON_IRREGULAR if irregular else 0)
        self._interval(window.pr, self.pr, quality, REASON_NO_P_WAVE, _SPREAD_PR)
        self._interval(window.qrs, self.qrs, quality, REASON_TOO_FEW_BEATS, _SPREAD_QRS)
        self._interval(window.qt, self.qt, quality, REASON_NO_T_WAVE, _SPREAD_QT)
        self._correct(window, rr, irregular)

    def _interval(self, measure: "Measure", series: "Series", quality: int, absent: int, limit: int) -> None:
        if series.n < 2 or 2 * series.n < self.normal:
            measure.refuse(absent if self.normal >= 2 else REASON_TOO_FEW_BEATS)
            return
        # twice a median of samples of 4 ms, in 0.1 ms
        value = series.middle() * 20
        spread = series.spread()
        if spread > limit:
            measure.set(value, quality * limit // spread, REASON_INCONSISTENT)
        else:
            measure.set(value, quality)

    def _correct(self, window: "EcgWindow", rr: int, irregular: bool) -> None:
        qt = window.qt
        if qt.value is None:
            for measure in (window.qtc_bazett, window.qtc_fridericia, window.qtc_framingham, window.qtc_hodges):
                measure.refuse(qt.reason)
            return
        quality = qt.quality // 2 if irregular else qt.quality
        reason = REASON_IRREGULAR if irregular else qt.reason
        window.qtc_bazett.set(bazett(qt.value, rr), quality, reason)
        window.qtc_fridericia.set(fridericia(qt.value, rr), quality, reason)
        window.qtc_framingham.set(framingham(qt.value, rr), quality, reason)
        window.qtc_hodges.set(hodges(qt.value, rr), quality, reason)


def beware(window: "EcgWindow", reason: int) -> None:
    """Let every number of `window` be read with caution because of `reason`, unless there is a reason already."""
    for measure in (window.heart_rate, window.rr, window.pr, window.qrs, window.qt):
        measure.beware(reason)
    for measure in (window.qtc_bazett, window.qtc_fridericia, window.qtc_framingham, window.qtc_hodges):
        measure.beware(reason)


def refuse(window: "EcgWindow", reason: int) -> None:
    """Answer every measure of `window` with `reason`."""
    for measure in (window.heart_rate, window.rr, window.pr, window.qrs, window.qt):
        measure.refuse(reason)
    for measure in (window.qtc_bazett, window.qtc_fridericia, window.qtc_framingham, window.qtc_hodges):
        measure.refuse(reason)
