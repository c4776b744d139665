"""The small file that says what the columns of a CSV or the arrays of an NPZ are.

`NAME.json` beside `NAME.csv` or `NAME.npz`:

    {"fs": 100, "channels": [{"name": "RED", "unit": "count"},
                             {"name": "IR", "unit": "count"},
                             {"name": "ACC_X", "unit": "g", "fs": 50, "column": "ax"}]}

`fs` in Hz holds for every channel without its own. `unit` may be left out where any unit will do (light).
`column` is the heading (with or without a unit in brackets, `ECG [mV]`) or number (from 0) of the CSV column, or the
name of the NPZ array; it is the channel's name where it is left out, or its place in the list where a CSV has no
headings. A CSV column of another rate runs at its own pace from the first row on and is empty after its end.
`index` may name the column that numbers the samples: rows then stand anywhere and missing ones are gaps; without it
a row is a sample. `time` may name the column of times: a jump in it is a gap, and a rate that contradicts `fs` an
error; without it, a column that is headed so is taken (`null`: none). `delimiter` and `decimal` may be set for a CSV
(default: what its rows use, see `csv_layout`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import RecordNotFound
from ..small_json import read_json
from .source import format_error

_EXAMPLE = (
    "for a column ECG in mV, 250 samples a second, it is "
    '{"fs": 250, "channels": [{"name": "ECG", "unit": "mV"}]} (docs/records.md)'
)
_DELIMITER = re.compile(r"[^\w\n\r\0\"+.-]")


@dataclass(frozen=True)
class Declared:
    """One channel as the sidecar declares it."""

    name: str
    unit: str
    fs: float
    column: str | int | None


@dataclass(frozen=True)
class Sidecar:
    """A checked sidecar."""

    path: Path
    channels: tuple[Declared, ...]
    delimiter: str | None
    #: Heading or number of the column that numbers the samples; None: every row is one.
    index: str | int | None
    #: Mark between the whole and the rest of a number; None: as it is written.
    decimal: str | None = None
    #: Heading or number of the column of times; None: there is none, "": the one that is headed so.
    time: str | int | None = ""


def read_sidecar(data: Path) -> Sidecar:
    """The sidecar of a data file; raises RecordNotFound or RecordFormatError naming what is missing or wrong."""
    path = data.with_suffix(".json")
    if not path.is_file():
        raise RecordNotFound(f"{data}: its sidecar {path.name} is missing; {_EXAMPLE}")
    try:
        content = read_json(path)
    except (ValueError, OSError) as error:
        raise format_error(path, "not JSON that can be read", error) from error
    if not isinstance(content, dict) or not isinstance(content.get("channels"), list) or not content["channels"]:
        raise format_error(path, 'must be an object with a list "channels"')
    declared = tuple(_declared(path, entry, content.get("fs")) for entry in content["channels"])
    names = [channel.name for channel in declared]
    if len(set(names)) < len(names):
        raise format_error(path, "names a channel twice")
    delimiter, decimal = content.get("delimiter"), content.get("decimal")
    if delimiter is not None and not (isinstance(delimiter, str) and _DELIMITER.fullmatch(delimiter)):
        raise format_error(path, '"delimiter" must be one character that no number has in it')
    if decimal not in (None, ".", ",") or (decimal is not None and decimal == delimiter):
        raise format_error(path, '"decimal" must be "." or ",", and not the delimiter')
    index, time = content.get("index"), content.get("time", "")
    for name, column in (("index", index), ("time", time)):
        if isinstance(column, bool) or not isinstance(column, str | int | None):
            raise format_error(path, f'"{name}" must be a heading or a number')
    if index is not None and time not in ("", None):
        raise format_error(path, 'has both "index" and "time"; one of them says where a row stands')
    return Sidecar(path, declared, delimiter, index, decimal, time)


def _declared(path: Path, entry: Any, common_fs: Any) -> Declared:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
        raise format_error(path, 'every channel must be an object with a "name"')
    name = entry["name"].strip()
    fs = entry.get("fs", common_fs)
    if isinstance(fs, bool) or not isinstance(fs, int | float) or not 1e-3 <= fs <= 1e6:
        raise format_error(path, f'channel {name!r} needs "fs" in Hz, from 0.001 to 1e6, not {str(fs)[:40]}')
    unit, column = entry.get("unit", ""), entry.get("column")
    if not isinstance(unit, str):
        raise format_error(path, f'"unit" of channel {name!r} must be text')
    if isinstance(column, bool) or not isinstance(column, str | int | None):
        raise format_error(path, f'"column" of channel {name!r} must be a heading or a number')
    return Declared(name, unit.strip(), float(fs), column)
