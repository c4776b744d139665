"""SisFall: falls and daily life with a sensor at the waist.

Sucerquia, Lopez and Vargas-Bonilla, SisFall: a fall and movement dataset, Sensors 2017; 17: 198.
"""

from __future__ import annotations

import lzma
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from host_sdk.replay import ReplayedEvent, ReplayOptions

from ..core.dataset import Case, Channel, DataSet, FloatArray, Scored, Split, find_folder, write_channels
from ..core.errors import CaseError
from .scoring import Trial, score_trial, summarise, worst

_HZ = 200.0
#: The first accelerometer (ADXL345) and the gyroscope (ITG3200): counts a g, counts a degree per second.
_LSB_PER_G = 256.0
_LSB_PER_DPS = 14.375
#: SisFall's y points down: half a turn about z puts it up, as the device is worn.
_AXES = np.array([-1, -1, 1, -1, -1, 1])
_NAMES = ("ACC_X", "ACC_Y", "ACC_Z", "GYR_X", "GYR_Y", "GYR_Z")
#: Trials of each activity a subject that are run by default.
_USUAL = 5
#: In a record's name, which is that of its file: `SA15/D17_SE15_R01`, published among the trials of SA15.
_SUBJECT = slice(0, 4)
_CODE = slice(5, 8)


#: Every other subject of those that the detector is developed with: it was tuned on the others.
_EVEN = frozenset((
    "SA02", "SA05", "SA07", "SA10", "SA13", "SA15", "SA18", "SA21", "SA23", "SE03", "SE06", "SE08", "SE11", "SE14",
))  # fmt: skip


class Sisfall(DataSet):
    """Published: `SUBJECT/CODE_SUBJECT_RNN.txt`; or packed: `SUBJECT.npz.xz` of the first six columns' differences."""

    name = "sisfall"
    patterns = ("S*.npz.xz", "S*/[DF]*_S*_R*.txt")
    splits: ClassVar[dict[str, Split]] = {
        "odd": lambda record: record[_SUBJECT] not in _EVEN,
        "even": lambda record: record[_SUBJECT] in _EVEN,
    }

    def records(self) -> list[str]:
        """Trials `SUBJECT/CODE_SUBJECT_RNN`, subject by subject."""
        files = sorted(self.folder.glob("S*.npz.xz"))
        packed = [f"{path.name[_SUBJECT]}/{name}" for path in files for name in sorted(_unpacked(path))]
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

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """The sensor at the waist."""
        return [Case(record, "motion", "waist")]

    def motion(self, record: str) -> FloatArray:
        """Accelerations (g) and turn rates (degrees per second) as worn, (n, 6) at 200/s; raises CaseError."""
        return np.asarray(_AXES * self._counts(record) / np.array([_LSB_PER_G] * 3 + [_LSB_PER_DPS] * 3))

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """The motion, written as a record."""
        units = ("g", "g", "g", "dps", "dps", "dps")
        columns = zip(_NAMES, units, self.motion(case.record).T, strict=True)
        channels = [Channel(name, unit, _HZ, np.ascontiguousarray(values)) for name, unit, values in columns]
        return ReplayOptions(record=str(write_channels(channels, case, workspace)))

    def trial(self, record: str) -> Trial:
        """What is known of a trial; raises CaseError."""
        return Trial(record[_CODE], record[_CODE].startswith("F"), len(self._counts(record)) / _HZ)

    def score(self, case: Case, result: tuple[ReplayedEvent, ...], reports: frozenset[str]) -> dict[str, Any]:
        """Its alarms; raises CaseError."""
        return score_trial(self.trial(case.record), result)

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Figures of all trials."""
        return summarise(records)

    def worst(self, records: Sequence[Scored]) -> list[dict[str, Any]]:
        """False alarms and missed falls."""
        return worst(records)

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
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise CaseError(f"{path}: cannot be read ({error})") from error


DATASETS = {Sisfall.name: Sisfall}


def open_dataset(name: str, data: Path) -> Sisfall:
    """The data set in the folder `data` or in a folder below it; raises DataSetError where it is not there."""
    kind = DATASETS[name]
    return kind(find_folder(kind, data))
