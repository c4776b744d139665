"""Holds what a device said against what a scenario expects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware_sim.targets.sent_messages import SentMessage
from firmware_sim.world.wearer import Truth
from host_sdk.models import Beat, Event, Item, Reading, Rhythm
from host_sdk.wire_gen import AlarmState, BeatKind, EventKind, ReadingKind, RhythmFlags

from .model import Expectation, MessageExpectation
from .truths import TRUTHS

_Truth = Callable[[float, float], Truth]
#: Time and reading.
_Read = tuple[float, Reading]
_MOST_SHOWN = 3


@dataclass(frozen=True)
class Verdict:
    """What became of an expectation: `failure` None where it was met."""

    line: int
    what: str
    failure: str | None


@dataclass(frozen=True)
class Observed:
    """What the device sent, and its time in the scenario (of what has none: when it came), s."""

    time_s: float
    item: Item


def judge_alarm(expected: Expectation, alarms: Sequence[tuple[float, AlarmState]]) -> Verdict:
    """Whether an alarm came to a state as often as it should, of the times at which it came to any."""
    times = [at_s for at_s, state in alarms if state == expected.subject and expected.from_s <= at_s <= expected.to_s]
    return Verdict(expected.line, expected.words, _miscounted(expected, len(times)))


def judge_messages(expected: MessageExpectation, messages: Sequence[SentMessage]) -> Verdict:
    """Whether as many messages went to a contact as should, of those that the network took."""
    count = sum(
        expected.from_s <= message.at_s <= expected.to_s
        and (expected.number is None or message.number == expected.number)
        and (expected.text is None or expected.text in message.text)
        for message in messages
    )
    return Verdict(expected.line, expected.words, _miscounted(expected, count))


def judge(expected: Expectation, observed: Sequence[Observed], truth: _Truth | None) -> Verdict:
    """Whether an expectation is met."""
    within = [each for each in observed if expected.from_s <= each.time_s <= expected.to_s]
    if isinstance(expected.subject, ReadingKind):
        readings = [
            (each.time_s, each.item)
            for each in within
            if isinstance(each.item, Reading) and each.item.kind == expected.subject
        ]
        failure = _of_readings(expected, readings, truth)
    else:
        failure = _miscounted(expected, sum(_matches(expected, each.item) for each in within))
    return Verdict(expected.line, expected.words, failure)


def _matches(expected: Expectation, item: Item) -> bool:
    """Events or beats of a kind, windows with a finding."""
    subject = expected.subject
    if isinstance(subject, EventKind):
        return isinstance(item, Event) and item.kind == subject
    if isinstance(subject, BeatKind):
        return isinstance(item, Beat) and item.kind == subject
    return isinstance(item, Rhythm) and isinstance(subject, RhythmFlags) and bool(item.flags & subject)


def _miscounted(expected: Expectation | MessageExpectation, count: int, what: str = "") -> str | None:
    """Without a limit there must be one at least."""
    at_least = expected.at_least
    if at_least is None:
        at_least = 1 if expected.at_most is None else 0
    if count < at_least:
        return f"{count}{what}, not {at_least} or more"
    if expected.at_most is not None and count > expected.at_most:
        return f"{count}{what}, not {expected.at_most} or fewer"
    return None


def _of_readings(expected: Expectation, readings: list[_Read], truth: _Truth | None) -> str | None:
    numbers = [read for read in readings if read[1].value is not None]
    refused = [reading for _, reading in readings if reading.value is None]
    if not readings and expected.at_least is None and expected.at_most is None:
        return "nothing came"
    if expected.reasons:
        return _unexplained(expected, numbers, refused)
    low, high = expected.answered
    part = len(numbers) / len(readings) if readings else 0.0
    if (low, high) != (0.0, 1.0) and not low <= part <= high:
        return f"{len(numbers)} of {len(readings)} have a number{_reasons(refused)}"
    if expected.at_least is not None or expected.at_most is not None or (low, high) == (0.0, 1.0):
        wrong = _miscounted(expected, len(numbers), " with a number")
        if wrong is not None:
            return f"{wrong}{_reasons(refused)}"
    wrong_ones = [words for read in numbers if (words := _wrong(expected, *read, truth))]
    if not wrong_ones:
        return None
    more = len(wrong_ones) - _MOST_SHOWN
    return "; ".join(wrong_ones[:_MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _unexplained(expected: Expectation, numbers: list[_Read], refused: list[Reading]) -> str | None:
    """Where a reason is expected there is no number."""
    if numbers:
        return f"{len(numbers)} numbers, the first {numbers[0][1].value:g} at {numbers[0][0]:.1f} s"
    other = [reading for reading in refused if reading.reason not in expected.reasons]
    return _reasons(other)[2:] if other else _miscounted(expected, len(refused))


def _reasons(refused: list[Reading]) -> str:
    names = sorted({str(reading.reason.name).lower() for reading in refused if reading.reason is not None})
    return f"; {len(refused)} refused: {', '.join(names)}" if names else ""


def _wrong(expected: Expectation, time_s: float, reading: Reading, truth: _Truth | None) -> str | None:
    """What is wrong with a number."""
    value = reading.value
    assert value is not None
    at = f"at {time_s:.1f} s"
    if expected.between is not None and not expected.between[0] <= value <= expected.between[1]:
        return f"{value:g} {at}, not {expected.between[0]:g} to {expected.between[1]:g}"
    if expected.choice is not None and value != expected.choice:
        is_now = str(reading.choice.name).lower() if reading.choice is not None else f"{value:g}"
        return f"{is_now} {at}, not {expected.choice.name.lower()}"
    if expected.near_truth is not None and truth is not None:
        return _off_truth(expected.near_truth, time_s, reading, truth)
    return None


def _off_truth(most: float, end: float, reading: Reading, truth: _Truth) -> str | None:
    value = reading.value
    assert value is not None
    true = TRUTHS[reading.kind](truth(max(0.0, end - reading.span_ms / 1000), end))
    if true is None:
        return f"{value:g} at {end:.1f} s, where there is nothing"
    return None if abs(value - true) <= most else f"{value:g} at {end:.1f} s, and {true:.1f} is true"
