"""How many intervals are near the expert's, and how many extreme QTc are found, as studies of handheld devices have it.

QTc is Bazett's, of the medians of QT and RR. Published of a handheld device with one lead: 66.9 % within 20 ms, 93.4 %
within 40 ms, and no extreme QTc found (BMJ Open 2021).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..truth import INTERVALS, MethodResult, Truth, median_intervals_ms
from .roc import fraction

#: Distances (ms) below which an interval is near.
NEAR_MS = (20, 40)
QTC = "qtc"
#: Extreme from there on, and down to there: the limits of a long QT without another finding and of a short QT in the
#: ESC's guideline on ventricular arrhythmias (2022; 480 ms after repeated recordings, 320 ms).
LONG_MS = 480.0
SHORT_MS = 320.0


def score_qtc(truth: Truth, result: MethodResult) -> dict[str, float | None]:
    """QTc of a record, known and reported; None where QT or RR is not."""
    given = result.intervals
    rr_ms = None if not given.hr_bpm else 60000 / given.hr_bpm
    return {
        "truth": _bazett(median_intervals_ms(truth.waves)["qt"], _rr_ms(truth)),
        "record": _bazett(given.qt_ms, rr_ms),
    }


def _rr_ms(truth: Truth) -> float | None:
    """Median RR of marked beats; most of them follow each other also where some were left out, as in QTDB."""
    times = [beat.r for beat in truth.waves]
    if len(times) < 2:
        return None
    return 1000 * statistics.median(b - a for a, b in pairwise(times))


def _bazett(qt_ms: float | None, rr_ms: float | None) -> float | None:
    return None if qt_ms is None or rr_ms is None else round(qt_ms / math.sqrt(rr_ms / 1000), 2)


def pool_agreement(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """For each interval and QTc the fractions that are near, of the records that have both; and extreme QTc."""
    scores: dict[str, list[Mapping[str, Any]]] = {
        name: [record["intervals"][name] for record in records] for name in INTERVALS
    }
    scores[QTC] = [record[QTC] for record in records if QTC in record]
    pairs = [(score["truth"], score["record"]) for score in scores[QTC] if score["truth"] is not None]
    return {
        "near": {name: _near((score["truth"], score["record"]) for score in of) for name, of in scores.items()},
        "long": _found(pairs, lambda qtc: qtc >= LONG_MS),
        "short": _found(pairs, lambda qtc: qtc <= SHORT_MS),
    }


def _near(pairs: Iterable[tuple[float | None, float | None]]) -> dict[str, Any]:
    errors = [abs(given - known) for known, given in pairs if known is not None and given is not None]
    fractions = {f"within_{ms}": fraction(sum(error < ms for error in errors), len(errors)) for ms in NEAR_MS}
    return {"n": len(errors), **fractions}


def _found(pairs: Sequence[tuple[float, float | None]], extreme: Callable[[float], bool]) -> dict[str, Any]:
    """Records that are extreme and reported so, reported otherwise or refused, and those only reported so."""
    hit = sum(extreme(known) and given is not None and extreme(given) for known, given in pairs)
    known = sum(extreme(known) for known, _ in pairs)
    refused = sum(extreme(known) and given is None for known, given in pairs)
    said = sum(given is not None and extreme(given) for _, given in pairs)
    rates = {"se": fraction(hit, known), "ppv": fraction(hit, said)}
    return {"n": known, "hit": hit, "refused": refused, "extra": said - hit, **rates}
