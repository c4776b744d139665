"""Chunks as they lie on the device's flash, and frames out of their payloads. docs/log.md has the layout."""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from .. import wire_gen as wire
from ..errors import LogError
from ..transports.base import Frame
from .compression import BitReader, Channel, EndOfBits, read_block, signed
from .sealing import LogKey

_HEAD = struct.Struct("<BHQ")
_CRC = struct.Struct("<I")
_WHOLE_HEAD = struct.Struct("<IIQB")
#: Bytes of a chunk beside its payload.
LEAST_BYTES = _HEAD.size + _CRC.size
#: What a payload of samples and results begins with: the number of its recording's first chunk.
_START_BYTES = 4
_RESULT = 7
_READING = 6
_READING_BYTES = 23
#: By stream: values a sample, bytes a value.
_LAYOUTS = {int(stream): (len(layout.channels), layout.sample_bytes) for stream, layout in wire.STREAMS.items()}


class Kind(IntEnum):
    """What a chunk holds."""

    START = 1
    DATA = 2
    #: Data that is encrypted.
    SEALED_DATA = 3


DATA_KINDS = (Kind.DATA, Kind.SEALED_DATA)


class _Form(IntEnum):
    """How a block's head is written."""

    REGULAR = 0
    CHANGED = 1
    WHOLE = 2
    LATE = 3


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk whose check is right."""

    number: int
    #: Number of its sector: where its CRC-32 begins.
    sector: int
    kind: int
    #: Device time of its beginning, µs.
    tick_us: int
    payload: bytes
    raw: bytes

    @property
    def check(self) -> int:
        """CRC-32 at its end."""
        check: int = _CRC.unpack_from(self.raw, len(self.raw) - _CRC.size)[0]
        return check

    @property
    def start(self) -> int:
        """Number of the chunk that its recording began with."""
        return self.number if self.kind == Kind.START else int.from_bytes(self.payload[:_START_BYTES], "big")

    def opened(self, key: LogKey) -> Chunk:
        """Decrypted; raises LogError where the key is another one, or it was changed."""
        try:
            payload = key.open(self.payload, self.tick_us)
        except LogError as error:
            raise LogError(f"chunk {self.number}: {error}") from error
        return replace(self, kind=Kind.DATA, payload=payload)

    @classmethod
    def parse(cls, number: int, sector: int, raw: bytes) -> Chunk:
        """Chunk of the bytes behind its seal; raises LogError where its check or its length is wrong."""
        if len(raw) < LEAST_BYTES:
            raise LogError(f"chunk {number}: {len(raw)} bytes are none")
        kind, length, tick_us = _HEAD.unpack_from(raw)
        if len(raw) != _HEAD.size + length + _CRC.size:
            raise LogError(f"chunk {number}: {len(raw)} bytes, but a payload of {length}")
        if crc32(raw[: -_CRC.size], sector) != _CRC.unpack_from(raw, len(raw) - _CRC.size)[0]:
            raise LogError(f"chunk {number}: its check is wrong")
        return cls(number, sector, kind, tick_us, raw[_HEAD.size : -_CRC.size], bytes(raw))


def frames_of(chunk: Chunk) -> Iterator[Frame]:
    """Frames of a chunk of data, in the order in which they were recorded; their link numbers are 0.

    Raises LogError for what no recorder writes.
    """
    bits = BitReader(chunk.payload, 8 * _START_BYTES)
    decoder = _Decoder()
    while bits.left:
        try:
            frame = decoder.next_frame(bits)
        except EndOfBits:  # what fills the last byte
            return
        except (OverflowError, struct.error) as error:
            raise LogError(f"chunk {chunk.number}: a number that its stream has no room for") from error
        yield frame


@dataclass(slots=True)
class _Stream:
    """What the next block of a stream depends on."""

    seq: int
    first_index: int
    samples: int
    tick_us: int
    step_us: int
    status: int
    channels: list[Channel]


class _Decoder:
    """Reads the records of one payload."""

    def __init__(self) -> None:
        self._streams: dict[int, _Stream] = {}
        self._last = -1
        self._last_reading = bytearray(_READING_BYTES)

    def next_frame(self, bits: BitReader) -> Frame:
        """Raises EndOfBits, LogError for what no recorder writes."""
        if bits.take(1):
            number, form = self._last, _Form.REGULAR
        else:
            number = bits.take(3)
            if number == _RESULT:
                length = bits.take(7)
                return Frame(bits.take(8), 0, bits.take_bytes(length))
            if number == _READING:
                return self._reading(bits)
            form = _Form(bits.take(2))
        layout = _LAYOUTS.get(number)
        if layout is None:
            raise LogError(f"a block of stream {number}, which there is not")
        stream = self._whole(bits, number, layout[0]) if form is _Form.WHOLE else self._following(bits, number, form)
        data = read_block(bits, stream.channels, stream.samples, layout[1], is_whole=form is _Form.WHOLE)
        self._streams[number] = stream
        self._last = number
        payload = struct.pack("<BIIQB", number, stream.seq, stream.first_index, stream.tick_us, stream.status)
        return Frame(wire.Samples.TYPE, 0, payload + data)

    def _reading(self, bits: BitReader) -> Frame:
        """What differs from the reading before, of which a mask says where it is."""
        mask = bits.take(_READING_BYTES)
        for at in range(_READING_BYTES):
            if mask >> (_READING_BYTES - 1 - at) & 1:
                self._last_reading[at] = bits.take(8)
        return Frame(wire.Reading.TYPE, 0, bytes(self._last_reading))

    @staticmethod
    def _whole(bits: BitReader, number: int, channels: int) -> _Stream:
        seq, first, tick_us, status = _WHOLE_HEAD.unpack(bits.take_bytes(_WHOLE_HEAD.size))
        samples = bits.take(8)
        states = []
        for _ in range(channels):
            weights = [signed(bits.take(8), 1) << 3 for _ in range(4)]
            states.append(Channel(weights, bits.take(8)))
        return _Stream(seq, first, samples, tick_us, 0, status, states)

    def _following(self, bits: BitReader, number: int, form: _Form) -> _Stream:
        if number not in self._streams:
            raise EndOfBits if bits.left < 8 else LogError(f"a block of stream {number} without a first one")
        stream = self._streams[number]
        if form is _Form.CHANGED:
            stream.status = bits.take(8)
            stream.step_us = bits.take(24)
        elif form is _Form.LATE:
            stream.step_us += signed(bits.take(8), 1)
        stream.seq += 1
        stream.first_index += stream.samples
        stream.tick_us += stream.step_us
        return stream
