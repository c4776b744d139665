"""Findings of one window, by the definitions of the wire's rhythm flags."""

from micropython import const

from ..wire_gen import (
    BEAT_KIND_PREMATURE_SUPRAVENTRICULAR,
    BEAT_KIND_VENTRICULAR,
    RHYTHM_BRADYCARDIA,
    RHYTHM_FIRST_DEGREE_AV_BLOCK,
    RHYTHM_FREQUENT_ECTOPY,
    RHYTHM_IRREGULAR,
    RHYTHM_LONG_QTC,
    RHYTHM_PAUSE,
    RHYTHM_SHORT_PR,
    RHYTHM_SHORT_QTC,
    RHYTHM_TACHYCARDIA,
    RHYTHM_WIDE_QRS,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .intervals import Series
    from .result import Beat, EcgWindow

#: Parts (of 256) of the mean RR that successive intervals must differ by, on average, to be irregular.
_IRREGULAR = const(26)
#: Fewest successive differences to judge regularity by.
_LEAST = const(5)


class Rhythm:
    """Collects beats, then names what stands out."""

    def __init__(self) -> None:
        self._early = 0
        self._ventricular = 0
        self._longest_ms = 0

    def clear(self) -> None:
        """Begin a window."""
        self._early = 0
        self._ventricular = 0
        self._longest_ms = 0

    def add(self, beat: "Beat") -> None:
        """Count a beat."""
        if beat.kind == BEAT_KIND_VENTRICULAR:
            self._ventricular += 1
        elif beat.kind == BEAT_KIND_PREMATURE_SUPRAVENTRICULAR:
            self._early += 1
        if beat.rr_ms is not None and beat.rr_ms > self._longest_ms:
            self._longest_ms = beat.rr_ms

    def is_irregular(self, rr: "Series", with_p: int, beats: int) -> bool:
        """Irregular without repeated P: RR intervals (ms, in order), beats that have a P, and beats."""
        if rr.n <= _LEAST or 2 * with_p > beats:
            return False
        apart = 0
        span = rr.get(0)
        large = 0
        for i in range(1, rr.n):
            step = abs(rr.get(i) - rr.get(i - 1))
            apart += step
            span += rr.get(i)
            if step * 16 > rr.get(i):
                large += 1
        # one early beat makes two large steps; in fibrillation most steps are large
        return apart * rr.n * 256 > _IRREGULAR * span * (rr.n - 1) and 2 * large > rr.n - 1

    def flags(self, window: "EcgWindow", irregular: bool) -> int:
        """Flag bits for a window whose measures are set."""
        bits = RHYTHM_IRREGULAR if irregular else 0
        if self._longest_ms > 2000:
            bits |= RHYTHM_PAUSE
        # in fibrillation every other narrow beat is early
        if self._ventricular + (0 if irregular else self._early) >= 3:
            bits |= RHYTHM_FREQUENT_ECTOPY
        rate = window.heart_rate.value
        if rate is not None and rate < 500:
            bits |= RHYTHM_BRADYCARDIA
        if rate is not None and rate > 1000:
            bits |= RHYTHM_TACHYCARDIA
        return bits | self._interval_flags(window)

    def _interval_flags(self, window: "EcgWindow") -> int:
        bits = 0
        pr = window.pr.value
        if pr is not None and pr > 2000:
            bits |= RHYTHM_FIRST_DEGREE_AV_BLOCK
        if pr is not None and pr < 1200:
            bits |= RHYTHM_SHORT_PR
        if window.qrs.value is not None and window.qrs.value >= 1200:
            bits |= RHYTHM_WIDE_QRS
        qtc = window.qtc_fridericia.value
        if qtc is not None and qtc > 4600:
            bits |= RHYTHM_LONG_QTC
        if qtc is not None and qtc < 3500:
            bits |= RHYTHM_SHORT_QTC
        return bits
