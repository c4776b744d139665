"""What a run is to leave, tried before it: that it cannot be written is said when it begins, not when it is over."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def why_no_file(path: Path) -> str | None:
    """Why a file cannot be written, None where it can; folders that are missing are made, and what is there stays."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("ab"):
            pass
        if is_new:
            path.unlink()
    except OSError as error:
        return f"{path}: cannot be written: {error.strerror}"
    return None


def why_no_folder(path: Path) -> str | None:
    """Why nothing can be written into a folder, None where it can; it is made where it is missing."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        return f"{path}: cannot be written: {error.strerror}"
    return None
