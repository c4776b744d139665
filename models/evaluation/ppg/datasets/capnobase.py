"""CapnoBase: children and adults under anaesthesia, with beats and breaths marked by an expert."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from ...core.dataset import Case, Channel, FloatArray
from ...core.errors import CaseError
from ..truth import Truth
from .base import PpgDataSet, event_rates, outside, unbroken
from .csv_files import column, delimiter

_USUAL_HZ = 300.0
_PULSE_S, _BREATHS_S = 8, 32
#: An expert marks to the end: labels that stop so long before it are cut.
_UNMARKED_S = 60


class CapnoBase(PpgDataSet):
    """CapnoBase IEEE TBME benchmark: `NNNN_8min_signal.csv` (or `.tab`) with `_param` and `_labels` beside it.

    A label's cell holds all events as sample numbers from 1, those of artefacts in pairs: windows with one are not
    judged. Karlen et al., IEEE Trans. Biomed. Eng. 2013; 60: 1946-53.
    """

    name = "capnobase"
    url = "https://doi.org/10.5683/SP2/NLB8IT"
    patterns = ("*_8min_signal.csv", "*_8min_signal.tab")

    def records(self) -> list[str]:
        """`NNNN_8min`, in order; one a person."""
        found = {path.stem.removesuffix("_signal") for pattern in self.patterns for path in self.folder.glob(pattern)}
        return sorted(found)

    def channels(self, case: Case) -> list[Channel]:
        """The finger pleth, which has no scale."""
        light = column(self._path(case.record, "signal"), "pleth_y")
        fs = self._rate(case.record)
        return [Channel("PLETH", "NU", fs, unbroken(light, f"{case.record}: its pleth_y", fs))]

    def truth(self, case: Case) -> Truth:
        """Beats of the pleth and breaths of the capnogram within the windows of the device."""
        rate = self._rate(case.record)
        length_s = len(column(self._path(case.record, "signal"), "pleth_y")) / rate
        labels = self._path(case.record, "labels")
        beats, breaths = (_events(labels, name) / rate for name in ("pleth_peak_x", "co2_startinsp_x"))
        for what, times in (("beats", beats), ("breaths", breaths)):
            last_s = times[-1] if len(times) else 0.0
            if not length_s - _UNMARKED_S < last_s <= length_s:
                raise CaseError(f"{labels}: {what} end at {last_s:.1f} s, the light at {length_s:.1f} s")
        pulse, resp = event_rates(beats, _PULSE_S, length_s), event_rates(breaths, _BREATHS_S, length_s)
        light, air = (_spans(labels, name) / rate for name in ("pleth_artif_x", "co2_artif_x"))
        return Truth({"pulse": outside(pulse, light, _PULSE_S), "resp": outside(resp, air, _BREATHS_S)})

    def _path(self, record: str, part: str) -> Path:
        table = self.folder / f"{record}_{part}.tab"
        return table if table.exists() else table.with_suffix(".csv")

    def _rate(self, record: str) -> float:
        path = self._path(record, "param")
        return float(_cell(path, "samplingrate_pleth") or _USUAL_HZ) if path.exists() else _USUAL_HZ


def _spans(path: Path, name: str) -> FloatArray:
    """Sample numbers from 0 at which artefacts begin and end, (n, 2); none where nobody marked any."""
    marks = _events(path, name, missing=True)
    return marks[: len(marks) // 2 * 2].reshape(-1, 2)


def _events(path: Path, name: str, missing: bool = False) -> FloatArray:
    """Sample numbers from 0; none where the column may be `missing`, and is."""
    try:
        return np.array([float(word) for word in _cell(path, name, missing).split()], dtype=np.float64) - 1
    except ValueError as error:
        raise CaseError(f"{path}: {name!r} cannot be read ({error})") from error


def _cell(path: Path, name: str, missing: bool = False) -> str:
    """The first cell below a heading; raises CaseError, unless it may be `missing`."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file, delimiter=delimiter(path))
            heads, cells = [heading.strip() for heading in next(rows)], next(rows)
        if len(cells) != len(heads):
            raise ValueError(f"{len(cells)} cells below {len(heads)} headings")
        return "" if missing and name not in heads else cells[heads.index(name)].strip()
    except (OSError, ValueError, IndexError, StopIteration, csv.Error) as error:
        raise CaseError(f"{path}: {name!r} cannot be read ({error})") from error
