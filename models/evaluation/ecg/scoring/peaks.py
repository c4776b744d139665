"""R peaks and kinds of beats by the conventions of ANSI/AAMI EC57: 150 ms, gross over records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..truth import Marks, MethodResult, Spans, Truth, inside
from .matching import pair

#: Kinds of beats: EC57's groups that are scored, paced ones, and fusion and unclassifiable ones.
KINDS = ("N", "S", "V", "/", "other")
#: Found kinds as the device writes them: normal, supraventricular, ventricular, paced, not known; and no beat at all.
PREDICTIONS = ("N", "S", "V", "/", "Q", "missed")


def score_peaks(truth: Truth, result: MethodResult) -> dict[str, Any]:
    """Beats found, missed and extra in each scope, and the times (s) of the latter two in the one that counts."""
    known, found = [peak.t for peak in truth.peaks], [beat.r for beat in result.beats]
    pairs = pair(known, found)
    missed, extra = [known[i] for i in pairs.missed], [found[j] for j in pairs.extra]
    hits = [known[i] for i, _ in pairs.both]
    counts = {name: [_count(times, spans) for times in (hits, missed, extra)] for name, spans in truth.scopes.items()}
    first = next(iter(truth.scopes.values()))
    return {
        "scopes": counts,
        "missed_at": [round(t, 3) for t in missed if inside(t, first)],
        "extra_at": [round(t, 3) for t in extra if inside(t, first)],
    }


def _count(times: Sequence[float], spans: Spans) -> int:
    return sum(inside(t, spans) for t in times)


def score_kinds(truth: Truth, result: MethodResult) -> dict[str, Any] | None:
    """How many beats of each kind got which prediction; None where nobody marked the kinds."""
    if not truth.scopes or all(peak.kind == "other" for peak in truth.peaks):
        return None
    spans = next(iter(truth.scopes.values()))
    pairs = pair([peak.t for peak in truth.peaks], [beat.r for beat in result.beats])
    got: dict[int, str] = {i: result.beats[j].kind for i, j in pairs.both}
    counts = Counter((peak.kind, got.get(i, "missed")) for i, peak in enumerate(truth.peaks) if inside(peak.t, spans))
    rows = {kind: {said: counts[kind, said] for said in PREDICTIONS} for kind in KINDS}
    return {"confusion": rows, "paced": truth.paced}


def score_fibrillation(truth: Truth, result: MethodResult) -> dict[str, int] | None:
    """Beats in atrial fibrillation, and those of them that were given a P; None where there is no fibrillation."""
    beats = [beat for beat in result.beats if inside(beat.r, truth.fibrillation)]
    return {"beats": len(beats), "with_p": sum(_has_p(beat) for beat in beats)} if truth.fibrillation else None


def _has_p(beat: Marks) -> bool:
    return beat.p_on is not None or beat.p_peak is not None or beat.p_off is not None


def score_p_peaks(truth: Truth, result: MethodResult) -> dict[str, int] | None:
    """P peaks found, missed and extra; None where nobody marked them."""
    if truth.p_peaks is None:
        return None
    pairs = pair(truth.p_peaks, [beat.p_peak for beat in result.beats if beat.p_peak is not None])
    return {"hit": len(pairs.both), "missed": len(pairs.missed), "extra": len(pairs.extra)}
