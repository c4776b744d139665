"""What is expected of the motion unit: events, and states of the sensor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..result import DeviceResult, MotionEvent
from .base import MISSED, REFUSED, WRONG, Expectation, Fault

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
