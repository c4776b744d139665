"""Fiducials of beats: which were found, which were not, how far off they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..truth import FIDUCIALS, Marks, Truth
from .matching import TOLERANCE_S, pair


def score_fiducials(known: Sequence[Marks], found: Sequence[Marks], every_beat: bool = True) -> dict[str, Any]:
    """For each fiducial the errors (ms, found less known), and how many were missed and extra.

    Beats are pairs within 150 ms of R, and their marks are pairs within 150 ms. Beats that nobody marked count only
    where the expert marked every beat; marks outside the expert's first and last one are never extra.
    """
    pairs = pair([beat.r for beat in known], [beat.r for beat in found])
    begin, end = extent(known)
    scores: dict[str, Any] = {name: {"errors_ms": [], "missed": 0, "extra": 0} for name in FIDUCIALS}
    couples: list[tuple[Marks | None, Marks | None]] = [(known[i], found[j]) for i, j in pairs.both]
    couples += [(known[i], None) for i in pairs.missed]
    couples += [(None, found[j]) for j in pairs.extra] if every_beat else []
    for one, other in couples:
        for name in FIDUCIALS:
            _count(scores[name], _time(one, name), _time(other, name), (begin, end))
    return scores


def extent(beats: Sequence[Marks]) -> tuple[float, float]:
    """Times of the first and the last mark."""
    times = [time for beat in beats for time in beat.marked.values()]
    return min(times), max(times)


def _time(beat: Marks | None, name: str) -> float | None:
    time: float | None = None if beat is None else getattr(beat, name)
    return time


def _count(score: dict[str, Any], known: float | None, found: float | None, span: tuple[float, float]) -> None:
    if known is not None and found is not None and abs(found - known) <= TOLERANCE_S:
        score["errors_ms"].append(round(1000 * (found - known), 2))
        return
    score["missed"] += known is not None
    score["extra"] += found is not None and span[0] <= found <= span[1]


def score_experts(truth: Truth) -> dict[str, Any] | None:
    """The second expert against the first, on the beats that both marked; None without a second one."""
    if not truth.second:
        return None
    return score_fiducials(truth.waves, truth.second, every_beat=False)
