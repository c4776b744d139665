"""Bland-Altman plots of intervals and histograms of the errors of fiducials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...core.report.drawing import COLOUR, draw_agreement, draw_into_files, save_figure
from ..truth import FIDUCIALS, INTERVALS

Scored = Mapping[str, Any]
#: As fine as the samples of the device, 4 ms.
_BINS_MS = np.arange(-62, 66, 4)


def draw(records: Sequence[Scored], title: str, stem: Path) -> list[Path]:
    """Draw what the scores allow as `STEM_bland_altman.svg` and `STEM_errors.svg`; the files that were written."""
    draw_into_files()
    scores = [record["scores"] for record in records if "intervals" in record["scores"]]
    if not scores:
        return []
    return [_bland_altman(scores, title, stem), _histograms(scores, title, stem)]


def _bland_altman(scores: Sequence[Scored], title: str, stem: Path) -> Path:
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(INTERVALS), figsize=(12, 4))
    for axis, name in zip(axes, INTERVALS, strict=True):
        pairs = [(score["intervals"][name]["truth"], score["intervals"][name]["record"]) for score in scores]
        both = np.array([pair for pair in pairs if None not in pair], dtype=np.float64).reshape(-1, 2)
        draw_agreement(axis, both[:, 0], both[:, 1], "ms")
        axis.set_title(f"{name.upper()}, n = {len(both)}")
    axes[0].set_ylabel("found - expert, ms")
    return save_figure(figure, f"{title}: intervals of records", stem, "bland_altman")


def _histograms(scores: Sequence[Scored], title: str, stem: Path) -> Path:
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(3, 3, figsize=(12, 8), sharex=True)
    for axis, name in zip(axes.ravel(), FIDUCIALS, strict=True):
        errors = [error for score in scores for error in score["fiducials"][name]["errors_ms"]]
        axis.hist(np.clip(errors, _BINS_MS[0], _BINS_MS[-1]), bins=_BINS_MS, color=COLOUR)
        axis.set_title(f"{name}, n = {len(errors)}", fontsize=9)
    axes[-1][1].set_xlabel("error, ms (the outermost bars hold all beyond)")
    return save_figure(figure, f"{title}: errors of fiducials", stem, "errors")
