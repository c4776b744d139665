"""Data sets whose records are WFDB files that the replay opens as they are."""

from __future__ import annotations

from pathlib import Path

from host_sdk.replay import ReplayOptions

from ...core.dataset import Case
from .annotations import read_header, read_lead
from .base import EcgDataSet, Lead


class WfdbSet(EcgDataSet):
    """A folder of WFDB records."""

    def path(self, record: str) -> Path:
        """A record without its ending."""
        return self.folder / record

    def names(self, record: str) -> list[str]:
        """Its channels; raises CaseError."""
        return list(read_header(self.path(record)).sig_name)

    def length_s(self, record: str) -> float:
        """How long it is, in seconds; raises CaseError."""
        header = read_header(self.path(record))
        return float(header.sig_len / header.fs)

    def lead(self, case: Case) -> Lead:
        """One channel in mV."""
        return read_lead(self.path(case.record), case.channel)

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """The record itself."""
        return ReplayOptions(record=str(self.path(case.record)), channel=case.channel)
