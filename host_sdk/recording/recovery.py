"""Recordings whose process was killed, finished."""

from __future__ import annotations

from pathlib import Path

from ..errors import RecordingError
from . import csv_format, edf_format, wfdb_format
from .disk_errors import on_disk
from .folder_lock import FolderLock
from .metadata import Metadata, load_metadata
from .own_files import save_end

_RECOVER = {"wfdb": wfdb_format.recover, "edf": edf_format.recover, "csv": csv_format.recover}


def recover_recording(folder: str | Path) -> Metadata:
    """Finish a recording whose process was killed.

    Raises RecordingError, changing nothing, where there is none to finish or samples of it are gone.
    """
    path = Path(folder)
    metadata = load_metadata(path)
    lock = FolderLock(path)
    try:
        return _recovered(path, metadata)
    finally:
        lock.release()


def _recovered(path: Path, metadata: Metadata) -> Metadata:
    spooled = (path / edf_format.SPOOL).is_dir()
    if metadata.state != "recording" and not spooled:
        raise RecordingError(f"{path}: the recording is {metadata.state}, there is nothing to recover")
    with on_disk(path):
        files = _RECOVER[metadata.format](path, metadata) if metadata.streams else []
        if not metadata.streams:
            raise RecordingError(f"{path}: no samples came, there is nothing to recover")
        save_end(path, metadata, files, "recovered")
    return metadata
