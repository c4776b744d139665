"""EDF+: all streams in one file `recording.edf`, each with its own rate.

While it runs, samples lie in the folder `spool`; the EDF file is made from them at the end, or by
`recover_recording` after the process was killed. EDF knows 16-bit numbers only: each channel's physical range is
what was really seen, so nothing is clipped, in 65536 steps. EDF knows no missing sample: a gap, an electrode that is
off and what fills the file up (`padding`) hold the last value and are annotated, as are beats and events.
"""

from __future__ import annotations

import csv
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from edfio import Edf, EdfAnnotation, Recording

from ..errors import RecordingError
from ..models import Beat, Event, Gap, Item, SampleBlock
from ..wire_gen import Stream
from .edf_signals import Spooled, lengths, make_signals
from .metadata import EDF_FILE_NAME, Metadata
from .recount import check_complete, recount
from .samples import SampleFile
from .tables import TABLES

SPOOL = "spool"
_EDF_BYTES = 2


class EdfWriter:
    """Spools samples; makes the EDF file at the end."""

    def __init__(self, folder: Path, metadata: Metadata) -> None:
        self._folder = folder
        self._metadata = metadata
        self._files: dict[Stream, SampleFile] = {}
        (folder / SPOOL).mkdir()

    def add(self, item: Item) -> None:
        """Take a block."""
        if not isinstance(item, SampleBlock):
            return
        if item.stream not in self._files:
            path = self._folder / SPOOL / item.stream.name.lower()
            self._files[item.stream] = SampleFile(path, item.spec)
        self._files[item.stream].add(item)

    def refresh(self) -> None:
        """Nothing to do: the spool is on disk at once."""

    def close(self) -> list[str]:
        """Finish; returns the names of the files."""
        for file in self._files.values():
            file.close()
        return finish(self._folder, self._metadata)


def recover(folder: Path, metadata: Metadata) -> list[str]:
    """Finish a recording whose process was killed, as `finish`; an EDF file that is whole was finished already."""
    if not _is_whole(folder / EDF_FILE_NAME):
        spooled = {stream.path.name: stream.length for stream in _spooled(folder, metadata)}
        check_complete(folder, metadata, [f"{SPOOL}/{name}" for name in metadata.streams if name not in spooled])
        metadata.streams = {name: record for name, record in metadata.streams.items() if name in spooled}
        recount(folder, metadata, lambda name: spooled[name], gaps_too=True)
        return finish(folder, metadata)
    recount(folder, metadata, lambda name: 0, gaps_too=True)
    (folder / f"{EDF_FILE_NAME}.new").unlink(missing_ok=True)
    shutil.rmtree(folder / SPOOL, ignore_errors=True)
    return [EDF_FILE_NAME]


def finish(folder: Path, metadata: Metadata) -> list[str]:
    """Make the EDF file of a spooled recording and drop the spool; returns the names of the files.

    Raises RecordingError, with nothing dropped, where the file cannot be made or would lack a stream.
    """
    spooled = list(_spooled(folder, metadata))
    names = {stream.path.name for stream in spooled}
    check_complete(folder, metadata, [f"{SPOOL}/{name}" for name in metadata.streams if name not in names])
    if spooled:
        start_us = min(stream.first_tick_us for stream in spooled)
        fresh = folder / f"{EDF_FILE_NAME}.new"
        try:
            notes = [*_annotations(folder, start_us), *_held_values(folder, metadata, spooled, start_us)]
            edf = _edf(spooled, metadata, start_us, notes)
            edf.write(fresh)
            # numpy hands the data to a buffer whose last flush tells nobody that it failed
            if fresh.stat().st_size < _promised_bytes(fresh):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            _sync(fresh)
        except ValueError as error:
            raise RecordingError(f"{folder / EDF_FILE_NAME}: {error}") from error
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise RecordingError(_no_room(folder, spooled, error)) from error
        fresh.replace(folder / EDF_FILE_NAME)
    shutil.rmtree(folder / SPOOL)
    return [EDF_FILE_NAME] if spooled else []


