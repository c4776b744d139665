"""Whom the card tells apart: rhythm, conduction, age, sex, database, lead."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from models.common.manifest import data_root

from .rhythms import diagnoses
from .strips import Strip

_OLD = 65


@cache
def _table() -> dict[str, dict[str, str]]:
    return diagnoses(data_root())


def _told(strip: Strip, column: str) -> str:
    """What LUDB says about a strip's person; empty for other databases."""
    folder, number = strip.record.split("/")
    return _table()[number][column].lower() if folder == "ludb" else ""


def _says(column: str, *words: str) -> Callable[[Strip], bool]:
    return lambda strip: any(word in _told(strip, column) for word in words)


def _age(strip: Strip) -> int:
    digits = "".join(filter(str.isdigit, _told(strip, "Age")))
    return int(digits) if digits else 0


GROUPS: dict[str, Callable[[Strip], bool]] = {
    "LUDB lead I": lambda strip: strip.lead == "i",
    "LUDB lead II": lambda strip: strip.lead == "ii",
    "QTDB first channel": lambda strip: strip.lead == "0",
    "QTDB second channel": lambda strip: strip.lead == "1",
    "sinus rhythm": _says("Rhythms", "sinus rhythm"),
    "sinus bradycardia": _says("Rhythms", "sinus bradycardia"),
    "sinus tachycardia": _says("Rhythms", "sinus tachycardia"),
    "sinus arrhythmia": _says("Rhythms", "sinus arrhythmia"),
    "atrial fibrillation or flutter": _says("Rhythms", "fibrillation", "flutter"),
    "bundle branch block": _says("Conduction abnormalities", "bundle branch"),
    "av block": _says("Conduction abnormalities", "av block", "av-block"),
    "extrasystoles": lambda strip: bool(_told(strip, "Extrasystolies")),
    "pacemaker": lambda strip: bool(_told(strip, "Cardiac pacing")),
    "under 65": lambda strip: 0 < _age(strip) < _OLD,
    "65 and over": lambda strip: _age(strip) >= _OLD,
    "women": lambda strip: _told(strip, "Sex").startswith("f"),
    "men": lambda strip: _told(strip, "Sex").startswith("m"),
}
