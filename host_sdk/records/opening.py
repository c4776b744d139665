"""Opens a recording by its path, whatever its format."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from ..errors import RecordNotFound
from ..extras import missing_extra
from ..recording.metadata import FILE_NAME as RECORDING
from .recording_source import open_recording
from .source import Source, format_error

#: Module and reader for each ending; loaded when needed, because wfdb alone takes two seconds.
_READERS: dict[str, tuple[str, str]] = {
    ".hea": ("wfdb_source", "open_wfdb"),
    ".edf": ("edf_source", "EdfSource"),
    ".csv": ("csv_source", "CsvSource"),
    ".tsv": ("csv_source", "CsvSource"),
    ".npz": ("npz_source", "NpzSource"),
}


def open_source(path: Path) -> Source:
    """The reader for a path, or for the folder of a recording of ours; raises RecordNotFound or RecordFormatError."""
    if (path / RECORDING).is_file():
        return open_recording(path, open_source)
    if path.is_dir():
        raise RecordNotFound(f"{path}: is a folder; name a record in it")
    header = path.with_name(path.name + ".hea")
    if path.suffix.lower() == ".dat" and path.with_suffix(".hea").is_file():
        path = path.with_suffix(".hea")
    elif path.suffix.lower() not in _READERS and header.is_file():
        path = header
    if not path.is_file():
        raise RecordNotFound(f"{path}: no such record")
    if path.suffix.lower() not in _READERS:
        raise format_error(path, f"not a kind of record that is read here ({', '.join(_READERS)})")
    try:
        return _reader(path.suffix.lower())(path)
    except OSError as error:
        raise format_error(path, "cannot be read", error) from error


def _reader(suffix: str) -> Callable[[Path], Source]:
    module, name = _READERS[suffix]
    try:
        return cast("Callable[[Path], Source]", getattr(import_module(f".{module}", __package__), name))
    except ImportError as error:
        raise missing_extra(error) or error from error
