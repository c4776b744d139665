"""Numbers of a record or a window that should separate one label from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from host_sdk.replay import EcgWindow

from ..truth import MethodResult, Truth, is_whole, overlap_s

#: Fraction of a window that must lie in a labelled stretch: most of it for a finding, all of it where it is the rest.
_MOST = 0.5
_ALL = 0.999
#: What is kept of a labelled window besides its flags.
_KEPT = ("t", "span_s", "quality", "reason", "irregularity")


def record_measures(result: MethodResult) -> dict[str, float | None]:
    """Means over windows by their length, and the record's own readings; None where there is no number.

    `irregularity` is what the windows say; where the device sends none, it is the percentage of windows that are
    flagged irregular, and `irregularity_reported` is 0. A record without a window has quality 0: nothing was trusted.
    """
    measured = [(window, _measures_of(window)) for window in result.windows]
    irregularity = [value for _, numbers in measured if (value := numbers["irregularity"]) is not None]
    return {
        "irregularity": _mean(measured, "irregularity"),
        "irregularity_highest": max(irregularity, default=None),
        "irregularity_reported": float(any(window.irregularity is not None for window in result.windows)),
        "quality": _mean(measured, "quality") or 0.0,
        **asdict(result.intervals),
    }


def _mean(measured: Sequence[tuple[EcgWindow, Mapping[str, float | None]]], name: str) -> float | None:
    held = [(value, window.span_s) for window, numbers in measured if (value := numbers[name]) is not None]
    return round(sum(value * s for value, s in held) / sum(s for _, s in held), 3) if held else None


def labelled_windows(truth: Truth, result: MethodResult) -> list[dict[str, Any]]:
    """Whole windows with the label of the stretch they lie in: half in one that is a finding, or wholly in the rest."""
    found = []
    for window in filter(is_whole, result.windows):
        label = _label(truth, window.t - window.span_s, window.t)
        if label is not None:
            found.append(
                {"label": label, **{name: getattr(window, name) for name in _KEPT}, "flags": list(window.flags)}
            )
    return found


def _label(truth: Truth, begin: float, end: float) -> str | None:
    names = list(truth.stretches)
    for name in names:
        least = _ALL if name == names[-1] and len(names) > 1 else _MOST
        if overlap_s(begin, end, truth.stretches[name]) >= least * (end - begin):
            return name
    return None


def _measures_of(window: EcgWindow) -> dict[str, float | None]:
    return window_measures(window.irregularity, window.quality, window.reason, window.flags)


def window_measures(
    irregularity: float | None, quality: int, reason: str | None, flags: Sequence[str]
) -> dict[str, float | None]:
    """The numbers of one window under the names of `record_measures`."""
    if irregularity is None and reason is None:
        irregularity = 100.0 * ("irregular" in flags)
    return {"irregularity": irregularity, "quality": float(quality)}
