"""Bland-Altman plots of readings, and their error by how many windows are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.dataset import Scored
from ..core.report.drawing import COLOUR, draw_agreement, draw_into_files, save_figure
from .scoring import Window
from .truth import UNITS

#: Curves begin where so many of the windows are answered (%): before, they are of a few.
_LEAST_PERCENT = 5.0


def draw(records: Sequence[Scored], title: str, stem: Path) -> list[Path]:
    """Draw what the scores allow as `STEM_bland_altman.svg` and `STEM_risk_coverage.svg`; the files written."""
    windows = {name: _windows(records, name) for name in UNITS}
    answered = {name: [one for one in of if one.value is not None] for name, of in windows.items()}
    certain = {name: [one for one in of if one.u95 is not None] for name, of in answered.items()}
    draw_into_files()
    drawn = []
    if any(answered.values()):
        drawn.append(_agreements({name: of for name, of in answered.items() if of}, title, stem))
    if any(certain.values()):
        curves = {name: risk_curve(of, len(windows[name])) for name, of in certain.items() if of}
        drawn.append(_risks(curves, title, stem))
    return drawn


def _windows(records: Sequence[Scored], name: str) -> list[Window]:
    scores = (record["scores"][name] for record in records if name in record["scores"])
    return [Window(*window) for score in scores for window in score["windows"]]


def risk_curve(certain: Sequence[Window], expected: int) -> tuple[Any, Any]:
    """Windows answered, in percent of all `expected`, and the mean error of so many that are the least uncertain.

    >>> curve = risk_curve([Window(70, 71, 2.0), Window(70, 75, 9.0)], 4)
    >>> [values.tolist() for values in curve]
    [[25.0, 50.0], [1.0, 3.0]]
    """
    rows = np.array([(window.known, window.value, window.u95) for window in certain], dtype=np.float64)
    order = np.argsort(rows[:, 2], kind="stable")
    errors = np.abs(rows[order, 1] - rows[order, 0])
    counts = np.arange(1, len(errors) + 1)
    return 100 * counts / expected, np.cumsum(errors) / counts


def _axes(names: Sequence[str]) -> tuple[Any, list[Any]]:
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(names), figsize=(5 * len(names), 4), squeeze=False)
    return figure, list(axes[0])


def _agreements(answered: Mapping[str, Sequence[Window]], title: str, stem: Path) -> Path:
    figure, axes = _axes(list(answered))
    for axis, (name, windows) in zip(axes, answered.items(), strict=True):
        pairs = np.array([(window.known, window.value) for window in windows], dtype=np.float64)
        draw_agreement(axis, pairs[:, 0], pairs[:, 1], UNITS[name])
        axis.set_title(f"{name}, n = {len(windows)}")
        axis.set_ylabel(f"found - reference, {UNITS[name]}")
    return save_figure(figure, f"{title}: readings", stem, "bland_altman")


def _risks(curves: Mapping[str, tuple[Any, Any]], title: str, stem: Path) -> Path:
    figure, axes = _axes(list(curves))
    for axis, (name, (percent_answered, error)) in zip(axes, curves.items(), strict=True):
        shown = percent_answered >= _LEAST_PERCENT
        axis.plot(percent_answered[shown], error[shown], color=COLOUR)
        axis.set_xlim(0, 100)
        axis.set_ylim(bottom=0)
        axis.set_title(name)
        axis.set_xlabel("windows answered, the least uncertain first, %")
        axis.set_ylabel(f"mean absolute error, {UNITS[name]}")
    return save_figure(figure, f"{title}: risk and coverage", stem, "risk_coverage")
