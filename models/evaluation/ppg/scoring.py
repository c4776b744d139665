"""Readings of pulse, respiration and SpO2 against a reference: errors, what was refused, what uncertainty is worth."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from host_sdk.replay import PpgResult, SeriesPoint

from ..core.dataset import FloatArray, Scored
from ..core.report.drawing import AGREEMENT_SDS
from ..core.report.printing import ALL
from ..core.risk_coverage import risk_coverage
from .truth import TOLERANCES, UNITS, Truth

SHOWN = 20


class Window(NamedTuple):
    """One window that is judged: the reference, the reading or None where it was refused, its uncertainty, and what
    the wearer did, None where nobody knows.
    """

    known: float
    value: float | None
    u95: float | None
    activity: str | None = None


def score_record(truth: Truth, result: PpgResult, reports: Collection[str] = UNITS) -> dict[str, Any]:
    """For each reading that is known and that the method reports its `windows`, each a `Window`."""
    scores: dict[str, Any] = {}
    for name in UNITS:
        windows = list(_windows(truth, name, getattr(result, name))) if name in reports else []
        if windows:
            scores[name] = {"windows": windows}
    return scores


def _windows(truth: Truth, name: str, series: Sequence[SeriesPoint]) -> Iterator[Window]:
    """Every window that is judged; a second that has none is refused."""
    by_second = {round(point.t): point for point in series}
    for second, known in truth.expected.get(name, {}).items():
        yield _window(known, by_second.get(second), truth.activities.get(second))
    if name in truth.last:
        yield _window(truth.last[name], series[-1] if series else None)


def _window(known: float, point: SeriesPoint | None, activity: str | None = None) -> Window:
    value, u95 = (None, None) if point is None else (point.value, point.u95)
    return Window(known, value, u95, activity)


def pool(name: str, scores: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of one reading over all windows of some records; errors are reading less reference.

    `mae`, `bias`, `p95` (of the size of the error), `within` (share of answers up to `TOLERANCES`), `mape`
    (ANSI/CTA-2065, a fraction), `arms` (ISO 80601-2-61), `agreement` (limits), `inside` (share whose uncertainty holds
    the reference), `risk` (by uncertainty), the error of always giving the median reference (`constant`), and all of
    it by what the wearer did (`activities`).
    """
    windows = [Window(*window) for score in scores for window in score["windows"]]
    answered = [window for window in windows if window.value is not None]
    refused = len(windows) - len(answered)
    known = np.array([window.known for window in windows])
    found: dict[str, Any] = {
        "n": len(answered),
        "refused": refused,
        "refused_fraction": round(refused / len(windows), 6),
        "constant": _constant(known),
    }
    return {
        **found,
        **(_errors(name, answered) if answered else dict.fromkeys(_NUMBERS)),
        **_uncertainty_figures(windows, answered),
        "activities": _by_activity(name, windows),
    }


def _by_activity(name: str, windows: Sequence[Window]) -> dict[str, Any]:
    """The same of the windows of each activity, in the order in which they are met; without those in none."""
    names = dict.fromkeys(window.activity for window in windows if window.activity is not None)
    parts = {of: [window._replace(activity=None) for window in windows if window.activity == of] for of in names}
    return {of: pool(name, [{"windows": part}]) for of, part in parts.items()}


_NUMBERS = ("mae", "bias", "p95", "within", "mape", "arms", "agreement")


def _constant(known: FloatArray) -> dict[str, float]:
    value = float(np.median(known))
    return {"value": round(value, 1), "mae": round(float(np.abs(known - value).mean()), 3)}


def _errors(name: str, answered: Sequence[Window]) -> dict[str, Any]:
    known = np.array([window.known for window in answered])
    errors = np.array([window.value for window in answered], dtype=np.float64) - known
    sizes, bias = np.abs(errors), errors.mean()
    reach = AGREEMENT_SDS * errors.std(ddof=1) if len(errors) > 1 else np.nan
    numbers = {
        "mae": sizes.mean(),
        "bias": bias,
        "p95": np.percentile(sizes, 95),
        "within": (sizes <= TOLERANCES[name]).mean(),
        "mape": (sizes / known).mean(),
        "arms": np.sqrt((errors**2).mean()),
    }
    limits = None if np.isnan(reach) else [round(float(bias - reach), 3), round(float(bias + reach), 3)]
    return {**{key: round(float(value), 4) for key, value in numbers.items()}, "agreement": limits}


def _uncertainty_figures(windows: Sequence[Window], answered: Sequence[Window]) -> dict[str, Any]:
    """How many errors lie within their uncertainty, and the error left by how many are refused; None without any."""
    pairs = [(abs(value - known), u95) for known, value, u95, _ in answered if value is not None and u95 is not None]
    if not pairs:
        return {"inside": None, "risk": None}
    inside = sum(error <= u95 for error, u95 in pairs) / len(pairs)
    return {"inside": round(inside, 4), "risk": risk_coverage(pairs, len(windows))}


def summarise(records: Sequence[Scored], person_of: Callable[[str], str] = str) -> dict[str, Any]:
    """Figures of all records together, by reading, with the number of people."""
    readings = {
        name: {"people": len({person_of(record["record"]) for record in of}), **pool(name, _scores(name, of))}
        for name, of in _by_reading(records).items()
    }
    return {ALL: {"readings": readings}}


def _by_reading(records: Sequence[Scored]) -> dict[str, list[Scored]]:
    every = {name: [record for record in records if name in record["scores"]] for name in UNITS}
    return {name: of for name, of in every.items() if of}


def _scores(name: str, records: Sequence[Scored]) -> list[Mapping[str, Any]]:
    return [record["scores"][name] for record in records]


def worst(records: Sequence[Scored]) -> list[dict[str, Any]]:
    """Records by the largest mean absolute error of any reading; those that were refused throughout come last."""
    ranked = sorted(records, key=lambda record: (-_largest(record["scores"]), record["record"]))
    return [
        {"record": record["record"], "group": record["group"], "wrong": "; ".join(_said(record["scores"]))}
        for record in ranked[:SHOWN]
        if record["scores"]
    ]


def _largest(scores: Mapping[str, Any]) -> float:
    return max((pool(name, [score])["mae"] or 0.0 for name, score in scores.items()), default=0.0)


def _said(scores: Mapping[str, Any]) -> Iterator[str]:
    for name, score in scores.items():
        got = pool(name, [score])
        error = "no reading" if got["mae"] is None else f"MAE {got['mae']:.2f} {UNITS[name]}"
        yield f"{name} {error}, {100 * got['refused_fraction']:.0f} % refused"
