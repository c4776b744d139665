"""Crash tests of an electric scooter, shakes, kerbs, and a ride without any (RideSafeUM, EIT Urban Mobility)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from ..core.dataset import FloatArray
from ..core.errors import CaseError
from .motion_set import MotionSet
from .scoring import Span

_G = 9.80665
_COLUMNS = (1, 2, 3, 4)
#: Seconds of the crashes, read off the recordings, which have no marks of their own: the scooter then lies turned.
_CRASHES: dict[str, tuple[Span, ...]] = {
    "Crashtest": ((92.0, 93.9), (111.2, 112.9)),
    "Step&crash": ((57.9, 59.0), (81.2, 82.0)),
}


class Scooter(MotionSet):
    """Published: `data/NAME.tsv`, columns number, time (ms), x, y, z (m/s2), label. There is no gyroscope."""

    name = "scooter"
    url = "https://github.com/Rc-W024/AccidDetec-Accel"
    body_location = "vehicle"
    rate_hz = 211.0
    patterns = ("data/Normaldrive.tsv", "Normaldrive.tsv", "data/Crashtest.tsv", "Crashtest.tsv")

    def records(self) -> list[str]:
        """Names of the files."""
        return sorted(path.stem for path in self._home().glob("*.tsv"))

    def activity(self, record: str) -> str:
        """The file's name."""
        return record

    def rate(self, record: str) -> float:
        """Samples a second over the whole file: times come in bunches, so samples are taken by their number."""
        times = _rows(self._path(record))[:, 0]
        return float(1000 * (len(times) - 1) / (times[-1] - times[0]))

    def motion(self, record: str) -> FloatArray:
        """Acceleration (g), (n, 3), y up; raises CaseError."""
        return np.asarray(_rows(self._path(record))[:, 1:] / _G)

    def spans(self, record: str, motion: FloatArray) -> tuple[Span, ...]:
        """Its crashes."""
        return _CRASHES.get(record, ())

    def person(self, record: str) -> str:
        """One rider in all of them, as far as is published."""
        return "rider"

    def _home(self) -> Path:
        below = self.folder / "data"
        return below if below.is_dir() else self.folder

    def _path(self, record: str) -> Path:
        return self._home() / f"{record}.tsv"


@lru_cache(maxsize=1)
def _rows(path: Path) -> FloatArray:
    """Time (ms), x, y, z; raises CaseError."""
    try:
        rows: FloatArray = np.loadtxt(path, usecols=_COLUMNS, ndmin=2)
    except (OSError, ValueError, IndexError) as error:
        raise CaseError(f"{path}: cannot be read ({error})") from error
    if len(rows) < 2 or rows[-1, 0] <= rows[0, 0]:
        raise CaseError(f"{path}: has no times that rise")
    return rows
