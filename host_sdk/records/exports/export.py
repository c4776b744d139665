"""One layout of text files that describes itself."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass

from ..csv_head import Head
from ..description import Description


@dataclass(frozen=True)
class Export:
    """A layout by its name: whether a file has it, and what the columns of one that has it are."""

    name: str
    recognises: Callable[[Head], bool]
    #: Raises RecordFormatError where the file lacks what others of its layout have.
    describe: Callable[[Head], Description]


def first_cells(head: Head, delimiter: str) -> list[str]:
    """Cells of the first line."""
    return cells_of("".join(head.texts[:1]), delimiter)


def cells_of(text: str, delimiter: str) -> list[str]:
    """Cells of a line, without quotes and blanks around them; none of one that is no such line."""
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error:
        return []
