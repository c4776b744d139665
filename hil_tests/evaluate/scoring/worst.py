"""The records that went worst, so that somebody looks at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..truth import INTERVALS

Scored = Mapping[str, Any]
SHOWN = 20


def worst(records: Sequence[Scored], count: int = SHOWN) -> list[dict[str, Any]]:
    """The worst first, each with what is wrong: by the largest interval error, else by beats missed or extra.

    A refused interval comes behind every error: it says nothing wrong. Records that have neither score are left out.
    """
    ranked = [(badness, wrong, record) for record in records for badness, wrong in (_judge(record["scores"]),) if wrong]
    ranked.sort(key=lambda each: (-each[0], each[2]["record"], each[2]["group"]))
    names = ("record", "group")
    return [{**{name: record[name] for name in names}, "wrong": wrong} for _, wrong, record in ranked[:count]]


def _judge(scores: Mapping[str, Any]) -> tuple[float, str]:
    if "intervals" in scores:
        return _by_intervals(scores["intervals"])
    if "peaks" in scores:
        missed, extra = len(scores["peaks"]["missed_at"]), len(scores["peaks"]["extra_at"])
        return missed + extra, f"{missed} missed, {extra} extra" if missed + extra else ""
    return 0.0, ""


def _by_intervals(intervals: Mapping[str, Any]) -> tuple[float, str]:
    largest, parts = 0.0, []
    for name in INTERVALS:
        known, given = intervals[name]["truth"], intervals[name]["record"]
        if known is None:
            continue
        error = None if given is None else given - known
        largest = max(largest, abs(error or 0.0))
        parts.append(f"{name.upper()} {known:.0f} ms, " + ("refused" if error is None else f"{error:+.0f}"))
    return largest, "; ".join(parts)
