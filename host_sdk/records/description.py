"""What the columns of a text file or the arrays of an NPZ are, whoever says so: a sidecar, the file, the user."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Declared:
    """One channel: a value is `scale` times what stands in its column, plus `offset`, in `unit`."""

    name: str
    unit: str
    #: Samples a second; None: by the times of the rows.
    fs: float | None
    #: Heading or number (from 0) of the column, name of the array; None: the channel's name, or its position.
    column: str | int | None
    scale: float = 1.0
    offset: float = 0.0
    #: Whether text in the column is an error; else it is no number.
    strict: bool = True


@dataclass(frozen=True)
class Description:
    """All channels, and how the rows of a text file are read."""

    #: The file that says so.
    path: Path
    channels: tuple[Declared, ...]
    delimiter: str | None = None
    #: Heading or number of the column that numbers the samples; None: every row is one.
    index: str | int | None = None
    #: Mark between the whole and the rest of a number; None: as it is written.
    decimal: str | None = None
    #: Heading or number of the column of times; None: there is none, "": the one that is headed so.
    time: str | int | None = ""
    #: Lines before the headings or rows.
    skip: int = 0
