"""The MCU's flash file system: flat, in a folder of the computer or in memory."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO

ENOENT = 2
EINVAL = 22


class Files:
    """Small files by name; the same calls whether they live in a folder or in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: dict[str, bytes] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def names(self) -> list[str]:
        """All file names, sorted."""
        if self._folder is None:
            return sorted(self._held)
        return sorted(p.name for p in self._folder.iterdir() if p.is_file() and not p.name.startswith("."))

    def read(self, name: str) -> bytes:
        """A file's bytes, or OSError(ENOENT)."""
        _check(name)
        if self._folder is not None:
            return (self._folder / name).read_bytes()
        if name not in self._held:
            raise OSError(ENOENT, "ENOENT")
        return self._held[name]

    def write(self, name: str, data: bytes) -> None:
        """Make or overwrite a file."""
        _check(name)
        if self._folder is not None:
            (self._folder / name).write_bytes(data)
        else:
            self._held[name] = data

    def remove(self, name: str) -> None:
        """Delete a file, or OSError(ENOENT)."""
        self.read(name)
        if self._folder is not None:
            (self._folder / name).unlink()
        else:
            del self._held[name]

    def rename(self, old: str, new: str) -> None:
        """Give a file a new name, in place of any other that has it: one step, as in LittleFS."""
        _check(new)
        data = self.read(old)
        if self._folder is not None:
            (self._folder / old).replace(self._folder / new)
        else:
            del self._held[old]
            self._held[new] = data

    def open(self, name: str, mode: str = "r") -> IO[bytes] | IO[str]:
        """MicroPython's `open` on this file system."""
        if mode.strip("bt") not in ("r", "w", "a"):
            raise OSError(EINVAL, "EINVAL")
        before = b"" if mode[0] == "w" else self._start(name, mode)
        raw = _Held(self, name, before, mode)
        return raw if "b" in mode else io.TextIOWrapper(raw, encoding="utf-8", write_through=True)

    def _start(self, name: str, mode: str) -> bytes:
        if mode[0] == "a" and name not in self.names():
            return b""
        return self.read(name)


class _Held(io.BytesIO):
    """An open file: written back when it is flushed or closed."""

    def __init__(self, files: Files, name: str, before: bytes, mode: str) -> None:
        _check(name)
        super().__init__(before)
        if mode[0] == "a":
            self.seek(0, io.SEEK_END)
        self._files = files
        self._name = name
        self._writes = mode[0] != "r"
        if self._writes:
            files.write(name, before)

    def writable(self) -> bool:
        """Whether it was opened for writing."""
        return self._writes

    def flush(self) -> None:
        """Bring what was written to flash."""
        if self._writes and not self.closed:
            self._files.write(self._name, self.getvalue())

    def close(self) -> None:
        """Flush and let go."""
        self.flush()
        super().close()


def _check(name: str) -> None:
    # a flat file system knows no folders; and nothing may reach outside the storage folder
    if not name or name.startswith(".") or "/" in name or "\\" in name:
        raise OSError(ENOENT, "ENOENT")
