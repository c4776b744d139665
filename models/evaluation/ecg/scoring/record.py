"""Everything that is scored of one lead."""

from __future__ import annotations

from typing import Any

from ..truth import FINDINGS, WAVES, MethodResult, Truth, is_whole
from .agreement import score_qtc
from .ec57 import score_ec57
from .intervals import score_intervals
from .measures import labelled_windows, record_measures
from .peaks import score_fibrillation, score_kinds, score_p_peaks, score_peaks
from .waves import score_experts, score_fiducials


def score_record(truth: Truth, result: MethodResult, reports: frozenset[str]) -> dict[str, Any]:
    """Scores as JSON data, each under its name; left out where nothing is known, or the method reports nothing."""
    scores: dict[str, Any] = {}
    if truth.peaks and truth.scopes:
        scores["peaks"] = score_peaks(truth, result)
    if WAVES in reports:
        scores |= _waves(truth, result)
    if FINDINGS in reports:
        scores |= _findings(truth, result)
    return {name: score for name, score in scores.items() if score is not None}


def _waves(truth: Truth, result: MethodResult) -> dict[str, Any]:
    scores: dict[str, Any] = {
        "fibrillation": score_fibrillation(truth, result),
        "p_peaks": score_p_peaks(truth, result),
    }
    if truth.waves:
        scores["fiducials"] = score_fiducials(truth.waves, result.beats, truth.every_beat)
        scores["intervals"] = score_intervals(truth, result)
        scores["qtc"] = score_qtc(truth, result)
        scores["experts"] = score_experts(truth)
    return scores


def _findings(truth: Truth, result: MethodResult) -> dict[str, Any]:
    whole = [window for window in result.windows if is_whole(window)]
    return {
        "kinds": score_kinds(truth, result),
        "ec57": score_ec57(truth, result),
        "finding": {
            "labels": sorted(truth.labels),
            "measures": record_measures(result),
            "flags": list(result.flags),
            "windows": labelled_windows(truth, result),
        },
        "windows": {"windows": len(whole), "refused": sum(window.reason is not None for window in whole)},
    }
