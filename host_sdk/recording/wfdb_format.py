"""WFDB: a record a stream in one folder, beats beside the ECG. Open with `wfdb.rdrecord(folder + "/ecg")`."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ..models import Beat, Item, SampleBlock, StreamSpec
from ..wire_gen import Stream, Unit
from .annotations import BeatAnnotations
from .files import replace_text
from .metadata import Metadata
from .recount import check_complete, recount
from .samples import SampleFile, SampleTotals

#: Units as files name them, the others' formats too.
UNITS = {Unit.MV: "mV", Unit.G: "g", Unit.DPS: "deg/s", Unit.COUNT: "count", Unit.CELSIUS: "degC"}


class WfdbWriter:
    """Writes sample files and keeps their headers true, so that a killed recording still opens."""

    def __init__(self, folder: Path, metadata: Metadata) -> None:
        self.files: dict[Stream, SampleFile] = {}
        self._folder = folder
        self._metadata = metadata
        self._beats = BeatAnnotations(folder / "ecg.atr")

    def add(self, item: Item) -> None:
        """Take a block or a beat."""
        if isinstance(item, SampleBlock):
            file = self._file(item)
            fresh = file.length == 0
            file.add(item)
            if fresh:  # a process killed within the first second leaves a record that opens
                self._write_header(file)
        elif isinstance(item, Beat) and Stream.ECG in self.files:
            sample = self.files[Stream.ECG].index_in_file(item.r)
            if sample is not None:
                self._beats.add(sample, item.kind)

    def refresh(self) -> None:
        """Make the headers say what is on disk."""
        for file in self.files.values():
            if file.length:
                self._write_header(file)

    def close(self) -> list[str]:
        """Finish; returns the names of the files."""
        try:
            self.refresh()
        finally:
            for file in self.files.values():
                file.close()
            self._beats.close()
        for path in [file.path for file in self.files.values() if not file.length]:
            path.unlink()
        if not self._beats.count:
            (self._folder / "ecg.atr").unlink()
        written = [stream.name.lower() for stream in sorted(self.files) if self.files[stream].length]
        return [f"{name}.{end}" for name in written for end in ("hea", "dat")] + ["ecg.atr"] * bool(self._beats.count)

    def _write_header(self, file: SampleFile) -> None:
        began = _began(self._metadata, file.first_tick_us or 0)
        record = self._metadata.streams.get(file.spec.stream.name.lower())
        rate_hz = file.spec.rate_hz if record is None else record.true_hz
        replace_text(file.path.with_suffix(".hea"), header(file, began, rate_hz))

    def _file(self, block: SampleBlock) -> SampleFile:
        if block.stream not in self.files:
            self.files[block.stream] = SampleFile(self._folder / f"{block.stream.name.lower()}.dat", block.spec)
        return self.files[block.stream]


def recover(folder: Path, metadata: Metadata) -> list[str]:
    """Make headers say what is on disk, as far as it is whole; returns the names of the files."""
    files = {name: folder / f"{name}.dat" for name in metadata.streams}
    specs = {name: record.spec(Stream[name.upper()]) for name, record in metadata.streams.items()}
    totals = {name: SampleTotals.of(path, specs[name]) for name, path in files.items() if path.exists()}
    check_complete(folder, metadata, [path.name for name, path in files.items() if not _length(totals.get(name))])
    metadata.streams = {name: record for name, record in metadata.streams.items() if _length(totals.get(name))}
    recount(folder, metadata, lambda name: totals[name].length, gaps_too=True)
    for name, record in metadata.streams.items():
        moment = _began(metadata, record.first_tick_us)
        # a sample that was cut short is no sample: readers would shift all that follows
        size = totals[name].length * totals[name].width * len(record.channels)
        os.truncate(files[name], size)
        replace_text(folder / f"{name}.hea", header(totals[name], moment, record.true_hz))
    beats = folder / "ecg.atr"
    annotated = ["ecg.atr"] if beats.exists() and beats.stat().st_size else []
    return [f"{name}.{end}" for name in metadata.streams for end in ("hea", "dat")] + annotated


def _length(totals: SampleTotals | None) -> int:
    return totals.length if totals is not None else 0


def _began(metadata: Metadata, first_tick_us: int) -> datetime:
    """Calendar time of a stream's first sample."""
    began = metadata.began or datetime.now(timezone.utc)
    return began + timedelta(microseconds=first_tick_us - (metadata.start_tick_us or 0))


def header(file: SampleTotals, began: datetime, rate_hz: float) -> str:
    """Header of a sample file as it stands now; `rate_hz` is the true rate of its samples."""
    spec = file.spec
    name = spec.stream.name.lower()
    moment = began.strftime("%H:%M:%S.%f")[:-3] + began.strftime(" %d/%m/%Y")
    lines = [f"{name} {len(spec.channels)} {rate_hz:.10g} {file.length} {moment}"]
    lines += [_signal_line(file, channel) for channel in range(len(spec.channels))]
    return "\n".join(lines) + "\n"


def _signal_line(file: SampleTotals, channel: int) -> str:
    spec = file.spec
    checksum = int(file.sums[channel]) & 0xFFFF
    signed = checksum - 0x10000 if checksum & 0x8000 else checksum
    return (
        f"{spec.stream.name.lower()}.dat {8 * file.width} {gain(spec):.10g}(0)/{UNITS.get(spec.unit, 'NU')} "
        f"{8 * spec.sample_bytes} 0 {file.first_values[channel]} {signed} 0 {spec.channels[channel]}"
    )


def gain(spec: StreamSpec) -> float:
    """Counts for one unit."""
    return 1 / spec.lsb
