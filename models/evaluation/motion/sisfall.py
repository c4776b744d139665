"""SisFall: falls and daily life with a sensor at the waist.

Sucerquia, Lopez and Vargas-Bonilla, SisFall: a fall and movement dataset, Sensors 2017; 17: 198.
"""

from __future__ import annotations

import lzma
from collections import Counter
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar
from zipfile import BadZipFile

import numpy as np

from ..core.dataset import FloatArray, Split
from ..core.errors import CaseError
from .motion_set import MotionSet

#: The first accelerometer (ADXL345) and the gyroscope (ITG3200): counts a g, counts a degree per second.
_LSB_PER_G = 256.0
_LSB_PER_DPS = 14.375
#: SisFall's y points down: half a turn about z puts it up, as the device is worn.
_AXES = np.array([-1, -1, 1, -1, -1, 1])
#: Trials of each activity a subject that are run by default.
_USUAL = 5
#: In a record's name, which is that of its file: `SA15/D17_SE15_R01`, published among the trials of SA15.
_SUBJECT = slice(0, 4)
_CODE = slice(5, 8)
#: Every other subject of those that the detector is developed with: it was tuned on the others.
_EVEN = frozenset((
    "SA02", "SA05", "SA07", "SA10", "SA13", "SA15", "SA18", "SA21", "SA23", "SE03", "SE06", "SE08", "SE11", "SE14",
))  # fmt: skip


class Sisfall(MotionSet):
    """Published: `SUBJECT/CODE_SUBJECT_RNN.txt`; or packed: `SUBJECT.npz.xz` of the first six columns' differences."""

    name = "sisfall"
    url = "https://doi.org/10.3390/s17010198"
    body_location = "waist"
    rate_hz = 200.0
    patterns = ("S*.npz.xz", "S*/[DF]*_S*_R*.txt")
    splits: ClassVar[dict[str, Split]] = {
        "odd": lambda record: record[_SUBJECT] not in _EVEN,
        "even": lambda record: record[_SUBJECT] in _EVEN,
    }

    def records(self) -> list[str]:
        """Trials `SUBJECT/CODE_SUBJECT_RNN`, subject by subject."""
        files = sorted(self.folder.glob("S*.npz.xz"))
        packed = [f"{path.name[_SUBJECT]}/{name}" for path in files for name in _trials(path)]
        return packed or sorted(f"{path.parent.name}/{path.stem}" for path in self.folder.glob(self.patterns[1]))

    def usual(self) -> list[str]:
        """The first five trials of each activity of each subject."""
        taken: Counter[tuple[str, str]] = Counter()
        chosen = []
        for record in self.records():
            taken[record[_SUBJECT], record[_CODE]] += 1
            if taken[record[_SUBJECT], record[_CODE]] <= _USUAL:
                chosen.append(record)
        return chosen

    def motion(self, record: str) -> FloatArray:
        """Accelerations (g) and turn rates (degrees per second) as worn, (n, 6) at 200/s; raises CaseError."""
        return np.asarray(_AXES * self._counts(record) / np.array([_LSB_PER_G] * 3 + [_LSB_PER_DPS] * 3))

    def activity(self, record: str) -> str:
        """Its code stands in the name."""
        return record[_CODE]

    def person(self, record: str) -> str:
        """The subject whose folder it is in."""
        return record[_SUBJECT]

    def group(self, record: str) -> str:
        """SE subjects are 60 to 75 years old."""
        return "elderly" if record.startswith("SE") else "adults"

    def _counts(self, record: str) -> FloatArray:
        packed = self.folder / f"{record[_SUBJECT]}.npz.xz"
        if packed.is_file():
            return np.asarray(
                np.cumsum(_unpacked(packed)[record.rpartition("/")[2]].astype(np.int64), axis=0), dtype=np.float64
            )
        path = self.folder / f"{record}.txt"
        try:
            lines = path.read_text(encoding="ascii").replace(";", "").split("\n")
            return np.array([[float(cell) for cell in line.split(",")[:6]] for line in lines if line.strip()])
        except (OSError, ValueError) as error:
            raise CaseError(f"{path}: cannot be read ({error})") from error


@lru_cache(maxsize=1)
def _unpacked(path: Path) -> dict[str, Any]:
    """All trials of a subject; raises CaseError."""
    try:
        with np.load(BytesIO(lzma.decompress(path.read_bytes()))) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, BadZipFile, lzma.LZMAError) as error:
        raise CaseError(f"{path}: cannot be read ({error})") from error


@lru_cache
def _trials(path: Path) -> list[str]:
    """Names of a subject's trials, for which all of its file is unpacked: once. Raises CaseError."""
    return sorted(_unpacked(path))
