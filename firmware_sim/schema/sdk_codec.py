"""Writes the SDK's codec: enums and one frozen dataclass a message, each encoding and decoding its payload."""

from __future__ import annotations

from .model import Field, Message, Named, Schema, full_uuid

_HEAD = '''"""The wire as the SDK speaks it. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import cache, reduce
from operator import or_
from typing import ClassVar, Protocol, TypeVar

PROTOCOL_VERSION = {version}
#: Commands that a device remembers, and answers it keeps: so many may be on their way at once.
KEPT_COMMANDS = {kept}


class WireError(ValueError):
    """Bytes that do not fit the message's layout, or a number that no enum has."""


class UnknownNumber(WireError):
    """A number that no member of `kind` has: of a newer device, or of none."""

    def __init__(self, kind: type[IntEnum], value: int) -> None:
        super().__init__(f"no {{kind.__name__}} has the number {{value}}")
        self.kind = kind


_E = TypeVar("_E", bound=IntEnum)
_F = TypeVar("_F", bound=IntFlag)


def _enum(kind: type[_E], value: int) -> _E:
    try:
        return kind(value)
    except ValueError as error:
        raise UnknownNumber(kind, value) from error


def _flags(kind: type[_F], value: int) -> _F:
    """The bits that are known: an IntFlag keeps every other combination for ever that it is made of."""
    return kind(value & _known(kind))


@cache
def _known(kind: type[IntFlag]) -> int:
    return reduce(or_, map(int, kind.__members__.values()), 0)


def _text(raw: bytes) -> str:
    """Text of a device, whom nobody need trust: what moves a terminal's cursor is not in it."""
    text = raw.rstrip(b"\\0").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\\ufffd" for c in text)


class Message(Protocol):
    """What every message can do."""

    TYPE: ClassVar[int]

    def encode(self) -> bytes:
        """Payload bytes."""
        ...
'''


def _class(named: Named, base: str, *, bits: bool = False) -> list[str]:
    lines = [f"\n\nclass {named.class_name}({base}):", f'    """{named.doc}"""', ""]
    values = [f"    {v.name.upper()} = {1 << v.value if bits else v.value}  # {v.doc}" for v in named.values]
    if named.all:
        values.append(f"    ALL = {sum(1 << v.value for v in named.values)}")
    return [*lines, *values]


def _symbols(named: Named) -> list[str]:
    pairs = [f"    {named.class_name}.{v.name.upper()}: {v.symbol!r}," for v in named.values if v.symbol]
    if not pairs:
        return []
    return [f"\n{named.name.upper()}_SYMBOLS: dict[{named.class_name}, str] = {{", *pairs, "}"]


def _readings(schema: Schema) -> list[str]:
    lines = [
        "\n\n@dataclass(frozen=True, slots=True)",
        "class ReadingSpec:",
        '    """Unit and scale of a kind of reading: number = wire value / scale."""',
        "",
        "    kind: ReadingKind",
        "    sensor: str",
        "    short: str",
        "    unit: Unit",
        "    scale: int",
        "    choices: type[IntEnum] | None",
        "    doc: str",
        "",
        "",
        "READINGS: dict[ReadingKind, ReadingSpec] = {",
    ]
    for r in schema.readings:
        kind = f"ReadingKind.{r.name.upper()}"
        choices = schema.named(r.enum).class_name if r.enum else "None"
        lines.append(
            f"    {kind}: ReadingSpec({kind}, {r.sensor!r}, {r.short or r.name!r}, Unit.{r.unit.upper()}, {r.scale}, {choices}, {r.doc!r}),"
        )
    return [*lines, "}"]


def _streams(schema: Schema) -> list[str]:
    lines = [
        "\n\n@dataclass(frozen=True, slots=True)",
        "class StreamLayout:",
        '    """What the table says of a stream; a device describes its own in `stream_info`."""',
        "",
        "    channels: tuple[str, ...]",
        "    sample_bytes: int",
        "    unit: Unit",
        "    rate_mhz: int",
        "    lsb_nano: int",
        "    block: int",
        "",
        "",
        "STREAMS: dict[Stream, StreamLayout] = {",
    ]
    for s in schema.streams:
        numbers = f"{s.sample_bytes}, Unit.{s.unit.upper()}, {s.rate_mhz}, {s.lsb_nano}, {s.block}"
        lines.append(f"    Stream.{s.name.upper()}: StreamLayout({s.channels!r}, {numbers}),")
    return [*lines, "}"]


