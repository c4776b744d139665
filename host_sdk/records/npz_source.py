"""NPZ recordings: arrays are streamed out of the archive, never loaded whole."""

from __future__ import annotations

import math
import weakref
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..errors import RecordFormatError
from ..models import FloatArray
from .description import Declared
from .finding import picked
from .read_options import ReadOptions
from .sidecar import read_sidecar
from .source import Channel, format_error, listed, scaled, wrapped

_PIECE = 1 << 20
#: An array that is larger, and so many times its packed size, is no signal: noise does not pack so well.
_LARGE = 64 << 20
_PACKED = 100
#: Arrays that hold a rate.
_RATE_NAMES = frozenset(
    {"fs", "sfreq", "srate", "rate_hz", "sampling_rate", "sample_rate", "samplerate", "samplingrate"}
)
_SMALL = 4096
#: More arrays are not read unasked.
_MOST = 64


class _BadArrayError(ValueError):
    """An array that is no signal; says why."""


class NpzSource:
    """An NPZ file of one-dimensional arrays, described by a sidecar (see `sidecar`) or by their names."""

    def __init__(self, path: Path, options: ReadOptions | None = None) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        try:
            self._archive = zipfile.ZipFile(path)
        except Exception as error:  # zlib, zipfile and OS errors alike mean that it cannot be read
            raise wrapped(path, "not an NPZ file, or damaged", error) from error
        self._members = {member.filename.removesuffix(".npy"): member for member in self._archive.infolist()}
        self._arrays: list[_Array] = []
        # the files go with the object, also where nobody closes it
        self._closing = weakref.finalize(self, _close_all, self._archive, self._arrays)
        try:
            self._declared = self._opened(options or ReadOptions())
            rates = [self._rate(declared) for declared in self._declared]
        except BaseException:
            self.close()
            raise
        self.channels = tuple(
            Channel(declared.name, declared.unit, fs, array.length)
            for declared, fs, array in zip(self._declared, rates, self._arrays, strict=True)
        )

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        try:
            values = self._arrays[channel].read(start, stop)
        except Exception as error:  # as above
            raise wrapped(self.path, f"cannot read samples {start} to {stop}", error) from error
        declared = self._declared[channel]
        return scaled(values, declared.scale, declared.offset)

    def close(self) -> None:
        """Close the archive."""
        self._closing()

    def _opened(self, options: ReadOptions) -> list[Declared]:
        """The channels that are used, each with its array open."""
        sidecar = read_sidecar(self.path)
        found = self._undescribed() if sidecar is None else list(sidecar.channels)
        if options.columns:
            chosen = picked(str(self.path), [[declared.name for declared in found]], options.columns)
            found = [replace(found[index], column=_key(found[index]), name=name) for index, name in chosen]
        elif len(found) > _MOST and sidecar is None:
            raise format_error(self.path, f"has {len(found)} arrays; --column says which to use")
        unasked = sidecar is None and not options.columns
        used = [declared for declared in found if self._open_array(declared, unasked)]
        if not used:
            raise format_error(
                self.path, f"has no row of numbers among its arrays: {listed(map(_key, found)) or 'none'}"
            )
        return [replace(declared, fs=options.fs or declared.fs) for declared in used]

    def _undescribed(self) -> list[Declared]:
        """All arrays but the rate, where there is no sidecar."""
        return [Declared(name, "", None, name) for name in self._members if name.lower() not in _RATE_NAMES]

    def _open_array(self, declared: Declared, unasked: bool) -> bool:
        """Open a channel's array; False for one that is no signal and that nobody asked for."""
        try:
            self._arrays.append(self._open(declared))
        except RecordFormatError:
            if not unasked:
                raise
            return False
        return True

    def _rate(self, declared: Declared) -> float:
        """Samples a second of a channel, by an array of that name where nobody else says so."""
        if declared.fs is not None:
            return declared.fs
        members = self._members
        name = next((name for name in members if name.lower() in _RATE_NAMES), None)
        if name is None:
            raise format_error(self.path, "does not say how many samples a second it has; --fs says it, or a sidecar")
        fs = _number_in(self._archive, members[name])
        if fs is None or not 1e-3 <= fs <= 1e6:
            raise format_error(self.path, f"its array {name!r} is no rate from 0.001 to 1e6 Hz; --fs says it")
        return fs

    def _open(self, declared: Declared) -> _Array:
        key = _key(declared)
        members = self._members
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


def _key(declared: Declared) -> str:
    return declared.name if declared.column is None else str(declared.column)


def _number_in(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> float | None:
    """The one number of an array, None where it is none."""
    if member.file_size > _SMALL:
        return None
    try:
        with archive.open(member) as file:
            layout: Any = np.lib.format
            value = layout.read_array(file, allow_pickle=False)
    except Exception:  # as above
        return None
    return float(value.reshape(-1)[0]) if value.size == 1 and value.dtype.kind in "fiu" else None


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
    length = math.prod(shape)
    # a row as one column of a matrix lies in the file as a row does
    if not shape or length < 1 or max(shape) != length or bool in map(type, shape) or dtype.kind not in "fiu":
        what = f"it must be one row of numbers, it is {dtype} of shape {str(shape)[:60]}"
        raise _BadArrayError(what + ("; save each of its columns as an array of its own" if len(shape) == 2 else ""))
    return int(length), dtype
