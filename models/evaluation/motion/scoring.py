"""Falls that were noticed, and alarms where nobody fell: by trial, by fall, and as a stream of events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from host_sdk.replay import ReplayedEvent

from ..core.dataset import Scored
from ..core.report.printing import ALL
from .rates import by_person, most_a_day

#: Kinds of events that begin a countdown.
ALARMS = ("fall", "accident")
SHOWN = 20
#: Seconds before a fall begins and after it ends within which its alarm must lie.
EARLIEST_S, LATEST_S = 1.0, 3.0
#: Seconds within which alarms are of one countdown.
DEBOUNCE_S = 10.0

Span = tuple[float, float]


@dataclass(frozen=True)
class Trial:
    """What is known of a trial: its activity, its length, true falls (start and end, s), who it is of, of which group.

    Where `spans` are not known, a fall is anywhere in the trial.
    """

    code: str
    is_fall: bool
    length_s: float
    spans: tuple[Span, ...] = ()
    person: str = ""
    group: str = ""


def score_trial(trial: Trial, events: Sequence[ReplayedEvent]) -> dict[str, Any]:
    """Alarms of one trial; countdowns, those outside every fall's window, and falls with one in it."""
    alarms = sorted(event.t for event in events if event.kind in ALARMS)
    spans = trial.spans or (((0.0, trial.length_s),) if trial.is_fall else ())
    windows = [(start - EARLIEST_S, end + LATEST_S) for start, end in spans]
    begun = debounced(alarms)
    return {
        "code": trial.code,
        "is_fall": trial.is_fall,
        "seconds": trial.length_s,
        "alarms": len(alarms),
        "person": trial.person,
        "group": trial.group,
        "falls": len(windows),
        "found": sum(any(_within(t, window) for t in alarms) for window in windows),
        "false": sum(not any(_within(t, window) for window in windows) for t in begun),
        "watched_s": trial.length_s - sum(_length(window, trial.length_s) for window in windows),
    }


def debounced(times: Iterable[float]) -> list[float]:
    """The first of alarms that come within `DEBOUNCE_S` of the first of them.

    >>> debounced([1.0, 4.0, 10.9, 11.1])
    [1.0, 11.1]
    """
    first: list[float] = []
    for t in times:
        if not first or t - first[-1] > DEBOUNCE_S:
            first.append(t)
    return first


def _within(t: float, window: Span) -> bool:
    return window[0] <= t <= window[1]


def _length(window: Span, end_s: float) -> float:
    return max(0.0, min(window[1], end_s) - max(window[0], 0.0))


def summarise(records: Sequence[Scored]) -> dict[str, Any]:
    """Trials and alarmed trials of falls, of daily life and of each activity; by group with intervals; rates."""
    scores = [record["scores"] for record in records]
    codes = sorted({score["code"] for score in scores})
    sides = {name: [s for s in scores if s["is_fall"] is is_fall] for name, is_fall in _SIDES.items()}
    by_code = {code: _counts([score for score in scores if score["code"] == code]) for code in codes}
    return {
        ALL: {
            "alarms": {name: _counts(side) for name, side in sides.items() if side},
            "people": _people(sides),
            "stream": _stream(sides),
            "activities": by_code,
        }
    }


_SIDES = {"falls": True, "daily life": False}


def _counts(scores: Sequence[dict[str, Any]]) -> dict[str, Any]:
    alarmed = sum(bool(score["alarms"]) for score in scores)
    return {
        "trials": len(scores),
        "alarmed": alarmed,
        "fraction": round(alarmed / len(scores), 6),
        "repeated": sum(max(0, score["alarms"] - 1) for score in scores),
        "hours": round(sum(score["seconds"] for score in scores) / 3600, 3),
    }


def _people(sides: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Of everyone and of each group: falls that were found, trials of daily life without an alarm."""
    rows = {}
    for side, name, whole in (("falls", "falls found", "falls"), ("daily life", "trials without an alarm", "trials")):
        groups = sorted({score["group"] for score in sides[side]} - {""})
        for group in [None, *groups] if len(groups) > 1 or groups == [] else [None, groups[0]]:
            chosen = [score for score in sides[side] if group in (None, score["group"])]
            if chosen:
                counts = _of_people(chosen, whole)
                rows[name if group is None else f"{name}, {group}"] = {"people": len(counts), **by_person(counts)}
    return rows


def _of_people(scores: Sequence[dict[str, Any]], whole: str) -> np.ndarray[Any, Any]:
    """Right ones and all of each person: (people, 2)."""
    people: dict[str, list[int]] = {}
    for score in scores:
        counts = people.setdefault(score["person"], [0, 0])
        counts[0] += score["found"] if whole == "falls" else int(not score["alarms"])
        counts[1] += score["falls"] if whole == "falls" else 1
    return np.array(list(people.values()), np.int64)


def _stream(sides: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Countdowns where nobody fell, as rates: in trials without a fall, and around falls."""
    named = {"daily life": sides["daily life"], "before and after falls": sides["falls"]}
    found = {}
    for name, side in named.items():
        hours = sum(score["watched_s"] for score in side) / 3600
        if hours > 0:
            begun = sum(score["false"] for score in side)
            found[name] = {
                "hours": round(hours, 3),
                "countdowns": begun,
                "an_hour": round(begun / hours, 3),
                "a_day": round(24 * begun / hours, 2),
                "at_most_a_day": round(most_a_day(begun, hours), 2),
            }
    return found


def worst(records: Sequence[Scored]) -> list[dict[str, Any]]:
    """Countdowns where nobody fell, then falls that were missed."""
    wrong = [(record, said) for record in records if (said := _wrong(record["scores"]))]
    ranked = sorted(wrong, key=lambda each: (each[0]["scores"]["is_fall"], each[0]["record"]))
    return [{"record": record["record"], "group": record["group"], "wrong": said} for record, said in ranked[:SHOWN]]


def _wrong(score: dict[str, Any]) -> str:
    missed = score["falls"] - score["found"]
    parts = ["false alarm"] if score["false"] else []
    parts += [("fall missed" if missed == 1 else f"{missed} falls missed")] if missed else []
    return ", ".join(parts)
