"""What every link to a device can do: move whole frames."""

from __future__ import annotations

import asyncio
import logging
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import ConnectError, ConnectionLost, VitalbandError
from ..reasons import one_line

_log = logging.getLogger(__name__)
_HEADER = struct.Struct("<BH")
HEADER_BYTES = _HEADER.size
#: Longest frame either end accepts; anything longer is not ours.
MAX_FRAME_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """One message as it crosses a link."""

    type: int
    seq: int
    payload: bytes

    def encode(self) -> bytes:
        """Bytes of the frame: type u8, seq u16, payload."""
        return _HEADER.pack(self.type, self.seq & 0xFFFF) + self.payload

    @classmethod
    def decode(cls, raw: bytes) -> Frame | None:
        """Frame from its bytes, None where they are too short or too long for one."""
        if not HEADER_BYTES <= len(raw) <= MAX_FRAME_BYTES:
            return None
        kind, seq = _HEADER.unpack_from(raw)
        return cls(kind, seq, bytes(raw[HEADER_BYTES:]))


@dataclass(slots=True)
class LinkCounters:
    """What a transport threw away; never fatal."""

    corrupt: int = 0
    truncated: int = 0
    oversized: int = 0
    console_bytes: int = 0


OnFrame = Callable[[Frame], None]
OnLost = Callable[[VitalbandError], None]
OnConsole = Callable[[str], None]


@dataclass(slots=True)
class _Handlers:
    frame: OnFrame | None = None
    lost: OnLost | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)


class Transport(ABC):
    """A link to one device. `open` once, `send` frames, `close`; callbacks run in the event loop."""

    #: The source ends by itself (a replayed record): `play` returns then.
    finite: bool = False
    #: The device is a simulation: what its clock gains on ours is the pace of that.
    simulated: bool = False

    def __init__(self) -> None:
        self.counters = LinkCounters()
        #: The link went because its source came to its end.
        self.ended = False
        #: What is wrong with a replayed record behind its good part; None: nothing, or no record.
        self.record_error: str | None = None
        #: Samples a second of the replayed record's ECG; None where there is none.
        self.ecg_fs: float | None = None
        #: Whether the replayed record's light came with its level; true where there is none.
        self.has_light_level = True
        self._handlers = _Handlers()

    @property
    @abstractmethod
    def description(self) -> str:
        """What this link is, for people."""

    async def open(self, on_frame: OnFrame, on_lost: OnLost) -> None:
        """Bring the link up; raises ConnectError. `on_lost` is called once if it goes away by itself."""
        self._handlers = _Handlers(on_frame, on_lost)
        try:
            await self._open()
        except VitalbandError:
            raise
        except Exception as error:  # of a peer that says nonsense, and of the libraries that stumble over it
            _log.debug("%s: cannot be opened", self.description, exc_info=error)
            raise ConnectError(f"{self.description}: {type(error).__name__}: {one_line(error)}") from error

    @abstractmethod
    async def _open(self) -> None:
        """Bring the link up."""

    @abstractmethod
    async def send(self, frame: Frame) -> None:
        """Send one frame; raises ConnectionLost when the link is down."""

    async def close(self) -> None:
        """Take the link down; harmless when it is down already."""
        self._handlers.lost = None
        try:
            await self._close()
        except Exception as error:  # what is left of the link is not ours to mend: it is gone for us
            _log.warning("%s: did not close in order: %s: %s", self.description, type(error).__name__, one_line(error))
        finally:
            self._handlers.frame = None
            self._handlers.gone.set()

    @abstractmethod
    async def _close(self) -> None:
        """Take the link down."""

    async def play(self) -> None:
        """Wait until there is nothing more to come: the link is gone, or a finite source has ended."""
        await self._handlers.gone.wait()

    def _deliver(self, raw: bytes) -> None:
        """Hand a received frame on, counting what is not one."""
        frame = Frame.decode(raw)
        if frame is None:
            if len(raw) > MAX_FRAME_BYTES:
                self.counters.oversized += 1
            else:
                self.counters.truncated += 1
        elif self._handlers.frame is not None:
            self._handlers.frame(frame)

    def _lose(self, reason: str) -> None:
        """Say once that the link went away by itself."""
        lost, self._handlers.lost = self._handlers.lost, None
        self._handlers.gone.set()
        if lost is not None:
            lost(ConnectionLost(f"{self.description}: {reason}"))
