"""Reduces a scenario that fails to what it fails of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy

from .drawing import Data

#: What is tried at most: a try is a run of a scenario.
MOST_TRIES = 80
_LISTS = ("faults", "ride", "actions", "expect")
_SHORTEST_SPAN_S = 0.5
#: An expectation that is always met: a file needs one.
_NOTHING = {"event": "impact", "at_most": 1_000_000}


def minimised(data: Data, fails: Callable[[Data], bool], most_tries: int = MOST_TRIES) -> Data:
    """The smallest scenario that was found to fail still: each step that keeps it failing is kept.

    `fails` runs a scenario; what cannot be run does not fail. The order of steps is fixed: the same comes each time.
    """
    tries = 0
    reduced = True
    while reduced and tries < most_tries:
        reduced = False
        for smaller in _smaller(data):
            if tries >= most_tries:
                break
            tries += 1
            if fails(smaller):
                data, reduced = smaller, True
                break
    return data


def _smaller(data: Data) -> Iterator[Data]:
    """What is one step smaller, great steps first."""
    yield from _without_sections(data)
    yield from _without_items(data)
    yield from _shorter(data)
    yield from _without_settings(data)
    yield from _shorter_spans(data)


def _without_sections(data: Data) -> Iterator[Data]:
    for name in ("faults", "ride", "actions", "place"):
        if name in data and (name == "place" or len(data[name]) > 1):
            yield {key: value for key, value in data.items() if key != name}


def _without_items(data: Data) -> Iterator[Data]:
    for name in _LISTS:
        for index in range(len(data.get(name, []))):
            left = [item for at, item in enumerate(data[name]) if at != index]
            if left:
                yield {**data, name: left}
            elif name != "expect":
                yield {key: value for key, value in data.items() if key != name}


def _shorter(data: Data) -> Iterator[Data]:
    """Ends earlier, with what lies behind its end left out."""
    for part in (0.5, 0.8):
        end_s = round(data["duration_s"] * part, 1)
        shorter = deepcopy(data)
        shorter["duration_s"] = end_s
        for name in _LISTS:
            kept = [item for item in shorter.pop(name, []) if item.get("from_s", item.get("at_s", 0.0)) < end_s]
            for item in kept:
                item.update({"to_s": end_s} if item.get("to_s", 0.0) > end_s else {})
            shorter.update({name: kept} if kept else {})
        shorter.setdefault("expect", [dict(_NOTHING)])
        if end_s > 1.0:
            yield shorter


def _without_settings(data: Data) -> Iterator[Data]:
    """A plainer wearer."""
    wearer = data.get("wearer", {})
    for name in [name for name in wearer if name != "preset"]:
        yield {**data, "wearer": {key: value for key, value in wearer.items() if key != name}}
    if wearer.get("preset", "resting") != "resting":
        yield {**data, "wearer": {**wearer, "preset": "resting"}}


def _shorter_spans(data: Data) -> Iterator[Data]:
    """Each fault and episode half as long."""
    for name in ("faults", "ride"):
        for index, item in enumerate(data.get(name, [])):
            begin_s, end_s = item.get("from_s", 0.0), item.get("to_s")
            if end_s is None or end_s - begin_s < 2 * _SHORTEST_SPAN_S:
                continue
            middle_s = round((begin_s + end_s) / 2, 2)
            for span in ({"to_s": middle_s}, {"from_s": middle_s}):
                items = [{**each, **span} if at == index else each for at, each in enumerate(data[name])]
                yield {**data, name: items}
