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

#: type u8, seq u16.
HEADER_BYTES = 3
#: The one sensor without a stream.
GAUGE = "gauge"
#: Bytes of a frame at most in the firmware's rings, whose lengths take a byte each.
LONGEST_RING_FRAME = 255
#: Bytes of a request at most: the UART's reader takes 64 of a packet, with CRC-32 and COBS.
LONGEST_REQUEST = 59

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
class FieldModel:
    """How a field looks in the SDK's model, where that differs: name, divisor, meaning."""

    name: str = ""
    per: int | None = None
    doc: str = ""


@dataclass(frozen=True)
class MessageModel:
    """The SDK's model of a message; `item`: handed out as it comes."""

    name: str
    doc: str = ""
    item: bool = True


@dataclass(frozen=True)
class Field:
    """One field of a message."""

    name: str
    type: str
    doc: str
    enum: str | None = None
    flags: str | None = None
    #: Enum whose values are bits of this field.
    mask: str | None = None
    optional: bool = False
    #: Field from which it is counted.
    relative_to: str | None = None
    #: Field with the kind of reading at whose scale it is.
    scaled_by: str | None = None
    model: FieldModel | None = None

    @property
    def model_name(self) -> str:
        """What the SDK's model calls it."""
        return (self.model and self.model.name) or self.name

    @property
    def model_doc(self) -> str:
        """What it means in the SDK's model."""
        return (self.model and self.model.doc) or self.doc

    @property
    def per(self) -> int | None:
        """Divisor that gives the model's number."""
        return self.model.per if self.model else None

    @property
    def bits(self) -> int:
        """Bits of a plain number."""
        return 8 * self.size

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
    model: MessageModel | None = None

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

    @property
    def frame_bytes(self) -> int:
        """Bytes of its frame without the tail."""
        return HEADER_BYTES + self.size


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
    #: Of the firmware's constants.
    prefix: str
    #: Of the SDK.
    class_name: str
    #: A mask of all bits has a name too.
    all: bool = False

    @property
    def highest(self) -> int:
        """Greatest value, or bit."""
        return max(v.value for v in self.values)


@dataclass(frozen=True)
class Stream:
    """A stream of samples: layout, rate and scale."""

    name: str
    value: int
    doc: str
    sensor: str
    channels: tuple[str, ...]
    sample_bytes: int
    unit: str
    rate_mhz: int
    block: int
    #: One count in 1e-9 of the unit.
    lsb_nano: int
    #: 1e-3 of the unit at the rail, before `gain`; 0 where `lsb_nano` is given.
    full_scale_milli: int = 0
    gain: int = 1
    bits: int = 0

    @property
    def block_bytes(self) -> int:
        """Sample bytes of a whole block."""
        return self.block * len(self.channels) * self.sample_bytes


@dataclass(frozen=True)
class Reading:
    """One kind of reading: its number on the wire, unit and scale."""

    name: str
    value: int
    unit: str
    scale: int
    doc: str
    #: Where it is measured.
    sensor: str
    enum: str | None = None
    #: A shorter name.
    short: str = ""


@dataclass(frozen=True)
class Setting:
    """A number that the device keeps: its record in storage, range and default."""

    name: str
    value: int
    type: str
    doc: str
    default: int
    low: int | None = None
    high: int | None = None
    enum: str | None = None

    @property
    def letter(self) -> str:
        """Its struct format letter."""
        return SCALARS[self.type][0]


@dataclass(frozen=True)
class Characteristic:
    """One GATT characteristic."""

    name: str
    uuid: str
    properties: tuple[str, ...]
    encrypted: bool
    #: What goes by it.
    messages: tuple[str, ...] = ()


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
    longest_frame: int
    kept_commands: int
    streams: tuple[Stream, ...]
    enums: tuple[Named, ...]
    flags: tuple[Named, ...]
    readings: tuple[Reading, ...]
    messages: tuple[Message, ...]
    services: tuple[Service, ...] = field(default=())
    settings: tuple[Setting, ...] = field(default=())

    def message(self, name: str) -> Message:
        """The message of this name; raises StopIteration where there is none."""
        return next(m for m in self.messages if m.name == name)

    def outlet(self, message: Message) -> str:
        """Name of the characteristic by which a message goes; raises StopIteration where there is none."""
        return next(c.name for s in self.services for c in s.characteristics if message.name in c.messages)

    def named(self, name: str) -> Named:
        """The enum or flag set of this name; raises StopIteration where there is none."""
        return next(n for n in (*self.enums, *self.flags) if n.name == name)


def camel(name: str) -> str:
    """`stream_info` as `StreamInfo`."""
    return "".join(part.capitalize() for part in name.split("_"))


def _named(name: str, raw: dict[str, Any], key: str) -> Named:
    values = tuple(Value(v["name"], v[key], v["doc"], v.get("symbol", "")) for v in raw["values"])
    _unique(f"enum {name}", [v.value for v in values])
    _unique(f"enum {name}", [v.name for v in values])
    prefix, class_name = raw.get("prefix", name.upper()), raw.get("class", camel(name))
    return Named(name, raw["doc"], values, prefix, class_name, raw.get("all", False))


