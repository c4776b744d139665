"""Writes what a client hands out to disk, in one of three formats, as it comes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from ..client import Client
from ..errors import RecordingError, VitalbandError
from ..models import DeviceInfo, Gap, Item, SampleBlock
from ..reconnect import ReconnectingClient
from ..timeline import ClockEstimate
from ..wire_gen import Stream
from .csv_format import CsvWriter
from .disk_errors import failure_of, fault, on_disk
from .edf_format import EdfWriter
from .folder_lock import FolderLock
from .metadata import Metadata, StreamRecord
from .metadata_checks import FORMATS
from .one_axis import OneAxis
from .own_files import prepare, save_end
from .tables import TABLES, Table, row_of
from .wfdb_format import WfdbWriter

_REFRESH_S = 0.8
_log = logging.getLogger(__name__)


class Writer(Protocol):
    """What a format has to do."""

    def add(self, item: Item) -> None:
        """Take an item; those the format has no place for are in the tables anyway."""
        ...

    def refresh(self) -> None:
        """Make what is on disk readable as it stands."""
        ...

    def close(self) -> list[str]:
        """Finish; returns the names of the files."""
        ...


_WRITERS: dict[str, type[WfdbWriter] | type[EdfWriter] | type[CsvWriter]] = {
    "wfdb": WfdbWriter,
    "edf": EdfWriter,
    "csv": CsvWriter,
}


class Recorder:
    """A recording that grows: `add` items, `close` at the end. Memory does not grow with it.

    The first thing that cannot be written ends it: the files are finished as `incomplete` with the error and with the
    counts of what is on disk, and `failed` says why from then on.
    """

    def __init__(
        self,
        folder: str | Path,
        format: str = "wfdb",  # noqa: A002 - the word users know
        *,
        overwrite: bool = False,
        device: DeviceInfo | None = None,
        address: str = "",
        clock: ClockEstimate | None = None,
        on_failed: Callable[[RecordingError], None] | None = None,
    ) -> None:
        """Begin in a folder; raises RecordingError where there is something already, unless told to overwrite."""
        if format not in _WRITERS:
            raise RecordingError(f"no format {format!r}: it is one of {', '.join(FORMATS)}")
        self.folder = Path(folder)
        self.metadata = Metadata(format, _software(), address, _device(device))
        self._clock = clock
        #: What ended it, None: nothing.
        self.failed: RecordingError | None = None
        self._on_failed = on_failed
        self._axis = OneAxis()
        self._refreshed = time.monotonic()
        self._closed = False
        #: Streams that changed their layout: what comes of them fits nowhere, the others go on.
        self._changed: set[Stream] = set()
        if "\0" in str(self.folder):
            raise RecordingError(f"{str(self.folder)!r}: no folder has such a name")
        with on_disk(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(self.folder)
            try:
                self._create(overwrite)
            except BaseException:
                self._lock.release()
                raise

    def _create(self, overwrite: bool) -> None:
        """The files, still without samples."""
        prepare(self.folder, overwrite)
        self._tables = {kind: Table(self.folder / name, columns) for kind, (name, columns) in TABLES.items()}
        self._writer: Writer = _WRITERS[self.metadata.format](self.folder, self.metadata)
        self.metadata.save(self.folder)

    @classmethod
    def of(
        cls,
        client: Client | ReconnectingClient,
        folder: str | Path,
        format: str = "wfdb",  # noqa: A002
        *,
        overwrite: bool = False,
        on_failed: Callable[[RecordingError], None] | None = None,
    ) -> Recorder:
        """Recorder of everything a client hands out from now on, until it is closed or has failed."""
        description = client.transport.description
        recorder = cls(
            folder,
            format,
            overwrite=overwrite,
            device=client.info,
            address=description,
            clock=client.clock,
            on_failed=on_failed,
        )

        def take(item: Item) -> None:
            try:
                recorder.add(item)
            except RecordingError:
                stop()  # told by `failed` and `on_failed`

        stop = client.listen(take)
        return recorder

    def add(self, item: Item) -> None:
        """Write an item; raises RecordingError, now and from then on, when it cannot be written."""
        if self.failed is not None:
            raise self.failed
        if self._closed:
            return
        if isinstance(item, SampleBlock) and not self._has_its_layout(item):
            return
        with self._ending():
            for moved in self._axis.take(item):
                self._write(moved)
            self.metadata.restarts = self._axis.restarts
            if time.monotonic() - self._refreshed >= _REFRESH_S:
                self._refresh()

    def refresh(self) -> None:
        """Make headers and metadata true as it stands; `add` does so every second. Raises RecordingError as `add`."""
        if self.failed is not None:
            raise self.failed
        if not self._closed:
            with self._ending():
                self._refresh()

    def close(self, error: VitalbandError | None = None) -> Metadata:
        """Finish the files; returns what is in `recording.json`. `error` is what ended it before its time.

        Raises RecordingError where they cannot be finished; after an error that `add` raised it only returns.
        """
        if not self._closed:
            failure = self._finish(error)
            if failure is not None:
                self._report(failure)
                raise failure
        return self.metadata

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """An error within ends the recording."""
        try:
            with on_disk(self.folder):
                yield
        except Exception as error:
            failure = error if isinstance(error, RecordingError) else fault(self.folder, error)
            more = self._finish(failure)
            if more is not None:
                failure = RecordingError(f"{failure}; {more}")
            self._report(failure)
            raise failure from error

    def _report(self, failure: RecordingError) -> None:
        _log.error("the recording has ended: %s", failure)
        self.failed = failure
        if self._on_failed is not None:
            self._on_failed(failure)

    def _finish(self, error: VitalbandError | None) -> RecordingError | None:
        """Finish what can be finished, with the error; returns what else went wrong."""
        self._closed = True
        rest = None if error is not None else failure_of(self.folder, self._write_rest)
        self.metadata.ended = _iso(datetime.now(timezone.utc))
        # in one order, whichever block came first
        names = sorted(self.metadata.streams, key=lambda name: Stream[name.upper()])
        self.metadata.streams = {
            name: self.metadata.streams[name] for name in names if self.metadata.streams[name].samples
        }
        files: list[str] = []
        failure = rest
        for step in (lambda: files.extend(self._writer.close()), self._close_tables):
            failure = failure_of(self.folder, step) or failure
        self._note_rows()
        reasons = [str(reason) for reason in (error, failure) if reason is not None]
        reasons += [
            f"stream {stream.name.lower()} changed its layout and ends there" for stream in sorted(self._changed)
        ]
        self.metadata.error = "; ".join(reasons) or None
        state = "complete" if self.metadata.error is None else "incomplete"
        failure = failure_of(self.folder, lambda: save_end(self.folder, self.metadata, files, state)) or failure
        self._lock.release()
        return failure

    def _write_rest(self) -> None:
        for item in self._axis.rest():
            self._write(item)

    def _close_tables(self) -> None:
        for table in self._tables.values():
            table.close()

    def _refresh(self) -> None:
        self._refreshed = time.monotonic()
        self._writer.refresh()
        self._note_rows()
        self.metadata.save(self.folder)

    def _write(self, item: Item) -> None:
        """An item counts once it is on disk."""
        row = row_of(item)
        if row is not None:
            self._tables[type(item)].add([row])
        if isinstance(item, SampleBlock):
            self._begin(item)
        self._writer.add(item)
        if isinstance(item, SampleBlock):
            self.metadata.streams[item.stream.name.lower()].count(item)
        elif isinstance(item, Gap):
            self._count_gap(item)

    def _begin(self, block: SampleBlock) -> None:
        """Of the first block of all, and of each stream."""
        if self.metadata.started is None:
            self.metadata.started = _iso(self._host_time(block))
            self.metadata.start_tick_us = block.tick_us
            self.metadata.drift_ppm = self._clock.drift_ppm if self._clock else None
        name, fresh = block.stream.name.lower(), StreamRecord.of(block)
        if name not in self.metadata.streams:
            self.metadata.streams[name] = fresh
            # nothing is on disk of which nobody could tell what it is
            self.metadata.save(self.folder)

    def _has_its_layout(self, block: SampleBlock) -> bool:
        """Whether a block can stand behind those before it; a stream of which one cannot ends there."""
        name = block.stream.name.lower()
        known = self.metadata.streams.get(name)
        if block.stream in self._changed or (
            known is not None and known.spec(block.stream) != StreamRecord.of(block).spec(block.stream)
        ):
            if block.stream not in self._changed:
                self._changed.add(block.stream)
                _log.error("%s: stream %s has changed its layout: no more of it is recorded", self.folder, name)
            return False
        return True

    def _count_gap(self, gap: Gap) -> None:
        record = self.metadata.streams.get(gap.stream.name.lower())
        if record is not None:
            record.count_gap(gap)

    def _host_time(self, block: SampleBlock) -> datetime:
        if self._clock is not None:
            with suppress(ValueError, OverflowError, OSError):  # a device whose clock is beyond the calendar
                return datetime.fromtimestamp((block.tick_us + self._clock.offset_us) / 1e6, timezone.utc)
        length_s = len(block.counts) / block.spec.rate_hz
        return datetime.now(timezone.utc) - timedelta(seconds=length_s)

    def _note_rows(self) -> None:
        self.metadata.rows = {TABLES[kind][0]: table.rows for kind, table in self._tables.items()}


def _device(info: DeviceInfo | None) -> dict[str, Any]:
    if info is None:
        return {}
    return {**asdict(info), "sensors": sorted(stream.name.lower() for stream in info.sensors)}


def _iso(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")


def _software() -> str:
    try:
        return f"vitalband {version('vitalband')}"
    except PackageNotFoundError:
        return "vitalband"
