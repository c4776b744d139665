from __future__ import annotations

from firmware_sim.mcu import Clock


def test_events_come_in_time_order_and_ties_in_order_of_scheduling() -> None:
    clock = Clock()
    seen: list[tuple[str, int]] = []
    for name, t in (("late", 30), ("first", 10), ("second", 10), ("past", -5)):
        clock.call_at(t, lambda name=name: seen.append((name, clock.now)))  # type: ignore[misc]
    clock.run_until(20)
    assert seen == [("past", 0), ("first", 10), ("second", 10)]
    assert clock.now == 20
    assert clock.next_at() == 30


def test_cancelled_events_are_neither_called_nor_announced() -> None:
    clock = Clock()
    seen: list[int] = []
    event = clock.call_at(5, lambda: seen.append(5))
    clock.call_at(7, lambda: seen.append(7))
    clock.cancel(event)
    assert clock.next_at() == 7
    clock.run_until(10)
    clock.cancel(event)
    assert seen == [7]
    assert clock.next_at() is None


def test_an_event_may_run_the_clock_on() -> None:
    clock = Clock()
    seen: list[tuple[str, int]] = []

    def sleeper() -> None:
        clock.run_until(clock.now + 100)
        seen.append(("woke", clock.now))

    clock.call_at(10, sleeper)
    clock.call_at(50, lambda: seen.append(("between", clock.now)))
    clock.run_until(20)
    assert seen == [("between", 50), ("woke", 110)]
    assert clock.now == 110


def test_events_scheduled_by_events_run_in_the_same_run() -> None:
    clock = Clock()
    seen: list[int] = []

    def again() -> None:
        seen.append(clock.now)
        if len(seen) < 4:
            clock.call_later(10, again)

    clock.call_at(0, again)
    clock.run_until(25)
    assert seen == [0, 10, 20]
