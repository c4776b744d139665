"""MicroPython's `vfs.VfsLfs2`: littlefs on a block device of the firmware's, by the package `littlefs-python`."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Protocol, TypeVar

from littlefs import lfs
from littlefs.context import UserContext
from littlefs.errors import LittleFSError

_BLOCKS, _BLOCK_BYTES, _ERASE = 4, 5, 6
_EINVAL, _EIO = 22, 5
_FILE, _FOLDER = 0x8000, 0x4000
_T = TypeVar("_T")


class BlockDevice(Protocol):
    """MicroPython's extended block device: each call returns None or 0, or a negative error number."""

    def readblocks(self, block: int, buf: bytearray | memoryview, offset: int) -> int | None:
        """Fill `buf`."""
        ...

    def writeblocks(self, block: int, buf: bytes | memoryview, offset: int) -> int | None:
        """Write into what is erased."""
        ...

    def ioctl(self, op: int, arg: int) -> int | None:
        """Ask for sizes, or have a block erased."""
        ...


class _Device(UserContext):
    """The block device as littlefs asks for it; what an operation raises comes out of the call that needed it."""

    def __init__(self, blocks: BlockDevice) -> None:
        self._blocks = blocks
        self.failure: BaseException | None = None

    def _tried(self, operation: Callable[[], int | None]) -> int:
        if self.failure is not None:
            return -_EIO
        try:
            return operation() or 0
        except BaseException as error:
            self.failure = error
            return -_EIO

    def read(self, cfg: Any, block: int, off: int, size: int) -> bytearray:
        """Bytes of a block; zeros where they cannot be read, for the package has no way to say so."""
        out = bytearray(size)
        result = self._tried(lambda: self._blocks.readblocks(block, out, off))
        if result and self.failure is None:
            self.failure = OSError(-result)
        return out if not result else bytearray(size)

    def prog(self, cfg: Any, block: int, off: int, data: bytes) -> int:
        """Program."""
        return self._tried(lambda: self._blocks.writeblocks(block, data, off))

    def erase(self, cfg: Any, block: int) -> int:
        """Erase a block."""
        return self._tried(lambda: self._blocks.ioctl(_ERASE, block))

    def sync(self, cfg: Any) -> int:
        """Nothing is held back."""
        return 0


class _Config:
    """Device and sizes, as MicroPython chooses them."""

    def __init__(self, blocks: BlockDevice, readsize: int, progsize: int, lookahead: int) -> None:
        self.device = _Device(blocks)
        self.block_bytes = blocks.ioctl(_BLOCK_BYTES, 0) or 0
        self.blocks = blocks.ioctl(_BLOCKS, 0) or 0
        self.lfs = lfs.LFSConfig(
            context=self.device,
            block_size=self.block_bytes,
            block_count=self.blocks,
            read_size=readsize,
            prog_size=progsize,
            cache_size=min(self.block_bytes, 4 * max(readsize, progsize)),
            lookahead_size=lookahead,
        )

    def call(self, function: Callable[..., _T], *args: Any) -> _T:
        """Call the package; its errors are OSErrors, what the device raised comes out of it."""
        try:
            result = function(*args)
        except LittleFSError as error:
            self._raise_failure()
            raise OSError(-error.code) from None
        self._raise_failure()
        return result

    def _raise_failure(self) -> None:
        failure, self.device.failure = self.device.failure, None
        if failure is not None:
            raise failure


