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
from .source import Channel, format_error, wrapped


class NpzSource:
    """An NPZ file of one-dimensional arrays with a sidecar (see `sidecar`)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        sidecar = read_sidecar(path)
        try:
            self._archive = zipfile.ZipFile(path)
            broken = self._archive.testzip()
        except Exception as error:  # zlib, zipfile and OS errors alike mean that it cannot be read
            raise wrapped(path, "not an NPZ file, or damaged", error) from error
        if broken is not None:
            self._archive.close()
            raise format_error(path, f"damaged: array {broken!r} does not have its checksum")
        self._arrays: list[_Array] = []
        # the files go with the object, also where nobody closes it
        self._closing = weakref.finalize(self, _close_all, self._archive, self._arrays)
        for declared in sidecar.channels:
            self._arrays.append(_Array(self._archive, path, declared))
        self.channels = tuple(
            Channel(declared.name, declared.unit, declared.fs, array.length)
            for declared, array in zip(sidecar.channels, self._arrays, strict=True)
        )

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        return self._arrays[channel].read(start, stop)

    def close(self) -> None:
        """Close the archive."""
        self._closing()


def _close_all(archive: zipfile.ZipFile, arrays: list[_Array]) -> None:
    for array in arrays:
        array.close()
    archive.close()


class _Array:
    """One member of the archive, read forward; going back is slow in a compressed one."""

    def __init__(self, archive: zipfile.ZipFile, path: Path, declared: Declared) -> None:
        key = declared.name if declared.column is None else str(declared.column)
        held = [name.removesuffix(".npy") for name in archive.namelist()]
        if key not in held:
            raise format_error(path, f"no array {key!r}; the file has {', '.join(held)}")
        self._file: IO[bytes] = archive.open(key + ".npy")
        shape, self._dtype = _read_header(self._file, path, key)
        self._begin = self._file.tell()
        self.length: int = shape[0]

    def close(self) -> None:
        self._file.close()

    def read(self, start: int, stop: int) -> FloatArray:
        self._file.seek(self._begin + start * self._dtype.itemsize)
        data = self._file.read((stop - start) * self._dtype.itemsize)
        return np.frombuffer(data, dtype=self._dtype).astype(np.float64)


def _read_header(file: IO[bytes], path: Path, key: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    try:
        layout: Any = np.lib.format
        old = layout.read_magic(file) == (1, 0)
        shape, _, dtype = (layout.read_array_header_1_0 if old else layout.read_array_header_2_0)(file)
    except ValueError as error:
        raise format_error(path, f"array {key!r} is damaged", error) from error
    if len(shape) != 1 or not shape[0] or dtype.kind not in "fiu":
        raise format_error(path, f"array {key!r} must be one row of numbers, it is {dtype} of shape {shape}")
    return shape, dtype
