"""NPZ recordings with a sidecar: arrays are streamed out of the archive, never loaded whole."""

from __future__ import annotations

import weakref
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..errors import RecordFormatError
from ..models import FloatArray
from .sidecar import Declared, read_sidecar
from .source import Channel, format_error, listed, wrapped

_PIECE = 1 << 20
#: An array that is larger, and so many times its packed size, is no signal: noise does not pack so well.
_LARGE = 64 << 20
_PACKED = 100


class _BadArrayError(ValueError):
    """An array that is no signal; says why."""


class NpzSource:
    """An NPZ file of one-dimensional arrays with a sidecar (see `sidecar`)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        sidecar = read_sidecar(path)
        try:
            self._archive = zipfile.ZipFile(path)
        except Exception as error:  # zlib, zipfile and OS errors alike mean that it cannot be read
            raise wrapped(path, "not an NPZ file, or damaged", error) from error
        self._arrays: list[_Array] = []
        # the files go with the object, also where nobody closes it
        self._closing = weakref.finalize(self, _close_all, self._archive, self._arrays)
        try:
            for declared in sidecar.channels:
                self._arrays.append(self._open(declared))
        except BaseException:
            self.close()
            raise
        self.channels = tuple(
            Channel(declared.name, declared.unit, declared.fs, array.length)
            for declared, array in zip(sidecar.channels, self._arrays, strict=True)
        )

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        try:
            return self._arrays[channel].read(start, stop)
        except Exception as error:  # as above
            raise wrapped(self.path, f"cannot read samples {start} to {stop}", error) from error

    def close(self) -> None:
        """Close the archive."""
        self._closing()

    def _open(self, declared: Declared) -> _Array:
        key = declared.name if declared.column is None else str(declared.column)
        members = {member.filename.removesuffix(".npy"): member for member in self._archive.infolist()}
        if key not in members:
            raise format_error(self.path, f"no array {key[:40]!r}; the file has {listed(members) or 'none'}")
        member = members[key]
        if member.file_size > _LARGE and member.file_size > _PACKED * member.compress_size:
            what = f"array {key!r} unpacks {member.compress_size} bytes to {member.file_size}, which no signal does"
            raise format_error(self.path, f"{what}; save it without compression if it is one")
        try:
            array = _Array(self._archive, member, key)
        except Exception as error:  # as above; numpy parses a header as Python
            reason = error if isinstance(error, _BadArrayError | zipfile.BadZipFile | NotImplementedError) else None
            raise format_error(self.path, f"array {key!r} is damaged or of another kind", reason) from error
        if array.missing:
            what = f"truncated: array {key!r} holds {array.length} of {array.length + array.missing} samples"
            self.record_error = self.record_error or format_error(self.path, what)
        return array


def _close_all(archive: zipfile.ZipFile, arrays: list[_Array]) -> None:
    for array in arrays:
        array.close()
    archive.close()


class _Array:
    """One member of the archive, read forward; going back is slow in a compressed one."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, key: str) -> None:
        _check_sum(archive, member)
        self._file: IO[bytes] = archive.open(member)
        try:
            promised, self._dtype = _read_header(self._file)
        except BaseException:
            self._file.close()
            raise
        self._begin = self._file.tell()
        #: Samples that are there, and those that are not although the header promises them.
        self.length = min(promised, (member.file_size - self._begin) // self._dtype.itemsize)
        self.missing = promised - self.length

    def close(self) -> None:
        self._file.close()

    def read(self, start: int, stop: int) -> FloatArray:
        self._file.seek(self._begin + start * self._dtype.itemsize)
        data = self._file.read((stop - start) * self._dtype.itemsize)
        return np.frombuffer(data, dtype=self._dtype).astype(np.float64)


def _check_sum(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Read a member once: zipfile compares its checksum at the end."""
    with archive.open(member) as file:
        while file.read(_PIECE):
            pass


def _read_header(file: IO[bytes]) -> tuple[int, np.dtype[Any]]:
    """Length and type of an array of one row of numbers; raises _BadArrayError, and whatever numpy's parsing meets."""
    layout: Any = np.lib.format
    version = layout.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise _BadArrayError(f"it is of version {version[0]}.{version[1]} of the format")
    read = layout.read_array_header_1_0 if version == (1, 0) else layout.read_array_header_2_0
    shape, _, dtype = read(file)
    if len(shape) != 1 or isinstance(shape[0], bool) or shape[0] < 1 or dtype.kind not in "fiu":
        raise _BadArrayError(f"it must be one row of numbers, it is {dtype} of shape {str(shape)[:60]}")
    return int(shape[0]), dtype
