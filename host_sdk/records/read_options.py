"""What the user says of a record that the record does not say itself, or says wrongly."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: Names of the options in an address and on a command line.
NAMES = ("fs", "unit", "scale", "column", "skip", "decimal")
_PAIR = re.compile(r"(.+)=([^=]+)")
_MOST_SKIPPED = 10000


@dataclass(frozen=True)
class Column:
    """A column, array or channel that is used: its name, or its number from 1; `name` is what it is called then."""

    wanted: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How a record is read; what is left out is as the record says."""

    #: Samples a second, of a file that does not say its rates.
    fs: float | None = None
    #: Units by the channels' names; under "" one for all channels of the unit's kind.
    units: Mapping[str, str] = field(default_factory=dict)
    #: What values are multiplied with, by the channels' names; under "" for those that `units[""]` is of, else for all.
    scales: Mapping[str, float] = field(default_factory=dict)
    #: The columns, arrays or channels that are used, and no others; of text, `time` and `index` say where rows stand.
    columns: tuple[Column, ...] = ()
    #: Lines of text before the first that counts.
    skip: int = 0
    #: Mark between the whole and the rest of numbers in text.
    decimal: str | None = None

    @classmethod
    def parse(cls, said: Mapping[str, Sequence[str]]) -> ReadOptions:
        """Options from texts by the names in `NAMES`; raises ValueError naming what is wrong."""
        decimal = _last(said, "decimal")
        if decimal not in (None, ".", ","):
            raise ValueError(f"decimal {decimal!r} is neither a comma nor a point")
        pairs = [_PAIR.fullmatch(text) for text in said.get("column", ())]
        columns = zip(said.get("column", ()), pairs, strict=True)
        return cls(
            fs=None if (fs := _last(said, "fs")) is None else _number("fs", fs, 1e-3, 1e6),
            units=_by_channel(said.get("unit", ())),
            scales={name: _factor(text) for name, text in _by_channel(said.get("scale", ())).items()},
            columns=tuple(Column(text) if pair is None else Column(pair[1], pair[2]) for text, pair in columns),
            skip=int(_number("skip", _last(said, "skip") or "0", 0, _MOST_SKIPPED)),
            decimal=decimal,
        )

    @property
    def picked(self) -> tuple[str, ...]:
        """Columns that are named by nothing but themselves."""
        return tuple(column.wanted for column in self.columns if column.name is None)


def _last(said: Mapping[str, Sequence[str]], name: str) -> str | None:
    return (said.get(name) or (None,))[-1]


def _number(name: str, text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a number") from None
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} {text} is not between {low:g} and {high:g}")
    return value


def _factor(text: str) -> float:
    value = _number("scale", text, -1e15, 1e15)
    if value == 0:
        raise ValueError("scale 0 leaves nothing of a signal")
    return value


def _by_channel(texts: Sequence[str]) -> dict[str, str]:
    """`CHANNEL=VALUE` and `VALUE` (under "")."""
    pairs = [(text, _PAIR.fullmatch(text)) for text in texts]
    return {pair[1] if pair else "": pair[2] if pair else text for text, pair in pairs}