def _python_type(f: Field, classes: dict[str, str]) -> str:
    if f.enum or f.flags:
        kind = classes[f.enum or f.flags or ""]
    elif f.type == "bytes":
        kind = "bytes"
    else:
        kind = "str" if f.type.startswith("char[") else "int"
    return f"{kind} | None" if f.optional else kind


def _to_wire(f: Field) -> str:
    if f.type.startswith("char["):
        return f"self.{f.name}.encode()"
    return f"self.{f.name} or 0" if f.optional else f"self.{f.name}"


def _from_wire(f: Field, classes: dict[str, str], index: int, bit: int | None) -> str:
    value = f"v[{index}]"
    if f.enum:
        value = f"_enum({classes[f.enum]}, {value})"
    elif f.flags:
        value = f"_flags({classes[f.flags]}, {value})"
    elif f.type.startswith("char["):
        value = f"_text({value})"
    return value if bit is None else f"{value} if v[0] & {1 << bit} else None"


def _encode(message: Message) -> list[str]:
    lines = ["", "    def encode(self) -> bytes:", '        """Payload bytes."""']
    values = [_to_wire(f) for f in message.fixed]
    if message.optional:
        bits = [f"(self.{f.name} is not None) << {bit}" for bit, f in enumerate(message.optional)]
        lines.append(f"        present = {' | '.join(bits)}")
        values.insert(0, "present")
    tail = f" + self.{message.tail.name}" if message.tail else ""
    packed = f'struct.pack("{message.format}", {", ".join(values)}){tail}'
    return [
        *lines,
        "        try:",
        f"            return {packed}",
        "        except struct.error as error:",
        f'            raise WireError(f"{message.name}: {{error}}") from error',
    ]


def _decode(message: Message, classes: dict[str, str]) -> list[str]:
    compare = "<" if message.tail else "!="
    lines = [
        "",
        "    @classmethod",
        f"    def decode(cls, payload: bytes) -> {message.class_name}:",
        '        """Message from payload bytes; raises WireError."""',
        f"        if len(payload) {compare} {message.size}:",
        f'            raise WireError(f"{message.name}: {{len(payload)}} bytes, needs {message.size}")',
        f'        v = struct.unpack_from("{message.format}", payload)',
        "        return cls(",
    ]
    index, bit = (1, 0) if message.optional else (0, 0)
    for f in message.fixed:
        lines.append(f"            {_from_wire(f, classes, index, bit if f.optional else None)},")
        index, bit = index + 1, bit + f.optional
    if message.tail:
        lines.append(f"            bytes(payload[{message.size}:]),")
    return [*lines, "        )"]


def _message(message: Message, classes: dict[str, str]) -> list[str]:
    lines = ["\n\n@dataclass(frozen=True, slots=True)", f"class {message.class_name}:", f'    """{message.doc}"""', ""]
    lines.append(f"    TYPE: ClassVar[int] = {message.type:#04x}")
    lines += [f"    {f.name}: {_python_type(f, classes)}  # {f.doc}" for f in message.fields]
    return [*lines, *_encode(message), *_decode(message, classes)]


def _gatt(schema: Schema) -> list[str]:
    lines = ["\n\n# GATT"]
    for s in schema.services:
        lines.append(f'UUID_SERVICE_{s.name.upper()} = "{full_uuid(s.uuid)}"')
        lines += [f'UUID_{c.name.upper()} = "{full_uuid(c.uuid)}"' for c in s.characteristics]
    return lines


def render(schema: Schema) -> str:
    """Text of host_sdk/wire_gen.py."""
    lines = [_HEAD.format(version=schema.version, kept=schema.kept_commands)]
    for enum in schema.enums:
        lines += [*_class(enum, "IntEnum"), *_symbols(enum)]
    for flags in schema.flags:
        lines += _class(flags, "IntFlag", bits=True)
    lines += [*_readings(schema), *_streams(schema)]
    classes = {n.name: n.class_name for n in (*schema.enums, *schema.flags)}
    for message in schema.messages:
        lines += _message(message, classes)
    kinds = " | ".join(m.class_name for m in schema.messages)
    lines += [f"\n\nAnyMessage = {kinds}", "\nMESSAGES: dict[int, type[AnyMessage]] = {"]
    lines += [f"    {m.type:#04x}: {m.class_name}," for m in schema.messages]
    return "\n".join([*lines, "}", *_gatt(schema)]) + "\n"
