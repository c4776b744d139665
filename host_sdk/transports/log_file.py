"""A recording of a pulled log as a device that sends it once more: everything that reads a live one reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from .. import wire_gen as wire
from ..errors import ConnectError, ConnectionLost, LogError, RecordError
from ..log.recordings import Recording, recordings
from ..log.sealing import key_of
from ..log.store_file import LogFile
from .base import Frame, Transport

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Frames between two turns of the event loop.
_AT_ONCE = 200


class LogFileTransport(Transport):
    """Answers as the device did what can be asked of a recording; `play` sends of it what is subscribed to."""

    finite = True

    def __init__(self, path: str, number: int | None = None) -> None:
        """`number` of the recording's start chunk; None: the newest."""
        super().__init__()
        self._path = path
        self._number = number
        self._file: LogFile | None = None
        self._recording: Recording | None = None
        self._seq = 0
        self._streams = self._results = 0
        self._answers: dict[int, Callable[[bytes], list[Frame]]] = {
            wire.GetInfo.TYPE: self._describe,
            wire.TimeSync.TYPE: self._answer_time,
            wire.Subscribe.TYPE: self._subscribe,
            wire.Flush.TYPE: lambda _payload: [],
        }

    @property
    def description(self) -> str:
        """What this link is, for people."""
        return f"log {self._path}"

    async def _open(self) -> None:
        self._file = LogFile(self._path)
        found = recordings(self._file)
        if not found:
            raise ConnectError(f"{self.description}: no recording begins in it")
        chosen = [recording for recording in found if self._number in (None, recording.start)]
        if not chosen:
            known = ", ".join(str(recording.start) for recording in found)
            raise ConnectError(f"{self.description}: no recording {self._number}, only {known}")
        if chosen[-1].key_id:
            key_of(chosen[-1].key_id)  # before anything is made of it
        self._recording = chosen[-1]

    def _opened(self) -> Recording:
        """The recording; raises ConnectionLost where it is not open."""
        if self._recording is None:
            raise ConnectionLost(f"{self.description}: not open")
        return self._recording

    async def send(self, frame: Frame) -> None:
        """Answer a request; what a file cannot do is refused. Raises ConnectionLost where it is not open."""
        self._opened()
        answer = self._answers.get(frame.type)
        for reply in [] if answer is None else answer(frame.payload):
            self._put(reply)
        if frame.type not in (wire.GetInfo.TYPE, wire.TimeSync.TYPE):
            error = wire.Error.UNKNOWN_TYPE if answer is None else wire.Error.NONE
            self._put(_framed(wire.Ack(frame.type, frame.seq, error)))

    def _put(self, frame: Frame) -> None:
        self._deliver(Frame(frame.type, self._seq, frame.payload).encode())
        self._seq = (self._seq + 1) & 0xFFFF

    def _describe(self, _payload: bytes) -> list[Frame]:
        return list(self._opened().head)

    def _answer_time(self, payload: bytes) -> list[Frame]:
        """The device's time as its calendar had it; where that was not set, as if the recording began now."""
        host_us = wire.TimeSync.decode(payload).host_us
        recording = self._opened()
        began_us = host_us if recording.began is None else (recording.began - _EPOCH) // timedelta(microseconds=1)
        return [_framed(wire.Time(host_us, max(recording.tick_us + host_us - began_us, 0)))]

    def _subscribe(self, payload: bytes) -> list[Frame]:
        wanted = wire.Subscribe.decode(payload)
        self._streams, self._results = int(wanted.streams), int(wanted.results)
        return []

    def _wants(self, frame: Frame) -> bool:
        if frame.type == wire.Samples.TYPE:
            return bool(self._streams >> frame.payload[0] & 1)
        return bool(self._results & _TOPICS.get(frame.type, wire.Results.READINGS))

    async def play(self) -> None:
        """Send the whole recording."""
        recording = self._opened()
        assert self._file is not None
        try:
            for count, frame in enumerate(recording.frames(self._file)):
                if self._wants(frame):
                    self._put(frame)
                if count % _AT_ONCE == 0:
                    await asyncio.sleep(0)
        except LogError as error:
            raise RecordError(str(error)) from error

    async def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


_TOPICS = {wire.Beat.TYPE: wire.Results.BEATS, wire.Event.TYPE: wire.Results.EVENTS}


def _framed(message: wire.AnyMessage) -> Frame:
    return Frame(message.TYPE, 0, message.encode())