class _File(io.RawIOBase):
    """An open file, without a buffer of its own."""

    def __init__(self, config: _Config, system: Any, path: str, mode: str) -> None:
        flags = {"r": "r", "w": "w", "a": "a"}.get(mode.replace("b", "").replace("t", "").replace("+", ""))
        if flags is None or ("+" in mode and mode[0] != "r"):
            raise OSError(_EINVAL, "EINVAL")
        super().__init__()
        self._config = config
        self._system = system
        self._handle = config.call(lfs.file_open, system, path, "r+" if "+" in mode else flags)

    def readable(self) -> bool:
        """What the mode does not allow the file system refuses."""
        return True

    def writable(self) -> bool:
        """What the mode does not allow the file system refuses."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as there is something."""
        data = self._config.call(lfs.file_read, self._system, self._handle, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> int:
        """Write; the count."""
        return int(self._config.call(lfs.file_write, self._system, self._handle, bytes(data)))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a byte."""
        return int(self._config.call(lfs.file_seek, self._system, self._handle, offset, whence))

    def flush(self) -> None:
        """Bring it to flash."""
        if self._config is not _CLOSED:
            self._config.call(lfs.file_sync, self._system, self._handle)

    def close(self) -> None:
        """Bring it to flash and let go."""
        if not self.closed:
            config, self._config = self._config, _CLOSED
            super().close()
            config.call(lfs.file_close, self._system, self._handle)

    def __del__(self) -> None:
        """A file that nobody closed is gone as it would be on a board: what was not brought to flash is lost."""


class _Closed(_Config):
    def __init__(self) -> None:
        pass

    def call(self, function: Callable[..., _T], *args: Any) -> _T:
        raise ValueError("the file is closed")


_CLOSED = _Closed()


class VfsLfs2:
    """A littlefs, mounted; OSError where the device holds none."""

    def __init__(
        self, bdev: BlockDevice, readsize: int = 32, progsize: int = 32, lookahead: int = 32, mtime: bool = True
    ) -> None:
        self._config = _Config(bdev, readsize, progsize, lookahead)
        self._system = lfs.LFSFilesystem()
        self._call(lfs.mount, self._config.lfs)

    @staticmethod
    def mkfs(bdev: BlockDevice, readsize: int = 32, progsize: int = 32, lookahead: int = 32) -> None:
        """Make an empty one."""
        config = _Config(bdev, readsize, progsize, lookahead)
        config.call(lfs.format, lfs.LFSFilesystem(), config.lfs)

    def _call(self, function: Callable[..., _T], *args: Any) -> _T:
        return self._config.call(function, self._system, *args)

    def open(self, path: str, mode: str = "r") -> Any:
        """Open a file."""
        raw = _File(self._config, self._system, path, mode)
        return raw if "b" in mode else io.TextIOWrapper(raw, encoding="utf-8", write_through=True)

    def stat(self, path: str) -> tuple[int, ...]:
        """As `os.stat`."""
        found = self._call(lfs.stat, path)
        return (_FILE if found.type == 1 else _FOLDER, 0, 0, 0, 0, 0, found.size, 0, 0, 0)

    def statvfs(self, path: str) -> tuple[int, ...]:
        """As `os.statvfs`: blocks that are free are as littlefs counts them."""
        config = self._config
        free = config.blocks - int(self._call(lfs.fs_size))
        return (config.block_bytes, config.block_bytes, config.blocks, free, free, 0, 0, 0, 0, 255)

    def ilistdir(self, path: str = "/") -> Iterator[tuple[str, int, int, int]]:
        """(name, kind, inode, size) of each entry."""
        folder = self._call(lfs.dir_open, path)
        try:
            while (entry := self._call(lfs.dir_read, folder)) is not None:
                if entry.name not in (".", ".."):
                    yield entry.name, _FILE if entry.type == 1 else _FOLDER, 0, entry.size
        finally:
            self._call(lfs.dir_close, folder)

    def mkdir(self, path: str) -> None:
        """Make a folder."""
        self._call(lfs.mkdir, path)

    def remove(self, path: str) -> None:
        """Delete a file, or a folder that is empty."""
        self._call(lfs.remove, path)

    def rename(self, old: str, new: str) -> None:
        """Give a file a new name, in place of any other that has it."""
        self._call(lfs.rename, old, new)


def build() -> ModuleType:
    """The module `vfs`."""
    module = ModuleType("vfs")
    vars(module).update(VfsLfs2=VfsLfs2)
    return module
