"""Pools the scores of records: gross counts, and statistics of errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..truth import FIDUCIALS, INTERVALS
from .intervals import WAYS
from .peaks import KINDS, PREDICTIONS
from .roc import fraction

#: Two standard deviations that the CSE working party allows a fiducial, ms (CSE Working Party, Eur. Heart J. 1985).
CSE_MS = {"p_on": 10.2, "p_off": 12.7, "qrs_on": 6.5, "qrs_off": 11.6, "t_off": 30.6}


def pool_fiducials(scores: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Sensitivity, positive predictive value, mean and SD of the errors (ms) of each fiducial."""
    every = list(scores)
    return {name: _fiducial([score[name] for score in every], CSE_MS.get(name)) for name in FIDUCIALS}


def _fiducial(scores: Sequence[Mapping[str, Any]], tolerance_ms: float | None) -> dict[str, Any]:
    errors = np.array([error for score in scores for error in score["errors_ms"]], dtype=np.float64)
    missed, extra = (sum(score[name] for score in scores) for name in ("missed", "extra"))
    return {
        **hit_rates(len(errors), missed, extra),
        "mean_ms": _round(errors.mean()) if len(errors) else None,
        "sd_ms": _round(errors.std(ddof=1)) if len(errors) > 1 else None,
        "cse_ms": tolerance_ms,
    }


def hit_rates(hit: int, missed: int, extra: int) -> dict[str, Any]:
    """Counts with sensitivity and positive predictive value."""
    rates = {"se": fraction(hit, hit + missed), "ppv": fraction(hit, hit + extra)}
    return {"hit": hit, "missed": missed, "extra": extra, **rates}


def pool_intervals(scores: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """For each interval and each way of taking it, errors of records; and how many windows were refused."""
    every = list(scores)
    return {
        name: {
            **{way: _interval([(score[name]["truth"], score[name][way]) for score in every]) for way in WAYS},
            "windows_refused": _refused(score[name] for score in every),
        }
        for name in INTERVALS
    }


def _interval(pairs: Sequence[tuple[float | None, float | None]]) -> dict[str, Any]:
    """MAE, bias, SD, limits of agreement (bias ± 1.96 SD), Pearson's r; refused are known and not reported."""
    both = [(known, given) for known, given in pairs if known is not None and given is not None]
    expected = sum(known is not None for known, _ in pairs)
    found = {
        "n": len(both),
        "refused": expected - len(both),
        "refused_fraction": fraction(expected - len(both), expected),
        "answered_without_truth": sum(known is None and given is not None for known, given in pairs),
    }
    return {**found, **_agreement(np.array(both, dtype=np.float64).reshape(-1, 2))}


def _agreement(both: Any) -> dict[str, float | None]:
    names = ("mae_ms", "bias_ms", "sd_ms", "low_ms", "high_ms", "r")
    if len(both) < 2:
        return dict.fromkeys(names)
    errors = both[:, 1] - both[:, 0]
    bias, sd = errors.mean(), errors.std(ddof=1)
    varied = bool(np.all(both.std(axis=0) > 0))
    values = (np.abs(errors).mean(), bias, sd, bias - 1.96 * sd, bias + 1.96 * sd)
    r = float(np.corrcoef(both.T)[0, 1]) if varied else None
    return dict(zip(names, (*(_round(value) for value in values), None if r is None else round(r, 4)), strict=True))


def _refused(scores: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Windows in the marked stretches of records that have the interval, and those of them without a value."""
    given = [each for score in scores if score["truth"] is not None for each in score["given"]]
    return {
        "windows": len(given),
        "refused": len(given) - sum(given),
        "fraction": fraction(len(given) - sum(given), len(given)),
    }


def pool_peaks(scores: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Gross hits and rates of each scope."""
    every = list(scores)
    names = list(dict.fromkeys(name for score in every for name in score["scopes"]))
    counts = {name: [score["scopes"][name] for score in every if name in score["scopes"]] for name in names}
    return {name: hit_rates(*(int(total) for total in np.sum(each, axis=0))) for name, each in counts.items()}


def pool_kinds(scores: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Gross confusion of kinds without paced records (as EC57 requires), rates of N, S and V, and those of paced ones.

    `paced_rate` is of paced beats, over all records.
    """
    every = list(scores)
    confusion, paced = (
        _summed([s["confusion"] for s in every if s["paced"] == is_paced]) for is_paced in (False, True)
    )
    rates = {kind: _kind_rates(confusion, kind) for kind in KINDS[:3]}
    both = {kind: {said: confusion[kind][said] + paced[kind][said] for said in PREDICTIONS} for kind in KINDS}
    return {"confusion": confusion, "rates": rates, "paced": paced, "paced_rate": _kind_rates(both, "/")}


def _summed(tables: Sequence[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    return {kind: {said: sum(table[kind][said] for table in tables) for said in PREDICTIONS} for kind in KINDS}


def _kind_rates(confusion: Mapping[str, Mapping[str, int]], kind: str) -> dict[str, Any]:
    """As EC57: a beat of N, S or V that is given another kind is a false positive there; others are none."""
    hit = confusion[kind][kind]
    missed = sum(confusion[kind].values()) - hit
    return hit_rates(hit, missed, sum(confusion[other][kind] for other in KINDS[:3] if other != kind))


def pool_counts(scores: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Sums of counts by name."""
    total: dict[str, int] = {}
    for score in scores:
        total = {name: total.get(name, 0) + count for name, count in score.items()}
    return total


def _round(value: float) -> float:
    return round(float(value), 3)
