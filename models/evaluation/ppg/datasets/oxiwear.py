"""OxiWear: one person in real hypoxia, beside a reference oximeter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.dataset import Case, Channel, FloatArray, Scored
from ...core.errors import CaseError
from ..calibration import spo2_windows, with_calibration
from ..truth import Truth
from .base import PpgDataSet

_HZ = 64.0
#: A recording lasts some seconds: whole pulses of it are repeated this long, the first samples left out.
_PLAYED_S = 12
#: Shortest part that is repeated, and how much of it and of what follows on its end must be similar (s).
_REPEATED_S = 1.5
_SIMILAR_S = 0.4
_SKIPPED = 4
_LED_1, _AMBIENT = 5, 7
_LAST_LINE = "incorrect tag count"


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

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Figures of all records, and of a line whose pairs are left out in turn."""
        return with_calibration(super().summarise(records), spo2_windows(records, self.person))

    def channels(self, case: Case) -> list[Channel]:
        """Red and infrared counts with the ambient light taken off, whole pulses repeated."""
        path = self.folder / "proto1" / f"{case.record}.csv"
        try:
            rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
            if not rows or not rows[-1][0].startswith(_LAST_LINE):
                raise ValueError(f"its last line is no {_LAST_LINE!r}, so it is cut")
            first = next(i for i, row in enumerate(rows) if row[0] == "timestamp") + 1
            cells = [row[_LED_1 : _AMBIENT + 1] for row in rows[first:] if len(row) > _AMBIENT + 1 and row[_LED_1]]
            light = np.array([[float(cell) for cell in row] for row in cells])[_SKIPPED:]
            infrared, red, ambient = light.T
        except (OSError, ValueError, StopIteration) as error:
            raise CaseError(f"{path}: cannot be read ({error})") from error
        try:
            begin, end = whole_pulses(infrared - ambient)
        except ValueError as error:
            raise CaseError(f"{path}: {error}") from error
        return [
            Channel(name, "count", _HZ, _repeated((values - ambient)[begin : end + 1]))
            for name, values in (("RED", red), ("IR", infrared))
        ]

    def truth(self, case: Case) -> Truth:
        """What the reference oximeter said, from the name."""
        parts = case.record.replace("_", "").split("-")
        try:
            return Truth(last={"spo2": float(parts[1]), "pulse": float(parts[2])})
        except (IndexError, ValueError):
            raise CaseError(f"{case.record}: is not named TIME-SPO2-PULSE") from None


def whole_pulses(light: FloatArray) -> tuple[int, int]:
    """Where to begin and end so that what follows on the end goes on as at the beginning; as much of it as there is.

    ValueError for a recording that is too short.
    """
    similar, shortest = round(_SIMILAR_S * _HZ), round(_REPEATED_S * _HZ)
    last = len(light) - similar
    if last < shortest:
        raise ValueError(f"{len(light)} samples are too few to repeat")
    pieces = np.lib.stride_tricks.sliding_window_view(light, similar)
    pieces = pieces - pieces.mean(axis=1, keepdims=True)
    ends = np.arange(shortest, last + 1)
    errors = [np.square(pieces[: end - shortest + 1] - pieces[end]).mean(axis=1) for end in ends]
    # a long part with all its pulses is worth a less perfect seam
    costs = [np.sqrt(error) / (end - np.arange(len(error))) ** 2 for end, error in zip(ends, errors, strict=True)]
    best = min(range(len(ends)), key=lambda k: float(costs[k].min()))
    return int(costs[best].argmin()), int(ends[best])


def _repeated(part: FloatArray) -> FloatArray:
    """Repetitions of a part whose last value is the next one's first, its drift taken out."""
    level = part[:-1] - np.linspace(0.0, part[-1] - part[0], len(part))[:-1]
    return np.tile(level, int(-(-_PLAYED_S * _HZ // len(level))))
