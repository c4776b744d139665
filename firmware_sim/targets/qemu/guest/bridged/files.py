"""The flash file system of the emulated board: the simulator's."""

import bridge  # type: ignore[import-not-found]

from . import ops
from .link import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CHUNK = 1024


class File:
    """An open file."""

    def __init__(self, handle: int, text: bool) -> None:
        self._handle = handle
        self._text = text

    def readinto(self, buf: "bytearray | memoryview") -> int:
        """Fill `buf`; how many bytes there were."""
        return int(bridge.transfer(ops.FILE_READ, self._handle, 0, None, buf))

    def read(self, size: int = -1) -> "bytes | str":
        """`size` bytes, or all that are left."""
        data = bytearray()
        chunk = bytearray(_CHUNK)
        while size < 0 or len(data) < size:
            want = _CHUNK if size < 0 else min(_CHUNK, size - len(data))
            n = self.readinto(memoryview(chunk)[:want])
            if not n:
                break
            data.extend(memoryview(chunk)[:n])
        return data.decode() if self._text else bytes(data)

    def write(self, data: "bytes | bytearray | memoryview | str") -> int:
        """Append; how many were written."""
        raw = memoryview(data.encode() if isinstance(data, str) else data)
        for start in range(0, len(raw), _CHUNK):
            bridge.transfer(ops.FILE_WRITE, self._handle, 0, raw[start : start + _CHUNK], None)
        return len(data)

    def flush(self) -> None:
        """Bring it to flash."""
        call("file.flush", self._handle)

    def close(self) -> None:
        """Bring it to flash and let go; harmless when called again."""
        if self._handle:
            call("file.close", self._handle)
            self._handle = 0

    def __enter__(self) -> "File":
        return self

    def __exit__(self, *_: "Any") -> None:
        self.close()


class FileSystem:
    """What `vfs.mount` takes."""

    def mount(self, readonly: bool, mkfs: bool) -> None:
        """Nothing to prepare."""

    def umount(self) -> None:
        """Nothing to put away."""

    def open(self, path: str, mode: str) -> File:
        """Open a file."""
        return File(call("file.open", _name(path), mode), "b" not in mode)

    def chdir(self, path: str) -> None:
        """There is one folder."""

    def getcwd(self) -> str:
        """There is one folder."""
        return "/"

    def ilistdir(self, path: str) -> "Any":
        """(name, kind, inode, size) of each file."""
        return iter([(name, 0x8000, 0, call("os.stat", name)[6]) for name in call("os.listdir")])

    def stat(self, path: str) -> "tuple[int, ...]":
        """As `os.stat`."""
        return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0) if not _name(path) else call("os.stat", _name(path))

    def remove(self, path: str) -> None:
        """Delete a file."""
        call("os.remove", _name(path))

    def rename(self, old: str, new: str) -> None:
        """Give a file a new name, in place of any other that has it."""
        call("os.rename", _name(old), _name(new))


def _name(path: str) -> str:
    return path[1:] if path[:1] == "/" else path
