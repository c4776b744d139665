"""Same seed, same bytes."""

from __future__ import annotations

import pytest

from firmware_sim.targets.provider import LocalDevice, build_world
from firmware_sim.targets.settings import Settings
from host_sdk import wire_gen as wire
from host_sdk.transports.base import Frame
from host_sdk.transports.framing import wrap


async def bytes_of_a_run(target: str, wearer: str, seed: int, seconds: float) -> bytes:
    """Everything the device sends over serial in a run as fast as it goes."""
    settings = Settings(link="serial", pace=None, target=target, wearer=wearer, seed=seed)
    device = LocalDevice(settings, build_world(settings), None)
    sent = bytearray()
    device.serial_port.on_data = sent.extend
    device.serial_port.write(wrap(Frame(wire.Subscribe.TYPE, 0, wire.Subscribe(15, wire.Results(7)).encode()).encode()))
    try:
        await device.simulation.run(seconds, None)
    finally:
        await device.close()
    return bytes(sent)


@pytest.mark.parametrize("wearer", ["resting", "af"])
async def test_same_seed_same_bytes(simulated: str, wearer: str) -> None:
    first = await bytes_of_a_run(simulated, wearer, 5, 25.0)
    assert len(first) > 25 * 1500
    assert await bytes_of_a_run(simulated, wearer, 5, 25.0) == first


async def test_another_seed_other_bytes(simulated: str) -> None:
    first = await bytes_of_a_run(simulated, "resting", 5, 5.0)
    assert await bytes_of_a_run(simulated, "resting", 6, 5.0) != first
