"""Literals of the firmware that repeat a constant of another file, generated or not.

MicroPython and C inline only what the same file says, so a file repeats the number and names its origin:
`_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ`, or `#define RATE_HZ 250 // frontends.ecg: RATE_HZ`. The origin is a
module of the firmware, without the `_gen` of generated ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .errors import SchemaError

_MARK = re.compile(r"(?:#|//|/\*) (?!noqa)([a-z_][\w.]*): (\w+)(?: \*/)?\s*$")
#: Marks of these are never a remark.
_GENERATED = re.compile(r"wire$|frontends\.")
_LITERAL = re.compile(r"^(\s*(?:\w+ = const\(|#define \w+ |(?:static )?const \w+ \w+ = ))(-?\w+)(\)?;?  ?)$")

#: Constants by origin (`wire`, `frontends.ecg`, `frame_ring`), then by name.
Origins = Mapping[str, Mapping[str, int]]
_CONSTANT = re.compile(r"^(\w+) = const\((-?[\d_]+)\)(.*)", re.MULTILINE)


def constants(text: str) -> dict[str, int]:
    """Numbers that a file states itself, by name; those that it repeats of another are none of its own."""
    return {name: int(value) for name, value, rest in _CONSTANT.findall(text) if _MARK.search(rest) is None}


def _line(where: str, line: str, origins: Origins) -> str:
    mark = _MARK.search(line)
    if mark is None:
        return line
    origin, name = mark.groups()
    literal = _LITERAL.match(line[: mark.start()])
    if literal is None and not _GENERATED.match(origin):
        return line  # a remark
    if name not in origins.get(origin, {}):
        raise SchemaError(f"{where}: {origin} has no constant {name!r}")
    if literal is None:
        raise SchemaError(f"{where}: no single number before the origin of {name!r}")
    value, (before, text, after) = origins[origin][name], literal.groups()
    if text.replace("_", "") == str(value):
        return line
    grouped = "_" in text or (abs(value) >= 10_000 and "const(" in before)
    return f"{before}{value:{'_' if grouped else ''}}{after}{line[mark.start() :]}"


def rewrite(name: str, text: str, origins: Origins) -> str:
    """Text of the file `name` with each marked literal as its origin has it; raises SchemaError for a bad mark."""
    return "\n".join(_line(f"{name}:{n}", line, origins) for n, line in enumerate(text.split("\n"), 1))
