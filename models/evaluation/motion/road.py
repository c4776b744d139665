"""Bumps, potholes and worn roads: vertical acceleration in cars.

Gonzalez and others, Learning roadway surface disruption patterns using the bag of words representation, IEEE
Transactions on Intelligent Transportation Systems 2017; 18: 2916-2928.
"""

from __future__ import annotations

import zlib

import numpy as np

from ..core.dataset import FloatArray
from ..core.errors import CaseError
from .motion_set import MotionSet
from .packed import text_of
from .scoring import Span

_G = 9.80665
_BETWEEN = "---"
_HEAD = "acc_z"
#: Noise (g) of an accelerometer at rest, for the two axes that are not published: without any they would be stuck.
_NOISE_G = 0.002


class Road(MotionSet):
    """Published: `KIND.txt` (or `.txt.xz`), acceleration (m/s2) a line, series of 2 to 6 s with `---` between them.

    Series of one kind are joined end to end: there is a false jump where they meet, and nothing before and after.
    """

    name = "road"
    url = "https://www.accelerometer.xyz/datasets/"
    body_location = "car"
    rate_hz = 50.0
    patterns = ("potholes.txt", "potholes.txt.xz")

    def records(self) -> list[str]:
        """Kinds of road."""
        files = [*self.folder.glob("*_*.txt*"), *self.folder.glob("potholes.txt*")]
        return sorted({path.name.partition(".")[0] for path in files})

    def activity(self, record: str) -> str:
        """The kind of road."""
        return record

    def motion(self, record: str) -> FloatArray:
        """Acceleration (g), (n, 3), y up; raises CaseError."""
        up = self._values(record) / _G
        rng = np.random.default_rng(zlib.crc32(record.encode()))
        across = rng.normal(0.0, _NOISE_G, (len(up), 2))
        return np.column_stack([across[:, 0], up, across[:, 1]])

    def spans(self, record: str, motion: FloatArray) -> tuple[Span, ...]:
        """Nobody crashes."""
        return ()

    def _values(self, record: str) -> FloatArray:
        path = self.folder / f"{record}.txt"
        try:
            words = text_of(path).split()
            values = np.array([float(word) for word in words if word not in (_BETWEEN, _HEAD)])
        except ValueError as error:
            raise CaseError(f"{path}: cannot be read ({error})") from error
        if not len(values):
            raise CaseError(f"{path}: has no samples")
        return values
