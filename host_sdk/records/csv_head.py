"""The beginning of a text file: its first lines, as bytes and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .source import format_error

_SAMPLE = 1 << 18
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Head:
    """First lines of a file; the first of them is line `line` (from 1) and begins at byte `offset`."""

    path: Path
    offset: int
    line: int
    lines: Sequence[bytes]

    @cached_property
    def texts(self) -> list[str]:
        """The lines without their ends."""
        return [decoded(line).rstrip("\r\n") for line in self.lines]

    def behind(self, count: int) -> Head:
        """The head without its first `count` lines; raises RecordFormatError where it has no more."""
        if count >= len(self.lines) and count:
            raise format_error(self.path, f"has no line behind the {count} that are skipped")
        return Head(self.path, self.offset + sum(map(len, self.lines[:count])), self.line + count, self.lines[count:])


def decoded(line: bytes) -> str:
    """A line as text: UTF-8, or Latin-1 where it cannot be that."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def read_head(path: Path) -> Head:
    """The beginning of a file; raises RecordFormatError, OSError."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    begin = len(_BOM) if head.startswith(_BOM) else 0
    return Head(path, begin, 1, _lines(path, head[begin:], whole=len(head) < _SAMPLE))


def _lines(path: Path, head: bytes, whole: bool) -> list[bytes]:
    """Whole lines of a file's beginning, of which nothing else is there where it is the whole file."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) > len(head) // 4:
        raise format_error(path, "is in UTF-16; save it as UTF-8")
    lines = head.split(b"\n")
    if b"\r" in lines[0].rstrip(b"\r"):
        raise format_error(path, "its lines end in CR alone, as on old Macs; save it with LF or CR LF")
    if len(lines) == 1 and not whole:
        raise format_error(path, f"has no line in its first {_SAMPLE} bytes")
    ended = [line + b"\n" for line in lines[:-1]]
    return ended if not whole or not lines[-1] else [*ended, lines[-1]]
