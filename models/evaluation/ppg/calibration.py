"""What a calibration line of the same recordings is worth on those that it never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from models.spo2.curve import LEAST_PERCENT, MOST_PERCENT, load_all
from models.spo2.errors import CalibrationError
from models.spo2.fitting import calibrate
from models.spo2.pairs import Pair

from ..core.dataset import Scored
from ..core.report.printing import ALL
from .scoring import Window

#: Curve by which the device reads unless it is set otherwise.
_READ_BY = "oxiwear"


def spo2_windows(records: Sequence[Scored], person: Callable[[str], str]) -> list[tuple[str, Sequence[Any]]]:
    """Person and windows of SpO2 of each record that has them."""
    scored = ((person(one["record"]), one["scores"].get("spo2")) for one in records)
    return [(of, score["windows"]) for of, score in scored if score is not None]


def with_calibration(summary: dict[str, Any], scores: Sequence[tuple[str, Sequence[Any]]]) -> dict[str, Any]:
    """`summary` with a line fitted to the ratios behind SpO2, each of `scores` a person and its windows.

    Readings at an end of the scale tell no ratio. Unchanged where there are too few for a line.
    """
    curve = load_all()[_READ_BY]
    windows = [(person, Window(*window)) for person, those in scores for window in those]
    pairs = [
        Pair(person, curve.ratio(window.value), window.known)
        for person, window in windows
        if window.value is not None and LEAST_PERCENT < window.value < MOST_PERCENT
    ]
    try:
        found = calibrate(pairs, "line", recorded=True)
    except CalibrationError:
        return summary
    return {**summary, ALL: {**summary[ALL], "calibration": found}}
