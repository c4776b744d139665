"""What is expected of an ECG's numbers: heart rate, intervals, and kinds of beats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from host_sdk.models import BoolArray
from host_sdk.replay import EcgWindow

from ...core.dataset import FloatArray
from ..result import DeviceResult
from .base import INVENTED, MISSED, REFUSED, WRONG, Expectation, Fault, Number
from .ecg_windows import (
    INTERVALS,
    Spans,
    at,
    begin_of,
    is_claimed,
    is_plain,
    is_whole,
    lies_in,
    meets,
    reading,
    windows_of,
)

#: IEC 60601-2-27 (201.12.1.101.15): heart rate within 10 % or 5 beats a minute, the greater.
_RATE_RATIO = 0.10
_RATE_BPM = 5.0
#: Rates between which neither a slow nor a fast heart must or must not be reported.
_SLOW_BPM, _FAST_BPM = 50.0, 100.0
_MARGIN_BPM = 3.0
#: A longer RR interval is no rate.
_LONGEST_RR_S = 2.9
#: Beats that one window's rate may also take in before and behind it, s.
_NEAR_S = 10.0
_FEWEST_RR = 2


@dataclass(frozen=True)
class Rate(Expectation):
    """Heart rate by the onsets of the complexes; `holes` are stretches that are no signal.

    Wrong rates are invented; whole windows without one are wrong refusals where `required`.
    """

    onsets: tuple[float, ...]
    holes: Spans = ()
    required: bool = True
    #: Seconds before and behind holes in which a window need not be measured.
    margin_s: float = 1.0

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """Of every window."""
        for window in windows_of(result):
            yield from self._of(window)

    def numbers(self, result: DeviceResult) -> Iterator[Number]:
        """The rate of every window, against the nearest that is right."""
        for window in windows_of(result):
            got, bounds = reading(window, "hr_bpm"), self._bounds(window)
            if got.value is not None and got.u95 is not None and bounds is not None:
                yield Number("hr_bpm", max(bounds[0] - got.value, got.value - bounds[1], 0.0), got.u95)

    def _of(self, window: EcgWindow) -> Iterator[Fault]:
        got = reading(window, "hr_bpm")
        bounds = self._bounds(window)
        if got.value is not None and is_claimed(got):
            if bounds is None:
                yield Fault(INVENTED, f"hr_bpm {got.value:g} at quality {got.quality} of {at(window)}: no beats there")
            elif not bounds[0] - _slack(bounds[0]) <= got.value <= bounds[1] + _slack(bounds[1]):
                right = f"{bounds[0]:.0f}" if round(bounds[0]) == round(bounds[1]) else "%.0f to %.0f" % bounds
                yield Fault(INVENTED, f"hr_bpm {got.value:g} at quality {got.quality} of {at(window)}: it is {right}")
        elif got.value is None and self._is_required(window) and bounds is not None:
            yield Fault(REFUSED, f"hr_bpm of {at(window)}: {window.reason or got.reason}")
        if bounds is not None:
            yield from self._findings(window, bounds)

    def _findings(self, window: EcgWindow, bounds: tuple[float, float]) -> Iterator[Fault]:
        """A slow or fast heart, reported where it is none, or the other way round."""
        low, high = bounds
        slow, fast = "bradycardia" in window.flags, "tachycardia" in window.flags
        if slow and low > _SLOW_BPM + _MARGIN_BPM:
            yield Fault(WRONG, f"bradycardia was reported of {at(window)}")
        if fast and high < _FAST_BPM - _MARGIN_BPM:
            yield Fault(WRONG, f"tachycardia was reported of {at(window)}")
        if self._is_required(window):
            if not slow and high < _SLOW_BPM - _MARGIN_BPM:
                yield Fault(MISSED, f"bradycardia was not reported of {at(window)}")
            if not fast and low > _FAST_BPM + _MARGIN_BPM:
                yield Fault(MISSED, f"tachycardia was not reported of {at(window)}")

    def _is_required(self, window: EcgWindow) -> bool:
        wider = tuple((begin - self.margin_s, end + self.margin_s) for begin, end in self.holes)
        return self.required and is_whole(window) and not meets(window, wider)

    def _bounds(self, window: EcgWindow) -> tuple[float, float] | None:
        """Lowest and highest mean rate of the good beats of a window, or around it; None where there are none."""
        onsets = np.array(self.onsets)
        rr, ends = np.diff(onsets), onsets[1:]
        good = np.array([self._is_good(a, b) for a, b in zip(onsets[:-1], ends, strict=True)], dtype=bool)
        begin, end = begin_of(window), window.t
        if not ((onsets >= begin - 0.2) & (onsets <= end)).any():
            return None
        means = [float(np.mean(rr[chosen])) for chosen in self._choices(rr, ends, good, begin, end) if chosen.any()]
        near = good & (ends > begin - _NEAR_S) & (ends < end + _NEAR_S)
        if not means and near.any():
            means = [float(rr[near].min()), float(rr[near].max())]
        return (60 / max(means), 60 / min(means)) if means else None

    def _is_good(self, begin: float, end: float) -> bool:
        return end - begin <= _LONGEST_RR_S and not any(begin < off and on < end for on, off in self.holes)

    @staticmethod
    def _choices(rr: FloatArray, ends: FloatArray, good: BoolArray, begin: float, end: float) -> list[BoolArray]:
        """RR intervals that a window may count: those that end in it, or lie in it, give or take a beat at its end."""
        ending = good & (ends > begin) & (ends <= end)
        chosen = [ending, ending & (ends - rr >= begin), good & (ends > begin) & (ends <= end - 0.5),
                  good & (ends > begin - 0.3) & (ends <= end + 0.3)]  # fmt: skip
        return [each for each in chosen if each.sum() >= _FEWEST_RR]


def _slack(bpm: float) -> float:
    return max(_RATE_BPM, _RATE_RATIO * bpm)


@dataclass(frozen=True)
class Interval(Expectation):
    """PR, QRS or QT in ms, within `tolerance_ms` where it is claimed without a caution; None: there is none."""

    name: str
    ms: float | None
    tolerance_ms: float = 0.0
    #: Whether some window must give it.
    required: bool = False
    spans: Spans = ((-1e9, 1e9),)

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """The first wrong number, or that there is none."""
        windows = self._windows(result)
        claimed = [(window, reading(window, self.name)) for window in windows if is_plain(reading(window, self.name))]
        wrong = [(window, got.value) for window, got in claimed if got.value is not None and self._is_wrong(got.value)]
        for window, value in wrong[:1]:
            right = "there is none" if self.ms is None else f"it is {self.ms:.0f}"
            yield Fault(INVENTED, f"{self.name} {value:g} of {at(window)}: {right}")
        if self.required and not any(reading(window, self.name).value is not None for window in windows):
            reasons = sorted({reading(window, self.name).reason or "-" for window in windows})
            yield Fault(REFUSED, f"{self.name} in every window: {', '.join(reasons)}")

    def numbers(self, result: DeviceResult) -> Iterator[Number]:
        """The interval of every window, where there is one."""
        if self.ms is not None:
            for got in (reading(window, self.name) for window in self._windows(result)):
                if got.value is not None and got.u95 is not None:
                    yield Number(self.name, got.value - self.ms, got.u95)

    def _windows(self, result: DeviceResult) -> list[EcgWindow]:
        return [window for window in windows_of(result) if lies_in(window, self.spans, 0.2)]

    def _is_wrong(self, value: float) -> bool:
        return self.ms is None or abs(value - self.ms) > self.tolerance_ms


@dataclass(frozen=True)
class AsClean(Expectation):
    """Intervals without a caution are those of the clean record, within `tolerance_ms`."""

    tolerance_ms: float
    names: tuple[str, ...] = INTERVALS

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """The worst of each interval."""
        for name in self.names:
            clean = [reading(window, name).value for window in windows_of(result.clean or DeviceResult())]
            known = [value for value in clean if value is not None]
            claimed = [reading(window, name) for window in windows_of(result)]
            values = [got.value for got in claimed if got.value is not None and is_plain(got)]
            if known and values:
                right = float(np.median(known))
                worst = max(values, key=lambda value: abs(value - right))
                if abs(worst - right) > self.tolerance_ms:
                    yield Fault(INVENTED, f"{name} {worst:g}: clean it is {right:g}")
