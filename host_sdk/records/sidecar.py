"""The small file that says what the columns of a CSV or the arrays of an NPZ are.

`NAME.json` beside `NAME.csv` or `NAME.npz`:

    {"fs": 100, "channels": [{"name": "RED", "unit": "count"},
                             {"name": "IR", "unit": "count"},
                             {"name": "ACC_X", "unit": "g", "fs": 50, "column": "ax", "scale": 0.001}]}

`fs` in Hz holds for every channel without its own. `unit` may be left out where any unit will do (light). A value is
`scale` times what stands in the file, plus `offset`.
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
from pathlib import Path
from typing import Any

from ..small_json import read_json
from .description import Declared, Description
from .source import format_error

_LARGEST = 1e15
#: Results of `vitalband replay walk.csv --json > walk.json` would be read as a sidecar.
_ELSEWHERE = "a result needs another name"
_DELIMITER = re.compile(r"[^\w\n\r\0\"+.-]")


def read_sidecar(data: Path) -> Description | None:
    """What the sidecar of a data file says, None where there is none; raises RecordFormatError naming what is wrong."""
    path = data.with_suffix(".json")
    if not path.is_file():
        return None
    try:
        if not path.stat().st_size:
            raise format_error(path, f"{_taken_for(data)}, but is empty; {_ELSEWHERE}")
        content = read_json(path)
    except (ValueError, OSError) as error:
        raise format_error(path, f"{_taken_for(data)}, but is not JSON that can be read", error) from error
    if not isinstance(content, dict) or not isinstance(content.get("channels"), list) or not content["channels"]:
        raise format_error(path, f'{_taken_for(data)}, but is not an object with a list "channels"; {_ELSEWHERE}')
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
    return Description(path, declared, delimiter, index, decimal, time)


def _taken_for(data: Path) -> str:
    return f"is read for what it says of {data.name}"


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
    scale, offset = (_number(path, name, key, entry.get(key, usual)) for key, usual in (("scale", 1), ("offset", 0)))
    if scale == 0:
        raise format_error(path, f'"scale" of channel {name!r} is 0, which leaves nothing of it')
    return Declared(name, unit.strip(), float(fs), column, scale, offset)


def _number(path: Path, name: str, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise format_error(path, f'"{key}" of channel {name!r} must be a number, not {str(value)[:40]}')
    return float(value)
