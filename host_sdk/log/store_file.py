"""Pulled chunks in a file: appended as they come, whole after any interruption."""

from __future__ import annotations

import os
import struct
import sys
from binascii import crc32
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ..errors import LogError
from .chunks import LEAST_BYTES, Chunk

if sys.platform != "win32":
    import fcntl

MAGIC = b"VBLOG2\r\n"
#: Of files whose records have no check of their heads; they are read, and gone on with as they are.
_UNCHECKED = b"VBLOG1\r\n"
_SERIAL_BYTES = 16
_HEAD = struct.Struct("<IIH")
_CHECK = struct.Struct("<I")
_WHAT_HELPS = (
    "`vitalband log pull` into it brings that again while the device has it, `vitalband log salvage` makes a file of "
    "all that is sound"
)
#: A chunk lies in one sector.
_LONGEST_RECORD = _HEAD.size + _CHECK.size + 4096


def _head(serial_number: str) -> bytes:
    return MAGIC + serial_number.encode()[:_SERIAL_BYTES].ljust(_SERIAL_BYTES, b"\0")


def _check(head: bytes) -> bytes:
    """What follows the head of a record."""
    return _CHECK.pack(crc32(head))


def _next_sound_head(data: bytes, begin: int) -> int:
    """Where the next record begins whose head has its check; the end of `data` where none does."""
    size = _HEAD.size
    for at in range(begin, len(data) - size - _CHECK.size + 1):
        if data[at + size : at + size + _CHECK.size] == _check(data[at : at + size]):
            return at
    return len(data)


def _has_sound_head(rest: bytes) -> bool:
    """Does a record begin anywhere behind the first byte? Then what comes before it was damaged, not cut short."""
    return _next_sound_head(rest, 1) < len(rest)


def serial_of(data: bytes) -> str | None:
    """Whose log a file says that it is; None: it is none, or its beginning is damaged.

    Of a beginning whose name alone is sound that counts too: where the first record lies behind it in step.
    """
    record, end = len(MAGIC) + _SERIAL_BYTES, len(MAGIC) + _SERIAL_BYTES + _HEAD.size
    if len(data) < record:
        return None
    serial = data[len(MAGIC) : record].rstrip(b"\0").decode(errors="replace")
    is_in_step = data[end : end + _CHECK.size] == _check(data[record:end])
    if data.startswith((MAGIC, _UNCHECKED)) or (is_in_step and serial and serial.isascii() and serial.isprintable()):
        return serial
    return None


def sound_chunks(data: bytes) -> Iterator[Chunk]:
    """Chunks of a file, damaged anywhere, whose check is right: of each record that can be found.

    Its beginning may be damaged too, so what the records say counts: heads have checks, or else none has one.
    """
    found = False
    for is_checked in (True, False):
        for chunk in _sound_chunks(data, is_checked):
            found = True
            yield chunk
        if found:
            return


def _sound_chunks(data: bytes, is_checked: bool) -> Iterator[Chunk]:
    size = _HEAD.size + (_CHECK.size if is_checked else 0)
    at = 0
    while at + size <= len(data):
        if is_checked:
            at = _next_sound_head(data, at)
            if at + size > len(data):
                return
        number, sector, length = _HEAD.unpack_from(data, at)
        try:
            yield Chunk.parse(number, sector, data[at + size : at + size + length])
        except LogError:
            # a head with a check is sound, and so is its length unless the file has lost some bytes
            at += 1
            continue
        at += size + length


