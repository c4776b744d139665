"""Data manifests: which recordings of which people, under which licence, in which fold, with check sums."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from host_sdk.records.data_root import data_root as data_root

from .errors import DataChangedError, DataMissingError


@dataclass(frozen=True)
class Record:
    """One recording: `name` is SET/RECORD, `files` the SHA-256 of each, `use` what it is for.

    `fold` is the same for all recordings of a person; None where the recording is not for training.
    """

    name: str
    person: str
    fold: int | None
    use: str
    files: dict[str, str]


@dataclass(frozen=True)
class Manifest:
    """All recordings of a model; `licences` says for each set where it comes from and its terms."""

    licences: dict[str, dict[str, str]]
    records: tuple[Record, ...]

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read a manifest written by `save`."""
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(raw["licences"], tuple(Record(**record) for record in raw["records"]))

    def save(self, path: Path) -> None:
        """Write it as JSON, one record a line."""
        lines = ",\n  ".join(json.dumps(asdict(record)) for record in self.records)
        licences = json.dumps(self.licences, indent=2, ensure_ascii=False).replace("\n", "\n ")
        path.write_text(f'{{"licences": {licences},\n "records": [\n  {lines}\n]}}\n', encoding="utf-8")

    def of_use(self, use: str) -> Iterator[Record]:
        """Recordings for one purpose, in order."""
        return (record for record in self.records if record.use == use)

    def check(self, root: Path) -> None:
        """Raise DataMissingError or DataChangedError unless every file is below `root` as it was."""
        for record in self.records:
            folder = root / Path(record.name).parent
            if file_sums(folder, record.files) != record.files:
                raise DataChangedError(f"{record.name}: differs from the recording in the manifest")


def file_sums(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files in a folder, by name; DataMissingError where one is not there."""
    sums = {}
    for name in names:
        if not (folder / name).is_file():
            raise DataMissingError(f"{folder / name} is not there; $VITALBAND_DATA names the folder of recordings")
        sums[name] = sha256((folder / name).read_bytes())
    return sums


def sha256(content: bytes) -> str:
    """SHA-256 as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def write_sums(path: Path, files: Iterable[Path]) -> None:
    """Write the check sums of files beside `path`, in the form that `sha256sum -c` reads."""
    lines = [f"{sha256(file.read_bytes())}  {file.name}\n" for file in files]
    path.write_text("".join(lines), encoding="utf-8")
