"""Sensor Logger: a file a sensor, which its name tells; axes in any order, units only in the app's manual."""

from __future__ import annotations

import re

from ..csv_head import Head
from ..description import Declared, Description
from ..names import axis_of
from .export import Export, first_cells

_TIME = "seconds_elapsed"
#: Sensor and unit by the file's name. That of the uncalibrated accelerometer depends on the telephone and a setting.
_SENSORS = {
    "totalacceleration": ("Total acceleration", "m/s2"),
    "accelerometer": ("Linear acceleration", "m/s2"),
    "accelerometeruncalibrated": ("Accelerometer", ""),
    "gyroscope": ("Gyroscope", "rad/s"),
    "gyroscopeuncalibrated": ("Gyroscope", "rad/s"),
}


def _recognises(head: Head) -> bool:
    cells = [cell.lower() for cell in first_cells(head, ",")]
    return _TIME in cells and "time" in cells


def _describe(head: Head) -> Description:
    cells = first_cells(head, ",")
    stem = re.sub(r"[^a-z]", "", head.path.stem.lower())
    sensor, unit = _SENSORS.get(stem, (head.path.stem, ""))
    channels = []
    for column, cell in enumerate(cells):
        if cell.lower() not in ("time", _TIME):
            axis = axis_of(cell)
            name, its_unit = (f"{sensor} {axis}", unit) if axis else (cell, "")
            channels.append(Declared(name, its_unit, None, column, strict=False))
    return Description(head.path, tuple(channels), ",", time=[cell.lower() for cell in cells].index(_TIME))


EXPORT = Export("Sensor Logger", _recognises, _describe)
