"""A chart of where the instructions go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_ENDINGS = (".svg", ".png", ".pdf")
_SHOWN = 0.002  # fraction below which a stage is not drawn


def check_ending(path: Path) -> None:
    """ValueError where `path` has an ending that no chart can be drawn into."""
    if path.suffix not in _ENDINGS:
        raise ValueError(f"{path.name}: a chart ends in {', '.join(_ENDINGS)}")


def draw(report: dict[str, Any], path: Path) -> None:
    """Draw the stages as bars into `path`, whose ending chooses the format; ValueError as from `check_ending`."""
    check_ending(path)
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    # text stays text, and ids do not change from run to run: a new figure is a small change
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "vitalband"})
    total = report["instructions_per_s"]
    stages = sorted((s["instructions_per_s"], name) for name, s in report["stages"].items())
    drawn = [(count, name) for count, name in stages if count >= total * _SHOWN]
    figure, axes = plt.subplots(figsize=(8, 0.32 * len(drawn) + 1.4))
    bars = axes.barh([name for _, name in drawn], [count / 1e6 for count, _ in drawn], color="#3b6ea5")
    axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
    axes.set_xlabel("million instructions a second of signal")
    axes.set_title(f"{report['target']}, {report['image']['kernels']} kernels: {total / 1e6:.1f} million in all")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)
