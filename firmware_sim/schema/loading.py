"""Reads wire.toml: first its shape, then what it means, then whether its parts fit each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .checks import check_schema
from .errors import SchemaError
from .model import (
    Characteristic,
    Field,
    FieldModel,
    Message,
    MessageModel,
    Named,
    Reading,
    Schema,
    Service,
    Setting,
    Stream,
    Value,
    camel,
)
from .shape import WIRE, check_shape

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SCHEMA = Path(__file__).with_name("wire.toml")


def load(path: Path = SCHEMA) -> Schema:
    """Read and check a schema file; raises SchemaError for whatever is wrong with it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SchemaError(f"{path.name}: {error.strerror or error}") from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise SchemaError(f"{path.name}: {' '.join(str(error).split())}") from error
    check_shape("wire.toml", WIRE, raw)
    schema = _schema(raw)
    check_schema(schema)
    return schema


def _schema(raw: dict[str, Any]) -> Schema:
    readings = tuple(Reading(**r) for r in raw["readings"])
    streams = tuple(_stream(s) for s in raw["streams"])
    enums = tuple(_named(n, e, "value") for n, e in raw["enums"].items())
    tables = (_table("stream", "A stream of samples.", streams), _table("reading_kind", "Which reading.", readings))
    return Schema(
        version=raw["protocol_version"],
        longest_frame=raw["longest_frame"],
        kept_commands=raw["kept_commands"],
        streams=streams,
        enums=(*enums, *tables),
        flags=tuple(_named(n, f, "bit") for n, f in raw["flags"].items()),
        readings=readings,
        messages=tuple(_message(m) for m in raw["messages"]),
        services=tuple(_service(s) for s in raw["services"]),
        settings=tuple(Setting(**s) for s in raw["settings"]),
    )


def _named(name: str, raw: dict[str, Any], key: str) -> Named:
    values = tuple(Value(v["name"], v[key], v["doc"], v.get("symbol", "")) for v in raw["values"])
    prefix, class_name = raw.get("prefix", name.upper()), raw.get("class", camel(name))
    return Named(name, raw["doc"], values, prefix, class_name, raw.get("all", False))


def _table(name: str, doc: str, rows: tuple[Stream, ...] | tuple[Reading, ...]) -> Named:
    """The enum of a table's rows."""
    return _named(
        name, {"doc": doc, "values": [{"name": r.name, "value": r.value, "doc": r.doc} for r in rows]}, "value"
    )


def _stream(raw: dict[str, Any]) -> Stream:
    where = f"streams.{raw['name']}"
    scaled = {"full_scale_milli", "gain", "bits"} & raw.keys()
    if ("lsb_nano" in raw) == bool(scaled) or len(scaled) not in (0, 3):
        raise SchemaError(f"{where}: needs lsb_nano, or full_scale_milli, gain and bits")
    if scaled:
        rail = (1 << raw["bits"] - 1) - 1
        raw = raw | {"lsb_nano": round(raw["full_scale_milli"] * 1_000_000 / raw["gain"] / rail)}
    stream = Stream(**(raw | {"channels": tuple(raw["channels"])}))
    if not 0 < stream.lsb_nano < 1 << 32:
        raise SchemaError(f"{where}: one count is {stream.lsb_nano}e-9 of the unit, not 1 to {(1 << 32) - 1}")
    return stream


def _message(raw: dict[str, Any]) -> Message:
    fields = tuple(Field(**(f | {"model": FieldModel(**f["model"]) if "model" in f else None})) for f in raw["fields"])
    model = MessageModel(**raw["model"]) if "model" in raw else None
    return Message(raw["name"], raw["type"], raw["to"], raw["doc"], fields, model, raw.get("alone", False))


def _service(raw: dict[str, Any]) -> Service:
    chars = tuple(
        Characteristic(c["name"], c["uuid"], tuple(c["properties"]), c["encrypted"], tuple(c.get("messages", ())))
        for c in raw["characteristics"]
    )
    return Service(raw["name"], raw["uuid"], chars, raw.get("doc", ""))
