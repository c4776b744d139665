"""What every ECG data set offers: leads with their signal and what experts said of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from host_sdk.replay import ReplayOptions

from ...core.dataset import Case, Channel, DataSet, FloatArray, Scored, write_channels
from ..scoring.contrast import Contrast
from ..scoring.record import score_record
from ..scoring.summary import summarise
from ..scoring.worst import worst
from ..truth import MethodResult, Truth


@dataclass(frozen=True)
class Lead:
    """A signal in mV at `fs` Hz, NaN where there is none."""

    mv: FloatArray
    fs: float


@dataclass(frozen=True)
class Settings:
    """Choices that only some data sets have."""

    noises: tuple[str, ...] = ("em",)
    snrs_db: tuple[float, ...] = (6.0,)


class EcgDataSet(DataSet):
    """A data set of ECG leads."""

    contrasts: ClassVar[tuple[Contrast, ...]] = ()
    #: Whether every record is there several times, as leads that are pooled by record too.
    many_leads: ClassVar[bool] = False

    def __init__(self, folder: Path, settings: Settings) -> None:
        super().__init__(folder)
        self.settings = settings

    def __reduce__(self) -> tuple[type[EcgDataSet], tuple[Path, Settings]]:
        return type(self), (self.folder, self.settings)

    @abstractmethod
    def lead(self, case: Case) -> Lead:
        """Its signal; raises CaseError."""

    @abstractmethod
    def truth(self, case: Case) -> Truth:
        """What is known of it; raises CaseError."""

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """The lead, written as a record."""
        return written(self.lead(case), case, workspace)

    def score(self, case: Case, result: MethodResult, reports: frozenset[str]) -> dict[str, Any]:
        """Beats, waves and findings against the experts'; raises CaseError."""
        return score_record(self.truth(case), result, reports)

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Figures by group of leads."""
        return summarise(records, self.contrasts, self.many_leads)

    def worst(self, records: Sequence[Scored]) -> list[dict[str, Any]]:
        """By interval errors, missed and extra beats, or the first contrast."""
        return worst(records, self.contrasts)


def written(lead: Lead, case: Case, workspace: Path) -> ReplayOptions:
    """How a lead that was written as an NPZ record is replayed."""
    path = write_channels([Channel("ECG", "mV", lead.fs, lead.mv)], case, workspace)
    return ReplayOptions(record=str(path), channel="ECG")
