"""Frames in both directions: hostile hosts at a device on a cable and over BLE, and a hostile device at a host."""

from __future__ import annotations

import asyncio
import logging
import shutil
import struct
from array import array
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from firmware_sim.firmware.services.ble.link import BleLink
from firmware_sim.firmware.services.smp.fragments import SmpFragments
from firmware_sim.firmware.services.smp.server import SmpServer
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.testing.mcu_rig import full_world
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk import wire_gen as wire
from host_sdk.client import Client
from host_sdk.errors import RecordingError
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.recording.recorder import Recorder
from host_sdk.transports.base import Frame, LinkCounters, Transport
from host_sdk.transports.framing import Deframer, wrap

from .campaign import Campaign, Files
from .mutation import BINARY, flip_bit, insert, lose, mutated, set_byte

#: Frames an input.
FRAMES = 1000
#: What a UART takes at once, and how much time the device has for it.
_PIECE, _STEP_US = 1200, 20_000
_STREAMS = (1 << len(wire.Stream)) - 1
#: Bytes that a recording of one input may have: each frame may leave out a minute, no more.
_MOST_ON_DISK = 256 << 20

Frames = list[bytes]


def _packed(frames: Frames) -> bytes:
    return b"".join(struct.pack("<H", len(frame)) + frame for frame in frames)


def _unpacked(raw: bytes) -> Frames:
    frames, at = [], 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 2], "little")
        frames.append(raw[at + 2 : at + 2 + size])
        at += 2 + size
    return frames


def _damaged(chance: Random, frames: Frames) -> Frames:
    """As many as `FRAMES` of these: most with a fault inside, some whole, some chance."""
    made = []
    for _ in range(FRAMES):
        kind = chance.randrange(10)
        frame = chance.choice(frames)
        if kind < 6:
            frame = mutated(chance, frame, BINARY)
        elif kind == 6:
            frame = chance.randbytes(chance.randrange(80))
        elif kind == 7:  # right in length, wrong in all else
            frame = frame[:3] + chance.randbytes(max(0, len(frame) - 3))
        made.append(frame[:1000])
    return made


def _on_cable(chance: Random, frames: Frames) -> bytes:
    """Frames as they come down a cable, with what a bad one does to them."""
    line = bytearray()
    for frame in frames:
        packet = bytearray(wrap(frame))
        if chance.randrange(8) == 0:
            chance.choice((flip_bit, set_byte, lose, insert))(chance, packet)
        line += packet
        if chance.randrange(40) == 0:
            line += chance.choice((b"?\n", b"\r\n", b"\0\0\0", chance.randbytes(200), b"hello" * 30))
    return bytes(line)


class _Received:
    """Frames that a device sent, decoded."""

    def __init__(self) -> None:
        self.messages: list[wire.AnyMessage] = []

    def take(self, raw: bytes) -> None:
        """A frame; raises what only a frame that a device must not send makes."""
        self.messages.append(wire.MESSAGES[raw[0]].decode(raw[3:]))


class _Radio:
    """What a BLE link notifies through."""

    def __init__(self, received: _Received) -> None:
        self._received = received

    def gatts_notify(self, _connection: int, _handle: int, value: Any) -> None:
        """One frame; others are the health services', which no session sends."""
        self._received.take(bytes(value))

    def gap_disconnect(self, _connection: int) -> bool:
        """The peer is there again at once; its link need not know."""
        return True


