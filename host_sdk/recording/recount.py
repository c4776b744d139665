"""What is on disk of a recording whose process was killed: `recording.json` is up to a second behind."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import RecordingError
from ..models import Gap
from .metadata import FILE_NAME, Metadata
from .tables import TABLES


def check_complete(folder: Path, metadata: Metadata, lacking: list[str]) -> None:
    """Raise RecordingError where the files `lacking`, named by their streams, should hold samples."""
    gone = [file for file in lacking if metadata.streams[Path(file).stem].samples]
    if gone:
        names = ", ".join(Path(file).stem for file in gone)
        raise RecordingError(
            f"{folder}: the samples of {names} are gone ({', '.join(gone)}), nothing was changed; put them back, "
            f"or take {names} out of the streams of {FILE_NAME} and recover the rest"
        )


def recount(folder: Path, metadata: Metadata, in_file: Callable[[str], int], gaps_too: bool) -> None:
    """Make counts true; `in_file` says how many samples a stream's file has, with its gaps where `gaps_too`."""
    for name, record in metadata.streams.items():
        lost = [int(row["samples"]) for row in rows_of(folder, Gap) if row["stream"] == name]
        # what came late has filled a part of its gap
        filled = sum(lost[: record.gaps]) - record.lost
        record.gaps, record.lost = len(lost), sum(lost) - filled
        record.samples = max(record.samples, in_file(name) - (record.lost if gaps_too else 0))
    metadata.rows = {file: sum(1 for _ in rows_of(folder, kind)) for kind, (file, _) in TABLES.items()}


def count_rows(path: Path) -> int:
    """Rows of a table below its headings."""
    with path.open("rb") as file:
        return max(0, sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) - 1)


def rows_of(folder: Path, kind: type) -> Iterator[dict[str, str]]:
    """Rows of the table of a kind of items, none where there is no such table."""
    path = folder / TABLES[kind][0]
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
