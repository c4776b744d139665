"""Subgroups of the card: rhythm, conduction, age, sex, database, lead."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from models.common.manifest import data_root

from .lead_beats import LeadBeats
from .rhythms import diagnoses

_OLD_YEARS = 65


@cache
def _table() -> dict[str, dict[str, str]]:
    return diagnoses(data_root())


def _diagnosis(lead: LeadBeats, column: str) -> str:
    """A column of LUDB's table for a lead's person; empty for other databases."""
    folder, number = lead.record.split("/")
    return _table()[number][column].lower() if folder == "ludb" else ""


def _mentions(column: str, *words: str) -> Callable[[LeadBeats], bool]:
    return lambda lead: any(word in _diagnosis(lead, column) for word in words)


def _age(lead: LeadBeats) -> int:
    digits = "".join(filter(str.isdigit, _diagnosis(lead, "Age")))
    return int(digits) if digits else 0


GROUPS: dict[str, Callable[[LeadBeats], bool]] = {
    "LUDB lead I": lambda lead: lead.channel == "i",
    "LUDB lead II": lambda lead: lead.channel == "ii",
    "QTDB first channel": lambda lead: lead.channel == "0",
    "QTDB second channel": lambda lead: lead.channel == "1",
    "sinus rhythm": _mentions("Rhythms", "sinus rhythm"),
    "sinus bradycardia": _mentions("Rhythms", "sinus bradycardia"),
    "sinus tachycardia": _mentions("Rhythms", "sinus tachycardia"),
    "sinus arrhythmia": _mentions("Rhythms", "sinus arrhythmia"),
    "atrial fibrillation or flutter": _mentions("Rhythms", "fibrillation", "flutter"),
    "bundle branch block": _mentions("Conduction abnormalities", "bundle branch"),
    "av block": _mentions("Conduction abnormalities", "av block", "av-block"),
    "extrasystoles": lambda lead: bool(_diagnosis(lead, "Extrasystolies")),
    "pacemaker": lambda lead: bool(_diagnosis(lead, "Cardiac pacing")),
    "under 65": lambda lead: 0 < _age(lead) < _OLD_YEARS,
    "65 and over": lambda lead: _age(lead) >= _OLD_YEARS,
    "women": lambda lead: _diagnosis(lead, "Sex").startswith("f"),
    "men": lambda lead: _diagnosis(lead, "Sex").startswith("m"),
}
