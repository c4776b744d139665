"""What a contact of a helmet is called: its entry in the setting `contacts` without the number."""

from __future__ import annotations

import re

from firmware_sim.firmware.services.alarm.contacts import numbers_in

_BEFORE_A_PLUS = " \t-/().\u00a0\u2007\u2009\u202f"
_BEHIND_LETTERS = re.compile(r"[\W\d_]*$")
_FIRST_DIGIT = re.compile(r"[+\d]")


def name_in(entry: str) -> str:
    """The name of one entry: what stands before its number; empty where there is a number alone.

    `Jo 2 +49 30 1234` is `Jo 2`; `Jo 030 1234`, and `Jo 12`, whose number the helmet refuses, are `Jo`.
    """
    if not numbers_in(entry)[0]:
        return _FIRST_DIGIT.split(entry, maxsplit=1)[0].strip()
    before, plus, _ = entry.rpartition("+")
    return before.rstrip(_BEFORE_A_PLUS) if plus else _BEHIND_LETTERS.sub("", entry)
