"""What every data set offers: its recordings as cases, what is known of them, and how results for them are scored."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from host_sdk.replay import ReplayOptions

from .errors import DataSetError

FloatArray = NDArray[np.float64]
Split = Callable[[str], bool]
#: A case's record, channel and group with its `scores`: JSON data.
Scored = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One channel of one record; `group` is what its figures are pooled with."""

    record: str
    channel: str
    group: str

    def __str__(self) -> str:
        return f"{self.record} {self.group}"


@dataclass(frozen=True)
class Channel:
    """A column of a recording that is written for the replay."""

    name: str
    unit: str
    fs: float
    values: FloatArray

    @property
    def length_s(self) -> float:
        """How long it is."""
        return len(self.values) / self.fs


class DataSet(ABC):
    """A published data set in `folder`; it travels to worker processes as just that, and reads there."""

    name: ClassVar[str]
    #: Where it is published.
    url: ClassVar[str]
    #: Who may have it, where not everybody may.
    access: ClassVar[str] = ""
    #: Files that show that a folder is this set: one is enough.
    patterns: ClassVar[tuple[str, ...]]
    #: Records of each part, by the part's name.
    splits: ClassVar[dict[str, Split]] = {}

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def records(self) -> list[str]:
        """Names of all records, in order."""

    def usual(self) -> list[str]:
        """Names of the records that are run by default."""
        return self.records()

    @abstractmethod
    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """Channels of a record: those wanted, or those that are usual where none is; raises CaseError."""

    @abstractmethod
    def replayable(self, case: Case, workspace: Path) -> ReplayOptions:
        """How it is replayed; what no reader opens is written into `workspace` first. Raises CaseError."""

    @abstractmethod
    def score(self, case: Case, result: Any, reports: frozenset[str]) -> dict[str, Any]:
        """A method's result against what is known, as JSON data; raises CaseError."""

    @abstractmethod
    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Figures by group."""

    @abstractmethod
    def worst(self, records: Sequence[Scored]) -> list[dict[str, Any]]:
        """The records that went worst: `record`, `group`, and what is `wrong`."""


@dataclass
class Chosen:
    """Cases to run, and records that could not be listed with what is wrong with them."""

    cases: list[Case] = field(default_factory=list)
    failed: list[tuple[str, Exception]] = field(default_factory=list)


def find_folder(kind: type[DataSet], data: Path) -> Path:
    """Where the data set lies: `data` or a folder below it; raises DataSetError where it is not there."""
    if not data.is_dir():
        raise DataSetError(f"{data}: is no folder; {_hint(kind)}")
    for folder in (data / kind.name, data, *sorted(path for path in data.rglob("*") if path.is_dir())):
        if any(next(folder.glob(pattern), None) for pattern in kind.patterns):
            return folder
    raise DataSetError(f"{data}: nothing of {kind.name} (no {' or '.join(kind.patterns)}); {_hint(kind)}")


def _hint(kind: type[DataSet]) -> str:
    access = f" ({kind.access})" if kind.access else ""
    return f"{kind.name} is published at {kind.url}{access}: unpack it below --data DIR (else $VITALBAND_DATA)"


def write_channels(channels: Sequence[Channel], case: Case, workspace: Path) -> Path:
    """Write an NPZ record with its sidecar; its path."""
    path = workspace / f"{case.record}_{case.group}".replace(" ", "_").replace("/", "_")
    np.savez(path.with_suffix(".npz"), **{channel.name: channel.values for channel in channels})
    declared = [{"name": each.name, "unit": each.unit, "fs": each.fs, "column": each.name} for each in channels]
    path.with_suffix(".json").write_text(json.dumps({"channels": declared}), encoding="utf-8")
    return path.with_suffix(".npz")