class LogFile:
    """The log of one device, in a file; `chunks` says what is there. Close it, or use it in `with`.

    Raises LogError for a file that is none, or of another device. One that is only read stays as it is.
    """

    def __init__(self, path: str | Path, serial_number: str | None = None) -> None:
        """Open a file to read; with `serial_number`, which says whose it is, to go on with, or make it."""
        self.path = Path(path)
        #: By number: where the chunk lies, its sector and its bytes.
        self._index: dict[int, tuple[int, int, int]] = {}
        self._is_checked = True
        self._damaged: set[int] = set()
        try:
            exists = self.path.exists()
            if not exists and serial_number is None:
                raise LogError(f"{self.path}: there is no such file")
            mode = "rb" if serial_number is None else "r+b" if exists else "x+b"
            self._file: BinaryIO = self.path.open(mode)  # type: ignore[assignment]
        except OSError as error:
            raise LogError(f"{self.path}: {error.strerror}") from error
        try:
            if serial_number is not None:
                self._lock()
            self.serial_number = self._begin(serial_number) if not exists else self._load(serial_number)
        except BaseException:
            self._file.close()
            raise

    def _lock(self) -> None:
        """One that is written belongs to one process; a file system without locks lets everybody in."""
        if sys.platform != "win32":
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LogError(f"{self.path}: another pull writes it just now") from None
            except OSError:  # as on some network drives
                return

    def _begin(self, serial_number: str | None) -> str:
        head = _head(serial_number or "")
        self._file.write(head)
        return head[len(MAGIC) :].rstrip(b"\0").decode(errors="replace")

    def _load(self, wanted: str | None) -> str:
        head = self._file.read(len(MAGIC) + _SERIAL_BYTES)
        if wanted is not None and _head(wanted).startswith(head) and len(head) < len(_head(wanted)):
            self._file.seek(0)  # it was cut short where it began
            return self._begin(wanted)
        if not head.startswith((MAGIC, _UNCHECKED)) or len(head) < len(MAGIC) + _SERIAL_BYTES:
            raise LogError(f"{self.path}: no file of a device's log")
        self._is_checked = head.startswith(MAGIC)
        serial = head[len(MAGIC) :].rstrip(b"\0").decode(errors="replace")
        if wanted is not None and _head(wanted)[len(MAGIC) :] != head[len(MAGIC) :]:
            raise LogError(f"{self.path}: is of device {serial}, not of {wanted}")
        end = self._file.tell()
        for at, number, sector, length in self._records(end):
            self._index[number] = (at, sector, length)
            end = at + length
        self._check_end(end)
        if wanted is not None:
            self._file.truncate(end)
        return serial

    def _check_end(self, end: int) -> None:
        """LogError where more is behind the last whole record than one that was cut short can have, or another record.

        Zeros are nothing: a file system may have them where a computer lost its power before what it wrote was there.
        """
        size = os.fstat(self._file.fileno()).st_size
        self._file.seek(end)
        rest = self._file.read(size - end)
        if any(rest) if size - end > _LONGEST_RECORD else self._is_checked and _has_sound_head(rest):
            raise LogError(f"{self.path}: is damaged at byte {end}; pull into another file, or salvage this one")

    def _records(self, at: int) -> Iterator[tuple[int, int, int, int]]:
        size = os.fstat(self._file.fileno()).st_size
        while at + _HEAD.size <= size:
            self._file.seek(at)
            head = self._file.read(_HEAD.size)
            number, sector, length = _HEAD.unpack(head)
            at += _HEAD.size
            if self._is_checked:
                if self._file.read(_CHECK.size) != _check(head):
                    return
                at += _CHECK.size
            if at + length > size or length < LEAST_BYTES:
                return
            yield at, number, sector, length
            at += length

    def __enter__(self) -> LogFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Harmless when it is closed already; raises LogError where the disk does not take the rest."""
        try:
            self._file.close()
        except OSError as error:
            raise LogError(f"{self.path}: {error.strerror}") from error

    def __contains__(self, number: int) -> bool:
        return number in self._index

    def __len__(self) -> int:
        return len(self._index)

    @property
    def numbers(self) -> list[int]:
        """Numbers of the chunks that are there, in order."""
        return sorted(self._index)

    @property
    def damaged(self) -> list[int]:
        """Numbers of those that `leave_out_damaged` found and nobody has brought again, in order."""
        return sorted(self._damaged)

    def leave_out_damaged(self) -> None:
        """Read every chunk; one whose check is wrong is not there from now on, so another one can take its place."""
        for number in self.numbers:
            try:
                self.chunk(number)
            except LogError:
                del self._index[number]
                self._damaged.add(number)

    def add(self, chunk: Chunk) -> None:
        """Append a chunk; one that is there already is left out. Raises LogError."""
        if chunk.number in self._index:
            return
        if not self._file.writable():
            raise LogError(f"{self.path}: is only read")
        try:
            head = _HEAD.pack(chunk.number, chunk.sector, len(chunk.raw))
            if self._is_checked:
                head += _check(head)
            at = self._file.seek(0, os.SEEK_END) + len(head)
            self._file.write(head + chunk.raw)
        except OSError as error:
            raise LogError(f"{self.path}: {error.strerror}") from error
        self._index[chunk.number] = (at, chunk.sector, len(chunk.raw))
        self._damaged.discard(chunk.number)

    def save(self) -> None:
        """Bring everything to the disk; raises LogError."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise LogError(f"{self.path}: {error.strerror}") from error

    def chunk(self, number: int) -> Chunk:
        """A chunk by its number, checked; raises KeyError, LogError."""
        at, sector, length = self._index[number]
        try:
            self._file.seek(at)
            return Chunk.parse(number, sector, self._file.read(length))
        except OSError as error:
            raise LogError(f"{self.path}: {error.strerror}") from error
        except LogError as error:
            raise LogError(f"{self.path}: {error}; {_WHAT_HELPS}") from error

    def chunks(self) -> Iterator[Chunk]:
        """All chunks in the order of their numbers; raises LogError, which says what helps, for a damaged one."""
        for number in self.numbers:
            yield self.chunk(number)
