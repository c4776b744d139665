"""Writes the SDK's models: what its users get, in physical units, made of the wire's messages."""

from __future__ import annotations

from .model import Field, Message, Schema

_HEAD = '''"""Results as users get them. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar

from . import wire_gen as wire
from .wire_gen import READINGS, {names}


def streams_of(mask: int) -> frozenset[Stream]:
    """Streams whose bit is set; bits of streams unknown here are left out."""
    return frozenset(stream for stream in Stream if mask >> stream & 1)
'''

_NAMES = '''
    @property
    def names(self) -> list[str]:
        """Names of the findings."""
        return [flag.name.lower() for flag in {kind} if flag & self.flags and flag.name]
'''

_CHOICE = '''
    @property
    def choice(self) -> IntEnum | None:
        """The class it names, for readings that are one of a list (activity, posture)."""
        choices = READINGS[self.{kind}].choices
        if choices is None or self.{value} is None or int(self.{value}) not in list(choices):
            return None
        return choices(int(self.{value}))
'''


def _type(f: Field, classes: dict[str, str]) -> str:
    if f.mask:
        kind = f"frozenset[{classes[f.mask]}]"
    elif f.enum or f.flags:
        kind = classes[f.enum or f.flags or ""]
    elif f.type.startswith("char["):
        kind = "str"
    else:
        kind = "float" if f.per or f.scaled_by else "int"
    return f"{kind} | None" if f.optional else kind


def _value(f: Field) -> str:
    """Expression for the model's value, of the message `m`."""
    value = f"m.{f.name}"
    if f.mask:
        value = f"streams_of({value})"
    elif f.relative_to:
        value = f"m.{f.relative_to} + {value}"
    elif f.scaled_by:
        value = f"{value} / READINGS[m.{f.scaled_by}].scale"
    elif f.per:
        value = f"{value} / {f.per}"
    return f"None if m.{f.name} is None else {value}" if f.optional and value != f"m.{f.name}" else value


def _fields(message: Message, classes: dict[str, str]) -> list[str]:
    lines = []
    last_required = max(n for n, f in enumerate(message.fields) if not f.optional)
    for n, f in enumerate(message.fields):
        default = " = None" if n > last_required else ""
        lines += [f"    #: {f.model_doc}", f"    {f.model_name}: {_type(f, classes)}{default}"]
    return lines


def _model(message: Message, name: str, doc: str, classes: dict[str, str]) -> list[str]:
    lines = ["\n\n@dataclass(frozen=True, slots=True)", f"class {name}:", f'    """{doc}"""', ""]
    relative = tuple(f.model_name for f in message.fields if f.relative_to)
    if relative:
        lines += [f"    FIDUCIALS: ClassVar[tuple[str, ...]] = {relative!r}", ""]
    lines += [
        *_fields(message, classes),
        "",
        "    @classmethod",
        f"    def of(cls, m: wire.{message.class_name}) -> {name}:",
        '        """Of the wire\'s message."""',
        "        return cls(",
        *(f"            {_value(f)}," for f in message.fields),
        "        )",
    ]
    for f in message.fields:
        if f.flags and f.name == "flags":
            lines.append(_NAMES.format(kind=classes[f.flags]).rstrip("\n"))
        if f.scaled_by and f.name == "value":
            lines.append(_CHOICE.format(kind=f.scaled_by, value=f.model_name).rstrip("\n"))
    return lines


def render(schema: Schema) -> str:
    """Text of host_sdk/models_gen.py."""
    classes = {n.name: n.class_name for n in (*schema.enums, *schema.flags)}
    with_model = [(m, m.model) for m in schema.messages if m.model]
    used = {n for m, _ in with_model for f in m.fields for n in (f.enum, f.flags, f.mask) if n}
    lines = [_HEAD.format(names=", ".join(sorted({classes[name] for name in used} | {"Stream"})))]
    for message, model in with_model:
        lines += _model(message, model.name, model.doc or message.doc, classes)
    items = [(m, model.name) for m, model in with_model if model.item]
    lines += [
        f"\n\nResult = {' | '.join(name for _, name in items)}",
        "",
        "_OF: dict[type[wire.AnyMessage], Callable[[Any], Result]] = {",
        *(f"    wire.{m.class_name}: {name}.of," for m, name in items),
        "}",
        "",
        "",
        "def result(message: wire.AnyMessage) -> Result | None:",
        '    """Model of a message that stands for itself; None for the others (answers, samples)."""',
        "    of = _OF.get(type(message))",
        "    return None if of is None else of(message)",
    ]
    return "\n".join(lines) + "\n"
