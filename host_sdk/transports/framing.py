"""Frames on a serial cable: ``00 COBS(frame, CRC-32) 00``; everything outside is console text."""

from __future__ import annotations

import codecs
import struct
from binascii import crc32
from collections.abc import Callable

from cobs import cobs

from .base import HEADER_BYTES, MAX_FRAME_BYTES, LinkCounters, OnConsole

_CRC = struct.Struct("<I")
# COBS adds one byte in 254 and one more.
_MAX_ENCODED = MAX_FRAME_BYTES + _CRC.size + (MAX_FRAME_BYTES + _CRC.size) // 254 + 1
_TEXT_BYTES = bytes([9, 10, 13, 27, *range(32, 127), *range(128, 256)])


def wrap(frame: bytes) -> bytes:
    """Bytes for the cable of one frame."""
    return b"\0" + bytes(cobs.encode(frame + _CRC.pack(crc32(frame)))) + b"\0"


def _is_text(data: bytes | bytearray) -> bool:
    return not data.translate(None, _TEXT_BYTES)


class Deframer:
    """Splits what comes down a cable into frames and console text; counts what is damaged.

    Whether a zero begins or ends a frame cannot be known once one is lost, so whatever lies between two zeros is
    tried as a frame: the CRC decides. So a fault on the line costs the frames it touches and no other.
    """

    def __init__(self, counters: LinkCounters, on_frame: Callable[[bytes], None], on_console: OnConsole | None) -> None:
        self._counters = counters
        self._on_frame = on_frame
        self._on_console = on_console
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = bytearray()
        self._inside = False
        self._too_long = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes, in whatever pieces they come."""
        pieces = bytes(data).split(b"\0")
        self._collect(pieces[0])
        for piece in pieces[1:]:
            self._delimit()
            self._collect(piece)

    def _collect(self, piece: bytes) -> None:
        if not piece or self._too_long:
            return
        self._pending += piece
        console = not self._inside and _is_text(self._pending)
        if console:
            # People wait for console text: it does not wait for the next zero.
            self._console(piece)
        if len(self._pending) > _MAX_ENCODED:
            self._pending.clear()
            if not console:
                self._counters.oversized += 1
                self._too_long = True

    def _delimit(self) -> None:
        pending, self._pending = bytes(self._pending), bytearray()
        if self._too_long or not pending:
            self._too_long, self._inside = False, True
            return
        fault = self._decode(pending)
        if fault is None:
            self._inside = False
            return
        if not _is_text(pending):
            setattr(self._counters, fault, getattr(self._counters, fault) + 1)
        elif self._inside:
            self._console(pending)
        self._inside = True

    def _decode(self, encoded: bytes) -> str | None:
        """Hand on the frame; returns the counter of what is wrong with it, None: nothing."""
        try:
            raw = bytes(cobs.decode(encoded))
        except cobs.DecodeError:
            return "corrupt"
        if len(raw) < HEADER_BYTES + _CRC.size:
            return "truncated"
        frame = raw[: -_CRC.size]
        if _CRC.unpack(raw[-_CRC.size :])[0] != crc32(frame):
            return "corrupt"
        self._on_frame(frame)
        return None

    def _console(self, piece: bytes) -> None:
        self._counters.console_bytes += len(piece)
        text = self._text.decode(piece)
        if text and self._on_console is not None:
            self._on_console(text)
