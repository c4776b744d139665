"""As many hosts as the device has room for, each wanting everything at full rate: nothing gives way in the rings."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.services.ble.peripheral import CENTRALS
from firmware_sim.mcu.radio import AirServer
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.provider import LocalDevice, build_world
from firmware_sim.targets.settings import Settings
from firmware_sim.testing.ble_rig import holds
from firmware_sim.testing.mcu_rig import full_world
from firmware_sim.tests.serial_host import FITTED
from host_sdk import wire_gen as sdk
from host_sdk.client import Client
from host_sdk.models import Gap, Item, LinkError, SampleBlock, Status
from host_sdk.transports.ble import Backend, BleTransport
from host_sdk.virtual_radio import client_backend, scanner_backend
from host_sdk.wire_gen import Stream

from .test_session import FakeLink, decoded

SECONDS = 10.0
LIMIT_S = 90.0


def numbers_of(link: FakeLink, stream: Stream) -> list[int]:
    return [m.seq for m in decoded(link.sent) if isinstance(m, sdk.Samples) and m.stream is stream]


@pytest.mark.parametrize("stall_us", [20_000, 500_000, 900_000])
def test_a_second_of_all_streams_waits_for_hosts_that_take_nothing(stall_us: int) -> None:
    """Three links that take nothing for so long, one after the other, then all that there is."""
    simulation = CpythonSimulation(full_world())
    device = simulation.device
    links = [FakeLink() for _ in range(CENTRALS)]
    for link in links:
        device._attach(link)
    sessions = device.sessions[-CENTRALS:]
    for session in sessions:
        session.subscribe(wire.STREAM_ALL, wire.TOPIC_ALL)
    for turn in range(round(SECONDS * 1e6 / stall_us) // 2):
        for link in links:
            link.room = 0 if (turn + links.index(link)) % 2 else 1000
        simulation.advance(simulation.clock.now + stall_us)
    for link in links:
        link.room = 1000
    simulation.advance(simulation.clock.now + 40_000)
    assert [session.dropped_blocks for session in sessions] == [0] * CENTRALS
    for stream in FITTED:
        numbers = numbers_of(links[0], stream)
        assert len(numbers) > 2
        assert all(later == earlier + 1 for earlier, later in pairwise(numbers))
        assert [numbers_of(link, stream) for link in links] == [numbers] * CENTRALS


class Central:
    """One SDK client over BLE that keeps what it is given."""

    def __init__(self, name: str, radio: str, bonds: Path) -> None:
        backend = Backend(client_backend(radio, bonds=bonds), scanner_backend(radio))
        self.client = Client(BleTransport(name, backend=backend), timeout_s=30.0, silence_s=LIMIT_S)
        self.items: list[Item] = []
        self.client.listen(self.items.append)

    def blocks(self, stream: Stream) -> list[SampleBlock]:
        return [item for item in self.items if isinstance(item, SampleBlock) and item.stream is stream]

    def has_enough(self) -> bool:
        ecg = self.blocks(Stream.ECG)
        return bool(ecg) and ecg[-1].tick_us - ecg[0].tick_us >= SECONDS * 1e6

    def check(self) -> None:
        """Every sample came once, and nothing is told to be missing."""
        assert [item for item in self.items if isinstance(item, (Gap, LinkError))] == []
        for stream in FITTED:
            blocks = self.blocks(stream)
            assert all(a.first_index + len(a.counts) == b.first_index for a, b in pairwise(blocks))
            rate_hz = blocks[0].spec.rate_hz
            assert sum(len(block.counts) for block in blocks) >= (SECONDS - 2.0) * rate_hz
        statuses = [item for item in self.items if isinstance(item, Status)]
        assert len(statuses) >= SECONDS - 2
        assert {(status.dropped_blocks, status.overruns, status.bad_frames) for status in statuses} == {(0, 0, 0)}


@pytest.mark.slow
@pytest.mark.parametrize("pace", ["real", "5", "20"])
async def test_three_centrals_get_every_sample_once(tmp_path: Path, pace: str) -> None:
    settings = Settings.parse({"link": "ble", "pace": pace, "wearer": "walking", "seed": "3"})
    air = await asyncio.wait_for(AirServer.start(), LIMIT_S)
    device = LocalDevice(settings, build_world(settings), air)
    await asyncio.wait_for(device.start(), LIMIT_S)
    centrals = [Central(device.simulation.name, air.address, tmp_path / str(n)) for n in range(CENTRALS)]
    try:
        for central in centrals:
            await asyncio.wait_for(central.client.connect(), LIMIT_S)
        for central in centrals:
            await asyncio.wait_for(central.client.subscribe(), LIMIT_S)
        for central in centrals:
            await asyncio.wait_for(holds(central.has_enough), LIMIT_S)
        for central in centrals:
            central.check()
    finally:
        for central in centrals:
            await asyncio.wait_for(central.client.close(), LIMIT_S)
        await asyncio.wait_for(device.close(), LIMIT_S)
