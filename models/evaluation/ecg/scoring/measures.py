"""Numbers of a record or a window that should tell one label from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..truth import Answer, Truth, is_whole, overlap_s

#: Share of a window that must lie in a labelled stretch: most of it for a finding, all of it where it is the rest.
_MOST = 0.5
_ALL = 0.999


def record_measures(answer: Answer) -> dict[str, float | None]:
    """Means over windows by their length, and the record's own readings; None where there is no number.

    `irregularity` is what the windows say; where the device sends none, it is the percentage of windows that are
    flagged irregular, and `irregularity_reported` is 0. A record without a window has quality 0: nothing was trusted.
    """
    measured = [(window, window_measures(window)) for window in answer.windows]
    irregularity = [value for _, numbers in measured if (value := numbers["irregularity"]) is not None]
    readings = {name: answer.intervals.get(name) for name in ("hr_bpm", "pr_ms", "qrs_ms", "qt_ms")}
    return {
        "irregularity": _mean(measured, "irregularity"),
        "irregularity_highest": max(irregularity, default=None),
        "irregularity_reported": float(any(window["irregularity"] is not None for window in answer.windows)),
        "quality": _mean(measured, "quality") or 0.0,
        **readings,
    }


def _mean(measured: Sequence[tuple[Mapping[str, Any], Mapping[str, float | None]]], name: str) -> float | None:
    held = [(value, window["span_s"]) for window, numbers in measured if (value := numbers[name]) is not None]
    return round(sum(value * s for value, s in held) / sum(s for _, s in held), 3) if held else None


def labelled_windows(truth: Truth, answer: Answer) -> list[dict[str, Any]]:
    """Whole windows with the label of the stretch they lie in: half in one that is a finding, or wholly in the rest."""
    found = []
    for window in filter(is_whole, answer.windows):
        label = _label(truth, window["t"] - window["span_s"], window["t"])
        if label is not None:
            kept = {name: window[name] for name in ("t", "span_s", "quality", "reason", "flags", "irregularity")}
            found.append({"label": label, **kept})
    return found


def _label(truth: Truth, begin: float, end: float) -> str | None:
    names = list(truth.stretches)
    for name in names:
        least = _ALL if name == names[-1] and len(names) > 1 else _MOST
        if overlap_s(begin, end, truth.stretches[name]) >= least * (end - begin):
            return name
    return None


def window_measures(window: Mapping[str, Any]) -> dict[str, float | None]:
    """The numbers of one window under the names of `record_measures`."""
    irregularity = window["irregularity"]
    if irregularity is None and window["reason"] is None:
        irregularity = 100.0 * ("irregular" in window["flags"])
    return {"irregularity": irregularity, "quality": float(window["quality"])}
