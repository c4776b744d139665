"""LabChart (ADInstruments) as text: `Interval=`, `ChannelTitle=` and `Range=` between tabs, then times and values."""

from __future__ import annotations

import re

from ..csv_head import Head
from ..description import Declared, Description
from ..source import format_error, numbered
from .export import Export

_LONGEST_HEAD = 20
_KEY = re.compile(r"(\w+)=\t(.*)")
_INTERVAL = re.compile(r"(\d+(?:[.,]\d+)?(?:e-?\d+)?)\s*(s|ms)", re.IGNORECASE)


def _said(head: Head) -> dict[str, list[str]]:
    """Cells of the lines before the rows, by what they begin with."""
    said: dict[str, list[str]] = {}
    for text in head.texts[:_LONGEST_HEAD]:
        found = _KEY.fullmatch(text)
        if found is None:
            break
        said[found[1]] = [cell.strip() for cell in found[2].split("\t")]
    return said


def _recognises(head: Head) -> bool:
    return bool(head.lines) and head.texts[0].startswith("Interval=\t")


def _describe(head: Head) -> Description:
    said = _said(head)
    names = [name for name in said.get("ChannelTitle", []) if name]
    interval = _INTERVAL.fullmatch(said["Interval"][0]) if "Interval" in said else None
    if interval is None or not names:
        raise format_error(head.path, "is of LabChart, and its header lacks the interval or the channels' titles")
    seconds = float(interval[1].replace(",", ".")) * (1e-3 if interval[2].lower() == "ms" else 1.0)
    if not 1e-6 <= seconds <= 1e3:
        raise format_error(head.path, f"is of LabChart, with an interval of {said['Interval'][0][:20]}")
    # a range is `10.000 mV`
    units = said.get("UnitName") or [cell.rpartition(" ")[2] for cell in said.get("Range", [])]
    units += [""] * (len(names) - len(units))
    channels = (Declared(name, units[number], 1.0 / seconds, 1 + number) for number, name in enumerate(numbered(names)))
    return Description(head.path, tuple(channels), "\t", time=0, skip=len(said))


EXPORT = Export("LabChart", _recognises, _describe)
