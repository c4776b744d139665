"""PhysioNet/CinC Challenge 2017: one lead of 9 to 60 s from a hand-held recorder, each with a class."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from ...core.choosing import pick
from ...core.dataset import Case
from ...core.errors import CaseError, DataSetError
from ..scoring.contrast import Contrast
from ..truth import Truth
from .base import EcgDataSet, Lead

_FS = 300.0
_COUNTS_A_MV = 1000.0
_CHANNEL = "ECG"
#: Files of classes, the newest revision first.
_CLASSES = ("REFERENCE-v3.csv", "REFERENCE.csv")
_NOISY = frozenset("~")


class Cinc2017(EcgDataSet):
    """`A00001.mat` (`val`, 1000 counts a mV) in this folder or below it, and a file of classes N, A, O or ~."""

    name = "cinc2017"
    url = "https://physionet.org/content/challenge-2017/"
    patterns = ("REFERENCE*.csv",)
    contrasts = (
        Contrast("AF against normal", frozenset("A"), frozenset("N"), measure="irregularity", flag="irregular"),
        Contrast(
            "AF against normal and other", frozenset("A"), frozenset("NO"), measure="irregularity", flag="irregular"
        ),
        Contrast("noisy against the rest", _NOISY, frozenset("NAO"), measure="quality", falls=True),
    )

    def records(self) -> list[str]:
        """Names of all records with a class and a signal."""
        return sorted(_classes(self.folder).keys() & _paths(self.folder).keys())

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """The one lead."""
        return [Case(record, name, name) for name in pick(record, [_CHANNEL], wanted, (_CHANNEL,))]

    def lead(self, case: Case) -> Lead:
        """The lead in mV."""
        path = _paths(self.folder)[case.record]
        try:
            values = np.asarray(loadmat(path)["val"], dtype=np.float64).ravel()
        except Exception as error:  # scipy lets whatever its parsing meets come through
            raise CaseError(f"{path}: no signal that can be read ({error})") from error
        if not len(values):
            raise CaseError(f"{path}: is empty")
        return Lead(values / _COUNTS_A_MV, _FS)

    def truth(self, case: Case) -> Truth:
        """The class."""
        return Truth(labels=frozenset({_classes(self.folder)[case.record]}))


@lru_cache(maxsize=4)
def _paths(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.rglob("*.mat"))}


@lru_cache(maxsize=4)
def _classes(folder: Path) -> dict[str, str]:
    path = next((folder / name for name in _CLASSES if (folder / name).is_file()), None)
    if path is None:
        raise DataSetError(f"{folder}: none of {', '.join(_CLASSES)}")
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {row[0].strip(): row[1].strip() for row in csv.reader(file) if len(row) >= 2}
