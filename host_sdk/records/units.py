"""Units of channels: one factor each to mV, g, degrees a second and °C."""

from __future__ import annotations

import math
import re

_STANDARD_GRAVITY = 9.80665

ECG_UNITS = {"mv": 1.0, "uv": 1e-3, "v": 1e3, "nv": 1e-6}
ACCEL_UNITS = {"g": 1.0, "mg": 1e-3, "m/s2": 1.0 / _STANDARD_GRAVITY, "m/s/s": 1.0 / _STANDARD_GRAVITY,
               "ms-2": 1.0 / _STANDARD_GRAVITY}  # fmt: skip
TURN_UNITS = {"dps": 1.0, "mdps": 1e-3, "deg/s": 1.0, "deg/sec": 1.0, "rad/s": math.degrees(1.0),
              "rad/sec": math.degrees(1.0)}  # fmt: skip
CELSIUS_UNITS = {"degc": 1.0, "c": 1.0, "celsius": 1.0, "mdegc": 1e-3}


def factor(unit: str, table: dict[str, float]) -> float | None:
    """What to multiply a value in `unit` with, None for a unit that is not in the table; `mv` and `mVolt` are `mV`."""
    # µ exists twice in Unicode
    plain = unit.strip().lower().replace("\u00b5", "u").replace("\u03bc", "u").replace("²", "2").replace("°", "deg")
    plain = re.sub(r"[\s^]+", "", plain).removesuffix(".")
    return table.get(re.sub(r"(?:olts?)$", "", plain) if re.fullmatch(r"[nmu]?volts?", plain) else plain)
