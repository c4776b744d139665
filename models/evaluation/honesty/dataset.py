"""The generated data set: each case is one record of one kind, the same for the same seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from host_sdk.replay import ReplayOptions

from ..core.dataset import Case, DataSet, Scored, write_channels
from ..core.errors import CaseError, EvaluationError
from .expectations.base import REFUSED
from .expectations.ecg_beats import InOrder
from .kinds import KINDS, find_kinds
from .result import DeviceResult
from .scoring import summarise, worst
from .situation import Kind, Situation

CLEAN = "clean"
#: What holds for every record.
ALWAYS = (InOrder(),)


class HonestyDataSet(DataSet):
    """Records of the kinds that match `patterns` (all where there is none), `per_kind` of each."""

    name = "honesty"
    patterns = ()

    def __init__(self, patterns: Sequence[str], seed: int, per_kind: int) -> None:
        super().__init__(Path(gettempdir()))
        self.kinds = tuple(kind.name for kind in find_kinds(patterns))
        self.seed = seed
        self.per_kind = per_kind

    def records(self) -> list[str]:
        """`KIND-NUMBER`, kind by kind."""
        return [f"{kind}-{number}" for kind in self.kinds for number in range(self.per_kind)]

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """The one case of a record, grouped by what its kind is made for."""
        kind, _ = self._parts(record)
        return [Case(record, kind.sensor, kind.part)]

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """The record, or the same without its disturbance where the case's group is CLEAN."""
        drawn = self.situation(case)
        channels = drawn.clean if case.group == CLEAN else drawn.channels
        return ReplayOptions(record=str(write_channels(channels, case, workspace)))

    def score(self, case: Case, result: DeviceResult, reports: frozenset[str]) -> dict[str, Any]:
        """Its faults, and what was drawn."""
        drawn = self.situation(case)
        if result.refusal is not None:
            faults = [] if drawn.may_be_refused else [{"category": REFUSED, "what": result.refusal}]
            numbers: list[tuple[str, bool]] = []
        else:
            numbers = [(one.name, one.is_outside) for each in drawn.expectations for one in each.numbers(result)]
            found = (fault for expectation in (*drawn.expectations, *ALWAYS) for fault in expectation.faults(result))
            faults = [{"category": fault.category, "what": fault.what} for fault in found]
        return {"kind": self._parts(case.record)[0].name, "about": drawn.about, "faults": faults, "numbers": numbers}

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Faulty records by kind and in all."""
        return summarise(records, self.kinds)

    def worst(self, records: Sequence[Scored]) -> list[dict[str, Any]]:
        """The first faulty record of each kind."""
        return worst(records)

    def situation(self, case: Case) -> Situation:
        """What a case is made of."""
        kind, number = self._parts(case.record)
        return kind.draw(self.seed, number)

    def has_clean(self, case: Case) -> bool:
        """Whether it is compared with the same record without its disturbance."""
        return bool(self.situation(case).clean)

    def _parts(self, record: str) -> tuple[Kind, int]:
        name, _, number = record.rpartition("-")
        if name not in KINDS or not number.isdecimal():
            raise CaseError(f"{record}: no record of {self.name}")
        return KINDS[name], int(number)

    def write(self, cases: Sequence[Case], folder: Path) -> Path:
        """Write the records as NPZ with sidecars, and `list.json` with what was drawn; raises EvaluationError."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            listed = [self._written(case, folder) for case in cases]
            path = folder / "list.json"
            path.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise EvaluationError(f"{folder}: cannot be written ({error.strerror or error})") from error
        return path

    def _written(self, case: Case, folder: Path) -> dict[str, str]:
        path = Path(self.replayable(case, folder).record)
        if self.has_clean(case):
            self.replayable(replace(case, group=CLEAN), folder)
        return {"record": path.name, "sensor": case.channel, "about": self.situation(case).about}
