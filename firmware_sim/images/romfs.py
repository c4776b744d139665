"""MicroPython's read-only file system (ROMFS): files in one run of bytes, which a microcontroller executes in place.

A record is its kind and the length of its content, both in base 128 with the most significant part first, and the
content. The file system is a record of a kind that makes its first bytes 0xd2 0xcd 0x31; a directory's content is its
name and records, a file's its name and a record of its data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

_ROOT = b"\xd2\xcd\x31"
_DATA, _DIRECTORY, _FILE = 2, 4, 5
_ROOT_KIND = 0x14A6B1


class RomfsError(ValueError):
    """Bytes that are no ROMFS."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """A ROMFS of files by their path, in the order of paths, so that the same files give the same bytes."""
    tree: dict[str, object] = {}
    for path, data in sorted(files.items()):
        *folders, name = PurePosixPath(path).parts
        folder = tree
        for part in folders:
            folder = folder.setdefault(part, {})  # type: ignore[assignment]
        folder[name] = data
    content = _entries(tree)
    length = _number(len(content))
    if (len(_ROOT) + len(length) + len(content)) % 2:
        length = b"\x80" + length  # a whole number of 16-bit words, as MicroPython's own tool makes it
    return _ROOT + length + content


def _entries(tree: Mapping[str, object]) -> bytes:
    out = b""
    for name, entry in tree.items():
        head = _number(len(name.encode())) + name.encode()
        if isinstance(entry, bytes):
            out += _record(_number(_FILE), head + _record(_number(_DATA), entry))
        else:
            out += _record(_number(_DIRECTORY), head + _entries(entry))  # type: ignore[arg-type]
    return out


def _record(kind: bytes, content: bytes) -> bytes:
    return kind + _number(len(content)) + content


def _number(value: int) -> bytes:
    out = bytes([value & 0x7F])
    while value := value >> 7:
        out = bytes([value & 0x7F | 0x80]) + out
    return out


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a ROMFS by their path; RomfsError where it is none."""
    kind, at, end = _head(data, 0, len(data))
    if kind != _ROOT_KIND:
        raise RomfsError(f"no ROMFS begins with {data[:4].hex()}")
    return dict(_files(data, at, end, ""))


def _files(data: bytes, at: int, end: int, folder: str) -> Iterator[tuple[str, bytes]]:
    while at < end:
        kind, at, after = _head(data, at, end)
        if kind in (_DIRECTORY, _FILE):
            length, at = _read_number(data, at, after)
            if at + length > after:
                raise RomfsError(f"a name at {at} leaves its record")
            path = folder + data[at : at + length].decode(errors="replace")
            at += length
            if kind == _DIRECTORY:
                yield from _files(data, at, after, path + "/")
            else:
                inner, first, last = _head(data, at, after)
                if inner != _DATA:
                    raise RomfsError(f"{path}: its data is elsewhere")
                yield path, data[first:last]
        at = after


def _head(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """(kind, begin, end of the content) of the record at `at`."""
    kind, at = _read_number(data, at, end)
    length, at = _read_number(data, at, end)
    if at + length > end:
        raise RomfsError(f"a record of {length} bytes at {at} leaves what it is in")
    return kind, at, at + length


def _read_number(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = 0
    while at < end:
        byte = data[at]
        value, at = value << 7 | byte & 0x7F, at + 1
        if not byte & 0x80:
            return value, at
    raise RomfsError(f"the bytes end at {end} in a number")
