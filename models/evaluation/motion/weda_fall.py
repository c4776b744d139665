"""WEDA-FALL: falls of young people and daily life of young and old, with a watch at the wrist.

Marques and Moreno, Online fall detection using wrist devices, Sensors 2023; 23: 1146.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar
from zipfile import BadZipFile

import numpy as np

from ..core.dataset import FloatArray, Split
from ..core.errors import CaseError
from .motion_set import MotionSet
from .scoring import Span

_PACKED = "weda_fall_50hz.npz"
_PUBLISHED = "50Hz"
_TIMES = "fall_timestamps.csv"
_G = 9.80665
#: In a record's name, `F01/U02_R03`.
_CODE = slice(0, 3)
_USER = slice(5, 7)
#: Users from this number on are 77 years old and more; they do not fall.
_FIRST_OLD = 21


class WedaFall(MotionSet):
    """Published: `50Hz/CODE/USER_RNN_accel.csv`, `_gyro.csv`; or packed: `CODE__USER_RNN__accel`, `…__gyro` in an NPZ.

    Rows are time, x, y, z in m/s2 and rad/s. Times are those of the watch's batches, so the samples are taken by their
    number, at the rate that the set states.
    """

    name = "weda_fall"
    url = "https://github.com/joaojtmarques/WEDA-FALL"
    body_location = "wrist"
    rate_hz = 50.0
    patterns = (_PACKED, f"{_PUBLISHED}/[DF]*/U*_R*_accel.csv")
    splits: ClassVar[dict[str, Split]] = {
        "young": lambda record: int(record[_USER]) < _FIRST_OLD,
        "old": lambda record: int(record[_USER]) >= _FIRST_OLD,
    }

    def records(self) -> list[str]:
        """Trials `CODE/USER_RNN`, activity by activity; raises CaseError."""
        packed = self.folder / _PACKED
        if packed.is_file():
            return sorted(name[:-7].replace("__", "/") for name in _unpacked(packed) if name.endswith("__accel"))
        paths = self.folder.glob(self.patterns[1])
        return sorted(f"{path.parent.name}/{path.stem.removesuffix('_accel')}" for path in paths)

    def activity(self, record: str) -> str:
        """Its code is the folder."""
        return record[_CODE]

    def person(self, record: str) -> str:
        """The user."""
        return f"U{record[_USER]}"

    def group(self, record: str) -> str:
        """Young or old."""
        return "elderly" if self.splits["old"](record) else "young"

    def spans(self, record: str, motion: FloatArray) -> tuple[Span, ...]:
        """As `fall_timestamps.csv` has them, where it is there; raises CaseError."""
        known = _fall_times(self.folder / _TIMES)
        return (known[record],) if record in known else super().spans(record, motion)

    def motion(self, record: str) -> FloatArray:
        """As worn, (n, 6) at 50/s, as far as both sensors go; raises CaseError.

        The watch's x points down the hanging arm: a quarter turn about z puts y up, as the device is worn.
        """
        accel, gyro = self._rows(record, "accel") / _G, np.degrees(self._rows(record, "gyro"))
        n = min(len(accel), len(gyro))
        return np.hstack([np.column_stack((each[:n, 1], -each[:n, 0], each[:n, 2])) for each in (accel, gyro)])

    def _rows(self, record: str, sensor: str) -> FloatArray:
        """x, y, z in the units of the set."""
        packed = self.folder / _PACKED
        path = packed if packed.is_file() else self.folder / _PUBLISHED / f"{record}_{sensor}.csv"
        try:
            if path == packed:
                rows = _unpacked(path)[f"{record.replace('/', '__')}__{sensor}"]
            else:
                rows = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
            return np.asarray(rows[:, 1:4], dtype=np.float64)
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise CaseError(f"{path}: {record} cannot be read ({error})") from error


@lru_cache(maxsize=1)
def _fall_times(path: Path) -> dict[str, Span]:
    """Start and end of each fall; raises CaseError."""
    if not path.is_file():
        return {}
    try:
        rows = [line.split(",") for line in path.read_text(encoding="utf-8-sig").split()[1:]]
        return {name: (float(start), float(end)) for name, start, end in rows}
    except (OSError, ValueError) as error:
        raise CaseError(f"{path}: cannot be read ({error})") from error


@lru_cache(maxsize=1)
def _unpacked(path: Path) -> dict[str, Any]:
    """All trials; raises CaseError."""
    try:
        with np.load(BytesIO(path.read_bytes())) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, BadZipFile) as error:
        raise CaseError(f"{path}: cannot be read ({error})") from error
