"""Readings of pulse, respiration and SpO2 against a reference: errors, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from host_sdk.replay import PpgResult, SeriesPoint

from ..core.dataset import Scored
from ..core.report.printing import ALL
from .truth import UNITS, Truth

SHOWN = 20


def score_record(truth: Truth, result: PpgResult) -> dict[str, Any]:
    """For each reading that is known its errors (reading less reference) and how many were refused."""
    scores: dict[str, Any] = {}
    for name in UNITS:
        pairs = list(_pairs(truth, name, getattr(result, name)))
        if pairs:
            errors = [round(value - known, 3) for value, known in pairs if value is not None]
            scores[name] = {"errors": errors, "refused": len(pairs) - len(errors)}
    return scores


def _pairs(truth: Truth, name: str, series: Sequence[SeriesPoint]) -> Iterator[tuple[float | None, float]]:
    """(reading or None, reference) of every window that is judged; a second that has no window is refused."""
    expected = truth.expected.get(name, {})
    by_second = {round(point.t): point.value for point in series}
    yield from ((by_second.get(second), known) for second, known in expected.items())
    if name in truth.last:
        yield (series[-1].value if series else None, truth.last[name])


def pool(scores: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean absolute error, bias, 95th percentile of the absolute error, and the refused fraction of all windows."""
    errors = np.array([error for score in scores for error in score["errors"]], dtype=np.float64)
    refused = sum(score["refused"] for score in scores)
    expected = len(errors) + refused
    found: dict[str, Any] = {"n": len(errors), "refused": refused, "refused_fraction": round(refused / expected, 6)}
    if not len(errors):
        return {**found, "mae": None, "bias": None, "p95": None}
    sizes = np.abs(errors)
    numbers = {"mae": sizes.mean(), "bias": errors.mean(), "p95": np.percentile(sizes, 95)}
    return {**found, **{name: round(float(value), 3) for name, value in numbers.items()}}


def summarise(records: Sequence[Scored]) -> dict[str, Any]:
    """Figures of all records together, by reading."""
    return {ALL: {"readings": {name: pool(scores) for name, scores in _by_reading(records).items()}}}


def _by_reading(records: Sequence[Scored]) -> dict[str, list[Mapping[str, Any]]]:
    every = {name: [record["scores"][name] for record in records if name in record["scores"]] for name in UNITS}
    return {name: scores for name, scores in every.items() if scores}


def worst(records: Sequence[Scored]) -> list[dict[str, Any]]:
    """Records by the largest mean absolute error of any reading; those that were refused throughout come last."""
    ranked = sorted(records, key=lambda record: (-_largest(record["scores"]), record["record"]))
    return [
        {"record": record["record"], "group": record["group"], "wrong": "; ".join(_said(record["scores"]))}
        for record in ranked[:SHOWN]
        if record["scores"]
    ]


def _largest(scores: Mapping[str, Any]) -> float:
    return max((pool([score])["mae"] or 0.0 for score in scores.values()), default=0.0)


def _said(scores: Mapping[str, Any]) -> Iterator[str]:
    for name, score in scores.items():
        got = pool([score])
        error = "no reading" if got["mae"] is None else f"MAE {got['mae']:.2f} {UNITS[name]}"
        yield f"{name} {error}, {100 * got['refused_fraction']:.0f} % refused"
