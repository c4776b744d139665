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
from .files import replace_text
from .metadata import Metadata
from .recount import check_complete, count_rows, recount
from .tables import Table, sample_rows
from .wfdb_format import UNITS


class CsvWriter:
    """Writes each sample as it comes."""

    def __init__(self, folder: Path, metadata: Metadata) -> None:
        self._folder = folder
        self._metadata = metadata
        self._tables: dict[Stream, Table] = {}
        #: Rates as the sidecars have them.
        self._rates_hz: dict[Stream, float] = {}

    def add(self, item: Item) -> None:
        """Take a block."""
        if isinstance(item, SampleBlock):
            self._table(item).add(sample_rows(item, self._true_hz(item.spec)))

    def refresh(self) -> None:
        """Rows are on disk at once; the sidecars get the true rates."""
        for stream, written_hz in self._rates_hz.items():
            spec = self._metadata.streams[stream.name.lower()].spec(stream)
            if self._true_hz(spec) != written_hz:
                self._write_sidecar(spec)

    def close(self) -> list[str]:
        """Finish; returns the names of the files."""
        self.refresh()
        for table in self._tables.values():
            table.close()
        return [f"{stream.name.lower()}.{end}" for stream in sorted(self._tables) for end in ("csv", "json")]

    def _table(self, block: SampleBlock) -> Table:
        if block.stream not in self._tables:
            unit = block.spec.unit_symbol or "-"
            columns = ["index", "time_s", *(f"{name} [{unit}]" for name in block.spec.channels)]
            path = self._folder / f"{block.stream.name.lower()}.csv"
            self._write_sidecar(block.spec)
            self._tables[block.stream] = Table(path, columns)
        return self._tables[block.stream]

    def _true_hz(self, spec: StreamSpec) -> float:
        record = self._metadata.streams.get(spec.stream.name.lower())
        return spec.rate_hz if record is None else record.true_hz

    def _write_sidecar(self, spec: StreamSpec) -> None:
        self._rates_hz[spec.stream] = rate_hz = self._true_hz(spec)
        write_sidecar(self._folder, spec, rate_hz)


def recover(folder: Path, metadata: Metadata) -> list[str]:
    """The files are as true as they can be, only the counts are not; returns the names of the files."""
    counts = {name: count_rows(path) for name in metadata.streams if (path := folder / f"{name}.csv").exists()}
    check_complete(folder, metadata, [f"{name}.csv" for name in metadata.streams if not counts.get(name)])
    metadata.streams = {name: record for name, record in metadata.streams.items() if counts.get(name)}
    recount(folder, metadata, lambda name: counts[name], gaps_too=False)
    for name, record in metadata.streams.items():
        write_sidecar(folder, record.spec(Stream[name.upper()]), record.true_hz)
    return [f"{name}.{end}" for name in metadata.streams for end in ("csv", "json")]


def write_sidecar(folder: Path, spec: StreamSpec, rate_hz: float) -> None:
    """What says names, units and true rate of a stream's file."""
    channels = [{"name": name, "unit": UNITS.get(spec.unit, "")} for name in spec.channels]
    text = json.dumps({"fs": rate_hz, "index": "index", "channels": channels}, indent=1) + "\n"
    replace_text(folder / f"{spec.stream.name.lower()}.json", text)
