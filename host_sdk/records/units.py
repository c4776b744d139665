"""Units of channels: one factor each to mV, g, degrees a second and °C."""

from __future__ import annotations

import math
import re

_STANDARD_GRAVITY = 9.80665

ECG_UNITS = {"mv": 1.0, "uv": 1e-3, "v": 1e3, "nv": 1e-6}
_METRE = 1.0 / _STANDARD_GRAVITY
ACCEL_UNITS = {"g": 1.0, "mg": 1e-3, "m/s2": _METRE, "m/s/s": _METRE, "ms-2": _METRE, "m/sec2": _METRE, "mps2": _METRE,
               "ms2": _METRE, "cm/s2": _METRE / 100, "mm/s2": _METRE / 1000}  # fmt: skip
TURN_UNITS = {"dps": 1.0, "mdps": 1e-3, "deg/s": 1.0, "deg/sec": 1.0, "degs/s": 1.0, "degree/s": 1.0, "degrees/s": 1.0,
              "degs-1": 1.0, "rad/s": math.degrees(1.0), "rad/sec": math.degrees(1.0), "rads-1": math.degrees(1.0),
              "rads": math.degrees(1.0)}  # fmt: skip
#: µ exists twice in Unicode.
_LETTERS = str.maketrans({"\u00b5": "u", "\u03bc": "u", "²": "2", "°": "deg", "⁻": "-", "¹": "1", "−": "-", "º": "deg"})
CELSIUS_UNITS = {"degc": 1.0, "c": 1.0, "celsius": 1.0, "mdegc": 1e-3}


def factor(unit: str, table: dict[str, float]) -> float | None:
    """What to multiply a value in `unit` with, None for a unit that is not in the table; `mv` and `mVolt` are `mV`."""
    plain = unit.strip().lower().translate(_LETTERS)
    plain = re.sub(r"[\s^*·⋅]+|(?<=\w)\.(?=\w)", "", plain).removesuffix(".")
    plain = re.sub(r"^(n)ano(?=v)|^(m)illi(?=v)|^micro(?=v)", lambda found: found[1] or found[2] or "u", plain)
    return table.get(re.sub(r"(?:olts?)$", "", plain) if re.fullmatch(r"[nmu]?volts?", plain) else plain)
