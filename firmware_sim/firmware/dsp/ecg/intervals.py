"""Intervals of one window: medians over its normal beats, corrected for rate."""

from array import array

from micropython import const

from ...kernels import sort_words
from ...wire_gen import (
    BEAT_KIND_NORMAL,
    BEAT_KIND_PACED,
    REASON_INCONSISTENT,
    REASON_IRREGULAR,
    REASON_NO_P_WAVE,
    REASON_NO_T_WAVE,
    REASON_TOO_FEW_BEATS,
)
from ..fixed import icbrt, isqrt, rounded
from ..scratch import SIGNAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat, EcgWindow, Measure

#: Beats in 10 s at most: no two are within 200 ms.
_ROOM = const(50)
#: Places in what is told of a beat's intervals: each in 0.1 ms, -1 where absent; then how vague each is.
PR = const(0)
QRS = const(1)
QT = const(2)
VAGUE = const(3)
SPANS = const(6)
#: Of PR, QRS and QT: interquartile ranges (0.1 ms) beyond which beats are called inconsistent; mean vagueness (eighths
#: of a sample, see waves.py) up to which an interval is as good as its window, and beyond which it is not told.
_SPREAD = (480, 400, 800)
#: Values of which none is left out.
_FEW = const(3)
_CLEAR = (40, 32, 56)
_VAGUE = (260, 48, 160)


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

    def middle(self, first: int = 0) -> int:
        """Twice the median of the values from the `first`-th on; leaves those in `SIGNAL`, sorted."""
        n = self.n - first
        for i in range(n):
            SIGNAL[i] = self._values[first + i]
        sort_words(SIGNAL, n)
        half = n >> 1
        if n & 1:
            return 2 * SIGNAL[half]
        return SIGNAL[half - 1] + SIGNAL[half]

    def spread(self) -> int:
        """Interquartile range; leaves the values in `SIGNAL`, sorted."""
        self.middle()
        return SIGNAL[self.n - 1 - (self.n >> 2)] - SIGNAL[self.n >> 2]


class Intervals:
    """Collects beats, then fills a window's measures."""

    def __init__(self) -> None:
        # RR in ms, the others in 0.1 ms
        self.rr = Series("i")
        self.spans = (Series("h"), Series("h"), Series("h"))
        self._vague = array("i", [0] * 3)
        self.beats = 0
        self.normal = 0

    def clear(self) -> None:
        """Begin a window."""
        self.rr.clear()
        for i in range(3):
            self.spans[i].clear()
            self._vague[i] = 0
        self.beats = 0
        self.normal = 0

    def add(self, beat: "Beat", spans: "array[int]") -> None:
        """Count a beat and its intervals (`SPANS` values); only normal and paced ones add to PR, QRS and QT."""
        self.beats += 1
        if beat.rr_ms is not None:
            self.rr.add(beat.rr_ms)
        if (beat.kind != BEAT_KIND_NORMAL and beat.kind != BEAT_KIND_PACED) or spans[QRS] < 0:
            return
        self.normal += 1
        for i in range(3):
            if spans[i] >= 0:
                self.spans[i].add(spans[i])
                self._vague[i] += spans[VAGUE + i]

    def fill(self, window: "EcgWindow", quality: int, irregular: bool) -> None:
        """Set all measures of `window`, for beats that can be trusted by `quality` (0 to 100)."""
        span = 0
        for i in range(self.rr.n):
            span += self.rr.get(i)
        window.heart_rate.set(rounded(600000 * self.rr.n, span), quality)
        rr = self.rr.middle() >> 1
        window.rr.set(rr, quality, REASON_IRREGULAR if irregular else 0)
        self._interval(window.pr, PR, quality, REASON_NO_P_WAVE)
        self._interval(window.qrs, QRS, quality, REASON_TOO_FEW_BEATS)
        self._interval(window.qt, QT, quality, REASON_NO_T_WAVE)
        self._correct(window, rr, irregular)

    def _interval(self, measure: "Measure", which: int, quality: int, absent: int) -> None:
        series = self.spans[which]
        if series.n < 2 or 2 * series.n < self.normal:
            measure.refuse(absent if self.normal >= 2 else REASON_TOO_FEW_BEATS)
            return
        vague = self._vague[which] // series.n
        if vague > _VAGUE[which]:
            measure.refuse(REASON_INCONSISTENT)
            return
        # what later beats are read from is the mean of more of them
        value = series.middle(series.n >> 1 if series.n > _FEW else 0) >> 1
        spread = series.spread()
        limit = _SPREAD[which]
        quality = quality * _CLEAR[which] // max(vague, _CLEAR[which])
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
