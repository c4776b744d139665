"""Empatica E4: ACC.csv, BVP.csv and TEMP.csv, whose first two rows are when they begin and their rate."""

from __future__ import annotations

from ..csv_head import Head
from ..description import Declared, Description
from .export import Export

_AXES = tuple(Declared(f"ACC_{axis}", "g", None, column, scale=1 / 64) for column, axis in enumerate("XYZ"))
_FILES = {
    "ACC": _AXES,
    "BVP": (Declared("BVP", "", None, 0),),
    "TEMP": (Declared("Skin temperature", "degC", None, 0),),
}
_SINCE = 1e9


def _first_rows(head: Head) -> list[list[float]] | None:
    """The first three rows as numbers; None where they are none."""
    try:
        return [[float(cell) for cell in text.split(",")] for text in head.texts[:3]]
    except ValueError:
        return None


def _recognises(head: Head) -> bool:
    channels = _FILES.get(head.path.stem.upper())
    rows = _first_rows(head)
    if channels is None or rows is None or len(rows) < 3 or any(len(row) != len(channels) for row in rows):
        return False
    begins, rates = rows[:2]
    return len(set(begins)) == 1 and begins[0] > _SINCE and len(set(rates)) == 1 and 1e-3 <= rates[0] <= 1e6


def _describe(head: Head) -> Description:
    rows = _first_rows(head) or []
    channels = (
        Declared(each.name, each.unit, rows[1][0], each.column, each.scale) for each in _FILES[head.path.stem.upper()]
    )
    return Description(head.path, tuple(channels), ",", decimal=".", time=None, skip=2)


EXPORT = Export("Empatica E4", _recognises, _describe)
