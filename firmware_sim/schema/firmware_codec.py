"""Writes the device's codec: constants, frame packers into a given buffer, layouts of requests."""

from __future__ import annotations

from .model import HEADER_BYTES, Message, Named, Schema, setting_range

_HEAD = '''"""The wire as the device speaks it. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from micropython import const
from struct import calcsize, pack_into, unpack_from

# A frame is: type u8, seq u16, payload; the packers write all three and return the length.
HEADER_BYTES = const({header})
#: Bytes of the longest frame; a link that cannot carry it gets no subscription.
LONGEST_FRAME = const({longest})
#: Bytes of a `samples` frame before the data.
SAMPLES_HEAD = const({samples_head})
#: Bytes of the longest request, and of the longest result.
LONGEST_REQUEST = const({request})
LONGEST_RESULT = const({result})
#: Room for all that a host may wait for: what get_info asks for, each other reply, and all acknowledgements that wait.
REPLY_FRAMES = const({reply_frames})
REPLY_BYTES = const({reply_bytes})
#: Commands that are remembered, and acknowledgements that may wait.
KEPT_COMMANDS = const({kept})
#: A second of all streams.
SECOND_FRAMES = const({second_frames})
SECOND_BYTES = const({second_bytes})
PROTOCOL_VERSION = const({version})


class WireError(Exception):
    """A request that does not fit its layout; args[0] is an ERROR_ code."""
'''


