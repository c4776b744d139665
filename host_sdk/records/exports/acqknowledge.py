"""AcqKnowledge (BIOPAC) as text: the interval, how many channels, a name and a unit each in lines of their own."""

from __future__ import annotations

import re

from ..csv_head import Head
from ..description import Declared, Description
from ..source import format_error, numbered
from .export import Export, cells_of

_INTERVAL = re.compile(r"(\d+(?:[.,]\d+)?)\s*(sec|msec|usec)/sample", re.IGNORECASE)
_SECONDS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}
_COUNT = re.compile(r"(\d{1,3}) channels?")
_CHANNEL = re.compile(r"CH ?\d+")
_NOTHING = re.compile(r"[\s,;\d]*")
#: Line of the first channel's name.
_NAMES = 3


def _recognises(head: Head) -> bool:
    texts = [text.strip() for text in head.texts[:_NAMES]]
    return len(texts) == _NAMES and bool(_INTERVAL.fullmatch(texts[1]) and _COUNT.fullmatch(texts[2]))


def _describe(head: Head) -> Description:
    texts = [text.strip() for text in head.texts]
    interval, count = _INTERVAL.fullmatch(texts[1]), _COUNT.fullmatch(texts[2])
    seconds = float(interval[1].replace(",", ".")) * _SECONDS[interval[2].lower()] if interval else 0.0
    end = _NAMES + 2 * int(count[1] if count else 0)
    delimiter, columns = _columns(head.texts[end] if end < len(texts) else "")
    if not 1e-6 <= seconds <= 1e3 or len(columns) != (end - _NAMES) // 2:
        raise format_error(head.path, "is of AcqKnowledge, and its lines do not name as many channels as they say")
    names, units = numbered(texts[_NAMES:end:2]), texts[_NAMES + 1 : end : 2]
    channels = (
        Declared(name, unit, 1.0 / seconds, column) for name, unit, column in zip(names, units, columns, strict=True)
    )
    # how many samples each channel has
    counts = end + 1 < len(texts) and _NOTHING.fullmatch(texts[end + 1]) and not texts[end + 1][:1].isdigit()
    return Description(head.path, tuple(channels), delimiter, time=None, skip=end + 1 + bool(counts))


def _columns(headings: str) -> tuple[str, list[int]]:
    """The delimiter, and which columns are channels; the first may be the time."""
    delimiter = next((mark for mark in ("\t", ";") if mark in headings), ",")
    cells = cells_of(headings, delimiter)
    return delimiter, [number for number, cell in enumerate(cells) if _CHANNEL.fullmatch(cell)]


EXPORT = Export("AcqKnowledge", _recognises, _describe)
