"""The rig's inventory: boards on the desk, how they are reached, what they can, and how their power is switched."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

#: What every board can, and no simulated device.
BOARD = "board"
_NAME = {"type": "string", "minLength": 1, "pattern": r"\S"}
_SWITCHES = ("none", "manual", "uhubctl", "relay")
#: What of a switch's settings each kind needs.
_NEEDED = {"none": (), "manual": (), "uhubctl": ("hub", "port"), "relay": ("on", "off")}
_COMMANDS = ("on", "off")
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "vitalband rig inventory",
    "type": "object",
    "additionalProperties": False,
    "required": ["boards"],
    "properties": {
        "boards": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "serial": _NAME,
                    "ble": _NAME,
                    "model": _NAME,
                    "capabilities": {"type": "array", "items": _NAME},
                    "power": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["switch"],
                        "properties": {
                            "switch": {"enum": list(_SWITCHES)},
                            "hub": _NAME,
                            "port": {"type": "integer", "minimum": 1},
                            "on": _NAME,
                            "off": _NAME,
                            "off_s": {"type": "number", "minimum": 0, "maximum": 60},
                        },
                    },
                },
            },
        }
    },
}


@dataclass(frozen=True)
class PowerSpec:
    """How a board's power is switched."""

    switch: Literal["none", "manual", "uhubctl", "relay"] = "none"
    #: Of uhubctl: hub's location and port.
    hub: str = ""
    port: int = 0
    #: Of a relay: commands.
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    #: How long it stays off in a power cycle, s.
    off_s: float = 1.0


@dataclass(frozen=True)
class Board:
    """A device that is there: its addresses as the SDK has them, None where it has no such link."""

    name: str
    serial: str | None = None
    ble: str | None = None
    #: What it must say it is; None: anything.
    model: str | None = None
    capabilities: frozenset[str] = frozenset()
    power: PowerSpec = PowerSpec()


def load_inventory(path: Path) -> dict[str, Board]:
    """Boards by name; FileError with the line of everything that is wrong."""
    from ..checked_yaml.checking import check
    from ..checked_yaml.errors import FileError, Problem
    from ..checked_yaml.reading import read

    document = read(path)
    check(document, SCHEMA)
    problems: list[Problem] = []
    boards: dict[str, Board] = {}
    taken: dict[str, str] = {}
    for name, given in document.data["boards"].items():
        wrong = _misfits(given)
        for link in ("serial", "ble"):
            other = taken.setdefault(given.get(link, f"{name} {link}"), name)
            if other != name:
                wrong.append((f"{name} and {other} have the same {link} {given[link]}", link))
        problems += [Problem(document.line("boards", name, *steps.split()), what) for what, steps in wrong]
        if not wrong:
            boards[name] = _board(name, given)
    if problems:
        raise FileError(str(path), problems)
    return boards


def _misfits(given: dict[str, Any]) -> list[tuple[str, str]]:
    """What does not go together in a board, and below which key."""
    wrong = []
    if "serial" not in given and "ble" not in given:
        wrong.append(("serial or ble is missing: nothing reaches it", ""))
    power = given.get("power", {"switch": "none"})
    needed = _NEEDED[power["switch"]]
    missing = [name for name in needed if name not in power]
    known = ("switch", *needed, *(() if power["switch"] == "none" else ("off_s",)))
    foreign = [name for name in power if name not in known]
    if missing:
        wrong.append((f"{power['switch']} needs {', '.join(missing)}", "power"))
    if foreign:
        wrong.append((f"{power['switch']} has no {', '.join(foreign)}", f"power {foreign[0]}"))
    for name in (each for each in _COMMANDS if each in power):
        why = _why_no_command(power[name])
        if why is not None:
            wrong.append((f"{name} is no command: {why}", f"power {name}"))
    return wrong


def _why_no_command(text: str) -> str | None:
    try:
        words = shlex.split(text)
    except ValueError as error:
        return str(error).lower()
    return None if words and words[0].strip() else "names no program"


def _board(name: str, given: dict[str, Any]) -> Board:
    power = dict(given.get("power", {"switch": "none"}))
    for command in _COMMANDS:
        if command in power:
            power[command] = tuple(shlex.split(power[command]))
    spec = PowerSpec(**power)
    able = {*given.get("capabilities", ()), BOARD, *(("power",) if spec.switch != "none" else ())}
    able |= {link for link in ("serial", "ble") if link in given}
    serial, ble = (given.get(link) for link in ("serial", "ble"))
    return Board(
        name,
        serial=None if serial is None else f"serial:{serial}",
        ble=None if ble is None else ble if ble.startswith("sim:") else f"ble:{ble}",
        model=given.get("model"),
        capabilities=frozenset(able),
        power=spec,
    )
