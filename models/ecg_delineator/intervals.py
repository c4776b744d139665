"""Record-level intervals: the median over beats, of an expert's marks and of what was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from models.evaluation.ecg.leads import RATE

from .edges import EDGES, Edges
from .marks import MarkedBeat

INTERVALS = ("pr", "qrs", "qt")
_EDGES_OF = (("p_on", "qrs_on"), ("qrs_on", "qrs_off"), ("qrs_on", "t_off"))
#: Fraction of beats that must have an interval for the record to have it.
_MIN_FRACTION = 0.5


def marked_intervals(beats: Iterable[MarkedBeat]) -> tuple[float, ...]:
    """PR, QRS and QT in ms; NaN where no beat has both marks."""
    intervals: dict[str, list[float]] = {name: [] for name in INTERVALS}
    for beat in beats:
        ends = {
            "pr": (beat.p.on if beat.p else None, beat.qrs.on),
            "qrs": (beat.qrs.on, beat.qrs.off),
            "qt": (beat.qrs.on, beat.t.off if beat.t else None),
        }
        for name, (first, last) in ends.items():
            if first is not None and last is not None:
                intervals[name].append(1000 * (last - first))
    return tuple(float(np.median(values)) if values else float("nan") for values in intervals.values())


def read_intervals(edges: Edges) -> tuple[float, ...]:
    """PR, QRS and QT in ms of edges (n, 6); NaN where most beats lack one."""
    return tuple(_median(edges[:, EDGES.index(last)] - edges[:, EDGES.index(first)]) for first, last in _EDGES_OF)


def _median(samples: Sequence[float] | Edges) -> float:
    known = np.asarray(samples)[~np.isnan(samples)]
    return 1000 / RATE * float(np.median(known)) if len(known) >= max(1, _MIN_FRACTION * len(samples)) else float("nan")
