"""Everything that is scored of one lead."""

from __future__ import annotations

from typing import Any

from ..truth import FINDINGS, WAVES, Answer, Truth, is_whole
from .intervals import score_intervals
from .measures import labelled_windows, record_measures
from .peaks import score_fibrillation, score_kinds, score_p_peaks, score_peaks
from .waves import score_experts, score_fiducials


def score_record(truth: Truth, answer: Answer, reports: frozenset[str]) -> dict[str, Any]:
    """Scores as JSON data, each under its name; left out where nothing is known, or the method reports nothing."""
    scores: dict[str, Any] = {}
    if truth.peaks and truth.scopes:
        scores["peaks"] = score_peaks(truth, answer)
    if WAVES in reports:
        scores |= _waves(truth, answer)
    if FINDINGS in reports:
        scores |= _findings(truth, answer)
    return {name: score for name, score in scores.items() if score is not None}


def _waves(truth: Truth, answer: Answer) -> dict[str, Any]:
    scores: dict[str, Any] = {
        "fibrillation": score_fibrillation(truth, answer),
        "p_peaks": score_p_peaks(truth, answer),
    }
    if truth.waves:
        scores["fiducials"] = score_fiducials(truth.waves, answer.beats, truth.every_beat)
        scores["intervals"] = score_intervals(truth, answer)
        scores["experts"] = score_experts(truth)
    return scores


def _findings(truth: Truth, answer: Answer) -> dict[str, Any]:
    whole = [window for window in answer.windows if is_whole(window)]
    return {
        "kinds": score_kinds(truth, answer),
        "finding": {
            "labels": sorted(truth.labels),
            "measures": record_measures(answer),
            "flags": list(answer.flags),
            "windows": labelled_windows(truth, answer),
        },
        "windows": {"windows": len(whole), "refused": sum(window.reason is not None for window in whole)},
    }
