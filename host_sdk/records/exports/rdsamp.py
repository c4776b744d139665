"""`rdsamp -c -v` of the WFDB programs, and PhysioNet's ATM: names in single quotes, then units, then rows."""

from __future__ import annotations

import re

from ..csv_head import Head
from ..description import Declared, Description
from ..source import format_error
from .export import Export, first_cells

_TIMES = {"elapsed time", "time", "time and date", "sample #", "sample interval"}
_INTERVAL = re.compile(r"(\d*\.?\d+(?:[eE]-?\d+)?) sec")
#: An interval that is written with fewer digits than this names a rate only where that is a whole number.
_DIGITS = 4


def _names(head: Head) -> list[str]:
    return [_plain(cell) for cell in first_cells(head, ",")]


def _plain(cell: str) -> str:
    return cell.strip().strip("'").strip()


def _recognises(head: Head) -> bool:
    first = head.texts[:1]
    return (
        bool(first)
        and first[0].lstrip().startswith("'")
        and _names(head)[:1] != []
        and _names(head)[0].lower() in _TIMES
    )


def _describe(head: Head) -> Description:
    names = _names(head)
    second = [_plain(cell) for cell in (head.texts[1] if len(head.texts) > 1 else "").split(",")]
    has_units = len(second) == len(names) and not re.fullmatch(r"[-+.\d]+|-", second[-1])
    units = second if has_units else [""] * len(names)
    fs = _rate(head, names[0].lower(), units[0])
    channels = tuple(
        Declared(name, unit, fs, 1 + n) for n, (name, unit) in enumerate(zip(names[1:], units[1:], strict=True))
    )
    if not channels:
        raise format_error(head.path, "is of rdsamp without a signal")
    timed = names[0].lower() not in ("sample #", "sample interval")
    return Description(head.path, channels, ",", decimal=".", time=0 if timed else None, skip=1 + has_units)


def _rate(head: Head, first: str, unit: str) -> float | None:
    """Samples a second by the interval between them; None: by the times."""
    if first != "sample interval":
        return None
    said = _INTERVAL.fullmatch(unit)
    interval = float(said[1]) if said else 0.0
    if not said or not 1e-6 <= interval <= 1e3:
        return None
    rate = 1.0 / interval
    whole = abs(rate / round(rate) - 1) < 1e-6 if rate >= 1 else False
    exact = len(said[1].replace(".", "").lstrip("0")) >= _DIGITS
    return float(round(rate)) if whole or (exact and abs(rate / round(rate) - 1) < 1e-3) else rate if exact else None


EXPORT = Export("rdsamp -c", _recognises, _describe)
