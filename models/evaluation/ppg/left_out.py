"""What a data set's readings are worth where the networks behind them learned from its people: the cards have it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..core.report.printing import ALL

_MODELS = Path(__file__).resolve().parents[2]
#: Models that learned from people of these data sets, and the reading that each makes.
_READINGS = {"pulse_motion": "pulse", "respiration": "resp"}
#: Cells of a row of `models.left_out` in a card, the data set before them.
_CELLS = ("windows", "refused_percent", "mae", "within_percent", "inside_percent")


def with_left_out(summary: dict[str, Any], dataset: str) -> dict[str, Any]:
    """`summary` with what `python -m models.left_out` found on this data set; unchanged where that is in no card."""
    found = {
        reading: dict(zip(_CELLS, map(float, cells), strict=False))
        for name, reading in _READINGS.items()
        if (cells := row_of(_MODELS / name / "card.md", dataset))
    }
    return {**summary, ALL: {**summary[ALL], "left_out": found}} if found else summary


def row_of(card: Path, dataset: str) -> list[str]:
    """Cells behind the data set's name in the card's table of the whole device; none where it is not there."""
    try:
        table = card.read_text(encoding="utf-8").split("<!-- device -->", 1)[1].split("<!-- /device -->", 1)[0]
    except (OSError, IndexError):
        return []
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines()]
    return next((row[1:] for row in rows if row[0] == dataset), [])
