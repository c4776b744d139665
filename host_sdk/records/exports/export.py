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
    """Cells of the first line, without quotes and blanks around them."""
    texts = head.texts[:1]
    try:
        return [cell.strip() for cell in next(csv.reader(texts, delimiter=delimiter), [])]
    except csv.Error:
        return []
