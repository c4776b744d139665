"""PPG data sets: BIDMC and OxiWear."""

from __future__ import annotations

import csv
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from host_sdk.replay import PpgResult, ReplayOptions

from ..core.dataset import Case, Channel, DataSet, FloatArray, Scored, find_folder, write_channels
from ..core.errors import CaseError
from .scoring import score_record, summarise, worst
from .truth import Truth

_BIDMC_HZ = 125.0
#: Columns of `*_Numerics.csv` by reading, with the seconds that a window of the device looks back.
_NUMERICS = {"pulse": ("PULSE", 8), "resp": ("RESP", 32)}
#: The device may settle this long before it is judged.
_SETTLE_S = 4
_OXIWEAR_HZ = 64.0
#: An OxiWear recording lasts some seconds: it is played to and fro this long, the first samples left out.
_PLAYED_S = 12
_SKIPPED = 12
_LED_1, _AMBIENT = 5, 7


class PpgDataSet(DataSet):
    """A data set of one finger a record."""

    @abstractmethod
    def channels(self, case: Case) -> list[Channel]:
        """Its light; raises CaseError."""

    @abstractmethod
    def truth(self, case: Case) -> Truth:
        """What is known of it; raises CaseError."""

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """The one finger."""
        return [Case(record, "light", "finger")]

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """The light, written as a record."""
        return ReplayOptions(record=str(write_channels(self.channels(case), case, workspace)))

    def score(self, case: Case, result: PpgResult, reports: frozenset[str]) -> dict[str, Any]:
        """Errors of its readings; raises CaseError."""
        return score_record(self.truth(case), result)

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Figures of all records."""
        return summarise(records)

    def worst(self, records: Sequence[Scored]) -> list[dict[str, Any]]:
        """By mean absolute error."""
        return worst(records)


class Bidmc(PpgDataSet):
    """BIDMC PPG and Respiration 1.0.0: `bidmc_NN_Signals.csv` (125/s) and the monitor's `bidmc_NN_Numerics.csv` (1/s).

    Pimentel, Johnson, Charlton et al., IEEE Trans. Biomed. Eng. 2017; 64: 1914-1923.
    """

    name = "bidmc"
    url = "https://physionet.org/content/bidmc/"
    patterns = ("*_Signals.csv",)

    def records(self) -> list[str]:
        """`bidmc_NN`, in order."""
        return sorted(path.name.removesuffix("_Signals.csv") for path in self.folder.glob("*_Signals.csv"))

    def channels(self, case: Case) -> list[Channel]:
        """The finger pleth, which has no scale, with straight lines over its gaps."""
        pleth = _column(self.folder / f"{case.record}_Signals.csv", "PLETH")
        known = np.flatnonzero(np.isfinite(pleth))
        if not len(known):
            raise CaseError(f"{case.record}: its PLETH is empty")
        return [Channel("PLETH", "NU", _BIDMC_HZ, np.interp(np.arange(len(pleth)), known, pleth[known]))]

    def truth(self, case: Case) -> Truth:
        """The monitor's mean over each window of the device."""
        path = self.folder / f"{case.record}_Numerics.csv"
        return Truth({name: _means(_column(path, column), span) for name, (column, span) in _NUMERICS.items()})


def _means(each_second: FloatArray, span: int) -> dict[int, float]:
    """The mean of the values above 0 in the `span` seconds before each second, from when the device has settled."""
    found = {}
    for end in range(span + _SETTLE_S, len(each_second) + 1):
        known = each_second[end - span : end]
        known = known[np.isfinite(known) & (known > 0)]
        if len(known):
            found[end] = float(known.mean())
    return found


def _column(path: Path, name: str) -> FloatArray:
    """A column of a CSV file by its heading, NaN where a cell is empty; raises CaseError."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        index = [heading.strip() for heading in rows[0]].index(name)
        return np.array([float(row[index]) if row[index].strip() else np.nan for row in rows[1:]], dtype=np.float64)
    except (OSError, ValueError, IndexError) as error:
        raise CaseError(f"{path}: column {name!r} cannot be read ({error})") from error


class Oxiwear(PpgDataSet):
    """OxiWear, prototype 1 at the finger: `proto1/TIME-SPO2-PULSE.csv`, with a reference oximeter's SpO2 and pulse."""

    name = "oxiwear"
    url = "https://github.com/aarusso/OxiWear"
    patterns = ("proto1/*.csv",)

    def records(self) -> list[str]:
        """Names without ending, in order."""
        return sorted(path.stem for path in (self.folder / "proto1").glob("*.csv"))

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
        return [Channel(name, "count", _OXIWEAR_HZ, _to_and_fro(values - ambient)) for name, values in
                (("RED", red), ("IR", infrared))]  # fmt: skip

    def truth(self, case: Case) -> Truth:
        """What the reference oximeter said, from the name."""
        parts = case.record.replace("_", "").split("-")
        try:
            return Truth(last={"spo2": float(parts[1]), "pulse": float(parts[2])})
        except (IndexError, ValueError):
            raise CaseError(f"{case.record}: is not named TIME-SPO2-PULSE") from None


def _to_and_fro(values: FloatArray) -> FloatArray:
    there_and_back = np.concatenate((values, values[-2:0:-1]))
    return np.tile(there_and_back, int(-(-_PLAYED_S * _OXIWEAR_HZ // len(there_and_back))))


_KINDS: tuple[type[PpgDataSet], ...] = (Bidmc, Oxiwear)
DATASETS = {kind.name: kind for kind in _KINDS}


def open_dataset(name: str, data: Path) -> PpgDataSet:
    """The data set in the folder `data` or in a folder below it; raises DataSetError where it is not there."""
    kind = DATASETS[name]
    return kind(find_folder(kind, data))
