"""Where recordings without marked waves are in atrial fibrillation, and what LUDB says about its people."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import wfdb

_FIBRILLATION = "(AFIB"
#: Seconds of fibrillation below which a MIT-BIH recording is not worth reading, and kept clear of its ends.
_MIN_FIBRILLATION_S = 20.0
_MARGIN_S = 0.8


def fibrillation_episodes(record: Path) -> list[tuple[float, float]]:
    """Seconds from and to which a MIT-BIH recording's `.atr` file calls the rhythm atrial fibrillation."""
    header = wfdb.rdheader(str(record))
    marks = wfdb.rdann(str(record), "atr")
    notes = [(s / header.fs, note.strip("\x00")) for s, note in zip(marks.sample, marks.aux_note, strict=True)]
    changes = [(time, note) for time, note in notes if note.startswith("(")]
    ends = [time for time, _ in changes[1:]] + [header.sig_len / header.fs]
    return [
        (start + _MARGIN_S, end - _MARGIN_S)
        for (start, note), end in zip(changes, ends, strict=True)
        if note == _FIBRILLATION
    ]


def fibrillating_records(root: Path) -> Iterator[str]:
    """SET/RECORD of the MIT-BIH and CinC 2017 recordings with atrial fibrillation."""
    for path in sorted((root / "mitdb").glob("*.atr")):
        if sum(end - start for start, end in fibrillation_episodes(path.with_suffix(""))) > _MIN_FIBRILLATION_S:
            yield f"mitdb/{path.stem}"
    with open(root / "cinc2017/REFERENCE.csv", encoding="utf-8", newline="") as file:
        named = {row[0]: row[1] for row in csv.reader(file)}
    for path in sorted((root / "cinc2017").glob("*.mat")):
        if named.get(path.stem) == "A":
            yield f"cinc2017/{path.stem}"


def diagnoses(root: Path) -> dict[str, dict[str, str]]:
    """LUDB's table of people by record number: sex, age, rhythm, conduction and more, as it is written there."""
    with open(root / "ludb/ludb.csv", encoding="utf-8", newline="") as file:
        rows = [{key.strip(): " ".join(value.split()) for key, value in row.items()} for row in csv.DictReader(file)]
    return {row["ID"]: row for row in rows}
