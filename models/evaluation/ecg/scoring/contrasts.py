"""Pools labelled records or windows into AUC, sensitivity and specificity."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .contrast import Contrast
from .measures import window_measures
from .roc import contrast_flags, contrast_numbers, fraction

Scored = Mapping[str, Any]
#: How the numbers of a record's leads become one.
_COMBINED: dict[str, Callable[[Iterable[float]], float]] = {
    "median lead": statistics.median,
    "lowest lead": min,
    "highest lead": max,
}


def score_contrast(contrast: Contrast, records: Sequence[Scored]) -> dict[str, Any] | None:
    """What a contrast's number and flag reach on these records; None where one of its sides is empty."""
    findings = [record["scores"]["finding"] for record in records if "finding" in record["scores"]]
    units = _windows(findings) if contrast.unit == "window" else [_unit(finding) for finding in findings]
    positive = [unit for unit in units if unit["labels"] & contrast.positive]
    negative = [unit for unit in units if _is_negative(contrast, unit["labels"])]
    if not positive or not negative:
        return None
    found: dict[str, Any] = {"positive": len(positive), "negative": len(negative), "unit": contrast.unit}
    if contrast.measure is not None:
        ups, downs = ([unit["measures"].get(contrast.measure) for unit in side] for side in (positive, negative))
        found |= {"measure": contrast.measure, **contrast_numbers(ups, downs, contrast.falls)}
    if contrast.flag is not None:
        raised, wrongly = ([contrast.flag in unit["flags"] for unit in side] for side in (positive, negative))
        found |= {"flag": contrast.flag, **contrast_flags(raised, wrongly)}
    if contrast.unit == "window":
        found["refused"] = [fraction(sum(unit["refused"] for unit in side), len(side)) for side in (positive, negative)]
    return found


def _is_negative(contrast: Contrast, labels: frozenset[str]) -> bool:
    return bool(labels & contrast.negative) if contrast.negative else not labels & contrast.positive


def _unit(finding: Scored) -> dict[str, Any]:
    return {**finding, "labels": frozenset(finding["labels"])}


def _windows(findings: Iterable[Scored]) -> list[dict[str, Any]]:
    windows = [window for finding in findings for window in finding["windows"]]
    return [
        {
            "labels": frozenset({window["label"]}),
            "measures": window_measures(window["irregularity"], window["quality"], window["reason"], window["flags"]),
            "flags": window["flags"],
            "refused": window["reason"] is not None,
        }
        for window in windows
    ]


def combined_leads(contrast: Contrast, records: Sequence[Scored]) -> dict[str, Any]:
    """The contrast with the leads of each record taken together in several ways."""
    by_record: dict[str, list[Scored]] = defaultdict(list)
    for record in records:
        if "finding" in record["scores"]:
            by_record[record["record"]].append(record["scores"]["finding"])
    return {
        name: score_contrast(contrast, [_combine(leads, contrast.measure, how) for leads in by_record.values()])
        for name, how in _COMBINED.items()
    }


def _combine(leads: Sequence[Scored], measure: str | None, how: Callable[[Iterable[float]], float]) -> dict[str, Any]:
    """A record with the label that all its leads have, and one number of theirs."""
    values = [value for lead in leads if (value := lead["measures"].get(measure)) is not None]
    finding = {"labels": leads[0]["labels"], "measures": {measure: how(values) if values else None}, "flags": []}
    return {"scores": {"finding": finding}}
