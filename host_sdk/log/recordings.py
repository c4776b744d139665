"""Recordings in a log: what a start chunk says, and the frames that follow it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from .. import wire_gen as wire
from ..errors import LogError
from ..transports.base import Frame
from .chunks import DATA_KINDS, Chunk, Kind, frames_of
from .sealing import key_of
from .store_file import LogFile

_START = struct.Struct("<IIHBBBBBIHHI")
_FIRST_YEAR = 2001
#: Among the streams of a start chunk: it goes on with the recording of the start before.
_GOES_ON = 0x8000


@dataclass(slots=True)
class Recording:
    """From one start of recording to its end; `numbers` are those of its chunks of data that are there."""

    #: Number of its start chunk.
    start: int
    boot_id: int
    #: Number of the start chunk before; None: not known.
    before: int | None
    #: By the device's calendar; None: nobody had set it.
    began: datetime | None
    tick_us: int
    streams: int
    results: int
    #: Who the device was and what its streams are: frames of `info` and `stream_info`.
    head: list[Frame]
    #: Name of the key that it is encrypted with; 0: it is not.
    key_id: int = 0
    numbers: list[int] = field(default_factory=list)
    #: Whether it is the recording of the start before: a long one has starts again and again.
    goes_on: bool = False

    @classmethod
    def of(cls, chunk: Chunk) -> Recording:
        """Recording that a start chunk begins; raises LogError."""
        try:
            boot_id, before, *calendar, us, streams, results, key_id = _START.unpack_from(chunk.payload)
            head = list(_frames(chunk.payload[_START.size :]))
            began = None
            if calendar[0] >= _FIRST_YEAR:
                year, month, day, hour, minute, second = calendar
                began = datetime(year, month, day, hour, minute, second, us, tzinfo=timezone.utc)
        except (struct.error, IndexError, ValueError, OverflowError) as error:
            raise LogError(f"chunk {chunk.number}: no start of a recording") from error
        last = before - 1 if before else None
        goes_on = bool(streams & _GOES_ON) and last is not None
        streams &= ~_GOES_ON
        return cls(chunk.number, boot_id, last, began, chunk.tick_us, streams, results, head, key_id, goes_on=goes_on)

    def begin_earlier(self, tick_us: int) -> None:
        """Its first start is gone, and what there is of it begins at this time of the device."""
        if self.began is not None:
            self.began -= timedelta(microseconds=self.tick_us - tick_us)
        self.tick_us = tick_us

    def is_of(self, other: Recording) -> bool:
        """Whether this start is one of the other's."""
        ours = (self.boot_id, self.streams, self.results, self.key_id)
        return self.goes_on and ours == (other.boot_id, other.streams, other.results, other.key_id)

    def frames(self, file: LogFile) -> Iterator[Frame]:
        """Everything that was recorded, in order; chunks that are missing leave a gap. Raises LogError."""
        for number in self.numbers:
            chunk = file.chunk(number)
            try:
                yield from frames_of(self.opened(chunk))
            except LogError as error:
                raise LogError(f"{file.path}: {error}") from error

    def opened(self, chunk: Chunk) -> Chunk:
        """One of its chunks of data as it was before it was encrypted; raises LogError without the key."""
        return chunk if chunk.kind == Kind.DATA else chunk.opened(key_of(self.key_id))

    @property
    def info(self) -> wire.Info:
        """Who the device was; raises LogError."""
        for frame in self.head:
            if frame.type == wire.Info.TYPE:
                return wire.Info.decode(frame.payload)
        raise LogError(f"chunk {self.start}: does not say who the device is")


def serial_in(chunks: Iterable[Chunk]) -> str | None:
    """Serial number of the device that recorded them, by the newest that a recording begins with; None: by none."""
    serial = None
    for chunk in chunks:
        if chunk.kind == Kind.START:
            try:
                serial = Recording.of(chunk).info.serial_number or serial
            except (LogError, wire.WireError):
                continue
    return serial


def _frames(data: bytes) -> Iterator[Frame]:
    at = 0
    while at < len(data):
        length = data[at]
        frame = Frame.decode(data[at + 1 : at + 1 + length])
        if frame is None:
            raise IndexError
        yield frame
        at += 1 + length


def recordings(file: LogFile) -> list[Recording]:
    """The recordings of a file, oldest first. Raises LogError.

    Chunks whose start is missing belong to the one that goes on with it, or to none.
    """
    found: dict[int, Recording] = {}
    #: By start: number and device time of chunks of data.
    orphans: dict[int, list[tuple[int, int]]] = {}
    for chunk in file.chunks():
        if chunk.kind == Kind.START:
            begun = _begun_by(chunk, file)
            before = found.get(begun.before) if begun.before is not None else None
            if before is not None and begun.is_of(before):
                begun = before
            elif begun.goes_on and begun.before in orphans:
                left = orphans.pop(begun.before)
                begun.numbers = [number for number, _ in left]
                begun.begin_earlier(left[0][1])
            found[chunk.number] = begun
        elif chunk.kind in DATA_KINDS and chunk.start in found:
            found[chunk.start].numbers.append(chunk.number)
        elif chunk.kind in DATA_KINDS:
            orphans.setdefault(chunk.start, []).append((chunk.number, chunk.tick_us))
    return list({recording.start: recording for recording in found.values()}.values())


def _begun_by(chunk: Chunk, file: LogFile) -> Recording:
    try:
        return Recording.of(chunk)
    except LogError as error:
        raise LogError(f"{file.path}: {error}") from error