def _sync(path: Path) -> None:
    """Have a file on the disk itself, before what it was made from is dropped."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _is_whole(path: Path) -> bool:
    """Whether an EDF file is there with all that its header promises."""
    try:
        return path.is_file() and 256 < _promised_bytes(path) <= path.stat().st_size
    except ValueError:
        return False


def _promised_bytes(path: Path) -> int:
    """Size of an EDF file by its own header."""
    with path.open("rb") as file:
        fixed = file.read(256)
        if len(fixed) < 256:
            return 256
        signals = int(fixed[252:256])
        file.seek(256 + 216 * signals)
        samples = [int(file.read(8) or 0) for _ in range(signals)]
    return int(fixed[184:192]) + int(fixed[236:244]) * sum(samples) * _EDF_BYTES


def _no_room(folder: Path, spooled: list[Spooled], error: OSError) -> str:
    """What to do where the samples are here but there is no room for the file made of them."""
    needed = sum(stream.length * len(stream.spec.channels) for stream in spooled) * _EDF_BYTES
    reason = error.strerror or "no room"  # numpy says only how many bytes it could not write
    return (
        f"{folder / EDF_FILE_NAME}: {reason}; all samples are kept: free {needed / 1e6:.1f} MB, then "
        f"`vitalband record --recover --out {folder}`"
    )


def _spooled(folder: Path, metadata: Metadata) -> Iterator[Spooled]:
    for name in sorted(metadata.streams, key=lambda name: Stream[name.upper()]):
        record = metadata.streams[name]
        path = folder / SPOOL / name
        stream = Spooled(path, record.spec(Stream[name.upper()]), record.first_tick_us)
        if path.exists() and stream.length:
            yield stream


def _edf(spooled: list[Spooled], metadata: Metadata, start_us: int, notes: list[EdfAnnotation]) -> Edf:
    record_s, signals = make_signals(spooled, start_us)
    began = metadata.began or datetime.now(timezone.utc)
    began += timedelta(microseconds=start_us - (metadata.start_tick_us or start_us))
    model = "".join(c if "!" <= c <= "~" else "_" for c in str(metadata.device.get("model", ""))) or "X"
    return Edf(
        signals,
        recording=Recording(startdate=began.date(), equipment_code=model),
        starttime=began.time(),
        data_record_duration=record_s,
        annotations=sorted(notes, key=lambda note: note.onset),
    )


def _annotations(folder: Path, start_us: int) -> Iterator[EdfAnnotation]:
    """What is in the tables beside the recording, as seconds from its start."""
    for kind, text, length in _NOTES:
        path = folder / TABLES[kind][0]
        if not path.exists():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                duration = length(row)
                onset = float(row["time_s"]) - start_us / 1e6 - (duration or 0.0)
                if onset >= 0:
                    yield EdfAnnotation(onset=round(onset, 6), duration=duration, text=text(row))


def _held_values(folder: Path, metadata: Metadata, spooled: list[Spooled], start_us: int) -> Iterator[EdfAnnotation]:
    """Where a signal shows a value that nobody measured, but for gaps: the electrode was off, or the file is longer."""
    _, file_s = lengths(spooled, start_us)
    for stream in spooled:
        name, rate_hz, ahead = stream.spec.stream.name.lower(), stream.spec.rate_hz, stream.ahead(start_us)
        gaps = list(_gaps(folder, name, metadata.streams[name].first_index))
        stretches = [(first, stop, f"electrode off {name}") for first, stop in stream.unsensed(gaps)]
        stretches += [
            (-ahead, 0, f"padding {name}"),
            (stream.length, round(file_s * rate_hz) - ahead, f"padding {name}"),
        ]
        for first, stop, text in stretches:
            if first < stop:
                onset = round((first + ahead) / rate_hz, 6)
                yield EdfAnnotation(onset=onset, duration=round((stop - first) / rate_hz, 6), text=text)


def _gaps(folder: Path, stream: str, first_index: int) -> Iterator[tuple[int, int]]:
    """Gaps of a stream, as samples of its file."""
    path = folder / TABLES[Gap][0]
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["stream"] == stream:
                    first = int(row["first_index"]) - first_index
                    yield first, first + int(row["samples"])


def _gap_text(row: _Row) -> str:
    restart = ", device restarted" if row.get("cause") == "restart" else ""
    return f"gap {row['stream']}: {row['samples']} samples{restart}"


_Row = dict[str, str]
_NOTES: tuple[tuple[type[Item], Callable[[_Row], str], Callable[[_Row], float | None]], ...] = (
    (Beat, lambda row: f"beat {row['kind']}", lambda row: None),
    (Event, lambda row: f"{row['kind']} severity {row['severity']}", lambda row: None),
    (Gap, lambda row: _gap_text(row), lambda row: float(row["duration_s"])),
)
