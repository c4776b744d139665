"""The files of a recording in its folder: made room for at its beginning, listed at its end."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from ..errors import RecordingError
from ..wire_gen import Stream
from .edf_format import SPOOL
from .metadata import EDF_FILE_NAME, FILE_NAME, Metadata
from .tables import TABLES

_OWN_FILES = frozenset(
    {FILE_NAME, f"{FILE_NAME}.new", EDF_FILE_NAME, f"{EDF_FILE_NAME}.new", "ecg.atr"}
    | {name for name, _ in TABLES.values()}
    | {f"{stream.name.lower()}.{end}" for stream in Stream for end in ("hea", "dat", "csv", "json", "hea.new")}
)
_log = logging.getLogger(__name__)


def prepare(folder: Path, overwrite: bool) -> None:
    """Remove a recording that is there, and nothing else; raises RecordingError where that was not allowed."""
    there = sorted(folder.iterdir())
    if not there:
        return
    if not overwrite:
        raise RecordingError(
            f"{folder}: not empty ({there[0].name} …); choose another folder, or overwrite=True (--overwrite)"
        )
    for path in there:
        if path.name in _OWN_FILES:
            path.unlink()
    shutil.rmtree(folder / SPOOL, ignore_errors=True)


def save_end(folder: Path, metadata: Metadata, files: list[str], state: str) -> None:
    """Say in `recording.json` how it ended, and which files there are."""
    metadata.files = [*files, *(name for name, _ in TABLES.values() if (folder / name).exists())]
    metadata.state = state
    metadata.save(folder)
    _log.info("%s: %s, %s", folder, state, ", ".join(metadata.files))
