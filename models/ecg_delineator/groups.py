"""Subgroups of the card: rhythm, conduction, age, sex, database, lead."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Protocol

from models.common.manifest import data_root

from .rhythms import diagnoses

_OLD_YEARS = 65


class NamedLead(Protocol):
    """A lead by the names of its record (SET/RECORD) and its channel."""

    @property
    def record(self) -> str:
        """SET/RECORD."""

    @property
    def channel(self) -> str:
        """Name or number of the channel."""


@cache
def _table() -> dict[str, dict[str, str]]:
    return diagnoses(data_root())


def _diagnosis(lead: NamedLead, column: str) -> str:
    """A column of LUDB's table for a lead's person; empty for other databases."""
    folder, number = lead.record.split("/")
    return _table()[number][column].lower() if folder == "ludb" else ""


def _mentions(column: str, *words: str) -> Callable[[NamedLead], bool]:
    return lambda lead: any(word in _diagnosis(lead, column) for word in words)


def _age(lead: NamedLead) -> int:
    digits = "".join(filter(str.isdigit, _diagnosis(lead, "Age")))
    return int(digits) if digits else 0


GROUPS: dict[str, Callable[[NamedLead], bool]] = {
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
