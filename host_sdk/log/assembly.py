"""Puts the pieces of chunks together that a device sends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from .. import wire_gen as wire
from ..errors import LogError, ResponseTimeout, VitalbandError
from .chunks import Chunk

_log = logging.getLogger(__name__)


class Assembly:
    """Takes messages of one pull of the chunks from `first` on before `end`, which come in their order, each once.

    A chunk of which a piece is missing, or whose check is wrong, is left out. What was not asked for is passed over,
    and is no sign of life: no device can keep a pull going for ever.
    """

    def __init__(self, first: int, end: int, on_chunk: Callable[[Chunk], object]) -> None:
        self._on_chunk = on_chunk
        self._number = first - 1
        self._end = end
        #: What is there of that chunk; None: nothing of it is wanted any more.
        self._pieces: bytearray | None = None
        self._came = asyncio.Event()
        self._ended = False
        self._failure: Exception | None = None

    def take(self, message: wire.LogData | wire.LogEnd) -> None:
        """A message came; raises nothing."""
        if isinstance(message, wire.LogEnd):
            self._ended = True
            self._came.set()
        elif self._failure is None:
            try:
                self._take_piece(message)
            except Exception as failure:  # of who takes the chunks: `wait` raises it
                self._failure = failure
                self._came.set()

    def _take_piece(self, piece: wire.LogData) -> None:
        if piece.at == 0 and self._number < piece.number < self._end:
            self._number = piece.number
            self._pieces = bytearray()
        if piece.number != self._number or self._pieces is None or piece.at != len(self._pieces) or not piece.data:
            return  # the one before it was lost, or nobody asked for it
        self._came.set()
        self._pieces += piece.data
        if len(self._pieces) < piece.length:
            return
        raw, self._pieces = bytes(self._pieces), None
        try:
            chunk = Chunk.parse(piece.number, piece.sector, raw)
        except LogError as error:
            _log.warning("%s; left out", error)
            return
        self._on_chunk(chunk)

    async def wait(self, timeout_s: float, link_error: Callable[[], VitalbandError | None]) -> None:
        """Until the last piece is there; raises ResponseTimeout where none comes for so long, or what went wrong."""
        silent_s = 0.0
        while not self._ended and self._failure is None:
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), _LOOK_S)
                silent_s = 0.0
            except asyncio.TimeoutError:
                silent_s += _LOOK_S
            error = link_error()
            if error is not None:
                raise error
            if silent_s >= timeout_s:
                raise ResponseTimeout(f"nothing of the log came for {timeout_s:g} s")
        if self._failure is not None:
            raise self._failure


#: How often to look whether the link is still there.
_LOOK_S = 0.25
