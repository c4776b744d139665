"""From the frames of one connection to items: who the device is, its streams, and what is wrong with what it sends."""

from __future__ import annotations

import logging
from binascii import crc32
from collections.abc import Callable

from . import decoding, models_gen
from . import wire_gen as wire
from .errors import ProtocolError, WrongVersion
from .feed import Feed
from .models import DeviceInfo, LinkError, LinkErrorKind, StreamSpec
from .record_limits import as_recorded
from .requests import Requester
from .session import Session
from .timeline import SequenceCheck
from .transports.base import Frame, Transport
from .watchdog import Watchdog
from .wire_gen import Stream

_log = logging.getLogger(__name__)


def _fingerprint(frame: Frame) -> int:
    """Distinguishes a frame that came twice from one that bears the same number after 65536 others or a restart."""
    return crc32(frame.payload, frame.type)


class Receiver:
    """Takes every frame of a client's connections, and hands on what is in it: items to readers, answers to whoever
    waits for them."""

    def __init__(
        self, transport: Transport, session: Session, requester: Requester, watchdog: Watchdog, feed: Feed
    ) -> None:
        self._transport = transport
        self._session = session
        self._requester = requester
        self._watchdog = watchdog
        self._feed = feed
        self.sequence = SequenceCheck()
        self.info: DeviceInfo | None = None
        self.specs: dict[Stream, StreamSpec] = {}
        self.handshake_done = False
        #: Takes what `pull_log` brings, while somebody pulls.
        self.on_log: Callable[[wire.LogData | wire.LogEnd], None] | None = None
        # Types and numbers that only a newer device knows: 256 of a kind at most.
        self._unknown: set[str] = set()

    def begin(self) -> None:
        """A connection is being made."""
        self.sequence = SequenceCheck()
        self.handshake_done = False

    def accept_info(self, message: wire.Info) -> None:
        """Who the device is, and whether it began anew; raises WrongVersion."""
        if message.protocol != wire.PROTOCOL_VERSION:
            raise self._wrong_version(message.protocol)
        self.info = DeviceInfo.of(message)
        restarted = self._session.begin(message.boot_id)
        if restarted is not None:
            self._feed.put(restarted)

    def _wrong_version(self, version: int) -> WrongVersion:
        where = self._transport.description
        return WrongVersion(f"{where}: speaks protocol version {version}, this SDK version {wire.PROTOCOL_VERSION}")

    def receive(self, frame: Frame) -> None:
        """A frame came; raises nothing."""
        error = self.sequence.accept(frame.seq, _fingerprint(frame))
        if error is not None:
            self._feed.put(error)
            if error.kind is LinkErrorKind.FRAME_DOUBLED:
                return
            if error.kind is LinkErrorKind.DEVICE_RESTARTED:
                self._session.rebase()
        self._watchdog.received(None)
        kind = wire.MESSAGES.get(frame.type)
        if kind is None:
            self._report_once(LinkErrorKind.UNKNOWN_TYPE, f"message type 0x{frame.type:02x}")
            return
        try:
            self._handle(kind.decode(frame.payload))
        except wire.UnknownNumber as problem:
            unknown_stream = problem.kind is Stream
            kind_of_error = LinkErrorKind.UNKNOWN_STREAM if unknown_stream else LinkErrorKind.UNKNOWN_NUMBER
            self._report_once(kind_of_error, str(problem))
        except (wire.WireError, ProtocolError) as problem:
            self._handle_undecodable(frame, str(problem))

    def _handle_undecodable(self, frame: Frame, problem: str) -> None:
        version = frame.payload[0] if frame.type == wire.Info.TYPE and frame.payload else wire.PROTOCOL_VERSION
        if version == wire.PROTOCOL_VERSION:
            self._report(LinkErrorKind.BAD_PAYLOAD, problem)
            return
        self._report(LinkErrorKind.WRONG_VERSION, f"protocol version {version}")
        self._requester.fail(self._wrong_version(version))

    def _handle(self, message: wire.AnyMessage) -> None:
        if isinstance(message, wire.Samples):
            self._handle_samples(message)
            return
        item = models_gen.result(message)
        if item is not None:
            self._session.is_new(item)
            self._feed.put(as_recorded(item, self._transport.ecg_fs, self._transport.has_light_level))
            return
        if isinstance(message, (wire.LogData, wire.LogEnd)):
            if self.on_log is not None:
                self.on_log(message)
            return
        if isinstance(message, wire.StreamInfo):
            self.specs[message.stream] = decoding.stream_spec(message)
            self._session.add(self.specs[message.stream])
        elif isinstance(message, wire.Info) and self.info is not None:
            self._handle_later_info(message)
        self._requester.handle(message)

    def _handle_later_info(self, message: wire.Info) -> None:
        """Nobody may have asked: a device that began anew in the middle of a session."""
        try:
            self.accept_info(message)
        except ProtocolError as problem:
            self._report(LinkErrorKind.WRONG_VERSION, str(problem))

    def _handle_samples(self, message: wire.Samples) -> None:
        spec = self.specs.get(message.stream)
        if spec is None:
            if self.handshake_done:  # before, they are what another program on this cable wanted, and did not end
                name = message.stream.name.lower()
                self._report_once(LinkErrorKind.UNKNOWN_STREAM, f"samples of undescribed stream {name}")
            return
        block, noticed = self._session.accept(decoding.sample_block(message, spec))
        self._watchdog.received(message.stream)
        if noticed is not None:
            self._feed.put(noticed)
        if block is not None:
            self._feed.put(block)

    def _report_once(self, kind: LinkErrorKind, detail: str) -> None:
        """What a newer device sends every second is reported once."""
        if detail not in self._unknown:
            self._unknown.add(detail)
            self._report(kind, detail)

    def _report(self, kind: LinkErrorKind, detail: str) -> None:
        _log.warning("%s: %s: %s", self._transport.description, kind.value, detail)
        self._feed.put(LinkError(kind, detail))
