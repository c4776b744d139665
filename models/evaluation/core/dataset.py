"""What every data set offers: its leads as cases, each with a signal and what is known of it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from host_sdk.replay import ReplayOptions

from ..ecg.truth import Truth

FloatArray = NDArray[np.float64]
Split = Callable[[str], bool]


@dataclass(frozen=True)
class Case:
    """One lead of one record; `group` is what its figures are pooled with."""

    record: str
    channel: str
    group: str

    def __str__(self) -> str:
        return f"{self.record} {self.group}"


@dataclass(frozen=True)
class Lead:
    """A signal in mV at `fs` Hz, NaN where there is none."""

    mv: FloatArray
    fs: float


@dataclass(frozen=True)
class Contrast:
    """Two sets of labels that a number, a flag or both should tell apart; no `negative`: all that are not positive.

    `measure` names the number (see `scoring.measures`), which is higher for positives, or lower where `falls`.
    `unit` is `record` or `window`.
    """

    name: str
    positive: frozenset[str]
    negative: frozenset[str] = frozenset()
    measure: str | None = None
    falls: bool = False
    flag: str | None = None
    unit: str = "record"


@dataclass(frozen=True)
class Settings:
    """Choices that only some data sets have."""

    noises: tuple[str, ...] = ("em",)
    snrs_db: tuple[float, ...] = (6.0,)


class DataSet(ABC):
    """A published data set in `folder`; it travels to worker processes as just that, and reads there."""

    name: ClassVar[str]
    #: Files that show that a folder is this set: one is enough.
    patterns: ClassVar[tuple[str, ...]]
    contrasts: ClassVar[tuple[Contrast, ...]] = ()
    #: Records of each part, by the part's name.
    splits: ClassVar[dict[str, Split]] = {}
    #: Whether every record is there several times, as leads that are pooled by record too.
    many_leads: ClassVar[bool] = False

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings

    def __reduce__(self) -> tuple[type[DataSet], tuple[Path, Settings]]:
        return type(self), (self.folder, self.settings)

    @abstractmethod
    def records(self) -> list[str]:
        """Names of all records, in order."""

    def usual(self) -> list[str]:
        """Names of the records that are run where none is asked for."""
        return self.records()

    @abstractmethod
    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """Leads of a record: those wanted, or those that are usual where none is; raises CaseError."""

    @abstractmethod
    def lead(self, case: Case) -> Lead:
        """Its signal; raises CaseError."""

    @abstractmethod
    def truth(self, case: Case) -> Truth:
        """What is known of it; raises CaseError."""

    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """Options of `vitalband replay` for it; a lead that no reader opens is written into `workspace` first."""
        return written(self.lead(case), case, workspace)


@dataclass
class Chosen:
    """Cases to run, and records that could not be listed with what is wrong with them."""

    cases: list[Case] = field(default_factory=list)
    failed: list[tuple[str, Exception]] = field(default_factory=list)


def written(lead: Lead, case: Case, workspace: Path) -> ReplayOptions:
    """Write a lead as an NPZ record with its sidecar; the options that replay it."""
    path = workspace / f"{case.record}_{case.group}".replace(" ", "_").replace("/", "_")
    np.savez(path.with_suffix(".npz"), ecg=lead.mv)
    channel: dict[str, Any] = {"name": "ECG", "unit": "mV", "fs": lead.fs, "column": "ecg"}
    path.with_suffix(".json").write_text(json.dumps({"channels": [channel]}), encoding="utf-8")
    return ReplayOptions(record=str(path.with_suffix(".npz")), channel="ECG")
