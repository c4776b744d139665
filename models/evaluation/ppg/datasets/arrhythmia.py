"""PPG arrhythmia: segments of light with the rhythm that an ECG beside it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from host_sdk.replay import PpgResult

from ...core.dataset import Case, Channel, FloatArray, Scored
from ...core.errors import CaseError
from ..rhythm import RHYTHMS, rhythm_figures
from ..truth import Truth
from .base import PpgDataSet
from .matlab import array_of

_HZ = 100.0
#: A segment has 10 s: played three times, because the device looks at half a minute.
_TIMES = 3


class PpgArrhythmia(PpgDataSet):
    """PPG arrhythmia: `MPA_*.mat` with `ppgseg` (10 s at 100/s) and their `labels`; a file is of one person.

    Liu, Zhou, Jiang et al., J. Am. Heart Assoc. 2022; 11: e023555.
    """

    name = "ppg_arrhythmia"
    url = "https://github.com/zdzdliu/PPGArrhythmiaDetection"
    patterns = ("MPA_*.mat",)

    def records(self) -> list[str]:
        """`MPA_NN/SEGMENT`, in order."""
        return [
            f"{path.stem}/{number}"
            for path in sorted(self.folder.glob("MPA_*.mat"))
            for number in range(array_of(path, "labels").size)
        ]

    def person(self, record: str) -> str:
        """One a file."""
        return record.split("/")[0]

    def channels(self, case: Case) -> list[Channel]:
        """The light, which has no scale, three times."""
        segments = self._array(case, "ppgseg")
        return [Channel("PLETH", "NU", _HZ, np.tile(segments[_number(case, len(segments))], _TIMES))]

    def truth(self, case: Case) -> Truth:
        """No number is known, only the rhythm."""
        return Truth()

    def score(self, case: Case, result: PpgResult, reports: frozenset[str]) -> dict[str, Any]:
        """The rhythm and the last `pulse_irregularity`, None where there is none."""
        labels = self._array(case, "labels").ravel()
        found = [point.value for point in result.pulse_irregularity if point.value is not None]
        label = labels[_number(case, len(labels))]
        if label not in range(len(RHYTHMS)):
            raise CaseError(f"{case.record}: its label {label:g} is no rhythm")
        return {"rhythm": RHYTHMS[int(label)], "pulse_irregularity": found[-1] if found else None}

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """How well fibrillation is told, over all people and for each."""
        scores = [(self.person(str(record["record"])), record["scores"]) for record in records]
        return rhythm_figures(scores)

    def worst(self, records: Sequence[Scored]) -> list[dict[str, Any]]:
        """Nothing is ranked: the table by person says it."""
        return []

    def _array(self, case: Case, name: str) -> FloatArray:
        return array_of(self.folder / f"{self.person(case.record)}.mat", name)


def _number(case: Case, count: int) -> int:
    """Which segment of `count` it is; raises CaseError."""
    try:
        number = int(case.record.split("/")[1])
    except (IndexError, ValueError):
        raise CaseError(f"{case.record}: is not named FILE/SEGMENT") from None
    if not 0 <= number < count:
        raise CaseError(f"{case.record}: there are {count} segments")
    return number
