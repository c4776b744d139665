"""What a disk, or a fault of ours, keeps from being written, as RecordingError."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import RecordingError

_ROOM = "; what came until then is kept, for more free some room"
_ADVICE = {errno.ENOSPC: _ROOM, errno.EDQUOT: _ROOM, errno.EFBIG: _ROOM}
_log = logging.getLogger(__name__)


@contextmanager
def on_disk(folder: Path) -> Iterator[None]:
    """OSError within becomes RecordingError that names the file and what to do."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        raise RecordingError(f"{where}: {error.strerror or error}{_ADVICE.get(error.errno or 0, '')}") from error


def failure_of(folder: Path, step: Callable[[], None]) -> RecordingError | None:
    """What a step of finishing failed with, None: nothing; the others are taken all the same."""
    try:
        with on_disk(folder):
            step()
    except RecordingError as error:
        return error
    except Exception as error:
        return fault(folder, error)
    return None


def fault(folder: Path, error: Exception) -> RecordingError:
    """What only a fault of ours, or a device that says the impossible, can raise."""
    _log.exception("%s: cannot be written", folder)
    return RecordingError(f"{folder}: cannot be written: {type(error).__name__}: {error}")
