"""One EDF+ file that grows, with ranges that stay: what an update writes is what has come since the last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from .edf_file import COUNT_AT, Head, Note
from .edf_signals import Range, Records, Spooled, record_length

#: Bytes a record that annotations have.
_NOTE_BYTES = 512
#: A stream that is behind the others by so many seconds does not keep records open any more.
_BEHIND_S = 60.0
_CHUNK = 64

#: Counts that a file has room for, of each channel of each stream: lowest and highest.
Limits = list[list[tuple[int, int]]]


class GrowingEdf:
    """A file at `path`; `limits` are its ranges, beyond which a number has the range's end."""

    def __init__(
        self, path: Path, spooled: Sequence[Spooled], limits: Limits, start_us: int, began: datetime, model: str
    ) -> None:
        """Make it, without records; raises OSError."""
        bounds: list[list[Range]] = [
            [stream.physical(low, high) for low, high in each] for stream, each in zip(spooled, limits, strict=True)
        ]
        self.path = path
        self._records = Records(spooled, start_us, record_length(spooled, 0.0), bounds)
        record_s, signals = self._records.record_s, self._records.signals
        self._head = Head(began, model, record_s, signals, _NOTE_BYTES, provisional=True)
        self._start_us = start_us
        #: Records that change no more.
        self._done = 0
        self._file = path.open("w+b", buffering=0)
        self._file.write(self._head.encode(0))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def write(self, notes: list[Note]) -> list[Note]:
        """Write records that may have changed, then their number; returns annotations of those that still may change.

        Those that end with all streams are done. Raises OSError.
        """
        records, count = self._records, self._records.count
        whole = min((ahead + stream.length) // samples for stream, ahead, samples in records.streams)
        # annotations come later than what they are about: the last record stays open for them
        done = max(self._done, min(count - 1, max(whole, count - math.ceil(_BEHIND_S / records.record_s))))
        while self._done < done:
            stop = min(self._done + _CHUNK, done)
            texts, notes = self._texts(self._done, stop, notes)
            self._put(self._done, stop, texts)
            self._done = stop
        if done < count:
            held = [list(values) for values in records.held]
            self._put(done, count, self._texts(done, count, notes)[0])
            records.held = held
        self._say(count)
        return notes

    def follow(self, other: GrowingEdf, most: int) -> bool:
        """Take so many records over that are done in another file, with their annotations; True: there are no more.

        The other one is of the same streams and lengths of records. Raises OSError.
        """
        stop = min(self._done + most, other._done)
        while self._done < stop:
            end = min(self._done + _CHUNK, stop)
            self._put(self._done, end, [other._text_of(record) for record in range(self._done, end)])
            self._done = end
        self._say(self._done)
        return self._done == other._done

    def _say(self, count: int) -> None:
        """Have the header say how many records there are."""
        self._file.seek(COUNT_AT)
        self._file.write(str(count).ljust(8).encode())

    def _text_of(self, record: int) -> bytes:
        self._file.seek(self._head.size + (record + 1) * self._head.record_bytes - _NOTE_BYTES)
        return self._file.read(_NOTE_BYTES)

    def _put(self, first: int, stop: int, texts: list[bytes]) -> None:
        self._file.seek(self._head.size + first * self._head.record_bytes)
        left = memoryview(self._records.take(first, stop, texts, _NOTE_BYTES))
        while left:  # an unbuffered file may take less than it is given
            left = left[self._file.write(left) :]

    def _texts(self, first: int, stop: int, notes: list[Note]) -> tuple[list[bytes], list[Note]]:
        """Annotations of records: what is not there, and as many of those that wait as there is room for; the rest."""
        texts, at = [], 0
        for record in range(first, stop):
            text = self._head.begin_of(record)
            for note in self._absent(record):
                raw = note.encode(self._head.offset_s)
                if len(text) + len(raw) <= _NOTE_BYTES:
                    text += raw
            end_s = (record + 1) * self._records.record_s
            while at < len(notes) and (onset_s := notes[at].onset_s - self._start_us / 1e6) < end_s:
                raw = self._encoded(notes[at], onset_s)
                if len(text) + len(raw) > _NOTE_BYTES:
                    break
                text += raw
                at += 1
            texts.append(text)
        return texts, notes[at:]

    def _encoded(self, note: Note, onset_s: float) -> bytes:
        """An annotation at its time in the file; a moment before the first sample has no place there."""
        if onset_s < 0 and note.duration_s is None:
            return b""
        return Note(max(0.0, onset_s), note.duration_s, note.text).encode(self._head.offset_s)

    def _absent(self, record: int) -> list[Note]:
        """Where in a record a stream has no number: from the first such sample to the last."""
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
