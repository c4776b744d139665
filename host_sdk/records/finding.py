"""Channels and columns by what a user calls them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import ChannelNotFound, RecordFormatError
from .read_options import Column

_REPEATED = re.compile(r"(.+)#(\d{1,6})")


def position_of(names: Sequence[str], wanted: str) -> int | None:
    """Index of a name (case decides last), of its repetition (`ECG#2`), or of a number from 1; None: not there."""
    found = _matching(names, wanted)
    if found:
        return found[0]
    repeated = _REPEATED.fullmatch(wanted.strip())
    if repeated:
        same = _matching(names, repeated[1])
        return same[int(repeated[2]) - 1] if 0 < int(repeated[2]) <= len(same) else None
    number = int(wanted) if re.fullmatch(r"\d{1,6}", wanted.strip()) else 0
    return number - 1 if 0 < number <= len(names) else None


def _matching(names: Sequence[str], wanted: str) -> list[int]:
    exact = [index for index, name in enumerate(names) if name == wanted]
    key = wanted.strip().casefold()
    return exact or [index for index, name in enumerate(names) if name.strip().casefold() == key]


def picked(record: str, ways: Sequence[Sequence[str]], columns: Sequence[Column]) -> list[tuple[int, str]]:
    """Index and name of each column that is picked, by any of several ways to name them; raises ChannelNotFound.

    A name that is used twice raises RecordFormatError.
    """
    found: list[tuple[int, str]] = []
    for column in columns:
        indices = (position_of(names, column.wanted) for names in ways)
        index = next((index for index in indices if index is not None), None)
        if index is None:
            raise ChannelNotFound(record, f"column {column.wanted!r}", ways[0])
        found.append((index, column.name or ways[0][index]))
    names = [name for _, name in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RecordFormatError(f"{record}: two columns are called {twice!r}")
    return found