class ToDevice:
    """Requests, whole and damaged, at a whole device: by its UART and by a BLE link."""

    def __init__(self, _folder: Path) -> None:
        self._simulation = CpythonSimulation(full_world())
        self._cable, self._air = _Received(), _Received()
        self._simulation.mcu.uart(0).on_output = Deframer(LinkCounters(), self._cable.take, None).feed
        self._link = BleLink(_Radio(self._air), array("H", [*range(256), 300]), bytearray(1), SmpFragments(SmpServer()))
        self._simulation.device._attach(self._link)
        #: What the radio brings, for the device's next step: its flash takes time, in which no other step may begin.
        self._due: list[Callable[[], object]] = []
        self._simulation.device._every_step.append(self._work)
        self._link.connected(1)
        self._link.mtu_exchanged(185)
        self._link.encryption_changed(True)
        self._wait(500_000)
        requests: tuple[wire.AnyMessage, ...] = (
            wire.GetInfo(wire.PROTOCOL_VERSION),
            wire.TimeSync(123_456_789),
            wire.Subscribe(_STREAMS, wire.Results.ALL),
            wire.SetTime(1_800_000_000_000),
            wire.SetWearer(wire.Sex.FEMALE),
            wire.Flush(_STREAMS),
            wire.SetLog(wire.LogMode.ALWAYS, _STREAMS, wire.Results.BEATS),
            wire.ScheduleLog(10, 60, 450, 1440, 1440, 1440),
            wire.TriggerLog(60),
            wire.GetLog(True),
            wire.PullLog(0, 1 << 20),
            wire.AcknowledgeLog(1, 0),
            wire.EraseLog(0),
            wire.SetLogKey(1, 2),
            wire.SetLogKey(0, 0),
        )
        self._requests = [Frame(each.TYPE, seq, each.encode()).encode() for seq, each in enumerate(requests)]

    def input(self, chance: Random) -> Files:
        """Frames for each of the links."""
        cable, air = _damaged(chance, self._requests), _damaged(chance, self._requests)
        half = FRAMES // 2
        return {"cable.bin": _on_cable(chance, cable[:half]), "air.bin": _packed(air[half:])}

    def attempt(self, files: Files) -> Counter[str]:
        """Feed them; afterwards both links must answer a question as if nothing had been."""
        cable, air = files["cable.bin"], _unpacked(files["air.bin"])
        pieces = max(1, -(-len(cable) // _PIECE))
        each = -(-len(air) // pieces)
        for piece in range(pieces):
            self._simulation.mcu.uart(0).feed(cable[piece * _PIECE : (piece + 1) * _PIECE])
            for n, frame in enumerate(air[piece * each : (piece + 1) * each]):
                self._due.append(partial(self._link.request_written, frame))
                if n % 8 == 7:
                    self._due.append(self._link.poll)
            self._due.append(self._link.poll)
            self._wait(_STEP_US)
        outcomes = Counter({"frames": FRAMES, "answers": len(self._cable.messages) + len(self._air.messages)})
        self._check_alive()
        return outcomes

    def _work(self, _now_us: int) -> None:
        due, self._due = self._due, []
        for work in due:
            work()

    def _check_alive(self) -> None:
        self._wait(100_000)
        question = Frame(wire.TimeSync.TYPE, 0xFFFF, wire.TimeSync(987_654_321).encode()).encode()
        stop = Frame(wire.Subscribe.TYPE, 0xFFFE, wire.Subscribe(0, wire.Results(0)).encode()).encode()
        self._simulation.mcu.uart(0).feed(b"\0" + wrap(stop) + wrap(question))
        self._due += [partial(self._link.request_written, frame) for frame in (stop, question)]
        self._due.append(self._link.poll)
        self._wait(200_000)
        for received in (self._cable, self._air):
            answers = [each for each in received.messages if isinstance(each, wire.Time)]
            assert [each.host_us for each in answers[-1:]] == [987_654_321], "no answer to a whole request"
            received.messages.clear()

    def _wait(self, us: int) -> None:
        self._simulation.advance(self._simulation.clock.now + us)


class _Cable(Transport):
    """A cable that only brings."""

    def __init__(self) -> None:
        super().__init__()
        self.deframer = Deframer(self.counters, self._deliver, lambda _: None)

    @property
    def description(self) -> str:
        """What it is."""
        return "hostile device"

    async def _open(self) -> None:
        pass

    async def send(self, frame: Frame) -> None:
        """Nobody is there."""

    async def _close(self) -> None:
        pass


class ToHost:
    """What a device sent, damaged, at a `Client` with a listener, a reader and a recorder."""

    def __init__(self, folder: Path) -> None:
        logging.disable(logging.CRITICAL)
        self._folder = folder / "r"
        self._frames = _sent()

    def input(self, chance: Random) -> Files:
        """A cable's bytes, and the format that is recorded."""
        frames = _damaged(chance, self._frames)
        return {"cable.bin": _on_cable(chance, frames), "format": chance.choice(FORMATS).encode()}

    def attempt(self, files: Files) -> Counter[str]:
        """Feed them in pieces; nothing but RecordingError may come of it, and no more on disk than they may ask for."""
        return asyncio.run(self._attempt(files["cable.bin"], files["format"].decode()))

    async def _attempt(self, raw: bytes, kind: str) -> Counter[str]:
        shutil.rmtree(self._folder, ignore_errors=True)
        cable = _Cable()
        client = Client(cable)
        items: Counter[str] = Counter(frames=FRAMES)
        client.listen(lambda item: items.update((type(item).__name__,)))
        recorder = Recorder(self._folder, kind)
        client.listen(lambda item: self._record(recorder, item))
        reader = client.items(64)
        await cable.open(client._receiver.receive, client._on_lost)
        client._feed.reopen()  # as `connect` does
        for frame in self._frames[:8]:
            cable.deframer.feed(wrap(frame))
        for at in range(0, len(raw), 700):
            cable.deframer.feed(raw[at : at + 700])
        await asyncio.wait_for(anext(reader), 5.0)
        with suppress(RecordingError):
            recorder.close()
        size = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        assert size < _MOST_ON_DISK, f"{size} bytes on disk"
        await client.close()
        return items

    def _record(self, recorder: Recorder, item: Any) -> None:
        with suppress(RecordingError):
            recorder.add(item)


def _sent() -> Frames:
    """All that a device sends in some seconds, its description first."""
    simulation = CpythonSimulation(Wearer(PRESETS["resting"], seed=1))
    frames: Frames = []
    simulation.mcu.uart(0).on_output = Deframer(LinkCounters(), frames.append, None).feed
    for request in (wire.GetInfo(wire.PROTOCOL_VERSION), wire.Subscribe(_STREAMS, wire.Results.ALL)):
        simulation.advance(simulation.clock.now + 400_000)
        simulation.mcu.uart(0).feed(wrap(Frame(request.TYPE, 1, request.encode()).encode()))
    simulation.advance(simulation.clock.now + 12_000_000)
    return frames


TO_DEVICE = Campaign("to-device", ToDevice, FRAMES)
TO_HOST = Campaign("to-host", ToHost, FRAMES)
