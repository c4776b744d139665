"""Text files that nothing describes but their headings, and what the user says of their columns."""

from __future__ import annotations

import math

from .csv_head import Head
from .csv_layout import LOOKED_AT, Layout
from .csv_times import unit_of
from .description import Declared, Description
from .finding import picked
from .headings import Heading, headings_of
from .names import axis_of, role_of
from .read_options import ReadOptions
from .source import format_error, numbered

#: More columns are not read unasked.
_MOST = 64
_TIME, _INDEX = "time", "index"


def describe_plain(head: Head, layout: Layout, options: ReadOptions) -> Description:
    """All columns of numbers as channels, or those that the user picks; raises RecordFormatError, ChannelNotFound."""
    headings = headings_of(layout.headings, layout.width)
    names = numbered(heading.name for heading in headings)
    if not options.columns:
        return Description(head.path, tuple(_unasked(head, layout, headings, names, options)))
    chosen = picked(str(head.path), [names, *layout.headings], options.columns)
    found = {name: column for column, name in chosen}
    channels = [
        Declared(name, headings[column].unit, options.fs, column)
        for column, name in chosen
        if name not in (_TIME, _INDEX)
    ]
    if not channels:
        raise format_error(
            head.path, "has no signal in its columns of times and numbers alone; --column names one more"
        )
    index = found.get(_INDEX)
    # a column of times that is called otherwise is a signal
    otherwise = any(unit_of(names[column]) is not None for column, name in chosen if name != _TIME)
    time = None if index is not None else found.get(_TIME, None if otherwise else "")
    return Description(head.path, tuple(channels), index=index, time=time)


def _unasked(
    head: Head, layout: Layout, headings: list[Heading], names: list[str], options: ReadOptions
) -> list[Declared]:  # fmt: skip
    """Channels of the columns that have numbers in the first rows; what nobody knows may have text further on."""
    numbers = _numeric(head, layout)
    known = [column for column in numbers if role_of(names[column]) or axis_of(names[column])]
    others = [column for column in numbers if column not in known and unit_of(names[column]) is None]
    if len(known) > _MOST or (not known and len(others) > _MOST):
        raise format_error(head.path, f"has {len(numbers)} columns of numbers; --column says which to use")
    wanted = sorted([*known, *others[: _MOST - len(known)]])
    if not wanted:
        raise format_error(head.path, "has no column of numbers")
    return [
        Declared(names[column], headings[column].unit, options.fs, column, strict=column in known or len(wanted) == 1)
        for column in wanted
    ]


def _numeric(head: Head, layout: Layout) -> list[int]:
    """Columns of numbers, by the first rows."""
    first = layout.line - head.line
    rows = [layout.numbers(text) for text in head.texts[first : first + LOOKED_AT] if text.strip()]
    columns = []
    for column in range(layout.width):
        cells = [row[column] for row in rows if column < len(row)]
        known = [cell for cell in cells if cell is not None]
        if len(known) == len(cells) and any(math.isfinite(cell) for cell in known):
            columns.append(column)
    return columns
