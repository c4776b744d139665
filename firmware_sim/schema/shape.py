"""What wire.toml may say: the keys of each table and what each may hold, as tables of rules.

A rule says what is wrong with a value, or None. A shape is a rule; a table (rules by key, those that may be missing end
with `?`); rows (a list of one table, each row with a `name` of its own); or `ByName`, tables that the file names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from keyword import iskeyword
from typing import Any, Union

from .errors import SchemaError

#: struct letter and size of each plain type.
SCALARS: dict[str, tuple[str, int]] = {
    "u8": ("B", 1),
    "u16": ("H", 2),
    "i16": ("h", 2),
    "u32": ("I", 4),
    "i32": ("i", 4),
    "u64": ("Q", 8),
}
#: The type of a setting that is a text.
TEXT = "text"
#: Bytes of a frame at most: what is left of the BLE MTU that the firmware offers, and less than a ring's byte can say.
LONGEST_FRAME = 244
#: Names that the generated code uses itself where a field's name stands beside them.
_TAKEN_BY_CODE = ("buf", "frame_seq", "present", "pack_into", "int", "bytes", "str", "float", "struct", "wire")
_TAKEN_BY_METHODS = ("encode", "decode", "of", "names", "choice")

Rule = Callable[[Any], str | None]


@dataclass(frozen=True)
class ByName:
    """A table of tables, by names that the file gives."""

    shape: Mapping[str, Any]


Shape = Union[Rule, Mapping[str, Any], "list[Mapping[str, Any]]", ByName]


def whole(low: int, high: int) -> Rule:
    """A whole number of a range."""

    def rule(value: Any) -> str | None:
        if type(value) is not int:
            return f"{value!r} is not a whole number"
        return None if low <= value <= high else f"{value} is not {low} to {high}"

    return rule


def truth(value: Any) -> str | None:
    """True or false."""
    return None if isinstance(value, bool) else f"{value!r} is not true or false"


def one_of(*choices: str) -> Rule:
    """One of some words."""

    def rule(value: Any) -> str | None:
        if value in choices:
            return None
        return f"{value!r} is not one of {', '.join(choices)}{_meant(value, choices)}"

    return rule


def line(value: Any) -> str | None:
    """Words for people: one line that stands in comments, docstrings and tables as it is."""
    if not isinstance(value, str):
        return f"{value!r} is not text"
    if not value.strip():
        return "is empty"
    bad = [letter for letter in value if not letter.isprintable() or letter in '"\\|']
    return f"{bad[0]!r} cannot stand in a line of text" if bad else None


def name(value: Any) -> str | None:
    """A name in code, as `heart_rate`."""
    if not isinstance(value, str):
        return f"{value!r} is not text"
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", value):
        return f"{value!r} is not a name (small letters, digits and single _)"
    return f"{value!r} is a word of Python" if iskeyword(value) else None


def field_name(value: Any) -> str | None:
    """A name that may stand beside those of the generated code."""
    problem = name(value)
    taken = value in _TAKEN_BY_CODE or value in _TAKEN_BY_METHODS
    return f"{value!r} is taken by the generated code" if problem is None and taken else problem


def matching(pattern: str, what: str) -> Rule:
    """Text of a form."""

    def rule(value: Any) -> str | None:
        return None if isinstance(value, str) and re.fullmatch(pattern, value) else f"{value!r} is not {what}"

    return rule


def each(rule: Rule) -> Rule:
    """A list of values, none of them twice."""

    def of_all(value: Any) -> str | None:
        if not isinstance(value, list) or not value:
            return f"{value!r} is not a list of one or more"
        problem = next((p for p in map(rule, value) if p is not None), None)
        return problem or next((f"{v!r} is there twice" for v in value if value.count(v) > 1), None)

    return of_all


def field_type(value: Any) -> str | None:
    """Type of a field."""
    if isinstance(value, str) and (value in SCALARS or value == "bytes" or re.fullmatch(r"char\[[1-9]\d*\]", value)):
        return None
    return f"{value!r} is not one of {', '.join(SCALARS)}, char[n], bytes"


_NUMBER = whole(-(1 << 63), (1 << 64) - 1)
_U32 = whole(1, (1 << 32) - 1)
_CAPITALS = matching(r"[A-Z][A-Z0-9_]*", "a name in capitals")
_CLASS = matching(r"[A-Z][A-Za-z0-9]*", "the name of a class")
_UUID = matching(
    r"[0-9A-Fa-f]{4}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "a UUID: 4 hexadecimal digits or 8-4-4-4-12"
)
_NAMED = {"doc": line, "prefix?": _CAPITALS, "class?": _CLASS}
_VALUE = {"name": name, "doc": line, "symbol?": line}
_FIELD = {
    "name": field_name,
    "type": field_type,
    "doc": line,
    "enum?": name,
    "flags?": name,
    "mask?": name,
    "optional?": truth,
    "relative_to?": name,
    "scaled_by?": name,
    "model?": {"name?": field_name, "per?": whole(1, 1 << 32), "doc?": line},
}
_CHARACTERISTIC = {
    "name": name,
    "uuid": _UUID,
    "properties": each(one_of("read", "write", "write_without_response", "notify", "indicate")),
    "encrypted": truth,
    "messages?": each(name),
}
#: All of wire.toml.
WIRE: Mapping[str, Any] = {
    "protocol_version": whole(1, 255),
    "longest_frame": whole(1, LONGEST_FRAME),
    "kept_commands": whole(1, 64),
    "enums": ByName({**_NAMED, "values": [{**_VALUE, "value": whole(0, (1 << 32) - 1)}]}),
    "flags": ByName({**_NAMED, "all?": truth, "values": [{**_VALUE, "bit": whole(0, 31)}]}),
    "streams": [
        {
            "name": name,
            "value": whole(0, 15),
            "doc": line,
            "sensor": name,
            "channels": each(_CAPITALS),
            "sample_bytes": whole(2, 3),
            "unit": name,
            "rate_mhz": _U32,
            "block": whole(1, 255),
            "lsb_nano?": _U32,
            "full_scale_milli?": whole(1, 1 << 40),
            "gain?": whole(1, 1 << 16),
            "bits?": whole(2, 32),
            "optional?": truth,
        }
    ],
    "settings": [
        {
            "name": name,
            "value": whole(1, 255),
            "type": one_of(*SCALARS, TEXT),
            "doc": line,
            "default?": _NUMBER,
            "low?": _NUMBER,
            "high?": _NUMBER,
            "enum?": name,
            "longest?": whole(1, 255),
        }
    ],
    "readings": [
        {
            "name": name,
            "short?": name,
            "value": whole(0, 255),
            "unit": name,
            "scale": whole(1, 1 << 31),
            "doc": line,
            "sensor": name,
            "enum?": name,
        }
    ],
    "messages": [
        {
            "name": name,
            "type": whole(0, 255),
            "to": one_of("host", "device"),
            "doc": line,
            "fields": [_FIELD],
            "model?": {"name": _CLASS, "doc?": line, "item?": truth},
            "alone?": truth,
        }
    ],
    "services": [{"name": name, "uuid": _UUID, "doc?": line, "characteristics": [_CHARACTERISTIC]}],
}


def check_shape(where: str, shape: Shape, value: object) -> None:
    """Raise SchemaError, with the place, where a value has not this shape."""
    if callable(shape):
        problem = shape(value)
        if problem is not None:
            raise SchemaError(f"{where}: {problem}")
    elif isinstance(shape, ByName):
        _check_by_name(where, shape.shape, value)
    elif isinstance(shape, list):
        _check_rows(where, shape[0], value)
    else:
        _check_table(where, shape, value)


def _check_table(where: str, shape: Mapping[str, Any], value: object) -> None:
    if not isinstance(value, dict):
        raise SchemaError(f"{where}: {value!r} is not a table")
    rules = {key.removesuffix("?"): rule for key, rule in shape.items()}
    for key in sorted(value.keys() - rules.keys()):
        raise SchemaError(f"{where}: no key {key!r} is known{_meant(key, rules)}")
    for key in sorted(shape.keys() - value.keys()):
        if not key.endswith("?"):
            raise SchemaError(f"{where}: {key!r} is missing")
    for key, rule in rules.items():
        if key in value:
            check_shape(f"{where}.{key}".removeprefix("wire.toml."), rule, value[key])


def _check_rows(where: str, shape: Mapping[str, Any], value: object) -> None:
    if not isinstance(value, list) or not value:
        raise SchemaError(f"{where}: {value!r} is not a list of one or more tables")
    names = [row.get("name") if isinstance(row, dict) else None for row in value]
    for at, (row, called) in enumerate(zip(value, names, strict=True)):
        check_shape(f"{where}[{at}]" if name(called) else f"{where}.{called}", shape, row)
        if names.count(called) > 1:
            raise SchemaError(f"{where}.{called}: is there twice")


def _check_by_name(where: str, shape: Mapping[str, Any], value: object) -> None:
    if not isinstance(value, dict) or not value:
        raise SchemaError(f"{where}: {value!r} is not one or more tables")
    for called, table in value.items():
        check_shape(where, name, called)
        check_shape(f"{where}.{called}", shape, table)


def _meant(word: object, known: Iterable[str]) -> str:
    near = get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