def _table(name: str, doc: str, rows: tuple[Stream, ...] | tuple[Reading, ...]) -> Named:
    """The enum of a table's rows."""
    return _named(
        name, {"doc": doc, "values": [{"name": r.name, "value": r.value, "doc": r.doc} for r in rows]}, "value"
    )


def _stream(raw: dict[str, Any]) -> Stream:
    name = f"stream {raw['name']}"
    scaled = {"full_scale_milli", "gain", "bits"} & raw.keys()
    if ("lsb_nano" in raw) == bool(scaled):
        raise SchemaError(f"{name}: needs lsb_nano, or full_scale_milli, gain and bits")
    if scaled and not (raw.get("gain", 0) > 0 and raw.get("bits", 0) > 1 and raw.get("full_scale_milli", 0) > 0):
        raise SchemaError(f"{name}: full_scale_milli, gain and bits must be above 0")
    if scaled:
        rail = (1 << raw["bits"] - 1) - 1
        raw = raw | {"lsb_nano": round(raw["full_scale_milli"] * 1_000_000 / raw["gain"] / rail)}
    stream = Stream(**(raw | {"channels": tuple(raw["channels"])}))
    if stream.sample_bytes not in (2, 3):
        raise SchemaError(f"{name}: values of {stream.sample_bytes} bytes, which nobody packs")
    if min(stream.rate_mhz, stream.block, stream.lsb_nano, len(stream.channels)) < 1:
        raise SchemaError(f"{name}: rate, block, lsb and channels must be above 0")
    return stream


def _message(raw: dict[str, Any]) -> Message:
    fields = tuple(Field(**(f | {"model": FieldModel(**f["model"]) if "model" in f else None})) for f in raw["fields"])
    model = MessageModel(**raw["model"]) if "model" in raw else None
    message = Message(raw["name"], raw["type"], raw["to"], raw["doc"], fields, model)
    if message.to not in ("host", "device"):
        raise SchemaError(f"{message.name}: goes to {message.to!r}, which is nobody")
    if len(message.optional) > 16:
        raise SchemaError(f"{message.name}: more optional fields than presence bits")
    if any(f.type == "bytes" for f in message.fields[:-1]):
        raise SchemaError(f"{message.name}: bytes must come last")
    _unique(message.name, [f.name for f in message.fields])
    _unique(f"model of {message.name}", [f.model_name for f in message.fields])
    for f in message.fields:
        _check_scale(message, f)
    return message


def _check_scale(message: Message, f: Field) -> None:
    where = f"{message.name}.{f.name}"
    by_name = {other.name: other for other in message.fields}
    base = by_name.get(f.relative_to) if f.relative_to else None
    if f.relative_to and (base is None or base.optional or base is f):
        raise SchemaError(f"{where}: relative to {f.relative_to!r}, which is no field that is always there")
    if f.scaled_by and (f.scaled_by not in by_name or by_name[f.scaled_by].enum != "reading_kind"):
        raise SchemaError(f"{where}: scaled by {f.scaled_by!r}, which is no kind of reading")
    if f.per is not None and f.per < 1:
        raise SchemaError(f"{where}: a scale of {f.per}, must be above 0")
    if sum(way is not None for way in (f.relative_to, f.scaled_by, f.per, f.enum, f.flags, f.mask)) > 1:
        raise SchemaError(f"{where}: more than one way to read it")


def _service(raw: dict[str, Any]) -> Service:
    chars = tuple(
        Characteristic(c["name"], c["uuid"], tuple(c["properties"]), c["encrypted"], tuple(c.get("messages", ())))
        for c in raw["characteristics"]
    )
    return Service(raw["name"], raw["uuid"], chars, raw.get("doc", ""))


