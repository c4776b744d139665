"""Writes docs/protocol.md: the wire for people."""

from __future__ import annotations

from textwrap import fill

from .model import Field, Message, Named, Schema, Setting
from .shape import TEXT

_HEAD = """# The wire, version {version}

Written from `firmware_sim/schema/wire.toml` by `make gen`: do not edit. All numbers are little-endian.

A **frame** is `type u8, seq u16, payload`. `seq` counts every frame sent on a link, so that lost, doubled and
re-ordered frames are noticed.

A host begins with `get_info`. A request whose answer does not come is repeated as it was, with the same `seq`: of the
last {kept} commands since `get_info`, the device does none twice, and acknowledges it again.

- **Serial**: `00 COBS(frame, CRC-32 of the frame as u32) 00`. Anything between frames that is not one is console text.
- **BLE**: one frame a notification or write of the *vitalband* service below. All of it needs an encrypted link.

A message with fields marked *optional* begins with a `present` mask (u16): bit *n* set means that the *n*-th optional
field is there. Where it is clear the field's bytes are zero and mean nothing. No number on this wire is a sentinel.
"""


def _table(headers: list[str], rows: list[list[str]]) -> list[str]:
    return [
        "| " + " | ".join(headers) + " |",
        "|" + "---|" * len(headers),
        *("| " + " | ".join(r) + " |" for r in rows),
        "",
    ]


def _message(message: Message) -> list[str]:
    title = f"### `{message.name}` 0x{message.type:02x}, to the {message.to}"
    rows = [["present", "u16", "", "mask of the optional fields"]] if message.optional else []
    for f in message.fields:
        kind = f.type + (", optional" if f.optional else "")
        rows.append([f.name, kind, _number(f), f.doc])
    doc = fill(message.doc, 120, break_long_words=False, break_on_hyphens=False)
    return [title, "", doc, "", *_table(["field", "type", "number", "what"], rows)]


def _number(f: Field) -> str:
    """How the number is read: names, bits, base, or scale with the name that the SDK gives the result."""
    if f.relative_to:
        return f"+ `{f.relative_to}`"
    if f.scaled_by:
        return f"/ scale of `{f.scaled_by}`"
    if f.per:
        return f"/ {f.per} = `{f.model_name}`"
    if f.mask:
        return f"bits of `{f.mask}`"
    return f"`{f.enum or f.flags}`" if f.enum or f.flags else ""


def _named(named: Named, what: str) -> list[str]:
    rows = [[str(v.value), f"`{v.name}`", v.doc] for v in named.values]
    return [
        f"### {what} `{named.name}`",
        "",
        named.doc,
        "",
        *_table(["value" if what == "enum" else "bit", "name", "what"], rows),
    ]


def _streams(schema: Schema) -> list[list[str]]:
    return [
        [
            str(s.value),
            f"`{s.name}`",
            ", ".join(s.channels),
            str(s.sample_bytes),
            s.unit,
            f"{s.rate_mhz / 1000:g}",
            f"{s.lsb_nano}e-9",
            f"{s.block} samples",
        ]
        for s in schema.streams
    ]


def render(schema: Schema) -> str:
    """Text of docs/protocol.md."""
    lines = [_HEAD.format(version=schema.version, kept=schema.kept_commands), "## Messages", ""]
    for message in schema.messages:
        lines += _message(message)
    lines += ["## Readings", "", "`value` is the number times `scale`.", ""]
    rows = [[str(r.value), f"`{r.name}`", r.sensor, r.unit, str(r.scale), r.doc] for r in schema.readings]
    lines += _table(["kind", "name", "sensor", "unit", "scale", "what"], rows)
    lines += [
        "## Streams",
        "",
        "What the firmware's own front ends give; `stream_info` says it of the device at hand.",
        "",
    ]
    lines += _table(
        ["stream", "name", "channels", "bytes", "unit", "rate in Hz", "one count", "block"], _streams(schema)
    )
    lines += ["## Settings", "", "What the device keeps over a restart, by the number of its record.", ""]
    rows = [[str(s.value), f"`{s.name}`", _setting_type(s), s.enum or "", _default(s), s.doc] for s in schema.settings]
    lines += _table(["number", "name", "type", "enum", "default", "what"], rows)
    lines += ["## Numbers", ""]
    for enum in schema.enums:
        lines += _named(enum, "enum")
    for flags in schema.flags:
        lines += _named(flags, "flags")
    lines += ["## GATT", ""]
    lines += [f"- *{s.name}*: {s.doc}" for s in schema.services if s.doc]
    lines.append("")
    rows = [
        [s.name, c.name, f"`{c.uuid}`", ", ".join(c.properties), "yes" if c.encrypted else "no", ", ".join(c.messages)]
        for s in schema.services
        for c in s.characteristics
    ]
    return (
        "\n".join(
            [*lines, *_table(["service", "characteristic", "uuid", "properties", "encrypted", "messages"], rows)]
        ).rstrip()
        + "\n"
    )


def _setting_type(setting: Setting) -> str:
    return setting.type if setting.longest is None else f"{setting.type}, {setting.longest} bytes at most"


def _default(setting: Setting) -> str:
    return "empty" if setting.type == TEXT else str(setting.default)
