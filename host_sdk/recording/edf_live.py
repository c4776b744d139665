"""An EDF+ file that grows with the recording: whoever is killed leaves one that opens as it is.

Its rates are the nominal ones, numbers of 24 bits lose their lowest, and its last record is filled up: the file that
is made at the end has all of it. The header says `provisional`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from .edf_file import Head, Note
from .edf_signals import Range, Records, Spooled, record_length

#: So often it is brought up to date, s.
_EVERY_S = 0.4
#: Bytes a record that annotations have.
_NOTE_BYTES = 512
#: A stream that is behind the others by so many seconds does not keep records open any more.
_BEHIND_S = 60.0
#: Room for what is yet to come, as a multiple of what was seen.
_HEADROOM = 4
_CHUNK = 64


class LiveEdf:
    """The growing file; begun anew where a stream comes that it has no room for, or a number beyond its range."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._updated = -math.inf
        self._layout: tuple[object, ...] = ()
        self._limits: list[list[tuple[int, int]]] = []
        self._records: Records | None = None
        self._head: Head | None = None
        #: Records that change no more, and annotations of those that may.
        self._done = 0
        self._notes: list[Note] = []
        self._start_us = 0

    def is_due(self) -> bool:
        """Whether it is time for an update."""
        return monotonic() - self._updated >= _EVERY_S

    def note(self, time_s: float, duration_s: float | None, text: str) -> None:
        """Annotate a moment in device time."""
        self._notes.append(Note(time_s, duration_s, text))

    def update(self, spooled: Sequence[Spooled], start_us: int, began: datetime, model: str) -> None:
        """Have it hold what is spooled; raises OSError."""
        self._updated = monotonic()
        layout = (start_us, *(stream.spec for stream in spooled))
        if self._records is None or layout != self._layout or not self._in_range(spooled):
            self._begin(spooled, start_us, began, model)
            self._layout = layout
        else:
            self._write(self._records.count)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self, spooled: Sequence[Spooled], start_us: int, began: datetime, model: str) -> None:
        """Write all of it anew, beside the one that is there."""
        self._limits = [_limits(stream) for stream in spooled]
        bounds: list[list[Range]] = [
            [stream.physical(low, high) for low, high in limits]
            for stream, limits in zip(spooled, self._limits, strict=True)
        ]
        self._records = Records(spooled, start_us, record_length(spooled, 0.0), bounds)
        self._head = Head(began, model, self._records.record_s, self._records.signals, _NOTE_BYTES, provisional=True)
        self._start_us, self._done = start_us, 0
        fresh = self._path.with_name(f"{self._path.name}.new")
        old, self._file = self._file, fresh.open("w+b", buffering=0)
        try:
            self._write(self._records.count)
            os.replace(fresh, self._path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        finally:
            if old is not None:
                old.close()

    def _in_range(self, spooled: Sequence[Spooled]) -> bool:
        """Whether what has come since the records that are done fits the range of the file."""
        records = self._records
        if records is None:
            return False
        for number, (stream, ahead, samples) in enumerate(records.streams):
            first = max(0, self._done * samples - ahead)
            counts = stream.counts(first, max(first, stream.length))
            for channel, (low, high) in enumerate(self._limits[number]):
                values = counts[:, channel][counts[:, channel] != stream.invalid]
                if len(values) and not low <= values.min() <= values.max() <= high:
                    return False
        return True

    def _write(self, count: int) -> None:
        """Records that may have changed, those that end with all streams for good, then the header."""
        records, head, file = self._records, self._head, self._file
        if records is None or head is None or file is None:
            return
        whole = min((ahead + stream.length) // samples for stream, ahead, samples in records.streams)
        # annotations come later than what they are about: the last record stays open for them
        done = max(self._done, min(count - 1, max(whole, count - math.ceil(_BEHIND_S / records.record_s))))
        while self._done < done:
            stop = min(self._done + _CHUNK, done)
            self._put(self._done, stop, self._texts(self._done, stop, keep=False))
            self._done = stop
        if done < count:
            held = [list(values) for values in records.held]
            self._put(done, count, self._texts(done, count, keep=True))
            records.held = held
        file.seek(0)
        file.write(head.encode(count))

    def _put(self, first: int, stop: int, texts: list[bytes]) -> None:
        records, head, file = self._records, self._head, self._file
        if records is not None and head is not None and file is not None:
            file.seek(head.size + first * head.record_bytes)
            left = memoryview(records.take(first, stop, texts, _NOTE_BYTES))
            while left:  # an unbuffered file may take less than it is given
                left = left[file.write(left) :]

    def _texts(self, first: int, stop: int, keep: bool) -> list[bytes]:
        """Annotations of records: as many of those that wait as there is room for, and what is not there."""
        assert self._records is not None
        assert self._head is not None
        texts = []
        waiting = list(self._notes)
        for record in range(first, stop):
            text = self._head.begin_of(record)
            for note in self._absent(record):
                raw = note.encode(self._head.offset_s)
                if len(text) + len(raw) <= _NOTE_BYTES:
                    text += raw
            end_s = (record + 1) * self._records.record_s
            while waiting and waiting[0].onset_s - self._start_us / 1e6 < end_s:
                note = waiting[0]
                onset_s = note.onset_s - self._start_us / 1e6
                # a moment before the first sample has no place in the file
                before = onset_s < 0 and note.duration_s is None
                moved = Note(max(0.0, onset_s), note.duration_s, note.text)
                raw = b"" if before else moved.encode(self._head.offset_s)
                if len(text) + len(raw) > _NOTE_BYTES:
                    break
                text += raw
                waiting.pop(0)
            texts.append(text)
        if not keep:
            self._notes = waiting
        return texts

    def _absent(self, record: int) -> list[Note]:
        """Where in a record a stream has no number: from the first such sample to the last."""
        assert self._records is not None
        notes = []
        for number, (stream, ahead, samples) in enumerate(self._records.streams):
            first = record * samples - ahead
            gone = stream.counts(first, first + samples)[:, 0] == stream.invalid
            if gone.any():
                begin, end = int(gone.argmax()), samples - int(gone[::-1].argmax())
                word = "padding" if first + end > stream.length or first + begin < 0 else "electrode off"
                rate_hz = self._records.rate_hz(number)
                onset_s = record * self._records.record_s + begin / rate_hz
                notes.append(Note(onset_s, (end - begin) / rate_hz, f"{word} {stream.spec.stream.name.lower()}"))
        return notes


def _limits(stream: Spooled) -> list[tuple[int, int]]:
    """Counts that the file has room for, by channel: all of 16 bits, of more some times what was seen."""
    most = 1 << (8 * stream.spec.sample_bytes - 1)
    if stream.spec.sample_bytes == 2:
        return [(-most, most - 1)] * len(stream.spec.channels)
    limits = []
    for low_value, high_value in stream.ranges():
        low, high = low_value / stream.spec.lsb, high_value / stream.spec.lsb
        more = _HEADROOM * (high - low) + 1000
        limits.append((max(-most, math.floor(low - more)), min(most - 1, math.ceil(high + more))))
    return limits
