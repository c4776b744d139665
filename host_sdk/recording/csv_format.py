"""CSV: a file a stream, a row a sample, in the order in which they came.

Columns: `index` (sample of the stream since the device's start), `time_s` (device time) and one a channel, named
with its unit (`ECG [mV]`). A missing sample has no row; one that came late stands where it came: sort by `index`.
Beside each lies a small `.json` that names channels, units and rate, so that `vitalband replay` reads it.
"""

from __future__ import annotations

import json
from pathlib import Path

from ..models import Item, SampleBlock, StreamSpec
from ..wire_gen import Stream
from .metadata import Metadata
from .recount import check_complete, count_rows, recount
from .tables import Table, sample_rows
from .wfdb_format import UNITS


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
        return [f"{stream.name.lower()}.{end}" for stream in sorted(self._tables) for end in ("csv", "json")]

    def _table(self, block: SampleBlock) -> Table:
        if block.stream not in self._tables:
            unit = block.spec.unit_symbol or "-"
            columns = ["index", "time_s", *(f"{name} [{unit}]" for name in block.spec.channels)]
            path = self._folder / f"{block.stream.name.lower()}.csv"
            path.with_suffix(".json").write_text(json.dumps(_sidecar(block.spec), indent=1) + "\n", encoding="utf-8")
            self._tables[block.stream] = Table(path, columns)
        return self._tables[block.stream]


def recover(folder: Path, metadata: Metadata) -> list[str]:
    """The files are as true as they can be, only the counts are not; returns the names of the files."""
    counts = {name: count_rows(path) for name in metadata.streams if (path := folder / f"{name}.csv").exists()}
    check_complete(folder, metadata, [f"{name}.csv" for name in metadata.streams if not counts.get(name)])
    metadata.streams = {name: record for name, record in metadata.streams.items() if counts.get(name)}
    recount(folder, metadata, lambda name: counts[name], gaps_too=False)
    return [f"{name}.{end}" for name in metadata.streams for end in ("csv", "json")]


def _sidecar(spec: StreamSpec) -> dict[str, object]:
    channels = [{"name": name, "unit": UNITS.get(spec.unit, "")} for name in spec.channels]
    return {"fs": spec.rate_hz, "index": "index", "channels": channels}
