"""The records that went worst, for inspection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.report.texts import signed
from ..truth import INTERVALS
from .contrast import Contrast

Scored = Mapping[str, Any]
SHOWN = 20


def worst(records: Sequence[Scored], contrasts: Sequence[Contrast] = (), count: int = SHOWN) -> list[dict[str, Any]]:
    """The worst first, each with what is wrong: by the largest interval error, else by beats missed or extra.

    A refused interval comes behind every error: it says nothing wrong. Where nobody marked beats, the worst are those
    that the first contrast's number puts among the others.
    """
    judged = [(*_judge(record["scores"]), record) for record in records]
    if not any(wrong for _, wrong, _ in judged) and contrasts:
        judged = _by_contrast(contrasts[0], records)
    ranked = sorted(judged, key=lambda each: (-each[0], each[2]["record"], each[2]["group"]))
    listed = [(wrong, record) for _, wrong, record in ranked if wrong]
    return [{"record": record["record"], "group": record["group"], "wrong": wrong} for wrong, record in listed[:count]]


def _judge(scores: Mapping[str, Any]) -> tuple[float, str]:
    if "intervals" in scores:
        return _by_intervals(scores["intervals"])
    if "peaks" in scores:
        missed, extra = len(scores["peaks"]["missed_at"]), len(scores["peaks"]["extra_at"])
        return missed + extra, f"{missed} missed, {extra} extra" if missed + extra else ""
    return 0.0, ""


def _by_contrast(contrast: Contrast, records: Sequence[Scored]) -> list[tuple[float, str, Scored]]:
    """Fraction of the other side that a record's number lies beyond, for records of both sides that have one."""
    sign = -1.0 if contrast.falls else 1.0
    sides: dict[bool, list[tuple[float, Scored]]] = {True: [], False: []}
    for record in records:
        finding = record["scores"].get("finding", {"labels": [], "measures": {}})
        value, labels = finding["measures"].get(contrast.measure), frozenset(finding["labels"])
        if value is not None and labels & (contrast.positive | contrast.negative):
            sides[bool(labels & contrast.positive)].append((value, record))
    return [
        (fraction, f"{'/'.join(record['scores']['finding']['labels'])} with {contrast.measure} {value:g}", record)
        for is_positive, members in sides.items()
        for value, record in members
        if (fraction := _fraction_beyond(sign * value, [sign * v for v, _ in sides[not is_positive]], is_positive)) > 0
    ]


def _fraction_beyond(value: float, others: Sequence[float], is_positive: bool) -> float:
    """Positives should be above the others, negatives below."""
    beyond = [other >= value if is_positive else other <= value for other in others]
    return sum(beyond) / len(beyond) if beyond else 0.0


def _by_intervals(intervals: Mapping[str, Any]) -> tuple[float, str]:
    largest, parts = 0.0, []
    for name in INTERVALS:
        known, given = intervals[name]["truth"], intervals[name]["record"]
        if known is None:
            continue
        error = None if given is None else given - known
        largest = max(largest, abs(error or 0.0))
        parts.append(f"{name.upper()} {known:.0f} ms, " + ("refused" if error is None else signed(error, 0)))
    return largest, "; ".join(parts)
