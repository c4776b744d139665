"""What a live link lost, brought from the log that the device kept meanwhile: gaps of streams, and results there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from .. import decoding, models_gen
from .. import wire_gen as wire
from ..errors import LogError, ProtocolError
from ..models import DeviceInfo, Item, SampleBlock
from ..session import Session
from ..transports.base import Frame
from .chunks import DATA_KINDS, Chunk, Kind, frames_of
from .recordings import Recording

#: Chunks of one request: gaps end lately, so the newest are asked for first.
_AT_ONCE = 16
#: Where so many requests in a row bring nothing, no more will come.
_VAIN = 64
#: A chunk may hold what was a little before it began; results come so much later than what they are of, µs.
_BEFORE_US = 5_000_000
_LATE_US = 12_000_000
_log = logging.getLogger(__name__)


class Device(Protocol):
    """What filling needs of a client that is up."""

    session: Session

    @property
    def info(self) -> DeviceInfo:
        """Who the device is, and which start of it."""
        ...

    async def log_status(self, *, flush: bool = True) -> wire.LogStatus:
        """How its log is."""
        ...

    async def pull_log(self, first: int, end: int, on_chunk: Callable[[Chunk], object]) -> None:
        """Chunks from `first` on before `end`."""


class Filling:
    """Fills the gaps that there are now; `put` gets what came, samples as blocks that are `late` and `from_log`."""

    def __init__(self, device: Device, put: Callable[[Item], None]) -> None:
        self._device = device
        self._session = device.session
        self._put = put
        #: By number of a start chunk; None: it is gone.
        self._recordings: dict[int, Recording | None] = {}
        self._spans = [span for timeline in self._session.timelines.values() for span in timeline.gap_spans_us()]
        self.samples = 0

    async def run(self) -> int:
        """Bring what the log has of them; returns how many samples that was. Raises what `pull_log` raises."""
        if not self._spans:
            return 0
        status = await self._device.log_status()
        begin_us = min(begin for begin, _ in self._spans)
        end, vain = status.end, 0
        while end > status.oldest and vain < _VAIN:
            first = max(end - _AT_ONCE, status.oldest)
            chunks: list[Chunk] = []
            await self._device.pull_log(first, end, chunks.append)
            vain = 0 if chunks else vain + 1
            data = [chunk for chunk in chunks if chunk.kind in DATA_KINDS]
            ours = [chunk for chunk in data if await self._is_of_this_start(chunk, chunks)]
            for chunk in ours:
                self._take(chunk)
            if data and not ours:
                break
            if ours and ours[0].tick_us < begin_us - _BEFORE_US:
                break
            end = first
        return self.samples

    async def _is_of_this_start(self, chunk: Chunk, pulled: Iterable[Chunk]) -> bool:
        """Whether the device recorded it since it began: sample numbers and times are those of the link."""
        start = chunk.start
        if start not in self._recordings:
            found = [each for each in pulled if each.number == start]
            if not found and start < chunk.number:
                await self._device.pull_log(start, start + 1, found.append)
            is_there = bool(found) and found[0].number == start and found[0].kind == Kind.START
            self._recordings[start] = Recording.of(found[0]) if is_there else None
        recording = self._recordings[start]
        return recording is not None and recording.boot_id == self._device.info.boot_id

    def _take(self, chunk: Chunk) -> None:
        try:
            recording = self._recordings[chunk.start]
            assert recording is not None
            for frame in frames_of(recording.opened(chunk)):
                self._take_frame(frame)
        except (LogError, ProtocolError, wire.WireError) as error:
            _log.warning("chunk %d: %s; what follows in it fills nothing", chunk.number, error)

    def _take_frame(self, frame: Frame) -> None:
        message = wire.MESSAGES[frame.type].decode(frame.payload)
        if isinstance(message, wire.Samples):
            self._take_samples(message)
            return
        item = models_gen.result(message)
        if item is not None and self._is_near(item.tick_us) and self._session.is_new(item):
            self._put(item)

    def _take_samples(self, message: wire.Samples) -> None:
        timeline = self._session.timelines.get(message.stream)
        if timeline is None:
            return
        block = decoding.sample_block(message, timeline.spec)
        if not timeline.lacks(block):
            return
        filled, _ = self._session.accept(block)
        if filled is not None:
            self.samples += len(filled.counts)
            self._put(_from_log(filled))

    def _is_near(self, tick_us: int) -> bool:
        """Whether a result is of a gap, or was on its way when the link went; none is of before the first sample."""
        began_us = min(timeline.began_us for timeline in self._session.timelines.values())
        return tick_us >= began_us and any(begin - _LATE_US <= tick_us <= end + _LATE_US for begin, end in self._spans)


def _from_log(block: SampleBlock) -> SampleBlock:
    return replace(block, from_log=True)
