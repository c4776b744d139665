"""The schema as data: reads wire.toml, checks it, and knows sizes and layouts."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SCHEMA = Path(__file__).with_name("wire.toml")

#: struct letter and size of each plain type.
SCALARS: dict[str, tuple[str, int]] = {
    "u8": ("B", 1),
    "u16": ("H", 2),
    "i16": ("h", 2),
    "u32": ("I", 4),
    "i32": ("i", 4),
    "u64": ("Q", 8),
}


class SchemaError(Exception):
    """The schema file contradicts itself."""


@dataclass(frozen=True)
class Field:
    """One field of a message."""

    name: str
    type: str
    doc: str
    enum: str | None = None
    flags: str | None = None
    optional: bool = False

    @property
    def letter(self) -> str:
        """Its struct format letter."""
        if self.type.startswith("char["):
            return f"{self.type[5:-1]}s"
        return SCALARS[self.type][0]

    @property
    def size(self) -> int:
        """Its size in bytes; 0 for a trailing `bytes` field."""
        if self.type == "bytes":
            return 0
        return int(self.type[5:-1]) if self.type.startswith("char[") else SCALARS[self.type][1]


@dataclass(frozen=True)
class Message:
    """One message: its type number, direction and fields."""

    name: str
    type: int
    to: str
    doc: str
    fields: tuple[Field, ...]

    @property
    def class_name(self) -> str:
        """Name of its SDK class."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def optional(self) -> tuple[Field, ...]:
        """The fields that may be absent, in the order of their presence bits."""
        return tuple(f for f in self.fields if f.optional)

    @property
    def fixed(self) -> tuple[Field, ...]:
        """The fields of known size, in order."""
        return tuple(f for f in self.fields if f.type != "bytes")

    @property
    def tail(self) -> Field | None:
        """The trailing `bytes` field, if it has one."""
        return self.fields[-1] if self.fields and self.fields[-1].type == "bytes" else None

    @property
    def format(self) -> str:
        """struct format of everything but the tail."""
        return "<" + ("H" if self.optional else "") + "".join(f.letter for f in self.fixed)

    @property
    def size(self) -> int:
        """Bytes of everything but the tail."""
        return (2 if self.optional else 0) + sum(f.size for f in self.fixed)


@dataclass(frozen=True)
class Value:
    """One named value of an enum, or one bit of a flag set."""

    name: str
    value: int
    doc: str
    symbol: str = ""


@dataclass(frozen=True)
class Named:
    """An enum or a flag set."""

    name: str
    doc: str
    values: tuple[Value, ...]

    @property
    def class_name(self) -> str:
        """Name of its SDK class."""
        return "".join(part.capitalize() for part in self.name.split("_"))


@dataclass(frozen=True)
class Reading:
    """One kind of reading: its number on the wire, unit and scale."""

    name: str
    value: int
    unit: str
    scale: int
    doc: str
    enum: str | None = None


@dataclass(frozen=True)
class Characteristic:
    """One GATT characteristic."""

    name: str
    uuid: str
    properties: tuple[str, ...]
    encrypted: bool
    doc: str = ""


@dataclass(frozen=True)
class Service:
    """One GATT service."""

    name: str
    uuid: str
    characteristics: tuple[Characteristic, ...]
    doc: str = ""


@dataclass(frozen=True)
class Schema:
    """Everything in wire.toml."""

    version: int
    enums: tuple[Named, ...]
    flags: tuple[Named, ...]
    readings: tuple[Reading, ...]
    messages: tuple[Message, ...]
    services: tuple[Service, ...] = field(default=())


def _named(name: str, raw: dict[str, Any], key: str) -> Named:
    values = tuple(Value(v["name"], v[key], v["doc"], v.get("symbol", "")) for v in raw["values"])
    _unique(f"enum {name}", [v.value for v in values])
    _unique(f"enum {name}", [v.name for v in values])
    return Named(name, raw["doc"], values)


def _message(raw: dict[str, Any]) -> Message:
    message = Message(raw["name"], raw["type"], raw["to"], raw["doc"], tuple(Field(**f) for f in raw["fields"]))
    if message.to not in ("host", "device"):
        raise SchemaError(f"{message.name}: goes to {message.to!r}, which is nobody")
    if len(message.optional) > 16:
        raise SchemaError(f"{message.name}: more optional fields than presence bits")
    if any(f.type == "bytes" for f in message.fields[:-1]):
        raise SchemaError(f"{message.name}: bytes must come last")
    _unique(message.name, [f.name for f in message.fields])
    return message


def _service(raw: dict[str, Any]) -> Service:
    chars = tuple(
        Characteristic(c["name"], c["uuid"], tuple(c["properties"]), c["encrypted"], c.get("doc", ""))
        for c in raw["characteristics"]
    )
    return Service(raw["name"], raw["uuid"], chars, raw.get("doc", ""))


def _unique(what: str, values: list[Any]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise SchemaError(f"{what}: {value!r} is there twice")


def _reading_kinds(readings: tuple[Reading, ...]) -> Named:
    return Named("reading_kind", "Which reading.", tuple(Value(r.name, r.value, r.doc) for r in readings))


def _check_references(schema: Schema) -> None:
    enums = {e.name for e in schema.enums}
    flags = {f.name for f in schema.flags}
    units = {v.name for e in schema.enums if e.name == "unit" for v in e.values}
    for message in schema.messages:
        for f in message.fields:
            if (f.enum and f.enum not in enums) or (f.flags and f.flags not in flags):
                raise SchemaError(f"{message.name}.{f.name}: no enum or flag set {f.enum or f.flags!r}")
    for reading in schema.readings:
        if reading.unit not in units or (reading.enum and reading.enum not in enums):
            raise SchemaError(f"reading {reading.name}: unknown unit or enum")
    _unique("message type", [m.type for m in schema.messages])
    _unique("characteristic", [c.name for s in schema.services for c in s.characteristics])


def load(path: Path = SCHEMA) -> Schema:
    """Read and check a schema file.

    Raises SchemaError where it contradicts itself, KeyError or TypeError where a part is missing.
    """
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    readings = tuple(Reading(**r) for r in raw["readings"])
    schema = Schema(
        version=raw["protocol_version"],
        enums=(*(_named(n, e, "value") for n, e in raw["enums"].items()), _reading_kinds(readings)),
        flags=tuple(_named(n, f, "bit") for n, f in raw["flags"].items()),
        readings=readings,
        messages=tuple(_message(m) for m in raw["messages"]),
        services=tuple(_service(s) for s in raw["services"]),
    )
    _check_references(schema)
    return schema
