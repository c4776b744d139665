"""Files that stay whole on a disk that takes no more: a write is there in full, or not at all."""

from __future__ import annotations

import os
from pathlib import Path


class WholeFile:
    """A file written in pieces, each whole or not there: what a full disk cut short is taken back.

    Pieces go straight to the operating system: a killed process loses none that it was given.
    """

    def __init__(self, path: Path) -> None:
        self.size = 0
        self._file = path.open("w+b", buffering=0)

    def append(self, raw: bytes) -> None:
        """Write a piece behind what is there; raises OSError with nothing written."""
        self.write_at(self.size, raw)

    def write_at(self, offset: int, raw: bytes) -> None:
        """Write a piece over what is there and beyond; raises OSError with the file as it was."""
        self._file.seek(offset)
        before = self._file.read(len(raw)) if offset < self.size else b""
        try:
            self._put(offset, raw)
        except OSError:
            # neither needs room
            self._file.truncate(self.size)
            self._put(offset, before)
            raise
        self.size = max(self.size, offset + len(raw))

    def read(self) -> bytes:
        """All that is there; raises OSError."""
        self._file.seek(0)
        return self._file.read()

    def _put(self, offset: int, raw: bytes) -> None:
        self._file.seek(offset)
        left = memoryview(raw)
        while left:  # an unbuffered file may take less than it is given
            left = left[self._file.write(left) :]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def replace_text(path: Path, text: str) -> None:
    """Write a small file in one step, so that there is always a whole one.

    Where the disk has no room for a second one, the one that is there is written over: it has its room already.
    """
    fresh = path.with_suffix(path.suffix + ".new")
    try:
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        if not path.exists():
            raise
        with path.open("r+b", buffering=0) as file:
            raw = text.encode()
            if file.write(raw) != len(raw):
                raise
            file.truncate()
