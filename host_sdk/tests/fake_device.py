"""A device in memory, made of the SDK's own encoders: says what it is told to, well-formed or not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from host_sdk import wire_gen as wire
from host_sdk.errors import ConnectError, ConnectionLost
from host_sdk.models import IntArray
from host_sdk.transports.base import Frame, LinkCounters, Transport
from host_sdk.transports.framing import Deframer, wrap
from host_sdk.transports.simulated_options import SimulatedOptions
from host_sdk.wire_gen import Reason, Stream

BOOT = 0x1234
SPECS = tuple(
    wire.StreamInfo(stream, len(of.channels), of.sample_bytes, of.unit, of.rate_mhz, of.lsb_nano)
    for stream, of in wire.STREAMS.items()
    if stream in (Stream.ECG, Stream.PPG, Stream.ACCEL)
)
_RATES = {spec.stream: spec.rate_mhz / 1000 for spec in SPECS}
_LAYOUT = {spec.stream: (spec.channels, spec.sample_bytes) for spec in SPECS}


def pack_counts(counts: IntArray, width: int) -> bytes:
    return b"".join(int(value).to_bytes(width, "little", signed=True) for value in np.asarray(counts).ravel())


def samples(
    stream: Stream, first: int, counts: list[list[int]], seq: int = 0, tick_us: int | None = None
) -> wire.Samples:
    data = pack_counts(np.array(counts, dtype=np.int32), _LAYOUT[stream][1])
    tick = round(1_000_000 + first * 1e6 / _RATES[stream]) if tick_us is None else tick_us
    return wire.Samples(stream, seq, first, tick, wire.BlockStatus(0), data)


def ramp(stream: Stream, first: int, n: int, seq: int = 0) -> wire.Samples:
    """A block whose counts are the sample index in every channel."""
    channels = _LAYOUT[stream][0]
    return samples(stream, first, [[first + k] * channels for k in range(n)], seq)


def beat(number: int, r: int, rr_ms: int | None = 800) -> wire.Beat:
    tick = 1_000_000 + r * 4000
    return wire.Beat(number, r, tick, wire.BeatKind.NORMAL, 90, rr_ms, -40, -30, -20, -12, 12, None, 70, 90)


def reading(kind: wire.ReadingKind, value: int | None, tick_us: int, reason: Reason | None = None) -> wire.Reading:
    spec = wire.READINGS[kind]
    return wire.Reading(kind, spec.unit, tick_us, 10_000, 80 if value is not None else 0, value, reason, None, None)


@dataclass
class FakeDevice:
    """Answers requests as the firmware does."""

    emit: Callable[[bytes], None]
    protocol: int = wire.PROTOCOL_VERSION
    boot_id: int = BOOT
    sensors: int = 0b111
    specs: tuple[wire.StreamInfo, ...] = SPECS
    refuse: dict[int, wire.Error] = field(default_factory=dict)
    deaf: int = 0
    subscribed: tuple[int, int] | None = None
    requests: list[wire.AnyMessage] = field(default_factory=list)
    seq: int = 0
    #: When it was switched on, by our clock.
    began: float = field(default_factory=lambda: time.monotonic() - 5.0)

    def now_us(self) -> int:
        return round((time.monotonic() - self.began) * 1e6)

    def say(self, *messages: wire.AnyMessage) -> None:
        for message in messages:
            self.emit(self.frame(message))

    def frame(self, message: wire.AnyMessage) -> bytes:
        return self.raw(message.TYPE, message.encode())

    def raw(self, kind: int, payload: bytes) -> bytes:
        frame = Frame(kind, self.seq, payload).encode()
        self.seq = (self.seq + 1) & 0xFFFF
        return frame

    def receive(self, raw: bytes) -> None:
        frame = Frame.decode(raw)
        assert frame is not None
        if self.deaf:
            self.deaf -= 1
            return
        request = wire.MESSAGES[frame.type].decode(frame.payload)
        self.requests.append(request)
        if frame.type in self.refuse:
            self.say(wire.Ack(frame.type, frame.seq, self.refuse[frame.type]))
        elif isinstance(request, wire.GetInfo):
            self.say(wire.Info(self.protocol, self.sensors, self.boot_id, "FAKE-0001", "fake", "0.1"), *self.specs)
        elif isinstance(request, wire.TimeSync):
            self.say(wire.Time(request.host_us, self.now_us()))
        else:
            if isinstance(request, wire.Subscribe):
                self.subscribed = (request.streams, request.results)
            self.say(wire.Ack(frame.type, frame.seq, wire.Error.NONE))


class FakeTransport(Transport):
    """A link to a fake device in this process."""

    def __init__(self, device: FakeDevice | None = None, *, unreachable: bool = False) -> None:
        super().__init__()
        self.device = device or FakeDevice(lambda raw: None)
        self.device.emit = self._deliver
        self.unreachable = unreachable
        self.opened = 0
        self.up = False

    @property
    def description(self) -> str:
        return "fake device"

    async def _open(self) -> None:
        if self.unreachable:
            raise ConnectError("fake device: not in reach")
        self.opened += 1
        self.up = True

    async def send(self, frame: Frame) -> None:
        if not self.up:
            raise ConnectionLost("fake device: not open")
        self.device.receive(frame.encode())

    async def _close(self) -> None:
        self.up = False

    def break_link(self) -> None:
        self.up = False
        self._lose("pulled out")


class FakePort:
    """The serial port of a simulated device made of a fake one."""

    def __init__(self, device: FakeDevice) -> None:
        self.on_data: Callable[[bytes], None] | None = None
        self._deframer = Deframer(LinkCounters(), device.receive, None)
        device.emit = self._emit

    def write(self, data: bytes) -> None:
        self._deframer.feed(data)

    def _emit(self, frame: bytes) -> None:
        if self.on_data is not None:
            self.on_data(wrap(frame))


@dataclass
class FakeInfo:
    name: str = "vitalband-fake"
    groups: frozenset[str] = frozenset({"ecg", "ppg", "motion"})
    record: str | None = "fakedb/1"
    channel: str | None = "ii"
    ecg_fs: float | None = 500.0
    has_light_level: bool = True
    duration_s: float | None = 10.0
    record_error: str | None = None
    record_start_us: int = 1_000_000


class FakeSimulated:
    """A simulated device as a provider gives it."""

    def __init__(self, play: Callable[[FakeDevice], None]) -> None:
        self.device = FakeDevice(lambda raw: None)
        self.serial_port = FakePort(self.device)
        self.radio = None
        self.info = FakeInfo()
        self.on_stopped: Callable[[BaseException | None], None] | None = None
        self.closed = False
        self._play = play

    async def run_to_end(self) -> None:
        self._play(self.device)
        await asyncio.sleep(0)

    async def close(self) -> None:
        self.closed = True


def provider(play: Callable[[FakeDevice], None]) -> Callable[[SimulatedOptions], object]:
    """An `open_device`: records named `missing` do not exist, of `bad` ones nothing is good, `hurt` ones are cut."""

    async def open_device(options: SimulatedOptions) -> FakeSimulated:
        record = options.record or ""
        if "missing" in record:
            raise FileNotFoundError(2, "no such record", record)
        if "bad" in record:
            raise ValueError(f"{record}: signal file is truncated")
        device = FakeSimulated(play)
        if "hurt" in record:
            device.info.record_error = f"{record}: truncated"
        return device

    return open_device
