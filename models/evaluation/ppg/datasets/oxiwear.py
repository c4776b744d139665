"""OxiWear: one person in real hypoxia, beside a reference oximeter."""

from __future__ import annotations

import numpy as np

from ...core.dataset import Case, Channel, FloatArray
from ...core.errors import CaseError
from ..truth import Truth
from .base import PpgDataSet

_HZ = 64.0
#: A recording lasts some seconds: it is played to and fro this long, the first samples left out.
_PLAYED_S = 12
_SKIPPED = 12
_LED_1, _AMBIENT = 5, 7


class Oxiwear(PpgDataSet):
    """OxiWear, prototype 1 at the finger: `proto1/TIME-SPO2-PULSE.csv`, with a reference oximeter's SpO2 and pulse."""

    name = "oxiwear"
    url = "https://github.com/aarusso/OxiWear"
    patterns = ("proto1/*.csv",)

    def records(self) -> list[str]:
        """Names without ending, in order."""
        return sorted(path.stem for path in (self.folder / "proto1").glob("*.csv"))

    def person(self, record: str) -> str:
        """All are of one."""
        return "the one person"

    def channels(self, case: Case) -> list[Channel]:
        """Red and infrared counts with the ambient light taken off, played to and fro."""
        path = self.folder / "proto1" / f"{case.record}.csv"
        try:
            rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
            first = next(i for i, row in enumerate(rows) if row[0] == "timestamp") + 1
            cells = [row[_LED_1 : _AMBIENT + 1] for row in rows[first:] if len(row) > _AMBIENT + 1 and row[_LED_1]]
            light = np.array([[float(cell) for cell in row] for row in cells])[_SKIPPED:]
            infrared, red, ambient = light.T
        except (OSError, ValueError, StopIteration) as error:
            raise CaseError(f"{path}: cannot be read ({error})") from error
        return [
            Channel(name, "count", _HZ, _to_and_fro(values - ambient))
            for name, values in (("RED", red), ("IR", infrared))
        ]

    def truth(self, case: Case) -> Truth:
        """What the reference oximeter said, from the name."""
        parts = case.record.replace("_", "").split("-")
        try:
            return Truth(last={"spo2": float(parts[1]), "pulse": float(parts[2])})
        except (IndexError, ValueError):
            raise CaseError(f"{case.record}: is not named TIME-SPO2-PULSE") from None


def _to_and_fro(values: FloatArray) -> FloatArray:
    there_and_back = np.concatenate((values, values[-2:0:-1]))
    return np.tile(there_and_back, int(-(-_PLAYED_S * _HZ // len(there_and_back))))
