"""One recorder, or one repair, in a folder at a time, whatever process it is in."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from ..errors import RecordingError

if sys.platform != "win32":
    import fcntl


class FolderLock:
    """Holds a folder until `release`, or until the process ends, however it does."""

    def __init__(self, folder: Path) -> None:
        """Raises RecordingError where somebody holds it; a file system without locks lets everybody in."""
        self._handle: int | None = None
        if sys.platform != "win32":
            self._handle = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.release()
                what = "somebody records there just now; choose another folder, or wait"
                raise RecordingError(f"{folder}: {what}") from None
            except OSError:  # as on some network drives
                self.release()

    def release(self) -> None:
        """Give it back; harmless when called again."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):
                os.close(handle)

    def __del__(self) -> None:
        self.release()
