"""The ECG that Apple's Health exports: lines of a name and a value, then a voltage a line.

The names are in the language of the telephone, so that the values are what they are known by: a rate, a unit.
"""

from __future__ import annotations

import re

from ..csv_head import Head
from ..description import Declared, Description
from ..names import role_of
from ..source import format_error
from ..units import ECG_UNITS, factor
from .export import Export, cells_of

_LONGEST_HEAD = 40
_FEWEST_PAIRS = 5
_RATE = re.compile(r"(\d{2,4}(?:[.,]\d+)?)\s*[^\W\d_]{2,}\.?")
_SAMPLE = re.compile(r'("?)[+\u2212-]?\d+(?:[.,]\d+)?\1')


def _values(head: Head) -> list[str] | None:
    """Values of the lines before the first voltage; None where the file begins otherwise."""
    values: list[str] = []
    for text in head.texts[:_LONGEST_HEAD]:
        if _SAMPLE.fullmatch(text.strip()):
            return values if len(values) >= _FEWEST_PAIRS else None
        cells = cells_of(text, ",")
        if not text.strip():
            continue
        if len(cells) < 2:
            return None
        values.append(",".join(cells[1:]).strip())
    return None


def _recognises(head: Head) -> bool:
    values = _values(head)
    return values is not None and _unit(values) is not None


def _unit(values: list[str]) -> str | None:
    return next((value for value in values if factor(value, ECG_UNITS) is not None), None)


def _describe(head: Head) -> Description:
    values = _values(head) or []
    rates = [found for value in values if (found := _RATE.fullmatch(value))]
    if not rates:
        raise format_error(head.path, "is an ECG of Apple's Health without its rate")
    lead = next((value for value in values if role_of(value) == "ecg"), "ECG")
    fs = float(rates[-1][1].replace(",", "."))
    begin = next(number for number, text in enumerate(head.texts) if _SAMPLE.fullmatch(text.strip()))
    comma = any("," in text for text in head.texts[begin:])
    channel = Declared(lead, _unit(values) or "", fs, 0)
    return Description(head.path, (channel,), ";", decimal="," if comma else ".", time=None, skip=begin)


EXPORT = Export("Apple Health ECG", _recognises, _describe)
