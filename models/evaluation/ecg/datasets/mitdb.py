"""MIT-BIH Arrhythmia Database: two leads of 30 min with every beat and every change of rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ...core.choosing import pick
from ...core.dataset import Case, Split
from ..scoring.contrast import Contrast
from ..truth import EC57_SCOPE, Peak, Spans, Truth, without
from .annotations import Annotations, beats, fibrillation, flutter, is_paced, read_annotations, read_header
from .wfdb_set import WfdbSet

FIRST_S = 1.0
#: EC57 leaves the first five minutes to the detector to learn.
LEARNING_S = 300.0
#: The parts of de Chazal, O'Dwyer and Reilly 2004, without the four paced records.
_DS1 = frozenset((
    "101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122",
    "124", "201", "203", "205", "207", "208", "209", "215", "220", "223", "230",
))  # fmt: skip
_DS2 = frozenset((
    "100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210",
    "212", "213", "214", "219", "221", "222", "228", "231", "232", "233", "234",
))  # fmt: skip
_FIBRILLATION, _ECTOPY, _OTHER = "fibrillation", "frequent ectopy", "other rhythm"
#: So many ectopic beats within so long (s), which irregularity looks back on: frequent.
_FREQUENT, _WITHIN_S = 6, 30.0


def _irregular(name: str, *against: str) -> Contrast:
    return Contrast(
        f"irregular: {name}", frozenset({_FIBRILLATION}), frozenset(against),
        measure="irregularity", flag="irregular", unit="window",
    )  # fmt: skip


def frequent_ectopy(peaks: Sequence[Peak]) -> Spans:
    """Stretches in which the last 30 s have at least six supraventricular or ventricular ectopic beats."""
    ectopic = [peak.t for peak in peaks if peak.kind in ("S", "V")]
    spans: list[tuple[float, float]] = []
    for first, last in zip(ectopic, ectopic[_FREQUENT - 1 :], strict=False):
        begin, end = last, first + _WITHIN_S
        if begin < end and spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        elif begin < end:
            spans.append((begin, end))
    return tuple(spans)


class Mitdb(WfdbSet):
    """MIT-BIH: `.atr` has beats and rhythms, `.pwave` P peaks of some records."""

    name = "mitdb"
    url = "https://physionet.org/content/mitdb/"
    patterns = ("*.atr",)
    splits: ClassVar[dict[str, Split]] = {"ds1": lambda record: record in _DS1, "ds2": lambda record: record in _DS2}
    contrasts = (
        _irregular("windows in atrial fibrillation", _OTHER, _ECTOPY),
        _irregular("the same against frequent ectopy", _ECTOPY),
    )

    def records(self) -> list[str]:
        """All numbers, in order."""
        return sorted(path.stem for path in self.folder.glob("*.atr"))

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """The first channel, or those wanted."""
        there = self.names(record)
        names = pick(record, there, wanted, ("1",))
        return [Case(record, name, f"channel {there.index(name) + 1}") for name in names]

    def truth(self, case: Case) -> Truth:
        """All beats, where they are judged, atrial fibrillation, and frequent ectopy elsewhere."""
        path = self.path(case.record)
        marks = read_annotations(path, "atr", self.fs(case.record))
        length_s = self.length_s(case.record)
        afib = fibrillation(marks, length_s)
        peaks = beats(marks)
        ectopy = without(frequent_ectopy(peaks), afib)
        return Truth(
            peaks=peaks,
            scopes=self.scopes(marks, length_s),
            p_peaks=self._p_peaks(case.record),
            fibrillation=afib,
            stretches={_FIBRILLATION: afib, _ECTOPY: ectopy, _OTHER: without(((0.0, length_s),), afib)},
            paced=is_paced(marks),
        )

    def fs(self, record: str) -> float:
        """Samples a second; raises CaseError."""
        return float(read_header(self.path(record)).fs)

    def scopes(self, marks: Annotations, length_s: float) -> dict[str, Spans]:
        """Where beats are judged."""
        whole = ((FIRST_S, length_s),)
        regular = without(whole, flutter(marks))
        return {
            "from the first second": whole,
            "the same, without ventricular flutter": regular,
            EC57_SCOPE: without(regular, ((0.0, LEARNING_S),)),
        }

    def _p_peaks(self, record: str) -> tuple[float, ...] | None:
        path = self.path(record)
        if not path.with_suffix(".pwave").is_file():
            return None
        marks = read_annotations(path, "pwave", self.fs(record))
        return tuple(t for t, code in marks.entries if code == "p")
