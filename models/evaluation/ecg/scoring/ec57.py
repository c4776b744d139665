"""Beats and episodes as ANSI/AAMI EC57 and IEC 60601-2-47 have them reported: record by record, gross and average.

Beats count from five minutes on, outside ventricular flutter and fibrillation, within 150 ms. Records with a pacemaker
are apart. A fusion or unclassifiable beat that is called ventricular is no false positive, nor is an unclassifiable one
that is called supraventricular (EC57, beat-by-beat comparison).
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..truth import EC57_SCOPE, Marks, MethodResult, Peak, Spans, Truth, inside, is_whole, overlap_s, without
from .matching import pair
from .roc import fraction

#: Classes of the standard: normal, supraventricular and ventricular ectopic, fusion, unclassifiable; and no beat.
CLASSES = ("N", "S", "V", "F", "Q")
NO_BEAT = "O"
_FUSION = "F"
#: What a false positive may have been: of ventricular beats, and of supraventricular ones.
_FALSE_OF = {"V": ("N", "S", NO_BEAT), "S": ("N", "V", "F", NO_BEAT)}
#: Finding of a window that says atrial fibrillation.
_FLAG = "irregular"
#: What rates are made of, by name: hit, missed and extra each.
BEATS = ("qrs", "veb", "sveb")
EPISODES = ("episodes", "seconds")
Matrix = Mapping[str, Mapping[str, int]]


def score_ec57(truth: Truth, result: MethodResult) -> dict[str, Any] | None:
    """The matrix of classes, and episodes of atrial fibrillation; None where beats are not marked so."""
    if EC57_SCOPE not in truth.scopes:
        return None
    spans = truth.scopes[EC57_SCOPE]
    return {
        "paced": truth.paced,
        "matrix": _matrix(truth.peaks, result.beats, spans),
        "fibrillation": _episodes(truth.fibrillation, _reported(result), spans),
    }


def _class(peak: Peak) -> str:
    if peak.code == _FUSION:
        return _FUSION
    return peak.kind if peak.kind in CLASSES else "Q"


def _matrix(peaks: Sequence[Peak], beats: Sequence[Marks], spans: Spans) -> dict[str, dict[str, int]]:
    """Beats of each class by what they were called; in the row and the column NO_BEAT what has no counterpart."""
    pairs = pair([peak.t for peak in peaks], [beat.r for beat in beats])
    said = [beat.kind if beat.kind in CLASSES else "Q" for beat in beats]
    partner = dict(pairs.both)
    counts = Counter(
        (_class(peak), said[partner[i]] if i in partner else NO_BEAT)
        for i, peak in enumerate(peaks)
        if inside(peak.t, spans)
    )
    counts.update((NO_BEAT, said[j]) for j in pairs.extra if inside(beats[j].r, spans))
    every = (*CLASSES, NO_BEAT)
    return {known: {called: counts[known, called] for called in every} for known in every}


def _reported(result: MethodResult) -> Spans:
    """Stretches of windows that the device finds irregular."""
    found: list[tuple[float, float]] = []
    for window in result.windows:
        if _FLAG not in window.flags or not is_whole(window):
            continue
        begin = window.t - window.span_s
        # windows that follow one another are one episode
        if found and begin <= found[-1][1] + 1.0:
            found[-1] = (found[-1][0], window.t)
        else:
            found.append((begin, window.t))
    return tuple(found)


def _episodes(known: Spans, found: Spans, spans: Spans) -> dict[str, Any]:
    """Episodes and seconds of `known` and of `found` within `spans`, and those of each that overlap the other."""
    whole = ((spans[0][0], spans[-1][1]),) if spans else ()
    outside = without(((-1.0, 1e9),), whole)
    known, found = without(known, outside), without(found, outside)
    common = sum(overlap_s(begin, end, found) for begin, end in known)
    return {
        "episodes": {
            "known": len(known),
            "known_hit": sum(overlap_s(begin, end, found) > 0 for begin, end in known),
            "found": len(found),
            "found_hit": sum(overlap_s(begin, end, known) > 0 for begin, end in found),
        },
        "seconds": {
            "known": _length(known),
            "known_hit": round(common, 3),
            "found": _length(found),
            "found_hit": round(common, 3),
        },
    }


def _length(spans: Spans) -> float:
    return round(sum(end - begin for begin, end in spans), 3)


def beat_rates(matrix: Matrix) -> dict[str, dict[str, Any]]:
    """Counts and rates of QRS, VEB and SVEB; FPR is the fraction of other beats that were called such."""
    hit = sum(matrix[known][called] for known in CLASSES for called in CLASSES)
    missed = sum(matrix[known][NO_BEAT] for known in CLASSES)
    extra = sum(matrix[NO_BEAT][called] for called in CLASSES)
    return {"qrs": _rates(hit, missed, extra, None), "veb": _ectopic(matrix, "V"), "sveb": _ectopic(matrix, "S")}


def _ectopic(matrix: Matrix, kind: str) -> dict[str, Any]:
    hit = matrix[kind][kind]
    others = [known for known in CLASSES if known != kind]
    right = sum(matrix[known][called] for known in others for called in CLASSES if called != kind)
    extra = sum(matrix[known][kind] for known in _FALSE_OF[kind])
    return _rates(hit, sum(matrix[kind].values()) - hit, extra, right)


def _rates(hit: int, missed: int, extra: int, right: int | None) -> dict[str, Any]:
    rates = {"se": fraction(hit, hit + missed), "ppv": fraction(hit, hit + extra)}
    if right is not None:
        rates["fpr"] = fraction(extra, extra + right)
    return {"n": hit + missed, "hit": hit, "missed": missed, "extra": extra, **rates}


def episode_rates(counts: Mapping[str, float]) -> dict[str, Any]:
    """Sensitivity and predictive value of episodes, or of their duration."""
    rates = {"se": _part(counts["known_hit"], counts["known"]), "ppv": _part(counts["found_hit"], counts["found"])}
    return {**counts, **rates}


def _part(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None


def pool_ec57(records: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Rates of each record, gross and average of those without a pacemaker, and those with one apart."""
    plain = [(name, score) for name, score in records if not score["paced"]]
    paced = [(name, score) for name, score in records if score["paced"]]
    return {"plain": _pool(plain), "paced": _pool(paced), "fibrillation": _pool_episodes(plain)}


