"""Opens a recording by its path, whatever its format."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import cast

from ..errors import RecordNotFound
from ..extras import missing_extra
from ..recording.metadata import FILE_NAME as RECORDING
from .adjusted import adjusted
from .data_root import data_root
from .edf_header import MAGICS
from .read_options import ReadOptions
from .recording_source import open_recording
from .source import Source, format_error

#: Module and reader for each ending; loaded when needed, because wfdb alone takes two seconds.
_READERS: dict[str, tuple[str, str]] = {
    ".hea": ("wfdb_source", "open_wfdb"),
    ".edf": ("edf_source", "EdfSource"),
    ".bdf": ("edf_source", "EdfSource"),
    ".rec": ("edf_source", "EdfSource"),
    ".csv": ("csv_source", "CsvSource"),
    ".tsv": ("csv_source", "CsvSource"),
    ".txt": ("csv_source", "CsvSource"),
    ".npz": ("npz_source", "NpzSource"),
}

#: Files beside those of `_READERS` by which a record may be named.
_PARTS = (".dat", ".mat", ".json")
#: Formats that do not say what their columns are: their readers take the options.
_DESCRIBED = frozenset({".csv", ".tsv", ".txt", ".npz"})
_LOOKED_AT = 64
#: How files begin (in small letters) that are something else whatever they are called, and the way out.
_NO_RECORDS = {
    b"\x1f\x8b": "is packed; unpack it first (gunzip)",
    b"pk\x03\x04": "is packed, or a workbook (XLSX); unpack it, or save the sheet as CSV",
    b"\x93numpy": "is a NPY; save it as NPZ (numpy.savez)",
    b"version https://git-lfs": "stands for a file that Git LFS has not fetched (git lfs pull)",
    b"<!doctype html": "is a web page; the download may need a login",
    b"<html": "is a web page; the download may need a login",
}


def open_source(path: Path, options: ReadOptions | None = None) -> Source:
    """The reader for a path, or for the folder of a recording of ours; raises RecordNotFound or RecordFormatError.

    A record that is not there is looked for in `data_root()` as well: `mitdb/100`. `options` say what the record does
    not say; ChannelNotFound is raised where they name a channel that is not there.
    """
    options = options or ReadOptions()
    try:
        path = _find(path)
        if path.is_dir():
            return adjusted(open_recording(path, open_source), options)
        kind = _kind(path)
        if kind in _DESCRIBED:
            return adjusted(_reader(kind)(path, options), replace(options, fs=None, columns=()))
        return adjusted(_reader(kind)(path), options)
    except OSError as error:
        raise format_error(path, "cannot be read", error) from error


def record_name(path: str | Path) -> str:
    """A record's parent folder and name without the ending of its kind, as `ludb/4`; a folder's name is whole."""
    whole = Path(os.path.abspath(path))
    bare = whole.suffix.lower() in (*_READERS, *_PARTS) and not os.path.isdir(whole)
    name = whole.stem if bare else whole.name
    return f"{whole.parent.name}/{name}" if whole.parent.name else name


def _kind(path: Path) -> str:
    """The ending that says how a file is read, by its content where its own says nothing; raises RecordFormatError."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
    for begin, what in _NO_RECORDS.items():
        if head.lower().startswith(begin) and not (suffix == ".npz" and begin == b"pk\x03\x04"):
            raise format_error(path, what)
    if suffix in _READERS:
        return suffix
    if head.startswith(MAGICS):
        return ".edf"
    raise format_error(path, f"not a kind of record that is read here ({', '.join(_READERS)})")


def _find(path: Path) -> Path:
    """The file to read, or the folder of a recording; raises RecordNotFound."""
    published = data_root() / path
    for there in (path, published):
        if there.suffix.lower() not in _READERS and there.name and not there.is_dir():
            # the record's name, or one of its signal files
            headers = (there.with_name(there.name + ".hea"), there.with_suffix(".hea"))
            header = next((header for header in headers if header.is_file()), None)
            if header is not None:
                return header
        if there.is_file() or (there / RECORDING).is_file():
            return there
    if path.is_dir():
        raise RecordNotFound(f"{path}: is a folder; name a record in it")
    raise RecordNotFound(f"{path}: no such record" + (f", nor {published}" if published != path else ""))


def _reader(suffix: str) -> Callable[..., Source]:
    module, name = _READERS[suffix]
    try:
        return cast("Callable[..., Source]", getattr(import_module(f".{module}", __package__), name))
    except ImportError as error:
        raise missing_extra(error) or error from error
