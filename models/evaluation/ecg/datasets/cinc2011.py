"""PhysioNet/CinC Challenge 2011, set A: 12 leads of 10 s taken with a phone, each record acceptable or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from host_sdk.replay import ReplayOptions

from ...core.choosing import pick
from ...core.dataset import Case
from ...core.errors import DataSetError
from ..scoring.contrast import Contrast
from ..truth import Truth
from .annotations import read_header, read_lead
from .base import EcgDataSet, Lead, written

_PACKED = "seta_250hz.npz"
_PACKED_FS = 250.0
_PACKED_COUNTS_A_MV = 200.0
#: Order of leads in the packed form.
_LEADS = ("I", "II", "III", "aVR", "aVF", "aVL", "V1", "V2", "V3", "V4", "V5", "V6")
_LISTS = {"acceptable": "RECORDS-acceptable", "unacceptable": "RECORDS-unacceptable"}


class Cinc2011(EcgDataSet):
    """WFDB records with lists of the acceptable and unacceptable ones, or all of them packed in one file."""

    name = "cinc2011"
    url = "https://physionet.org/content/challenge-2011/"
    patterns = (_PACKED, _LISTS["acceptable"])
    many_leads = True
    contrasts = (Contrast("acceptable", frozenset({"acceptable"}), frozenset({"unacceptable"}), measure="quality"),)

    def records(self) -> list[str]:
        """Names of all records that somebody judged."""
        return sorted(self._judged)

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """All twelve leads, or those wanted; each is measured alone."""
        there = list(_LEADS) if self._is_packed else list(read_header(self.folder / record).sig_name)
        return [Case(record, name, name) for name in pick(record, there, wanted, there)]

    def lead(self, case: Case) -> Lead:
        """One lead in mV."""
        if not self._is_packed:
            return read_lead(self.folder / case.record, case.channel)
        packed = _packed(self.folder / _PACKED)
        counts = packed.signals[packed.names.index(case.record), :, _LEADS.index(case.channel)]
        return Lead(counts / _PACKED_COUNTS_A_MV, _PACKED_FS)

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """The WFDB record itself; a packed one is written."""
        if self._is_packed:
            return written(self.lead(case), case, workspace)
        return ReplayOptions(record=str(self.folder / case.record), channel=case.channel)

    def truth(self, case: Case) -> Truth:
        """Whether the record, of all its leads, is acceptable."""
        return Truth(labels=frozenset({self._judged[case.record]}))

    @property
    def _is_packed(self) -> bool:
        return (self.folder / _PACKED).is_file()

    @property
    def _judged(self) -> dict[str, str]:
        if self._is_packed:
            return _packed(self.folder / _PACKED).labels
        return {name: label for label, file in _LISTS.items() for name in self._listed(file)}

    def _listed(self, file: str) -> list[str]:
        path = self.folder / file
        if not path.is_file():
            raise DataSetError(f"{path}: is missing")
        return path.read_text(encoding="ascii").split()


@dataclass(frozen=True)
class _Packed:
    """Signals have shape (records, samples, leads)."""

    names: list[str]
    signals: NDArray[np.int16]
    labels: dict[str, str]


@lru_cache(maxsize=2)
def _packed(path: Path) -> _Packed:
    try:
        with np.load(path) as held:
            names = [str(name) for name in held["record"]]
            labels = ["acceptable" if good else "unacceptable" for good in held["acceptable"]]
            return _Packed(names, held["ecg"], dict(zip(names, labels, strict=True)))
    except (OSError, ValueError, KeyError) as error:
        raise DataSetError(f"{path}: cannot be read ({error})") from error