def _head(schema: Schema) -> str:
    """The sizes that follow from the messages."""
    samples = schema.message("samples").frame_bytes
    by_outlet = {m: schema.outlet(m) for m in schema.messages}
    reply = schema.outlet(schema.message("ack"))
    replies = [m for m, outlet in by_outlet.items() if outlet == reply and not m.alone]
    times = {"stream_info": len(schema.streams), "ack": schema.kept_commands}
    usual = [s for s in schema.streams if not s.optional]
    blocks = [(-(-s.rate_mhz // (1000 * s.block)), samples + s.block_bytes) for s in usual]
    return _HEAD.format(
        header=HEADER_BYTES,
        longest=schema.longest_frame,
        samples_head=samples,
        request=max(m.frame_bytes for m in schema.messages if m.to == "device"),
        result=max(m.frame_bytes for m, outlet in by_outlet.items() if outlet == schema.outlet(schema.message("beat"))),
        reply_frames=sum(times.get(m.name, 1) for m in replies),
        reply_bytes=sum(times.get(m.name, 1) * m.frame_bytes for m in replies),
        kept=schema.kept_commands,
        second_frames=sum(count for count, _ in blocks),
        second_bytes=sum(count * size for count, size in blocks),
        version=schema.version,
    )


def _constants(named: Named, *, bits: bool = False) -> list[str]:
    lines = [f"\n# {named.doc}"]
    lines += [f"{named.prefix}_{v.name.upper()} = const({1 << v.value if bits else v.value})" for v in named.values]
    if named.all:
        lines.append(f"{named.prefix}_ALL = const({sum(1 << v.value for v in named.values)})")
    return lines


def _streams(schema: Schema) -> list[str]:
    units = {v.name: v.value for v in schema.named("unit").values}
    rows = [
        f"    ({len(s.channels)}, {s.sample_bytes}, {units[s.unit]}, {s.rate_mhz}, {s.lsb_nano}, {s.block}),  # {s.name}"
        for s in schema.streams
    ]
    return [
        "\n#: By number: values a sample, bytes a value, unit, rate in mHz, one count in 1e-9 units, samples a block.",
        "STREAMS = (",
        *rows,
        ")",
        f"STREAM_ALL = const({(1 << len(rows)) - 1})",
    ]


def _readings(schema: Schema) -> list[str]:
    units = {v.name: v.value for v in schema.named("unit").values}
    by_kind = {r.value: units[r.unit] for r in schema.readings}
    data = "".join(f"\\x{by_kind.get(kind, 0):02x}" for kind in range(max(by_kind) + 1))
    slots = {kind: slot for slot, kind in enumerate(sorted(by_kind))}
    slots_by_kind = "".join(f"\\x{slots.get(kind, 0):02x}" for kind in range(max(by_kind) + 1))
    return [
        "\n#: Kinds of readings that there are, and by kind the place of each among them.",
        f"READING_KINDS = const({len(by_kind)})",
        f'READING_SLOTS = b"{slots_by_kind}"',
        "#: Unit of a reading, by its kind.",
        f'READING_UNITS = b"{data}"',
        "#: Readings of a sensor: kind, and name of the measure in its window.",
        *(line for sensor in dict.fromkeys(r.sensor for r in schema.readings) for line in _of_sensor(schema, sensor)),
    ]


def _of_sensor(schema: Schema, sensor: str) -> list[str]:
    rows = [f'    ({r.value}, "{r.name}"),' for r in schema.readings if r.sensor == sensor]
    return [f"READINGS_{sensor.upper()} = (", *rows, ")"]


def _signature(message: Message) -> str:
    args = [
        f'{f.name}: "bytes"' if f.type.startswith("char[") else f"{f.name}: int"
        for f in message.fixed
        if not f.optional
    ]
    args += [f'{f.name}: "int | None"' for f in message.optional]
    return ", ".join(['buf: "bytearray"', "frame_seq: int", *args])


def _pack(message: Message) -> list[str]:
    what = "; the caller appends the data" if message.tail else ""
    lines = [
        f"\n\ndef pack_{message.name}({_signature(message)}) -> int:",
        f'    """{message.doc} Returns the length{what}."""',
    ]
    values = [f.name for f in message.fixed]
    if message.optional:
        lines.append("    present = 0")
        for bit, f in enumerate(message.optional):
            lines += [
                f"    if {f.name} is None:",
                f"        {f.name} = 0",
                "    else:",
                f"        present |= {1 << bit}",
            ]
        values.insert(0, "present")
    fmt = "<BH" + message.format[1:]
    lines.append(f'    pack_into("{fmt}", buf, 0, {", ".join([str(message.type), "frame_seq & 0xFFFF", *values])})')
    lines.append(f"    return {message.frame_bytes}")
    return lines


def _requests(schema: Schema) -> list[str]:
    requests = [m for m in schema.messages if m.to == "device"]
    first = requests[0].type
    rows = [f'    "{m.format}",  # {m.name}: {", ".join(f.name for f in m.fields)}' for m in requests]
    return [
        "\n# Layouts of the requests, from the first type on.",
        "_REQUESTS = (",
        *rows,
        ")",
        "",
        "",
        'def unpack_request(kind: int, payload: "bytes | bytearray | memoryview") -> "tuple[int, ...]":',
        '    """Fields of a request of this type; WireError where it is none, or not of its length."""',
        f"    at = kind - {first}",
        f"    if not 0 <= at < {len(rows)}:",
        "        raise WireError(ERROR_UNKNOWN_TYPE)",
        "    layout = _REQUESTS[at]",
        "    if len(payload) != calcsize(layout):",
        "        raise WireError(ERROR_BAD_LENGTH)",
        "    return unpack_from(layout, payload)",
    ]


def _settings(schema: Schema) -> list[str]:
    lines = ["\n# Settings"]
    lines += [f"SETTING_{s.name.upper()} = const({s.value})" for s in schema.settings]
    lines += [
        "#: (number, struct format, default, least, greatest); of a text (number, no format, 0, 0, bytes at most).",
        "SETTINGS = (",
    ]
    for s in schema.settings:
        low, high = setting_range(schema, s)
        lines.append(f'    ({s.value}, "{s.form}", {s.default}, {low}, {high}),  # {s.name}')
    lines += [")", "#: Their names, in the same order."]
    return [*lines, f"SETTING_NAMES = {tuple(s.name for s in schema.settings)!r}"]


def _outlets(schema: Schema) -> list[str]:
    names = {m.type: schema.outlet(m) for m in schema.messages if m.to == "host"}
    return [
        "#: By type of a message to the host: the characteristic by which it goes.",
        "OUTLETS = (",
        *(f'    "{names.get(kind, "")}",' for kind in range(max(names) + 1)),
        ")",
    ]


def _services(schema: Schema) -> list[str]:
    lines = ["\n# GATT: (service uuid, ((name, uuid, properties, encrypted), …))", "SERVICES = ("]
    for s in schema.services:
        lines.append(f'    ("{s.uuid}", (')
        lines += [f"        ({c.name!r}, {c.uuid!r}, {c.properties!r}, {c.encrypted})," for c in s.characteristics]
        lines.append("    )),")
    return [*(line.replace("'", '"') for line in lines), ")"]


def render(schema: Schema) -> str:
    """Text of firmware/wire_gen.py."""
    lines = [_head(schema)]
    for enum in schema.enums:
        lines += _constants(enum)
    for flags in schema.flags:
        lines += _constants(flags, bits=True)
    lines += _streams(schema)
    lines.append("\n# Message types")
    lines += [f"MSG_{m.name.upper()} = const({m.type})" for m in schema.messages]
    lines += _readings(schema)
    lines += _settings(schema)
    lines += _services(schema)
    lines += _outlets(schema)
    for message in schema.messages:
        lines += _pack(message) if message.to == "host" else []
    return "\n".join([*lines, "", *_requests(schema)]) + "\n"
