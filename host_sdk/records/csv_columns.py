"""Numbers of a text file's columns, by what a description calls them."""

from __future__ import annotations

import re

from .csv_layout import Layout
from .csv_times import unit_of
from .description import Declared, Description
from .headings import Heading, headings_of
from .names import LONGEST_NAME
from .source import format_error, listed


class Columns:
    """The columns of a file with a description."""

    def __init__(self, description: Description, layout: Layout) -> None:
        self._description = description
        self._width = layout.width
        self._lines = layout.headings
        self._headings = layout.headings[0] if layout.headings else []
        self._known: dict[str, int] = {}
        for line in layout.headings:
            # a heading may carry its unit, "ECG [mV]", and stand above a line of units; case decides last
            plain = [_plain(heading) for heading in line]
            for names in (line, plain, [name.casefold() for name in line], [name.casefold() for name in plain]):
                for number, name in enumerate(names):
                    self._known.setdefault(name, number)

    def of(self, position: int, channel: Declared) -> int:
        """The column of a declared channel; raises RecordFormatError."""
        wanted = channel.column
        if isinstance(wanted, int) or (not self._headings and wanted is None):
            number = position if wanted is None else int(wanted)
            if not 0 <= number < self._width:
                what = f"channel {channel.name!r} is column {number}, the file has {self._width}"
                raise format_error(self._description.path, what)
            return number
        name = channel.name if wanted is None else str(wanted)
        found = self._known.get(name, self._known.get(name.casefold()))
        if found is None:
            there = listed(self._headings) or "no headings"
            raise format_error(self._description.path, f"no column {name!r}; the file has {there}")
        return found

    def index(self) -> int | None:
        """The column that numbers the samples."""
        wanted = self._description.index
        return None if wanted is None else self.of(0, Declared("index", "", 1.0, wanted))

    def times(self) -> list[tuple[int, float]]:
        """Columns that may be of times, with the seconds in their units, 0 where that is not said."""
        wanted = self._description.time
        if wanted is None:
            return []
        if wanted != "":
            column = self.of(0, Declared("time", "", 1.0, wanted))
            heading = self._headings[column] if column < len(self._headings) else ""
            return [(column, unit_of(heading) or 0.0)]
        headings = headings_of(self._lines, self._width)
        units = [(column, _unit_s(heading)) for column, heading in enumerate(headings)]
        return [(column, unit_s) for column, unit_s in units if unit_s is not None]


def _plain(heading: str) -> str:
    """A heading without a unit in brackets behind it."""
    return heading if len(heading) > LONGEST_NAME else re.sub(r"\s*\[[^]]*\]$", "", heading)


def _unit_s(heading: Heading) -> float | None:
    """Seconds in the unit of a heading of times, 0 where it names none; None: another column."""
    whole = unit_of(f"{heading.name} [{heading.unit}]") if heading.unit else None
    return unit_of(heading.name) if whole is None else whole
