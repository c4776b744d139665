"""The JSON schema of scenario files, made of what the simulator and the wire know.

``python -m hil_tests.scenarios.schema`` writes `scenario.schema.json`, for editors; ``--check`` compares.
"""

from __future__ import annotations

import json
import sys
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from firmware_sim.faults import COMPONENTS, FAULTS
from firmware_sim.world.base import GROUPS
from firmware_sim.world.rides import COURSES
from firmware_sim.world.wearer import PRESETS, WearerSettings
from firmware_sim.world.wearer.settings import MISHAP_S, RANGES
from host_sdk.transports.simulated_options import SIGNALS
from host_sdk.wire_gen import READINGS, AlarmState, BeatKind, EventKind, ReadingKind, Reason, RhythmFlags

from .energy import CURRENT_LIMITS, METERED
from .link_faults import LINK_FAULTS, MOST_DELAY_S
from .signal_faults import SIGNAL_FAULTS

PATH = Path(__file__).with_name("scenario.schema.json")
#: Longest scenario, s: a day.
LONGEST_S = 86_400.0
#: Settings of a wearer that are the surroundings' doing, and may stand under `place`.
AMBIENT_SETTINGS = ("mains_mv", "mains_hz", "ambient_na", "skin_c")
#: Contacts of a helmet where a file has none.
CONTACTS = "Jo +49301234"
#: Recipients of messages, whoever they are.
ANYBODY = "anybody"
_MOTIONS = ("still", "walk", "run", *MISHAP_S)
_TIME = {"type": "number", "minimum": 0, "maximum": LONGEST_S}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 1_000_000}
_NUMBER = {"type": "number"}
_MA = {"type": "number", "minimum": 0, "maximum": 1000}
_TEXT = {"type": "string", "minLength": 1, "pattern": r"\S"}


def names(members: type[Enum]) -> list[str]:
    """Members of an enum as files and JSON have them."""
    return [member.name.lower() for member in members]


def _mapping(
    properties: dict[str, Any], required: tuple[str, ...] = (), about: str = "", **more: Any
) -> dict[str, Any]:
    head = {"type": "object", "description": about} if about else {"type": "object"}
    return {**head, "properties": properties, "additionalProperties": False, "required": list(required), **more}


def _list(items: dict[str, Any], about: str, **more: Any) -> dict[str, Any]:
    return {"type": "array", "description": about, "items": items, **more}


def _described(schema: dict[str, Any], about: str) -> dict[str, Any]:
    return {**schema, "description": about}


def _span() -> dict[str, Any]:
    return {
        "from_s": _described(_TIME, "begin, s of the scenario (default 0)"),
        "to_s": _described(_TIME, "end, s of the scenario (default: the scenario's)"),
    }


def _setting(name: str, kind: Any) -> dict[str, Any] | None:
    """Schema of one setting of a wearer; None for what has a section of its own."""
    if name in RANGES:
        low, high = RANGES[name]
        number = {"type": "number", "minimum": low, "maximum": high}
        if kind is float:
            return number
        corner = {"type": "array", "prefixItems": [_TIME, number], "items": False, "minItems": 2, "maxItems": 2}
        return {"anyOf": [number, _list(corner, "corners [s, value], joined by straight lines", minItems=1)]}
    if get_args(kind) and all(isinstance(choice, str) for choice in get_args(kind)):
        return {"enum": list(get_args(kind))}
    return None if get_origin(kind) is tuple else {"type": "number"}


def _wearer() -> dict[str, Any]:
    found = {name: _setting(name, kind) for name, kind in get_type_hints(WearerSettings).items()}
    settings = {name: schema for name, schema in found.items() if schema is not None}
    preset = _described({"enum": sorted(PRESETS)}, "a wearer to begin with (default: resting)")
    return _mapping({"preset": preset, **settings}, about="a synthetic wearer: a preset, and what differs from it")


def _record() -> dict[str, Any]:
    return _mapping(
        {
            "path": _described(_TEXT, "recording, from this file's folder"),
            "signal": {"enum": list(SIGNALS)},
            "channel": _TEXT,
            "start_s": {"type": "number", "minimum": 0},
            "end_s": {"type": "number", "exclusiveMinimum": 0},
        },
        ("path",),
        "a recording in place of a wearer",
    )


def _ride() -> dict[str, Any]:
    motion = {"motion": {"enum": list(_MOTIONS)}, **_span(), "peak_g": {"type": "number", "minimum": 2, "maximum": 15}}
    return _list(_mapping(motion, ("motion",)), "episodes of movement, in order; between them the wearer is still")


def _surroundings() -> dict[str, Any]:
    hints = get_type_hints(WearerSettings)
    settings = {name: _setting(name, hints[name]) for name in AMBIENT_SETTINGS}
    sun = _mapping({**_span(), "ambient_na": {"type": "number", "minimum": 0}})
    return _mapping({**settings, "sunlight": _list(sun, "sun under the optical sensor")}, about="surroundings")


