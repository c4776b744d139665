"""A simulated device without radio and a host on its cable, for tests of the whole firmware."""

from __future__ import annotations

from itertools import count
from typing import TypeVar

from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.world.base import World
from host_sdk import wire_gen as wire
from host_sdk.transports.base import Frame, LinkCounters
from host_sdk.transports.framing import Deframer, wrap

_M = TypeVar("_M")
#: Of the reference board, whose front end has no green LED.
FITTED = [stream for stream in wire.Stream if stream is not wire.Stream.PPG_GREEN]
ALL_STREAMS = sum(1 << stream for stream in FITTED)


class Serial:
    """A simulated device without radio and a host on its cable."""

    def __init__(self, world: World) -> None:
        self.simulation = CpythonSimulation(world)
        self.mcu = self.simulation.mcu
        self.got: list[wire.AnyMessage] = []
        self._seq = count()
        self.counters = LinkCounters()
        deframer = Deframer(self.counters, self._frame, None)
        self.mcu.uart(0).on_output = deframer.feed

    def _frame(self, frame: bytes) -> None:
        self.got.append(wire.MESSAGES[frame[0]].decode(frame[3:]))

    def request(self, message: wire.AnyMessage) -> None:
        """Send a request and wait for what comes of it."""
        self.mcu.uart(0).feed(wrap(Frame(message.TYPE, next(self._seq), message.encode()).encode()))
        self.wait(0.1)

    def wait(self, seconds: float) -> None:
        """Let the device's time pass."""
        self.simulation.advance(self.simulation.clock.now + round(seconds * 1e6))

    def all(self, kind: type[_M]) -> list[_M]:
        """Messages of a kind so far."""
        return [message for message in self.got if isinstance(message, kind)]

    def blocks(self, stream: wire.Stream) -> list[wire.Samples]:
        """Blocks of a stream so far."""
        return [block for block in self.all(wire.Samples) if block.stream == stream]

    def reasons(self, kind: wire.ReadingKind) -> list[wire.Reason | None]:
        """Reasons of a reading so far."""
        return [reading.reason for reading in self.all(wire.Reading) if reading.kind == kind]

    @property
    def sensors(self) -> int:
        """As the newest status has it."""
        return self.all(wire.Status)[-1].sensors


def subscribed(world: World) -> Serial:
    """A host that has subscribed to everything."""
    host = Serial(world)
    host.wait(0.5)
    host.request(wire.Subscribe(ALL_STREAMS, wire.Results.ALL))
    return host
