"""Calibration curves as data: a file each in `curves/`, of which `make gen` makes the firmware's table."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from firmware_sim.firmware.wire_gen import SETTING_SPO2_CURVE, SETTINGS

from .errors import CurveError

CURVES = Path(__file__).parent / "curves"
#: Reported saturations, which hold whatever lies behind them.
LEAST_PERCENT, MOST_PERCENT = 50.0, 100.0
_LARGEST = 1000.0


@dataclass(frozen=True)
class Curve:
    """SpO2 in % = a + b R + c R², with R the ratio of ratios; `coefficients_percent` is (a, b, c).

    `least_percent` is the lowest saturation that it was made for, `u95_percent` the expanded uncertainty of a reading
    (None: not known), `calibrated` whether a study of this very device made it. `number` is its value in the setting
    `spo2_curve`.
    """

    number: int
    coefficients_percent: tuple[float, float, float]
    least_percent: float
    u95_percent: float | None
    calibrated: bool
    source: str

    def percent(self, ratio: float) -> float:
        """Saturation at a ratio, not cut to what is reported."""
        a, b, c = self.coefficients_percent
        return a + (b + c * ratio) * ratio

    def ratio(self, percent: float) -> float:
        """The ratio at which it says so, where it falls; NaN where it never does."""
        a, b, c = self.coefficients_percent
        if not c:
            return (percent - a) / b
        inside = b * b - 4 * c * (a - percent)
        return (-b - math.sqrt(inside)) / (2 * c) if inside >= 0 else math.nan

    def row(self) -> tuple[int, ...]:
        """Its row in the firmware: a, b, c in 0.01 %, least and u95 in 0.1 % (0: not known), calibrated."""
        hundredths = (round(100 * value) for value in self.coefficients_percent)
        return (*hundredths, round(10 * self.least_percent), round(10 * (self.u95_percent or 0)), int(self.calibrated))


def load(path: Path) -> Curve:
    """A curve's file; raises CurveError that says what is wrong in it."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        wrong = _wrong(raw)
        if wrong is None:
            return Curve(**{**raw, "coefficients_percent": tuple(raw["coefficients_percent"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CurveError(f"{path}: is no calibration curve ({error})") from error
    raise CurveError(f"{path}: {wrong}")


def _wrong(raw: dict[str, Any]) -> str | None:
    """What is wrong with a file's values; KeyError where one is not there."""
    numbers = (*raw["coefficients_percent"], raw["least_percent"], raw["u95_percent"] or 0)
    if len(raw["coefficients_percent"]) != 3:
        return "coefficients_percent are not three numbers"
    if not all(isinstance(value, (int, float)) and abs(value) <= _LARGEST for value in numbers):
        return f"a number is not within ± {_LARGEST:g}"
    types = {"number": int, "calibrated": bool, "source": str}
    wrong = [name for name, kind in types.items() if not isinstance(raw[name], kind)]
    return f"{wrong[0]} has another type" if wrong else None


def load_all(folder: Path = CURVES) -> dict[str, Curve]:
    """All curves by name, in the order of their numbers; raises CurveError where these are not 0, 1, 2, …"""
    curves = {path.stem: load(path) for path in folder.glob("*.json")}
    ordered = dict(sorted(curves.items(), key=lambda item: item[1].number))
    numbers = [curve.number for curve in ordered.values()]
    if numbers != list(range(len(numbers))):
        raise CurveError(f"{folder}: numbers are {numbers}, not 0 to {len(numbers) - 1}")
    return ordered


def render(curves: dict[str, Curve]) -> str:
    """The firmware's module of all curves; raises CurveError where the setting has not a value for each."""
    high = next(row[4] for row in SETTINGS if row[0] == SETTING_SPO2_CURVE)
    if high != len(curves) - 1:
        wanted = f"high = {len(curves) - 1}"
        raise CurveError(f"{len(curves)} curves: the setting spo2_curve of wire.toml must have {wanted}, not {high}")
    rows = "".join(f"    ({', '.join(map(str, curve.row()))}),  # {name}\n" for name, curve in curves.items())
    return (
        '"""Made by `make gen` from models/spo2/curves/*.json."""\n\n'
        "#: By the setting spo2_curve: SpO2 in 0.01 % at a ratio of 0, how it changes with the ratio and its square;\n"
        "#: least saturation that is known, u95 (both 0.1 %; 0: not known); whether a study calibrated it.\n"
        f"CURVES = (\n{rows})\n"
    )


def save(curve: Curve, path: Path) -> None:
    """Write a new file; raises CurveError where there is one, or it cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(asdict(curve), indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise CurveError(f"{path}: cannot be written ({error.strerror or error})") from error


def next_number(curves: Iterable[Curve]) -> int:
    """The first number that no curve has."""
    return 1 + max((curve.number for curve in curves), default=-1)
