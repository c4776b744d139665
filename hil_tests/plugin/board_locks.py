"""Files that say which process has a board, and whether the test before left it as it should be."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from types import TracebackType

from .inventory import Board
from .power import RigError

_FIT = b"fit"


class BoardLock:
    """A board that this process has until the lock is left.

    Its file says `fit` from the end of a test that left the board as it should be until the next one begins: where a
    test switched it off, failed, or was killed in its midst, no process takes the board for fit, whoever has it next.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        #: Whether whoever had the board before left it fit.
        self.was_fit = os.pread(file, len(_FIT) + 1, 0) == _FIT

    def note_used(self) -> None:
        """A test has it from now on."""
        self._write(b"")

    def note_fit(self) -> None:
        """The test is over, and left it as it should be."""
        self._write(_FIT)

    def _write(self, words: bytes) -> None:
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, words, 0)
        except OSError:
            return  # another user's file: it says nothing, and the board has its self-test each time

    def __enter__(self) -> BoardLock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        os.close(self._file)


def lock_path(board: Board) -> Path:
    """The file of a board, by its links: whatever an inventory calls it."""
    identity = hashlib.sha256(f"{board.serial} {board.ble}".encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"vitalband-board-{identity}.lock"


def lock_board(board: Board) -> BoardLock | None:
    """A board for this process, None where another one has it; RigError where its file cannot be had."""
    file = _opened(lock_path(board))
    if os.name == "nt":  # no locks of this kind: workers there must have boards of their own
        return BoardLock(file)
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return BoardLock(file)


def _opened(path: Path) -> int:
    """The open file: made for all users of the computer, since they have the same boards. RigError."""
    try:
        return os.open(path, os.O_RDWR | _NO_LINK)
    except FileNotFoundError:
        pass
    except PermissionError:
        return _opened_for_reading(path)
    except OSError as error:
        raise RigError(f"{path}: cannot be opened: {error.strerror}") from error
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o666)
    except OSError as error:
        raise RigError(f"{path}: cannot be made: {error.strerror}") from error
    os.chmod(path, 0o666)  # whatever the umask
    return file


def _opened_for_reading(path: Path) -> int:
    """A file that another user has made can be locked all the same."""
    try:
        return os.open(path, os.O_RDONLY | _NO_LINK)
    except OSError as error:
        raise RigError(f"{path}: is another user's: {error.strerror}; they or root can delete it") from error


_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
