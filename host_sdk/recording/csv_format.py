"""CSV: a file a stream, a row a sample, in the order in which they came.

Columns: `index` (sample of the stream since the device's start), `time_s` (device time) and one a channel, named
with its unit (`ECG [mV]`). A missing sample has no row; one that came late stands where it came: sort by `index`.
"""

from __future__ import annotations

from pathlib import Path

from ..models import Item, SampleBlock
from ..wire_gen import Stream
from .metadata import Metadata
from .tables import Table, sample_rows


class CsvWriter:
    """Writes each sample as it comes."""

    def __init__(self, folder: Path, _metadata: Metadata) -> None:
        self._folder = folder
        self._tables: dict[Stream, Table] = {}

    def add(self, item: Item) -> None:
        """Take a block."""
        if isinstance(item, SampleBlock):
            self._table(item).add(sample_rows(item))

    def refresh(self) -> None:
        """Nothing to do: rows are on disk at once."""

    def close(self) -> list[str]:
        """Finish; returns the names of the files."""
        for table in self._tables.values():
            table.close()
        return [f"{stream.name.lower()}.csv" for stream in self._tables]

    def _table(self, block: SampleBlock) -> Table:
        if block.stream not in self._tables:
            unit = block.spec.unit_symbol or "-"
            columns = ["index", "time_s", *(f"{name} [{unit}]" for name in block.spec.channels)]
            self._tables[block.stream] = Table(self._folder / f"{block.stream.name.lower()}.csv", columns)
        return self._tables[block.stream]
