"""The schema as data: it knows sizes and layouts."""

from __future__ import annotations

from dataclasses import dataclass, field

from .shape import SCALARS, TEXT

#: type u8, seq u16.
HEADER_BYTES = 3
#: Sensors of readings without a stream of their own: the fuel gauge, single pulses of light, and what several sensors
#: show together.
STREAMLESS = frozenset(("gauge", "pulses", "wear"))
#: Bytes of a request at most: the UART's reader takes 64 of a packet, with CRC-32 and COBS.
LONGEST_REQUEST = 59


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
    def is_number(self) -> bool:
        """Whether it is a plain number."""
        return self.type in SCALARS

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
    #: It has no room of its own among the answers that wait.
    alone: bool = False

    @property
    def class_name(self) -> str:
        """Name of its SDK class."""
        return camel(self.name)

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
    #: Of chips that few boards have: the ring for a second of all streams has no room of its own for it.
    optional: bool = False

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
    """A number or text that the device keeps: its record in storage, range and default; a text's is empty."""

    name: str
    value: int
    type: str
    doc: str
    default: int = 0
    low: int | None = None
    high: int | None = None
    enum: str | None = None
    #: Bytes of a text at most.
    longest: int | None = None

    @property
    def form(self) -> str:
        """Its struct format; of a text none."""
        return "" if self.type == TEXT else f"<{SCALARS[self.type][0]}"

    @property
    def limits(self) -> tuple[int, int]:
        """Least and greatest number of its type; of a text bytes."""
        if self.type == TEXT:
            return 0, self.longest or 0
        bits = 8 * SCALARS[self.type][1]
        least = -(1 << bits - 1) if self.type[0] == "i" else 0
        return least, least + (1 << bits) - 1


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


def setting_range(schema: Schema, setting: Setting) -> tuple[int, int]:
    """Least and greatest value: of its enum, or as stated, or all that its type holds."""
    if setting.enum:
        values = [v.value for v in schema.named(setting.enum).values]
        return min(values), max(values)
    least, greatest = setting.limits
    return least if setting.low is None else setting.low, greatest if setting.high is None else setting.high


def full_uuid(uuid: str) -> str:
    """A UUID in full, small letters; one of 4 digits is of Bluetooth's own."""
    return uuid.lower() if len(uuid) == 36 else f"0000{uuid.lower()}-0000-1000-8000-00805f9b34fb"
