"""What plots of several signals have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..dataset import FloatArray

COLOUR = "#3b6ea5"
#: Half-width of the limits of agreement in standard deviations (Bland and Altman, Lancet 1986).
AGREEMENT_SDS = 1.96


def draw_into_files() -> None:
    """Nothing is to be shown on a screen."""
    import matplotlib as mpl

    mpl.use("Agg")


def draw_agreement(axis: Any, references: FloatArray, found: FloatArray, unit: str) -> None:
    """Bland and Altman's plot of pairs, with bias and limits of agreement."""
    errors = found - references
    axis.plot((references + found) / 2, errors, ".", color=COLOUR, alpha=0.6)
    axis.set_xlabel(f"mean of both, {unit}")
    if len(errors) > 1:
        bias, reach = errors.mean(), AGREEMENT_SDS * errors.std(ddof=1)
        for level, style in ((bias, "-"), (bias - reach, "--"), (bias + reach, "--")):
            axis.axhline(level, color="black", linestyle=style, linewidth=0.8)


def save_figure(figure: Any, title: str, stem: Path, kind: str) -> Path:
    """Write `STEM_KIND.svg`."""
    from matplotlib import pyplot as plt

    path = stem.with_name(f"{stem.name}_{kind}.svg")
    figure.suptitle(title)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path
