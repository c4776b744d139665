"""What is expected of the motion unit: events, states of the sensor, activity and posture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from host_sdk.replay import SeriesPoint

from ..result import DeviceResult, MotionEvent
from .base import INVENTED, MAX_UNCERTAIN_QUALITY, MISSED, REFUSED, WRONG, Expectation, Fault

#: Kinds of events that raise the alarm.
ALARMS = ("fall", "accident")
#: States and reasons that say that a sensor cannot be trusted, by what is wrong with it.
SILENT_STATES = ("no_signal", "sensor_fault", "stuck")
STUCK_STATES = ("stuck", "sensor_fault", "no_signal")
RAIL_STATES = ("saturated", "sensor_fault", "stuck", "out_of_range")
GRAVITY_STATES = ("no_gravity", "wrong_scale", "sensor_fault")
_ALL_STATES = frozenset((*SILENT_STATES, *STUCK_STATES, *RAIL_STATES, *GRAVITY_STATES))


@dataclass(frozen=True)
class Event(Expectation):
    """An event of one of `kinds` within `tolerance_s` of a time."""

    kinds: tuple[str, ...]
    t: float
    tolerance_s: float = 1.5

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One where it is missed."""
        if not any(event.kind in self.kinds and abs(event.t - self.t) <= self.tolerance_s for event in result.events):
            yield Fault(MISSED, f"{' or '.join(self.kinds)} at {self.t:.1f} s was not reported")


@dataclass(frozen=True)
class OnlyEvents(Expectation):
    """No other events than `kinds`, and those only near the `times` where there are any."""

    kinds: tuple[str, ...] = ()
    times: tuple[float, ...] = ()
    tolerance_s: float = 3.0

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One for all events that are none."""
        wrong = [event for event in result.events if not self._is_right(event)]
        if wrong:
            words = ", ".join(f"{event.kind} at {event.t:.1f} s" for event in wrong[:4])
            yield Fault(WRONG, f"{len(wrong)} events that are none: {words}")

    def _is_right(self, event: MotionEvent) -> bool:
        near = not self.times or any(abs(event.t - at) <= self.tolerance_s for at in self.times)
        return event.kind in self.kinds and near


@dataclass(frozen=True)
class AllOrNone(Expectation):
    """Equal impacts are judged alike: an event at every one of the times, or at none."""

    times: tuple[float, ...]

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One where some are reported."""
        reported = [at for at in self.times if any(abs(event.t - at) < 0.5 for event in result.events)]
        kinds = {event.kind for event in result.events}
        if reported and (len(reported) < len(self.times) or len(kinds) > 1):
            what = f"{len(reported)} of {len(self.times)} equal impacts were reported, as {', '.join(sorted(kinds))}"
            yield Fault(WRONG, what)


@dataclass(frozen=True)
class State(Expectation):
    """A state of the sensor with one of these names is reported."""

    names: tuple[str, ...]

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One where none is."""
        if not result.states & set(self.names):
            yield Fault(MISSED, f"no state of the sensor was reported ({' or '.join(dict.fromkeys(self.names))})")


@dataclass(frozen=True)
class Works(Expectation):
    """No state that says that the sensor cannot be trusted."""

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One for each state."""
        for name in sorted(result.states & _ALL_STATES):
            yield Fault(REFUSED, f"the sensor was called {name}")


def _points(result: DeviceResult, name: str, begin_s: float) -> list[SeriesPoint]:
    series: tuple[SeriesPoint, ...] = getattr(result, name)
    return [point for point in series if point.t >= begin_s]


def _claimed(points: list[SeriesPoint]) -> list[SeriesPoint]:
    return [point for point in points if point.choice is not None and point.quality > MAX_UNCERTAIN_QUALITY]


@dataclass(frozen=True)
class Class(Expectation):
    """`activity` or `posture` is one of `choices`, in a fraction of the seconds from `begin_s` on."""

    name: str
    choices: tuple[str, ...]
    fraction: float = 0.9
    begin_s: float = 6.0

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """Too many of another class, and too many seconds without one."""
        points = _points(result, self.name, self.begin_s)
        others = [point for point in _claimed(points) if point.choice not in self.choices]
        absent = sum(point.choice is None for point in points)
        if len(others) > (1 - self.fraction) * len(points):
            named = ", ".join(sorted({str(point.choice) for point in others}))
            yield Fault(WRONG, f"{self.name} {named} in {len(others)} of {len(points)} seconds")
        if not points or absent > (1 - self.fraction) * len(points):
            reasons = ", ".join(sorted({point.reason or "-" for point in points if point.choice is None}))
            yield Fault(REFUSED, f"{self.name} in {absent} of {len(points)} seconds: {reasons}")


@dataclass(frozen=True)
class NoClass(Expectation):
    """Neither of `names` (`activity`, `posture`) is claimed from `begin_s` on."""

    names: tuple[str, ...] = ("activity", "posture")
    begin_s: float = 6.0

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One for each of them."""
        for name in self.names:
            claimed = _claimed(_points(result, name, self.begin_s))
            if claimed:
                yield Fault(INVENTED, f"{name} {claimed[0].choice} in {len(claimed)} seconds, at {claimed[0].t:.0f} s")
