"""Virtual time: an event queue in whole microseconds that gives the same order for the same calls."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from .fidelity import Aspect, Fidelity

FIDELITY = Fidelity(
    part="time",
    sheet="MicroPython's time",
    component="clock",
    aspects=(
        Aspect(
            "order of what is due at one time", "own", "test_events_come_in_time_order_and_ties_in_order_of_scheduling"
        ),
        Aspect("wrap of ticks, sleeps", "time.ticks_us", "test_time_wraps_and_sleeps"),
        Aspect("sleep until an event", "machine.lightsleep", "test_idle_and_lightsleep_wait_for_events"),
    ),
    left_out=("time that computing takes", "jitter of the oscillator"),
)


class Event:
    """A call that is due at a time; hand it to `Clock.cancel` to take it back."""

    __slots__ = ("fn", "t_us")

    def __init__(self, t_us: int, fn: Callable[[], object]) -> None:
        self.t_us = t_us
        self.fn: Callable[[], object] | None = fn


class Clock:
    """Time in µs since power-up of the simulation; it moves only inside `run_until`."""

    def __init__(self) -> None:
        self.now = 0
        #: Told that something has come from outside, by whoever takes it in: a cable, a radio.
        self.on_input: Callable[[], None] = lambda: None
        self._order = 0
        # (due, order of scheduling, event): the order breaks ties, so events never compare themselves
        self._queue: list[tuple[int, int, Event]] = []

    def call_at(self, t_us: int, fn: Callable[[], object]) -> Event:
        """Call `fn` at `t_us`, or at once in the next run if that has passed; ties in order of scheduling."""
        event = Event(t_us, fn)
        self._order += 1
        heappush(self._queue, (t_us, self._order, event))
        return event

    def call_later(self, delay_us: int, fn: Callable[[], object]) -> Event:
        """Call `fn` when `delay_us` have passed."""
        return self.call_at(self.now + delay_us, fn)

    def cancel(self, event: Event) -> None:
        """Take a call back; harmless when it was made already."""
        event.fn = None

    @property
    def waiting(self) -> int:
        """Calls that are due later, those that were taken back with them."""
        return len(self._queue)

    def next_at(self) -> int | None:
        """When the next call is due, None when there is none."""
        queue = self._queue
        while queue and queue[0][2].fn is None:
            heappop(queue)
        return queue[0][0] if queue else None

    def run_until(self, t_us: int) -> None:
        """Make every call due up to and including `t_us`, then let it be `t_us`.

        A call may run the clock on itself (a sleep in an interrupt): time then has passed for the caller too.
        """
        queue = self._queue
        while queue and queue[0][0] <= t_us:
            due, _, event = heappop(queue)
            fn = event.fn
            if fn is None:
                continue
            if due > self.now:
                self.now = due
            event.fn = None
            fn()
        if t_us > self.now:
            self.now = t_us