def _faults() -> dict[str, Any]:
    fault = {
        "component": _described({"enum": list(COMPONENTS)}, "a chip of the board, or its radio"),
        "fault": _described({"enum": list(FAULTS)}, "; ".join(f"{name}: {about}" for name, about in FAULTS.items())),
        "signal": _described({"enum": list(SIGNAL_FAULTS)}, "what the chips sense is wrong"),
        "link": _described({"enum": list(LINK_FAULTS)}, "the cable between device and host"),
        "ratio": _described({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "of a link: how much is hit"),
        "delay_s": _described(
            {"type": "number", "exclusiveMinimum": 0, "maximum": MOST_DELAY_S}, "of a link: how late each piece comes"
        ),
        **_span(),
        "group": {"enum": list(GROUPS)},
        "colour": {"enum": ["red", "infrared"]},
        "level": _NUMBER,
        "level_g": {"type": "number", "exclusiveMinimum": 0},
        "snr_db": _NUMBER,
        "kind": {"enum": ["white", "wander"]},
        "sign": {"enum": [-1, 1]},
        "seed": _COUNT,
    }
    needs = {"fault": ["component"], "component": ["fault"]}
    either = [{"required": [name]} for name in ("component", "signal", "link")]
    return _list(_mapping(fault, dependentRequired=needs, oneOf=either), "what goes wrong")


def _actions() -> dict[str, Any]:
    what = "reset: the reset button; of a helmet's button press: a short press, call: one of 3.5 s"
    action = {"at_s": _TIME, "do": _described({"enum": ["reset", "press", "call"]}, what)}
    return _list(_mapping(action, ("at_s", "do")), "what is done to the device")


def _expect() -> dict[str, Any]:
    choices = sorted({each for spec in READINGS.values() if spec.choices for each in names(spec.choices)})
    reasons = {"enum": names(Reason)}
    expectation = {
        "reading": {"enum": names(ReadingKind)},
        "event": {"enum": names(EventKind)},
        "finding": _described({"enum": names(RhythmFlags)}, "of windows of the ECG"),
        "beat": {"enum": names(BeatKind)},
        "alarm": _described({"enum": names(AlarmState)}, "of a helmet: its alarm comes to that"),
        "message": _described(_TEXT, f"of a helmet: name or number of a contact, or {ANYBODY}: what its modem sent"),
        "text": _described(_TEXT, "what is in the text of such a message"),
        **_span(),
        "between": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2, "description": "every number"},
        "near_truth": _described({"type": "number", "exclusiveMinimum": 0}, "greatest error against the wearer"),
        "is": _described({"enum": choices}, "every class, as of `activity`"),
        "reason": {"anyOf": [reasons, {"type": "array", "items": reasons, "minItems": 1}]},
        "answered_at_least": _described(
            {"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "part of the readings that have a number"
        ),
        "answered_at_most": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "count": _COUNT,
        "at_least": _COUNT,
        "at_most": _COUNT,
        "current": _described(
            {"enum": list(METERED)}, "mean current of a chip, or of the device with its MCU and radio"
        ),
        "at_least_ma": _MA,
        "at_most_ma": _MA,
        "lasts_h": _described({"type": "number", "exclusiveMinimum": 0}, "hours that the cell lasts at that mean"),
    }
    of_readings = ("between", "near_truth", "is", "reason", "answered_at_least", "answered_at_most")
    either = [{"required": [name]} for name in ("reading", "event", "finding", "beat", "alarm", "message", "current")]
    needs = {name: ["reading"] for name in of_readings}
    needs |= {name: ["current"] for name in CURRENT_LIMITS} | {"text": ["message"]}
    return _list(_mapping(expectation, oneOf=either, dependentRequired=needs), "what must come of it", minItems=1)


@cache
def scenario_schema() -> dict[str, Any]:
    """The schema."""
    properties = {
        "about": _described(_TEXT, "what happens, and what it is for"),
        "seed": _described(_COUNT, "same seed, same bytes (default 0)"),
        "duration_s": _described({"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_S}, "virtual time, s"),
        "wearer": _wearer(),
        "record": _record(),
        "course": _described({"enum": list(COURSES)}, "a helmet on this ride, in place of a wearer"),
        "contacts": _described(
            {"type": "string", "maxLength": 160}, f'whom the helmet alarms, "" for nobody (default: {CONTACTS})'
        ),
        "ride": _ride(),
        "place": _surroundings(),
        "faults": _faults(),
        "actions": _actions(),
        "resets": _described(
            {"anyOf": [_COUNT, {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}]},
            "resets that must come, or at least and at most (default: as many as actions)",
        ),
        "expect": _expect(),
    }
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "vitalband scenario"}
    return {**head, **_mapping(properties, ("about", "expect"))}


def text() -> str:
    """The schema as it is written."""
    return json.dumps(scenario_schema(), indent=1) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or compare it; 0 when it is as it should be."""
    if "--check" not in arguments:
        PATH.write_text(text(), encoding="utf-8")
        return 0
    if PATH.is_file() and PATH.read_text(encoding="utf-8") == text():
        return 0
    print(f"{PATH.name} is not what it is made of: run `make gen`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
