"""Small JSON files beside a recording, which anybody may have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_LONGEST = 16 << 20


def read_json(path: Path) -> Any:
    """What a JSON file holds; raises OSError, and ValueError saying why it is none that is read here."""
    if path.stat().st_size > _LONGEST:
        raise ValueError(f"more than {_LONGEST >> 20} MB")
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")
