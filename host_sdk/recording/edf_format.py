"""EDF+: all streams in one file `recording.edf`, each with its own true rate.

While it runs, samples lie in the folder `spool`, and `recording.edf` grows beside it (see edf_live.py); the final file
is made from the spool at the end, or by `recover_recording` after the process was killed. EDF knows 16-bit numbers
only: each channel's physical range is what was really seen, so nothing is clipped, in 65536 steps. EDF knows no missing
sample: a gap, an electrode that is off and what fills the file up (`padding`) hold the last value and are annotated, as
are beats and events.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ..errors import RecordingError
from ..models import Beat, Event, Gap, Item, SampleBlock
from ..wire_gen import Stream
from .edf_file import PROVISIONAL, VALUE_BYTES, Head, Note, spread
from .edf_live import LiveEdf
from .edf_signals import Records, Spooled, record_length, total_length
from .metadata import EDF_FILE_NAME, Metadata, StreamRecord
from .recount import check_complete, recount, rows_of
from .samples import SampleFile
from .tables import TABLES, row_of

SPOOL = "spool"
#: Records that are made at a time.
_CHUNK = 64


class EdfWriter:
    """Spools samples, keeps a provisional file beside them, and makes the EDF file at the end."""

    def __init__(self, folder: Path, metadata: Metadata) -> None:
        self._folder = folder
        self._metadata = metadata
        self._files: dict[Stream, SampleFile] = {}
        (folder / SPOOL).mkdir()
        self._live = LiveEdf(folder / EDF_FILE_NAME)

    def add(self, item: Item) -> None:
        """Take a block; of other items what is annotated."""
        if not isinstance(item, SampleBlock):
            self._annotate(item)
            return
        if item.stream not in self._files:
            path = self._folder / SPOOL / item.stream.name.lower()
            self._files[item.stream] = SampleFile(path, item.spec)
        self._files[item.stream].add(item)
        if self._live.is_due():
            self.refresh()

    def refresh(self) -> None:
        """Have the provisional file hold what the spool holds."""
        spooled = [
            Spooled(file.path, file.spec, file.first_tick_us, file.spec.rate_hz)
            for _, file in sorted(self._files.items())
            if file.length and file.first_tick_us is not None
        ]
        if spooled:
            start_us = min(stream.first_tick_us for stream in spooled)
            self._live.update(spooled, start_us, began(self._metadata, start_us), _model(self._metadata))

    def close(self) -> list[str]:
        """Finish; returns the names of the files."""
        for file in self._files.values():
            file.close()
        self._live.close()
        return finish(self._folder, self._metadata)

    def _annotate(self, item: Item) -> None:
        row = row_of(item)
        note = _NOTES.get(type(item))
        if row is not None and note is not None:
            text, length = note
            cells = dict(zip(TABLES[type(item)][1], map(str, row), strict=True))
            self._live.note(float(cells["time_s"]) - (length(cells) or 0.0), length(cells), text(cells))


def recover(folder: Path, metadata: Metadata) -> list[str]:
    """Finish a recording whose process was killed, as `finish`; an EDF file that is whole was finished already."""
    if not _is_final(folder / EDF_FILE_NAME):
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
        fresh = folder / f"{EDF_FILE_NAME}.new"
        try:
            _write(fresh, folder, metadata, spooled)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise RecordingError(_no_room(folder, spooled, error)) from error
        fresh.replace(folder / EDF_FILE_NAME)
    shutil.rmtree(folder / SPOOL)
    return [EDF_FILE_NAME] if spooled else []


def _write(path: Path, folder: Path, metadata: Metadata, spooled: list[Spooled]) -> None:
    """The final file; memory does not grow with it, but for annotations. Raises OSError."""
    start_us = min(stream.first_tick_us for stream in spooled)
    record_s = record_length(spooled, total_length(spooled, start_us))
    records = Records(spooled, start_us, record_s, [stream.ranges() for stream in spooled])
    count = records.count
    notes = [*_annotations(folder, start_us), *_held_values(folder, metadata, records, count)]
    head = Head(began(metadata, start_us), _model(metadata), record_s, records.signals, 0)
    room, texts = spread(notes, head, count)
    with path.open("wb") as file:
        file.write(replace(head, note_bytes=room).encode(count))
        for first in range(0, count, _CHUNK):
            stop = min(first + _CHUNK, count)
            file.write(records.take(first, stop, texts[first:stop], room))
        file.flush()
        os.fsync(file.fileno())


def _is_final(path: Path) -> bool:
    """Whether an EDF file is there with all that its header promises, and none that was still to grow."""
    try:
        return path.is_file() and 256 < _promised_bytes(path) <= path.stat().st_size
    except ValueError:
        return False


def _promised_bytes(path: Path) -> int:
    """Size of an EDF file by its own header."""
    with path.open("rb") as file:
        fixed = file.read(256)
        if len(fixed) < 256 or PROVISIONAL in fixed:
            return 256
        signals = int(fixed[252:256])
        file.seek(256 + 216 * signals)
        samples = [int(file.read(8) or 0) for _ in range(signals)]
    return int(fixed[184:192]) + int(fixed[236:244]) * sum(samples) * VALUE_BYTES


def _no_room(folder: Path, spooled: list[Spooled], error: OSError) -> str:
    """What to do where the samples are here but there is no room for the file made of them."""
    needed = sum(stream.length * len(stream.spec.channels) for stream in spooled) * VALUE_BYTES
    reason = error.strerror or "no room"  # numpy says only how many bytes it could not write
    return (
        f"{folder / EDF_FILE_NAME}: {reason}; all samples are kept: free {needed / 1e6:.1f} MB, then "
        f"`vitalband record --recover --out {folder}`"
    )


def _spooled(folder: Path, metadata: Metadata) -> Iterator[Spooled]:
    for name in sorted(metadata.streams, key=lambda name: Stream[name.upper()]):
        record = metadata.streams[name]
        path = folder / SPOOL / name
        stream = Spooled(path, record.spec(Stream[name.upper()]), record.first_tick_us, record.true_hz)
        if path.exists() and stream.length:
            yield stream


def began(metadata: Metadata, start_us: int) -> datetime:
    """Calendar time of a device time."""
    moment = metadata.began or datetime.now(timezone.utc)
    with suppress(OverflowError):
        moment += timedelta(microseconds=start_us - (metadata.start_tick_us or start_us))
    return moment


def _model(metadata: Metadata) -> str:
    return str(metadata.device.get("model", ""))


def _annotations(folder: Path, start_us: int) -> Iterator[Note]:
    """What is in the tables beside the recording, but for gaps, as seconds from its start."""
    for kind, (text, _) in _NOTES.items():
        if kind is Gap:
            continue
        for row in rows_of(folder, kind):
            onset = float(row["time_s"]) - start_us / 1e6
            if onset >= 0:
                yield Note(onset, None, text(row))


def _held_values(folder: Path, metadata: Metadata, records: Records, count: int) -> Iterator[Note]:
    """Where a signal shows a value that nobody measured: a gap, an electrode that is off, or the file is longer."""
    for number, (stream, ahead, samples) in enumerate(records.streams):
        name, rate_hz = stream.spec.stream.name.lower(), records.rate_hz(number)
        gaps = list(_gaps(folder, name, metadata.streams[name]))
        stretches = gaps + [
            (first, stop, f"electrode off {name}") for first, stop in stream.unsensed([gap[:2] for gap in gaps])
        ]
        stretches += [(-ahead, 0, f"padding {name}"), (stream.length, count * samples - ahead, f"padding {name}")]
        for first, stop, text in stretches:
            if first < stop:
                yield Note((first + ahead) / rate_hz, (stop - first) / rate_hz, text)


def _gaps(folder: Path, stream: str, record: StreamRecord) -> Iterator[tuple[int, int, str]]:
    """Gaps of a stream but for what was filled, as samples of its file, and what is said of them."""
    for row in rows_of(folder, Gap):
        if row["stream"] == stream:
            begin = int(row["first_index"])
            for first, stop in _left(begin, begin + int(row["samples"]), record.filled):
                yield first - record.first_index, stop - record.first_index, _gap_text(row, stop - first)


def _left(first: int, stop: int, filled: list[list[int]]) -> Iterator[tuple[int, int]]:
    """Parts of a gap that lie in no filled run."""
    for begin, length in sorted(filled):
        if first < begin < stop:
            yield first, begin
        if begin < stop:
            first = max(first, begin + length)
    if first < stop:
        yield first, stop


def _gap_text(row: _Row, samples: int | None = None) -> str:
    restart = ", device restarted" if row.get("cause") == "restart" else ""
    return f"gap {row['stream']}: {row['samples'] if samples is None else samples} samples{restart}"


_Row = dict[str, str]
_NOTES: dict[type[Item], tuple[Callable[[_Row], str], Callable[[_Row], float | None]]] = {
    Beat: (lambda row: f"beat {row['kind']}", lambda row: None),
    Event: (lambda row: f"{row['kind']} severity {row['severity']}", lambda row: None),
    Gap: (_gap_text, lambda row: float(row["duration_s"])),
}
