"""Pairs of a ratio of ratios and a reference saturation, by person, from a CSV table."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from host_sdk.reasons import reason
from host_sdk.records.csv_head import decoded
from host_sdk.records.csv_numbers import value_of

from .curve import LEAST_PERCENT, MOST_PERCENT, Curve
from .errors import PairsError

#: Headings, small, by what they head.
_NAMES = {
    "person": ("person", "subject", "participant", "patient"),
    "reference": ("reference", "sao2", "reference_spo2"),
    "ratio": ("ratio", "r", "ratio_of_ratios"),
    "reading": ("reading", "spo2"),
}
_LIGHT = ("red_ac", "red_dc", "ir_ac", "ir_dc")
_WAYS = "`ratio`, `reading`, or all of `red_ac`, `red_dc`, `ir_ac`, `ir_dc`"
#: Ratios that light through living tissue can have, and reference saturations in percent.
_RATIOS = (0.1, 5.0)
_REFERENCES = (30.0, 100.0)
_SEPARATORS = ",;\t"
#: A number with a decimal comma. Three digits behind a comma that follows others than 0 may be thousands: it is none.
_DECIMAL_COMMA = re.compile(r"[+-]?(?:0?,[0-9]+|[0-9]+,(?![0-9]{3}(?:[eE]|$))[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Pair:
    """One person's ratio of ratios while the reference (%) was so."""

    person: str
    ratio: float
    reference: float


@dataclass(frozen=True)
class Pairs:
    """All pairs of a table, and how many readings were left out: at an end of the scale they tell no ratio."""

    pairs: tuple[Pair, ...]
    at_ends: int = 0


def read_pairs(path: Path, read_by: Curve) -> Pairs:
    """Pairs of a table whose first line has headings; readings of the device were `read_by` this curve.

    Raises PairsError that names line and column.
    """
    lines = _lines(path, _text(path))
    number, head = next(lines, (0, []))
    columns = _columns(path, head)
    headings = {name: head[at].strip() for name, at in columns.items()}
    pairs, at_ends = [], 0
    for number, cells in lines:
        if len(cells) != len(head):
            raise PairsError(f"{path}: line {number} has {len(cells)} cells, and the headings are {len(head)}")
        row = _Row(f"{path}: line {number}", {name: cells[at].strip() for name, at in columns.items()}, headings)
        ratio = row.ratio(read_by)
        if ratio is None:
            at_ends += 1
        else:
            pairs.append(Pair(row.text("person"), ratio, row.number("reference", *_REFERENCES)))
    return Pairs(tuple(pairs), at_ends)


def _text(path: Path) -> str:
    """A table's text: UTF-8, or Latin-1 where it cannot be that."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PairsError(f"{path}: cannot be read: {reason(error)}") from error
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise PairsError(f"{path}: is in UTF-16; save it as UTF-8")
    return decoded(raw.removeprefix(codecs.BOM_UTF8))


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is neither blank nor a comment."""
    lines = text.splitlines()
    first = next((line for line in lines if _counts(line)), "")
    separator = max(_SEPARATORS, key=first.count)
    for number, line in enumerate(lines, 1):
        if _counts(line):
            try:
                cells = next(csv.reader(io.StringIO(line), delimiter=separator))
            except csv.Error as error:
                raise PairsError(f"{path}: line {number}: {error}") from None
            yield number, cells


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _columns(path: Path, head: list[str]) -> dict[str, int]:
    """Where each known column is; raises PairsError for one that is missing or there twice."""
    found: dict[str, int] = {}
    for at, heading in enumerate(head):
        small = heading.strip().lower()
        name = next((name for name, names in _NAMES.items() if small in names), small)
        if name in found:
            raise PairsError(f"{path}: column {heading.strip()!r} is there twice")
        if name in _NAMES or name in _LIGHT:
            found[name] = at
    for name in ("person", "reference"):
        if name not in found:
            raise PairsError(f"{path}: no column {' or '.join(map(repr, _NAMES[name]))}")
    ways = ["ratio" in found, "reading" in found, all(name in found for name in _LIGHT)]
    if sum(ways) != 1:
        raise PairsError(f"{path}: {'none' if not any(ways) else 'several'} of {_WAYS}")
    return found


class _Row:
    """One line's cells by column."""

    def __init__(self, where: str, cells: Mapping[str, str], headings: Mapping[str, str]) -> None:
        self._where = where
        self._cells = cells
        self._headings = headings

    def text(self, name: str) -> str:
        """A cell that must not be empty."""
        if not self._cells[name]:
            raise PairsError(f"{self._column(name)}: is empty")
        return self._cells[name]

    def number(self, name: str, low: float, high: float) -> float:
        """A number from `low` to `high`, with a decimal point or comma."""
        text = self.text(name)
        value = value_of(text, _DECIMAL_COMMA.fullmatch(text) is not None)
        if value is None:
            raise PairsError(f"{self._column(name)}: {text!r} is not a number")
        if not low <= value <= high:
            hint = "; a fraction? it must be in percent" if name in ("reference", "reading") and 0 < value <= 1 else ""
            raise PairsError(f"{self._column(name)}: {text} is not {low:g} to {high:g}{hint}")
        return value

    def _column(self, *names: str) -> str:
        """Where columns of this line are, by their own headings."""
        return f"{self._where}, column{'s' * (len(names) > 1)} {', '.join(self._headings[name] for name in names)}"

    def ratio(self, read_by: Curve) -> float | None:
        """The ratio of ratios, whichever way it is told; None for a reading at an end of the scale."""
        if "ratio" in self._cells:
            return self.number("ratio", *_RATIOS)
        if "reading" in self._cells:
            reading = self.number("reading", LEAST_PERCENT, MOST_PERCENT)
            ratio = None if reading in (LEAST_PERCENT, MOST_PERCENT) else read_by.ratio(reading)
            if ratio is not None and math.isnan(ratio):
                raise PairsError(f"{self._column('reading')}: {reading:g} is nothing that this curve says")
            return ratio
        tiny, huge = 1e-9, 1e12
        red_ac, red_dc, ir_ac, ir_dc = (self.number(name, tiny, huge) for name in _LIGHT)
        ratio = red_ac / red_dc / (ir_ac / ir_dc)
        if not _RATIOS[0] <= ratio <= _RATIOS[1]:
            low, high = _RATIOS
            raise PairsError(f"{self._column(*_LIGHT)}: their ratio {ratio:.3g} is not {low:g} to {high:g}")
        return ratio
