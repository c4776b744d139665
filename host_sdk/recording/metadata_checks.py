"""What `recording.json` may say, field by field: anybody may have written it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..wire_gen import Stream

VERSION = 1
STATES = ("recording", "complete", "incomplete", "recovered")
FORMATS = ("wfdb", "edf", "csv")

_Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _counts(value: Any) -> bool:
    return isinstance(value, dict) and all(_count(count) for count in value.values())


def _runs(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(run, list) and len(run) == 2 and _count(run[0]) and _count(run[1]) for run in value
    )


def _moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _or_null(check: _Check) -> _Check:
    return lambda value: value is None or check(value)


_STREAM: dict[str, tuple[_Check, str]] = {
    "channels": (lambda value: _texts(value) and 0 < len(value) <= 16, "a list of names"),
    "unit": (_text, "text"),
    "lsb": (lambda value: _number(value) and value > 0, "a number above 0"),
    "sample_bytes": (lambda value: _count(value) and 1 <= value <= 3, "1, 2 or 3"),
    "rate_hz": (lambda value: _number(value) and 1e-3 <= value <= 1e6, "a number from 0.001 to 1e6"),
    "first_index": (_count, "a whole number from 0 on"),
    "first_tick_us": (_count, "a whole number from 0 on"),
    "samples": (_count, "a whole number from 0 on"),
    "lost": (_whole, "a whole number"),
    "gaps": (_count, "a whole number from 0 on"),
    "measured_hz": (_or_null(_number), "a number or null"),
    "delivered_hz": (_or_null(_number), "a number or null"),
    "filled": (_runs, "a list of pairs of whole numbers"),
}
_METADATA: dict[str, tuple[_Check, str]] = {
    "format": (lambda value: value in FORMATS, f"one of {', '.join(FORMATS)}"),
    "software": (_text, "text"),
    "address": (_text, "text"),
    "device": (_object, "an object"),
    "version": (lambda value: _count(value) and value == VERSION, f"{VERSION}, the version that this SDK reads"),
    "state": (lambda value: value in STATES, f"one of {', '.join(STATES)}"),
    "error": (_or_null(_text), "text or null"),
    "started": (_or_null(_moment), "a time with its zone or null"),
    "start_tick_us": (_or_null(_count), "a whole number from 0 on or null"),
    "ended": (_or_null(_moment), "a time with its zone or null"),
    "drift_ppm": (_or_null(_number), "a number or null"),
    "streams": (_object, "an object"),
    "rows": (_counts, "an object of counts"),
    "restarts": (_count, "a whole number from 0 on"),
    "files": (_texts, "a list of names"),
}
_NEEDED = ("format", "version", "state")
_NEEDED_STREAM = ("channels", "unit", "lsb", "sample_bytes", "rate_hz", "first_index", "first_tick_us")
_STREAMS = {stream.name.lower() for stream in Stream}


def check_metadata(raw: Any) -> dict[str, Any]:
    """The object that `recording.json` holds; raises ValueError naming the field that cannot be and what it must be."""
    if not isinstance(raw, dict):
        raise ValueError("it must be an object")
    _check("", raw, _METADATA, _NEEDED)
    for name, stream in raw.get("streams", {}).items():
        if name not in _STREAMS:
            raise ValueError(f"streams has {name[:40]!r}, which is none of {', '.join(sorted(_STREAMS))}")
        if not isinstance(stream, dict):
            raise ValueError(f"streams.{name} must be an object, not {_short(stream)}")
        _check(f"streams.{name}.", stream, _STREAM, _NEEDED_STREAM)
    return raw


def _check(where: str, raw: dict[str, Any], fields: dict[str, tuple[_Check, str]], needed: tuple[str, ...]) -> None:
    missing = next((name for name in needed if name not in raw), None)
    if missing is not None:
        raise ValueError(f"{where}{missing} is missing")
    for name, value in raw.items():
        if name not in fields:
            raise ValueError(f"{where}{name[:40]!r} is no field of it")
        check, what = fields[name]
        if not check(value):
            raise ValueError(f"{where}{name} must be {what}, not {_short(value)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
