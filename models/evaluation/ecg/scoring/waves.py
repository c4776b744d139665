"""Fiducials of beats: which were found, which were not, how far off they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..truth import FIDUCIALS, Marks, Truth
from .matching import TOLERANCE_S, pair


def score_fiducials(known: Sequence[Marks], found: Sequence[Marks], every_beat: bool = True) -> dict[str, Any]:
    """For each fiducial the errors (ms, found less known), and how many were missed and extra.

    Beats are pairs within 150 ms of R, and their marks are pairs within 150 ms. Beats that nobody marked count only
    where the expert marked every beat. A mark is extra where the expert marked nothing of its wave; never outside the
    expert's first and last mark, nor where the expert marked the wave but not this edge.
    """
    pairs = pair([beat.r for beat in known], [beat.r for beat in found])
    begin, end = extent(known)
    scores: dict[str, Any] = {name: {"errors_ms": [], "missed": 0, "extra": 0} for name in FIDUCIALS}
    couples: list[tuple[Marks | None, Marks | None]] = [(known[i], found[j]) for i, j in pairs.both]
    couples += [(known[i], None) for i in pairs.missed]
    couples += [(None, found[j]) for j in pairs.extra] if every_beat else []
    for one, other in couples:
        for name in FIDUCIALS:
            span = (begin, end) if one is None or not _has_wave(one, name) else None
            _count(scores[name], _time(one, name), _time(other, name), span)
    return scores


def extent(beats: Sequence[Marks]) -> tuple[float, float]:
    """Times of the first and the last mark."""
    times = [time for beat in beats for time in beat.marked.values()]
    return min(times), max(times)


def _time(beat: Marks | None, name: str) -> float | None:
    time: float | None = None if beat is None else getattr(beat, name)
    return time


def _has_wave(marks: Marks, name: str) -> bool:
    """Whether anything of the wave that a fiducial is of was marked; R stands for the QRS."""
    return name == "r" or any(each.startswith(name.split("_")[0]) for each in marks.marked)


def _count(score: dict[str, Any], known: float | None, found: float | None, judged: tuple[float, float] | None) -> None:
    """Count one fiducial; one that was found alone only within the judged span."""
    if known is not None and found is not None and abs(found - known) <= TOLERANCE_S:
        score["errors_ms"].append(round(1000 * (found - known), 2))
        return
    score["missed"] += known is not None
    far_off = known is not None and found is not None
    score["extra"] += far_off or (found is not None and judged is not None and judged[0] <= found <= judged[1])


def score_experts(truth: Truth) -> dict[str, Any] | None:
    """The second expert against the first, on the beats that both marked; None without a second one."""
    if not truth.second:
        return None
    return score_fiducials(truth.waves, truth.second, every_beat=False)
