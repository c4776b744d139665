"""TELE ECG Database: lead I from dry metal electrodes held in the hands, with QRS and artefacts marked.

Khamis, Weiss, Xie, Chang, Lovell and Redmond, QRS detection algorithm for telehealth electrocardiogram recordings,
IEEE Trans. Biomed. Eng. 2016; 63: 1377-1388.
"""

from __future__ import annotations

import lzma
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import numpy as np

from ...core.choosing import pick
from ...core.dataset import Case, FloatArray
from ...core.errors import CaseError
from ..scoring.contrast import Contrast
from ..truth import Peak, Truth, runs, without
from .base import EcgDataSet, Lead

_FS = 500.0
_FIRST_S = 1.0
_CHANNEL = "I"
_ECG, _QRS, _ARTEFACT = 0, 1, 2


class Tele(EcgDataSet):
    """`N.dat` (or `N.dat.xz`): text columns ECG (mV), QRS flag, artefact mask."""

    name = "tele"
    url = "https://doi.org/10.7910/DVN/QTG0EP"
    patterns = ("*.dat.xz", "[0-9]*.dat")
    contrasts = (
        Contrast(
            "windows with artefact",
            frozenset({"artefact"}),
            frozenset({"clean"}),
            measure="quality",
            falls=True,
            unit="window",
        ),
    )

    def records(self) -> list[str]:
        """All numbers, in order."""
        return sorted(self._paths(), key=lambda name: (len(name), name))

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """The one lead."""
        return [Case(record, name, name) for name in pick(record, [_CHANNEL], wanted, (_CHANNEL,))]

    def lead(self, case: Case) -> Lead:
        """The lead in mV."""
        return Lead(self._columns(case.record)[:, _ECG], _FS)

    def truth(self, case: Case) -> Truth:
        """QRS outside the artefacts, and where those are."""
        columns = self._columns(case.record)
        artefact = runs(columns[:, _ARTEFACT] > 0, _FS)
        whole = ((0.0, len(columns) / _FS),)
        clean = without(whole, artefact)
        return Truth(
            peaks=tuple(Peak(float(index) / _FS, "other") for index in np.flatnonzero(columns[:, _QRS] > 0)),
            scopes={"outside artefact": without(clean, ((0.0, _FIRST_S),))},
            stretches={"artefact": artefact, "clean": clean},
        )

    def _paths(self) -> dict[str, Path]:
        there = [path for pattern in self.patterns for path in self.folder.glob(pattern)]
        return {path.name.split(".")[0]: path for path in there}

    def _columns(self, record: str) -> FloatArray:
        """All columns (n, 3 or more); raises CaseError."""
        path = self._paths()[record]
        try:
            content = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
            columns = np.loadtxt(StringIO(content.decode("ascii")), delimiter=",", ndmin=2)
        except (OSError, ValueError, lzma.LZMAError) as error:
            raise CaseError(f"{path}: cannot be read ({error})") from error
        if columns.shape[1] <= _ARTEFACT:
            raise CaseError(f"{path}: has {columns.shape[1]} columns, not ECG, QRS and artefact")
        return columns
