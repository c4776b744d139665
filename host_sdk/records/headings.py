"""Headings of columns: the channel's name and its unit, as people and programs write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .names import ACCEL_ROLES, LONGEST_NAME, TURN_ROLES, axis_of, role_of
from .units import ACCEL_UNITS, CELSIUS_UNITS, ECG_UNITS, TURN_UNITS, factor

_BRACKETS = re.compile(r"(.*\S)\s*[\[(（]([^\])）]*)[\])）]")
_BEHIND_COMMA = re.compile(r"(.*\S)\s*,\s*(\S+)")
_BEHIND_NAME = re.compile(r"(.*[^\s_])[\s_]+(\S+)")
#: Units of what is no signal here, in a line of units.
_OTHERS = {"", "s", "sec", "secs", "second", "seconds", "ms", "us", "ns", "hh:mm:ss.mmm", "nu", "adu", "count",
           "counts", "a.u.", "au", "raw", "%", "mmhg", "bpm", "hz", "na", "n/a", "-", "#"}  # fmt: skip
_NOTHING = {"-", "#", "n/a", "NA"}
_TABLES = (ECG_UNITS, ACCEL_UNITS, TURN_UNITS, CELSIUS_UNITS)


@dataclass(frozen=True)
class Heading:
    """A column's name, and its unit where that is said."""

    name: str
    unit: str


def heading_of(text: str) -> Heading:
    """What a heading says.

    >>> heading_of("ECG [mV]"), heading_of("acc_x_g"), heading_of("Time")
    (Heading(name='ECG', unit='mV'), Heading(name='acc_x', unit='g'), Heading(name='Time', unit=''))
    """
    plain = text.strip().strip("'").strip()
    if len(plain) > LONGEST_NAME:
        return Heading(plain, "")
    brackets = _BRACKETS.fullmatch(plain)
    if brackets:
        return Heading(brackets[1], brackets[2].strip())
    comma = _BEHIND_COMMA.fullmatch(plain)
    if comma and is_unit(comma[2]):
        return Heading(comma[1], comma[2])
    behind = _BEHIND_NAME.fullmatch(plain)
    if behind and _has_unit(behind[1], behind[2]):
        return Heading(behind[1], behind[2])
    return Heading(plain, "")


def headings_of(lines: Sequence[Sequence[str]], width: int) -> list[Heading]:
    """Headings of `width` columns from the lines before the rows, the nearest first; a line of units may be among them.

    Columns without a heading are called by their numbers.
    """
    units: Sequence[str] = ()
    names = lines[0] if lines else ()
    if len(lines) > 1 and _are_units(lines[0]):
        units, names = lines[0], lines[1]
    found = [heading_of(name) for name in names[:width]]
    found += [Heading("", "")] * (width - len(found))
    said = [unit.strip().strip("'").strip() for unit in units] + [""] * width
    return [
        Heading(each.name or f"column {number + 1}", each.unit or ("" if unit in _NOTHING else unit))
        for number, (each, unit) in enumerate(zip(found, said, strict=False))
    ]


def is_unit(text: str) -> bool:
    """Whether a word is a unit of a signal that is read here."""
    return any(factor(text, table) is not None for table in _TABLES)


def _are_units(cells: Sequence[str]) -> bool:
    plain = [cell.strip().strip("'[]()").strip() for cell in cells]
    known = (cell.lower() in _OTHERS or is_unit(cell) or re.fullmatch(r"[\d.]+ sec", cell) for cell in plain)
    return any(plain) and all(known)


def _has_unit(name: str, unit: str) -> bool:
    """Whether a word behind a name is the unit of what is called so."""
    role = role_of(name)
    table: dict[str, float] = ECG_UNITS if role == "ecg" else CELSIUS_UNITS if role == "skin" else {}
    if role in ACCEL_ROLES or axis_of(name):
        table = ACCEL_UNITS
    if role in TURN_ROLES:
        table = TURN_UNITS
    return factor(unit, table) is not None
