"""Whether the parts of a schema fit each other, what the codecs make of them, and what the device can do."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import SchemaError
from .model import (
    HEADER_BYTES,
    LONGEST_REQUEST,
    STREAMLESS,
    Field,
    Message,
    Schema,
    Setting,
    full_uuid,
    setting_range,
)
from .shape import TEXT

#: What the writers of the codecs, and the frames on the wire, are made of.
_MESSAGES = ("info", "stream_info", "samples", "beat", "ack", "get_info")
#: Classes that the SDK's generated files have besides those of the schema.
_OWN_CLASSES = {
    "host_sdk/wire_gen.py": [
        "WireError",
        "UnknownNumber",
        "Message",
        "ReadingSpec",
        "StreamLayout",
        "AnyMessage",
        "IntEnum",
        "IntFlag",
        "ClassVar",
        "Protocol",
        "TypeVar",
    ],
    "host_sdk/models_gen.py": ["Result", "Callable", "Any", "ClassVar", "IntEnum"],
}


def check_schema(schema: Schema) -> None:
    """Raise SchemaError where a schema contradicts itself."""
    _check_names(schema)
    for message in schema.messages:
        _check_message(schema, message)
    _check_types(schema)
    _check_readings(schema)
    _check_outlets(schema)
    _check_frames(schema)
    _check_streams(schema)
    _check_settings(schema)


def _unique(what: str, values: Iterable[object]) -> None:
    seen: set[object] = set()
    for value in values:
        if value in seen:
            raise SchemaError(f"{what}: {value!r} is there twice")
        seen.add(value)


def _check_names(schema: Schema) -> None:
    """What the file calls by a name is one thing, and so is what the codecs call by it."""
    named = (*schema.enums, *schema.flags)
    for group in named:
        _unique(f"values of {group.name}", [v.value for v in group.values])
        if group.all and any(v.name == "all" for v in group.values):
            raise SchemaError(f"flags.{group.name}: 'all' is taken by all of them")
    _unique("enums and flags", [n.name for n in named])
    _unique("enums and flags, prefix", [n.prefix for n in named])
    if "unit" not in {e.name for e in schema.enums}:
        raise SchemaError("enums: 'unit' is missing")
    for name in _MESSAGES:
        if name not in {m.name for m in schema.messages}:
            raise SchemaError(f"messages: {name!r} is missing")
    _unique("channels of streams", [channel for s in schema.streams for channel in s.channels])
    _unique("characteristics", [c.name for s in schema.services for c in s.characteristics])
    uuids = [s.uuid for s in schema.services] + [c.uuid for s in schema.services for c in s.characteristics]
    _unique("uuid of services", map(full_uuid, uuids))
    _check_classes(schema)


def _check_classes(schema: Schema) -> None:
    """No two things have one class in a file of the SDK."""
    named = [(f"enum or flag set {n.name}", n.class_name) for n in (*schema.enums, *schema.flags)]
    messages = [(f"messages.{m.name}", m.class_name) for m in schema.messages]
    models = [(f"messages.{m.name}.model", m.model.name) for m in schema.messages if m.model]
    for file, things in (("host_sdk/wire_gen.py", messages), ("host_sdk/models_gen.py", models)):
        owners = dict.fromkeys(_OWN_CLASSES[file], file)
        for what, class_name in (*named, *things):
            if class_name in owners:
                raise SchemaError(f"{what}: its class {class_name} is that of {owners[class_name]} already")
            owners[class_name] = what


def _check_message(schema: Schema, message: Message) -> None:
    where = f"messages.{message.name}"
    if len(message.optional) > 16:
        raise SchemaError(f"{where}: more optional fields than presence bits")
    if any(f.type == "bytes" for f in message.fields[:-1]):
        raise SchemaError(f"{where}: bytes must come last")
    if message.to == "device" and (message.tail or message.optional):
        raise SchemaError(f"{where}: a request has fields of known size, all there")
    if message.model and not set(message.fields) - set(message.optional):
        raise SchemaError(f"{where}: a model needs a field that is always there")
    _unique(f"{where}.model", [f.model_name for f in message.fields])
    for f in message.fields:
        _check_reading_of(message, f)
        _check_field(schema, f"{where}.{f.name}", f)


def _check_reading_of(message: Message, f: Field) -> None:
    """How a field is read is told once, of a plain number, by fields that are there."""
    where = f"messages.{message.name}.{f.name}"
    ways = sum(way is not None for way in (f.relative_to, f.scaled_by, f.per, f.enum, f.flags, f.mask))
    if ways > 1:
        raise SchemaError(f"{where}: more than one way to read it")
    if not f.is_number and (ways or f.optional):
        raise SchemaError(f"{where}: {f.type} is no number, so that it is always there and read as it is")
    if f.type[0] != "u" and (f.enum or f.flags or f.mask):
        raise SchemaError(f"{where}: {f.type} has a sign, names and bits have none")
    by_name = {other.name: other for other in message.fields}
    base = by_name.get(f.relative_to) if f.relative_to else None
    if f.relative_to and (base is None or base.optional or base is f or not base.is_number):
        raise SchemaError(f"{where}: relative to {f.relative_to!r}, which is no number that is always there")
    kind = by_name.get(f.scaled_by) if f.scaled_by else None
    if f.scaled_by and (kind is None or kind.optional or kind.enum != "reading_kind"):
        raise SchemaError(f"{where}: scaled by {f.scaled_by!r}, which is no kind of reading")


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


def _check_types(schema: Schema) -> None:
    _unique("messages, type", [m.type for m in schema.messages])
    requests = [m.type for m in schema.messages if m.to == "device"]
    if requests != list(range(requests[0], requests[0] + len(requests))):
        raise SchemaError("messages: types of requests must follow one another, in order")
    for name in _MESSAGES:
        to = "device" if name == "get_info" else "host"
        if schema.message(name).to != to:
            raise SchemaError(f"messages.{name}: must go to the {to}")


def _check_readings(schema: Schema) -> None:
    enums = {e.name for e in schema.enums}
    units = {v.name for v in schema.named("unit").values}
    known = {s.sensor for s in schema.streams} | STREAMLESS
    _unique("readings, short name", [r.short or r.name for r in schema.readings])
    for reading in schema.readings:
        if reading.sensor not in known:
            raise SchemaError(f"readings.{reading.name}: no sensor {reading.sensor!r}")
        if reading.unit not in units:
            raise SchemaError(f"readings.{reading.name}: unknown unit {reading.unit!r}")
        if reading.enum and reading.enum not in enums:
            raise SchemaError(f"readings.{reading.name}: no enum {reading.enum!r}")


def _check_outlets(schema: Schema) -> None:
    """Every message goes by one characteristic, and by one that goes its way."""
    ways = {"host": {"notify", "indicate"}, "device": {"write"}}
    known = {m.name for m in schema.messages}
    members = [c for s in schema.services for c in s.characteristics]
    _unique("messages of characteristics", [name for c in members for name in c.messages])
    for c in members:
        for name in c.messages:
            if name not in known:
                raise SchemaError(f"characteristics.{c.name}: no message {name!r}")
            to = schema.message(name).to
            if not ways[to] & set(c.properties):
                raise SchemaError(f"characteristics.{c.name}: {name} goes to the {to}, which it does not")
    missing = known - {name for c in members for name in c.messages}
    if missing:
        raise SchemaError(f"messages: {', '.join(sorted(missing))} go by no characteristic")


def _check_frames(schema: Schema) -> None:
    """What the device makes and takes fits its buffers."""
    for message in schema.messages:
        longest = schema.longest_frame if message.to == "host" else LONGEST_REQUEST
        if message.frame_bytes > longest:
            raise SchemaError(f"messages.{message.name}: a frame of {message.frame_bytes} bytes, more than {longest}")


def _check_streams(schema: Schema) -> None:
    units = {v.name for v in schema.named("unit").values}
    head = schema.message("samples").size + HEADER_BYTES
    if [s.value for s in schema.streams] != list(range(len(schema.streams))):
        raise SchemaError("streams: numbers must run from 0 and leave none out")
    for stream in schema.streams:
        where = f"streams.{stream.name}"
        if stream.unit not in units:
            raise SchemaError(f"{where}: unknown unit {stream.unit!r}")
        if head + stream.block_bytes > schema.longest_frame:
            raise SchemaError(f"{where}: a block is longer than a frame of {schema.longest_frame} bytes")
        for other in schema.streams:
            if other.sensor == stream.sensor and (other.rate_mhz, other.block) != (stream.rate_mhz, stream.block):
                raise SchemaError(f"{where}: another rate or block than {other.name} of the same sensor")


def _check_kind(setting: Setting, where: str) -> None:
    """A text has a longest length, a number none."""
    is_text = setting.type == TEXT
    if is_text is not (setting.longest is not None):
        raise SchemaError(f"{where}: {'a text needs' if is_text else 'a number has no'} longest")
    given = [key for key in ("low", "high", "enum") if getattr(setting, key) is not None]
    if is_text and (given or setting.default):
        raise SchemaError(f"{where}: a text has no {given[0] if given else 'default'}")


def _check_settings(schema: Schema) -> None:
    enums = {e.name for e in schema.enums}
    _unique("settings, value", [s.value for s in schema.settings])
    for setting in schema.settings:
        where = f"settings.{setting.name}"
        if setting.enum and setting.enum not in enums:
            raise SchemaError(f"{where}: no enum {setting.enum!r}")
        _check_kind(setting, where)
        low, high = setting_range(schema, setting)
        least, greatest = setting.limits
        if not least <= low <= high <= greatest:
            raise SchemaError(f"{where}: {low} to {high} is not within {least} to {greatest}, which its type holds")
        if not low <= setting.default <= high:
            raise SchemaError(f"{where}: its default {setting.default} is not {low} to {high}")
