"""What every reader of recordings offers: named channels with unit and rate, read in pieces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from ..errors import RecordError, RecordFormatError
from ..models import FloatArray

_LONGEST_REASON = 300
#: A longer stretch without samples is no pause but a wrong number: nobody waits for it.
LONGEST_GAP_S = 86400.0


@dataclass(frozen=True)
class Channel:
    """One channel of a recording; `length` samples at `fs` Hz, the first at record time 0."""

    name: str
    unit: str
    fs: float
    length: int


class Source(Protocol):
    """An open recording."""

    path: Path
    channels: tuple[Channel, ...]
    #: What is wrong with the file behind its good part, which is all that `channels` and `read` speak of.
    record_error: RecordFormatError | None

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel in its unit, NaN where invalid; 0 <= start < stop <= length."""
        ...

    def close(self) -> None:
        """Give files back; harmless when called again."""
        ...


def format_error(path: Path, what: str, error: Exception | None = None) -> RecordFormatError:
    """The error that names the file and what is wrong with it."""
    # what a library says may be of any length and hold what the file holds
    said = (isinstance(error, OSError) and error.strerror) or str(error or "")
    reason = "".join(c if c.isprintable() else " " for c in said[:_LONGEST_REASON])
    detail = f": {reason}" if reason else ""
    return RecordFormatError(f"{path}: {what}{detail}")


def listed(names: Iterable[str], most: int = 20) -> str:
    """Names for a message of one line: at most so many, and nothing in them that a terminal would obey."""
    held = list(names)
    shown = ["".join(c if c.isprintable() else "?" for c in name[:40]) for name in held[:most]]
    return ", ".join(shown) + (f" and {len(held) - most} more" if len(held) > most else "")


def numbered(names: Iterable[str]) -> list[str]:
    """Names as they are, and `NAME#2` and so on for those that come again, so that each can be requested."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return found


def scaled(values: FloatArray, scale: float, offset: float = 0.0) -> FloatArray:
    """`scale` times values plus `offset`; NaN where that is beyond all numbers."""
    if scale == 1.0 and offset == 0.0:
        return values
    with np.errstate(over="ignore"):
        found: FloatArray = values * scale + offset
    found[~np.isfinite(found)] = np.nan
    return found


def wrapped(path: Path, what: str, error: Exception) -> RecordError:
    """A reader library's exception as ours; ours as it is."""
    if isinstance(error, RecordError):
        return error
    # what a library stumbled over inside says nothing about the file
    stumbled = isinstance(error, LookupError | TypeError | AttributeError) or "invalid literal" in str(error)
    return format_error(path, what, None if stumbled else error)
