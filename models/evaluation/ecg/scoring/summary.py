"""The figures of a data set, for each group of leads and for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...core.report.printing import ALL
from .agreement import pool_agreement
from .contrast import Contrast
from .contrasts import combined_leads, score_contrast
from .ec57 import pool_ec57
from .pooling import hit_rates, pool_counts, pool_fiducials, pool_intervals, pool_kinds, pool_peaks
from .roc import fraction

Scored = Mapping[str, Any]


def summarise(records: Sequence[Scored], contrasts: Sequence[Contrast], many_leads: bool = False) -> dict[str, Any]:
    """Figures by group, and of all groups together where there are several.

    With `many_leads` also, by contrast, of each group and of the leads of a record taken together.
    """
    groups = list(dict.fromkeys(record["group"] for record in records))
    summary = {group: _group([r for r in records if r["group"] == group], contrasts) for group in groups}
    if len(groups) != 1:
        summary[ALL] = _group(records, contrasts)
    if many_leads and len(groups) > 1:
        summary[ALL]["combined"] = {
            each.name: {group: summary[group]["contrasts"].get(each.name) for group in groups}
            | combined_leads(each, records)
            for each in contrasts
        }
    return summary


def _group(records: Sequence[Scored], contrasts: Sequence[Contrast]) -> dict[str, Any]:
    found: dict[str, Any] = {"leads": len(records), "contrasts": _contrasts(records, contrasts)}
    for name, pool in _POOLS.items():
        scores = [record["scores"][name] for record in records if name in record["scores"]]
        if scores:
            found[name] = pool(scores)
    ec57 = [(record["record"], record["scores"]["ec57"]) for record in records if "ec57" in record["scores"]]
    if ec57:
        found["ec57"] = pool_ec57(ec57)
    marked = [record["scores"] for record in records if "intervals" in record["scores"]]
    if marked:
        found["agreement"] = pool_agreement(marked)
    # both experts marked all leads of a record together: it counts once
    by_record = {record["record"]: record["scores"]["experts"] for record in records if "experts" in record["scores"]}
    return {**found, "experts": pool_fiducials(by_record.values())} if by_record else found


def _contrasts(records: Sequence[Scored], contrasts: Iterable[Contrast]) -> dict[str, Any]:
    scored = {contrast.name: score_contrast(contrast, records) for contrast in contrasts}
    return {name: score for name, score in scored.items() if score is not None}


def _fibrillation(scores: Iterable[Mapping[str, int]]) -> dict[str, Any]:
    counts = pool_counts(scores)
    return {**counts, "fraction": fraction(counts["with_p"], counts["beats"])}


def _windows(scores: Iterable[Mapping[str, int]]) -> dict[str, Any]:
    counts = pool_counts(scores)
    return {**counts, "fraction": fraction(counts["refused"], counts["windows"])}


def _p_peaks(scores: Iterable[Mapping[str, int]]) -> dict[str, Any]:
    return hit_rates(**pool_counts(scores))


_POOLS: dict[str, Callable[[Iterable[Mapping[str, Any]]], dict[str, Any]]] = {
    "fiducials": pool_fiducials,
    "intervals": pool_intervals,
    "peaks": pool_peaks,
    "kinds": pool_kinds,
    "fibrillation": _fibrillation,
    "p_peaks": _p_peaks,
    "windows": _windows,
}