def _pool(records: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    every = (*CLASSES, NO_BEAT)
    gross = {a: {b: sum(score["matrix"][a][b] for _, score in records) for b in every} for a in every}
    by_record = {name: beat_rates(score["matrix"]) for name, score in records}
    return {
        "records": by_record,
        "gross": beat_rates(gross),
        "average": {name: _average(rates[name] for rates in by_record.values()) for name in BEATS},
        "matrix": gross,
    }


def _pool_episodes(records: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    by_record = {
        name: {part: episode_rates(score["fibrillation"][part]) for part in EPISODES} for name, score in records
    }
    with_any = {
        name: rates for name, rates in by_record.items() if any(rates["episodes"][k] for k in ("known", "found"))
    }
    counts = ("known", "known_hit", "found", "found_hit")
    gross = {part: {k: round(sum(r[part][k] for r in with_any.values()), 3) for k in counts} for part in EPISODES}
    return {
        "records": with_any,
        "gross": {part: episode_rates(gross[part]) for part in EPISODES},
        "average": {part: _average(rates[part] for rates in with_any.values()) for part in EPISODES},
    }


def _average(rates: Iterable[Mapping[str, Any]]) -> dict[str, float | None]:
    """Means over the records that have the rate."""
    every = list(rates)
    found: dict[str, float | None] = {}
    for name in ("se", "ppv", "fpr"):
        known = [each[name] for each in every if each.get(name) is not None]
        found[name] = round(statistics.fmean(known), 6) if known else None
    return found
