"""Lobachevsky University Electrocardiography Database 1.0.1: 12 leads of 10 s with waves marked in each."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import ClassVar

from ...core.choosing import pick
from ...core.dataset import Case, Split
from ...core.errors import CaseError
from ..scoring.contrast import Contrast
from ..truth import Peak, Truth
from . import labels
from .annotations import read_annotations, read_header, waves
from .wfdb_set import WfdbSet

_USUAL = ("i", "ii")
#: A beat found so near to the outermost marked ones is judged.
_EDGE_S = 0.15
_COLUMNS = ("Rhythms", "Conduction abnormalities", "Extrasystolies", "Cardiac pacing")
_AF = "atrial fibrillation"
#: Labels that stand for several diagnoses, and what those begin with.
_KINDS = {
    "block or ventricular pacing": (
        "complete left bundle",
        "complete right bundle",
        "non-specific intravintricular",
        "unipolar ventricular pacing",
        "bipolar ventricular pacing",
        "biventricular pacing",
    ),
    "extrasystoles": ("atrial extrasystole", "ventricular extrasystole"),
}


def _diagnosis(flag: str, label: str, measure: str | None = None, falls: bool = False) -> Contrast:
    return Contrast(f"{flag}: {label}", frozenset({label}), measure=measure, falls=falls, flag=flag)


class Ludb(WfdbSet):
    """LUDB: `N.hea`, `N.dat`, an annotation file for each lead (`N.ii`), and `ludb.csv` with diagnoses."""

    name = "ludb"
    url = "https://physionet.org/content/ludb/"
    patterns = ("*.avr",)
    splits: ClassVar[dict[str, Split]] = {
        "held-out": lambda record: int(record) % 4 == 0,
        "development": lambda record: int(record) % 4 != 0,
    }
    contrasts = (
        _diagnosis("irregular", _AF, "irregularity"),
        Contrast(
            "irregular: the same against sinus arrhythmia",
            frozenset({_AF}),
            frozenset({"sinus arrhythmia"}),
            measure="irregularity",
            flag="irregular",
        ),
        _diagnosis("bradycardia", "sinus bradycardia", "hr_bpm", falls=True),
        _diagnosis("tachycardia", "sinus tachycardia", "hr_bpm"),
        _diagnosis("first_degree_av_block", "i degree av block", "pr_ms"),
        _diagnosis("wide_qrs", "block or ventricular pacing", "qrs_ms"),
        _diagnosis("frequent_ectopy", "extrasystoles"),
        *labels.CONTRASTS,
    )

    def records(self) -> list[str]:
        """All numbers, in order."""
        return sorted({path.stem for path in self.folder.glob("*.avr") if path.stem.isdigit()}, key=int)

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """Leads I and II, or those wanted."""
        there = [name.lower() for name in self.names(record)]
        return [Case(record, lead, lead) for lead in pick(record, there, wanted, _USUAL)]

    def truth(self, case: Case) -> Truth:
        """Waves of this lead between its first and its last mark, and the record's diagnoses."""
        path = self.path(case.record)
        beats = waves(read_annotations(path, case.channel, float(read_header(path).fs)))
        if not beats:
            raise CaseError(f"{path}.{case.channel}: marks no beat")
        diagnoses = self._diagnoses.get(case.record, frozenset())
        return Truth(
            waves=beats,
            peaks=tuple(Peak(beat.r, "other") for beat in beats),
            scopes={"between the marks": ((beats[0].r - _EDGE_S, beats[-1].r + _EDGE_S),)},
            fibrillation=((0.0, self.length_s(case.record)),) if _AF in diagnoses else (),
            labels=diagnoses | labels.from_marks(beats),
        )

    @cached_property
    def _diagnoses(self) -> dict[str, frozenset[str]]:
        path = self.folder / "ludb.csv"
        if not path.is_file():
            return {}
        with path.open(newline="", encoding="utf-8-sig") as file:
            return {row["ID"].strip(): _named(_cells(row)) for row in csv.DictReader(file)}


def _cells(row: dict[str, str]) -> Iterable[str]:
    lines = (line for column in _COLUMNS for line in (row.get(column) or "").splitlines())
    return (line.strip().lower() for line in lines if line.strip())


def _named(diagnoses: Iterable[str]) -> frozenset[str]:
    """Diagnoses, and the labels that stand for several."""
    found = set(diagnoses)
    kinds = {kind for kind, begins in _KINDS.items() if any(name.startswith(begins) for name in found)}
    return frozenset(found | kinds)
