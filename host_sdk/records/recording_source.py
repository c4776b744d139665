"""A recording of our own, by its folder: the streams that lie in separate files, on one time axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import RecordError, RecordFormatError, RecordingError, RecordNotFound
from ..models import FloatArray
from ..recording.edf_file import LABELS
from ..recording.metadata import EDF_FILE_NAME, Metadata, StreamRecord, load_metadata
from .source import LONGEST_GAP_S, Channel, Source, format_error

_CHANNELS = {label: name for name, label in LABELS.items()}
_ENDINGS = {"wfdb": ".hea", "csv": ".csv"}

Open = Callable[[Path], Source]


def open_recording(folder: Path, open_file: Open) -> Source:
    """The recording in a folder; raises RecordNotFound where its files are missing, RecordFormatError."""
    try:
        metadata = load_metadata(folder)
    except RecordingError as error:
        raise RecordFormatError(str(error)) from error
    if metadata.format == "edf":
        path = folder / EDF_FILE_NAME
        if not path.is_file():
            raise RecordNotFound(f"{folder}: the recording was not finished (`vitalband record --recover` does so)")
        source = open_file(path)
        # in every format the channels of a recording have the same names
        source.channels = tuple(replace(each, name=_CHANNELS.get(each.name, each.name)) for each in source.channels)
        return source
    if not metadata.streams:
        raise format_error(folder, "the recording has no samples")
    return RecordingSource(folder, metadata, open_file)


class RecordingSource:
    """Channels of all streams; record time 0 is the first sample of the first stream."""

    def __init__(self, folder: Path, metadata: Metadata, open_file: Open) -> None:
        self.path = folder
        #: What is wrong with the first file that is damaged.
        self.record_error: RecordFormatError | None = None
        self._parts: list[tuple[Source, int, int]] = []
        self._files: list[Source] = []
        channels: list[Channel] = []
        start_us = min(record.first_tick_us for record in metadata.streams.values())
        for name, record in metadata.streams.items():
            source = self._open(folder / f"{name}{_ENDINGS[metadata.format]}", open_file)
            if source is None:
                continue
            ahead = _ahead(record, start_us)
            if ahead > LONGEST_GAP_S * record.rate_hz:
                self._note(format_error(folder, f"stream {name} begins {ahead / record.rate_hz:g} s after the others"))
                continue
            for number, channel in enumerate(source.channels):
                self._parts.append((source, number, ahead))
                channels.append(Channel(channel.name, channel.unit, channel.fs, channel.length + ahead))
        if not channels:
            raise self.record_error or format_error(folder, "the recording has no samples")
        self.channels = tuple(channels)

    def _open(self, path: Path, open_file: Open) -> Source | None:
        """A stream's file; None, with its error noted, where it cannot be read: the others are."""
        try:
            source = open_file(path)
        except RecordError as error:
            self._note(format_error(self.path, f"without {path.name}: {error}"))
            return None
        self._files.append(source)
        if source.record_error is not None:
            self._note(source.record_error)
        return source

    def _note(self, error: RecordFormatError) -> None:
        self.record_error = self.record_error or error

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`; NaN before its stream began."""
        source, number, ahead = self._parts[channel]
        values = np.full(stop - start, np.nan)
        first = max(start, ahead)
        if first < stop:
            values[first - start :] = source.read(number, first - ahead, stop - ahead)
        return values

    def close(self) -> None:
        """Give files back."""
        for source in self._files:
            source.close()


def _ahead(record: StreamRecord, start_us: int) -> int:
    """Samples between the recording's start and the stream's first."""
    return round((record.first_tick_us - start_us) * record.rate_hz / 1e6)
