"""What is expected of readings from light: pulse, SpO2, respiration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from host_sdk.replay import SeriesPoint

from ..result import DeviceResult
from .base import INVENTED, MAX_UNCERTAIN_QUALITY, REFUSED, Expectation, Fault, Number

SERIES = ("pulse", "spo2", "resp", "perfusion")
#: Points of a series that comes once a second, in a window.
_WINDOW_POINTS = 10
#: A pulse rate is of the feet between these times before it, s; fewer feet are no rate.
_LOOKS_BACK_S = (8.6, 0.6)
_FEWEST_FEET = 3


def _points(result: DeviceResult, name: str, begin_s: float, end_s: float) -> list[SeriesPoint]:
    series: tuple[SeriesPoint, ...] = () if result.ppg is None else getattr(result.ppg, name)
    return [point for point in series if begin_s <= point.t <= end_s]


def _claimed(points: list[SeriesPoint]) -> list[tuple[SeriesPoint, float]]:
    return [
        (point, point.value) for point in points if point.value is not None and point.quality > MAX_UNCERTAIN_QUALITY
    ]


@dataclass(frozen=True)
class Within(Expectation):
    """A reading of `SERIES` lies within bounds where it is claimed; `required`: the fraction that must be there.

    `truth` is what it should be, None where nobody knows that exactly; of a pulse it is the rate of its `feet`.
    """

    name: str
    low: float
    high: float
    begin_s: float = 0.0
    end_s: float = 1e9
    required: float = 0.0
    truth: float | None = None
    feet: tuple[float, ...] = ()

    def numbers(self, result: DeviceResult) -> Iterator[Number]:
        """One in ten seconds: windows between have the same beats in them."""
        for point in _points(result, self.name, self.begin_s, self.end_s)[::_WINDOW_POINTS]:
            truth = self._truth_at(point.t)
            if point.value is not None and point.u95 is not None and truth is not None:
                yield Number(self.name, point.value - truth, point.u95)

    def _truth_at(self, t: float) -> float | None:
        inside = [foot for foot in self.feet if t - _LOOKS_BACK_S[0] <= foot <= t - _LOOKS_BACK_S[1]]
        if len(inside) < _FEWEST_FEET:
            return self.truth
        return 60 * (len(inside) - 1) / (inside[-1] - inside[0])

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """The worst number, and that there are too few."""
        points = _points(result, self.name, self.begin_s, self.end_s)
        wrong = [(point, value) for point, value in _claimed(points) if not self.low <= value <= self.high]
        if wrong:
            point, value = max(wrong, key=lambda each: each[0].quality)
            what = f"{self.name} {value:g} at quality {point.quality}, {point.t:.0f} s"
            yield Fault(INVENTED, f"{what} ({len(wrong)} of {len(points)}): {self.low:.0f} to {self.high:.0f}")
        there = sum(point.value is not None for point in points)
        if there < self.required * len(points) or (self.required and not points):
            reasons = sorted({point.reason or "-" for point in points if point.value is None})
            yield Fault(REFUSED, f"{self.name} in {len(points) - there} of {len(points)}: {', '.join(reasons)}")


@dataclass(frozen=True)
class NoReadings(Expectation):
    """No number above the doubted quality."""

    names: tuple[str, ...] = SERIES
    begin_s: float = 0.0
    end_s: float = 1e9

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """The number of the best quality of each series."""
        for name in self.names:
            claimed = _claimed(_points(result, name, self.begin_s, self.end_s))
            if claimed:
                point, value = max(claimed, key=lambda each: each[0].quality)
                yield Fault(INVENTED, f"{name} {value:g} at quality {point.quality}, {point.t:.0f} s")
