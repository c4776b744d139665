"""Faults counted: records with at least one of each category, by kind, by part and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core.dataset import Scored
from ..core.report.printing import ALL
from .expectations.base import CATEGORIES, OVERCONFIDENT
from .uncertainty import overconfident, tally

#: Faulty records that are listed.
_SHOWN = 400


def count(records: Iterable[Scored]) -> dict[str, int]:
    """Records, those without a fault, and those with one of each category."""
    counted: Counter[str] = Counter()
    for record in records:
        categories = {fault["category"] for fault in record["scores"]["faults"]}
        counted.update(categories)
        counted["records"] += 1
        counted["right"] += not categories
    return {name: counted[name] for name in ("records", "right", *CATEGORIES)}


def _of_kind(records: Sequence[Scored]) -> dict[str, int]:
    """The same, and how many readings claim to be surer than they are."""
    return {**count(records), OVERCONFIDENT: len(overconfident(tally(records)))}


def summarise(records: Sequence[Scored], kinds: Sequence[str]) -> dict[str, Any]:
    """Counts of all records, by sensor and part, and by kind."""
    by_part: dict[str, list[Scored]] = {}
    by_kind: dict[str, list[Scored]] = {kind: [] for kind in kinds}
    for record in records:
        by_part.setdefault(f"{record['channel']} {record['group']}", []).append(record)
        by_kind[record["scores"]["kind"]].append(record)
    return {
        ALL: {
            "parts": {**{name: count(part) for name, part in by_part.items()}, ALL: count(records)},
            "kinds": {name: _of_kind(kind) for name, kind in by_kind.items() if kind},
            "numbers": {name: tally(kind) for name, kind in (*by_kind.items(), (ALL, records)) if kind},
        }
    }


def worst(records: Sequence[Scored]) -> list[dict[str, Any]]:
    """The first fault of the first faulty record of each kind."""
    listed: dict[str, dict[str, Any]] = {}
    for record in records:
        scores: Mapping[str, Any] = record["scores"]
        if scores["faults"] and scores["kind"] not in listed:
            fault = scores["faults"][0]
            wrong = f"{fault['category']}: {fault['what']}"
            listed[scores["kind"]] = {"record": record["record"], "group": record["group"], "wrong": wrong}
    return list(listed.values())[:_SHOWN]
