"""Small JSON files beside a recording, which anybody may have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .source import format_error

_LONGEST = 16 << 20


def read_json(path: Path) -> Any:
    """What a JSON file holds; raises RecordFormatError where it holds none, or more than any of its kind has."""
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST + 1)
        if len(raw) > _LONGEST:
            raise format_error(path, f"has more than {_LONGEST >> 20} MB of JSON")
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number)
    except RecursionError:
        raise format_error(path, "not JSON that can be read: nested too deeply") from None
    except (ValueError, OSError) as error:
        raise format_error(path, "not JSON", error) from error


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")
