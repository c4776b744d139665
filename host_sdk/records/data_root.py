"""Where published recordings lie on this computer."""

from __future__ import annotations

import os
from pathlib import Path


def data_root() -> Path:
    """Folder of the recordings: `$VITALBAND_DATA`, else the user's cache."""
    return Path(os.environ.get("VITALBAND_DATA") or Path.home() / ".cache/vitalband/data")
