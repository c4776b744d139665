"""Polar Sensor Logger: a file a stream of an H10, OH1 or Verity Sense, with the sensor's own times in nanoseconds."""

from __future__ import annotations

from ..csv_head import Head
from ..description import Declared, Description
from ..headings import Heading, heading_of
from ..units import ACCEL_UNITS, TURN_UNITS, factor
from .export import Export, first_cells

_TIME = "sensor timestamp [ns]"


def _headings(head: Head) -> tuple[str, list[str]]:
    """The delimiter and the headings."""
    delimiter = ";" if ";" in "".join(head.texts[:1]) else ","
    return delimiter, first_cells(head, delimiter)


def _recognises(head: Head) -> bool:
    cells = [cell.lower() for cell in _headings(head)[1]]
    return "phone timestamp" in cells and _TIME in cells


def _describe(head: Head) -> Description:
    delimiter, cells = _headings(head)
    lower = [cell.lower() for cell in cells]
    channels = [
        Declared(*_channel(heading_of(cell)), None, column, strict=False)
        for column, cell in enumerate(cells)
        if cell and not lower[column].startswith(("phone timestamp", "sensor timestamp", "timestamp"))
    ]
    return Description(head.path, tuple(channels), delimiter, time=lower.index(_TIME))


def _channel(heading: Heading) -> tuple[str, str]:
    """Name and unit; axes are told by their units, and those of a magnetometer (µT, or G for gauss) are none here."""
    name = heading.name.strip()
    if name.lower() in ("x", "y", "z"):
        acceleration = heading.unit != "G" and factor(heading.unit, ACCEL_UNITS) is not None
        sensor = "ACC" if acceleration else "GYR" if factor(heading.unit, TURN_UNITS) is not None else "MAG"
        return f"{sensor}_{name.upper()}", heading.unit
    if name.lower().startswith("channel "):
        number = name.split()[-1]
        return "GREEN" if number == "0" else f"GREEN channel {number}", heading.unit
    return ("ECG" if name.lower() == "ecg" else name), heading.unit


EXPORT = Export("Polar Sensor Logger", _recognises, _describe)