def _unique(what: str, values: list[Any]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise SchemaError(f"{what}: {value!r} is there twice")


def _check_streams(schema: Schema) -> None:
    units = {v.name for v in schema.named("unit").values}
    head = next(m.size for m in schema.messages if m.name == "samples") + HEADER_BYTES
    if [s.value for s in schema.streams] != list(range(len(schema.streams))):
        raise SchemaError("streams: numbers must run from 0 and leave none out")
    for stream in schema.streams:
        if stream.unit not in units:
            raise SchemaError(f"stream {stream.name}: unknown unit {stream.unit!r}")
        if head + stream.block_bytes > schema.longest_frame:
            raise SchemaError(f"stream {stream.name}: a block is longer than a frame of {schema.longest_frame} bytes")
        for other in schema.streams:
            if other.sensor == stream.sensor and (other.rate_mhz, other.block) != (stream.rate_mhz, stream.block):
                raise SchemaError(f"stream {stream.name}: another rate or block than {other.name} of the same sensor")


def _check_field(schema: Schema, where: str, f: Field) -> None:
    enums, flags = {e.name for e in schema.enums}, {s.name for s in schema.flags}
    for name, known in ((f.enum, enums), (f.flags, flags), (f.mask, enums)):
        if name and name not in known:
            raise SchemaError(f"{where}: no enum or flag set {name!r}")
    bits = f.flags or f.mask
    if bits and schema.named(bits).highest >= f.bits:
        raise SchemaError(f"{where}: {f.type} has no bit {schema.named(bits).highest} for {bits}")
    if f.enum and schema.named(f.enum).highest >> f.bits:
        raise SchemaError(f"{where}: {f.type} cannot hold {schema.named(f.enum).highest} of {f.enum}")


def _check_references(schema: Schema) -> None:
    enums = {e.name for e in schema.enums}
    units = {v.name for v in schema.named("unit").values}
    for message in schema.messages:
        for f in message.fields:
            _check_field(schema, f"{message.name}.{f.name}", f)
    known = {s.sensor for s in schema.streams} | {GAUGE}
    _unique("short name of readings", [r.short or r.name for r in schema.readings])
    for reading in schema.readings:
        if reading.sensor not in known:
            raise SchemaError(f"reading {reading.name}: no sensor {reading.sensor!r}")
        if reading.scale < 1:
            raise SchemaError(f"reading {reading.name}: a scale of {reading.scale}, must be above 0")
        if reading.unit not in units or (reading.enum and reading.enum not in enums):
            raise SchemaError(f"reading {reading.name}: unknown unit or enum")
    _unique("message type", [m.type for m in schema.messages])
    requests = [m.type for m in schema.messages if m.to == "device"]
    if requests != list(range(requests[0], requests[0] + len(requests))):
        raise SchemaError("requests: types must follow one another, in order")
    for message in schema.messages:
        if message.to == "device" and (message.tail or message.optional):
            raise SchemaError(f"{message.name}: a request has fields of known size, all there")
    _unique("characteristic", [c.name for s in schema.services for c in s.characteristics])


def _check_outlets(schema: Schema) -> None:
    """Every message goes by one characteristic, and by one that goes its way."""
    ways = {"host": {"notify", "indicate"}, "device": {"write"}}
    known = {m.name for m in schema.messages}
    members = [c for s in schema.services for c in s.characteristics]
    _unique("messages of characteristics", [name for c in members for name in c.messages])
    for c in members:
        for name in c.messages:
            if name not in known:
                raise SchemaError(f"characteristic {c.name}: no message {name!r}")
            to = schema.message(name).to
            if not ways[to] & set(c.properties):
                raise SchemaError(f"characteristic {c.name}: {name} goes to the {to}, which it does not")
    missing = known - {name for c in members for name in c.messages}
    if missing:
        raise SchemaError(f"messages: {', '.join(sorted(missing))} go by no characteristic")


def _check_frames(schema: Schema) -> None:
    """What the device makes and takes fits its buffers."""
    if not 0 < schema.longest_frame <= LONGEST_RING_FRAME:
        raise SchemaError(f"longest_frame: {schema.longest_frame} is not 1 to {LONGEST_RING_FRAME}")
    if schema.kept_commands < 1:
        raise SchemaError("kept_commands: must be above 0")
    for message in schema.messages:
        longest = schema.longest_frame if message.to == "host" else LONGEST_REQUEST
        if message.frame_bytes > longest:
            raise SchemaError(f"{message.name}: a frame of {message.frame_bytes} bytes, more than {longest}")


def setting_range(schema: Schema, setting: Setting) -> tuple[int, int]:
    """Least and greatest value: of its enum, or as stated, or all that its type holds."""
    if setting.enum:
        values = [v.value for v in schema.named(setting.enum).values]
        return min(values), max(values)
    bits = 8 * SCALARS[setting.type][1]
    least = -(1 << bits - 1) if setting.type[0] == "i" else 0
    low = least if setting.low is None else setting.low
    return low, least + (1 << bits) - 1 if setting.high is None else setting.high


def _check_settings(schema: Schema) -> None:
    enums = {e.name for e in schema.enums}
    for setting in schema.settings:
        if setting.type not in SCALARS or (setting.enum and setting.enum not in enums):
            raise SchemaError(f"setting {setting.name}: no type or enum {setting.enum or setting.type!r}")
        if not 0 < setting.value < 256:
            raise SchemaError(f"setting {setting.name}: its number {setting.value} is not 1 to 255")
        low, high = setting_range(schema, setting)
        if not low <= setting.default <= high:
            raise SchemaError(f"setting {setting.name}: its default {setting.default} is not {low} to {high}")
    _unique("setting", [s.name for s in schema.settings])
    _unique("setting", [s.value for s in schema.settings])


def load(path: Path = SCHEMA) -> Schema:
    """Read and check a schema file.

    Raises SchemaError where it contradicts itself, KeyError or TypeError where a part is missing.
    """
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    readings = tuple(Reading(**r) for r in raw["readings"])
    streams = tuple(_stream(s) for s in raw["streams"])
    enums = tuple(_named(n, e, "value") for n, e in raw["enums"].items())
    tables = (_table("stream", "A stream of samples.", streams), _table("reading_kind", "Which reading.", readings))
    schema = Schema(
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
    _check_references(schema)
    _check_outlets(schema)
    _check_frames(schema)
    _check_streams(schema)
    _check_settings(schema)
    return schema
