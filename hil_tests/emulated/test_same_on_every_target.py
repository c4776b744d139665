"""The same beats, readings, events and samples, byte for byte, whatever the firmware runs on."""

from __future__ import annotations

import dataclasses

import pytest

from firmware_sim.targets.qemu.simulation import EmulatedSimulation
from host_sdk import wire_gen as wire
from host_sdk.transports.base import HEADER_BYTES

from ..targets import IN_C, STOCK, need, parameters
from .rig import bytes_of_a_run, frames, resting

SEED = 5
SECONDS = 25.0
OTHERS = tuple(target for target in (*STOCK, *IN_C) if target != "cpython")
#: Frames of the runs on CPython by wearer, made once a process.
_expected: dict[str, list[bytes]] = {}


def without_mcu_load(frame: bytes) -> bytes:
    """A frame without heap and CPU load, which are each target's own."""
    if frame[0] != wire.Status.TYPE:
        return frame
    status = wire.Status.decode(frame[HEADER_BYTES:])
    return frame[:HEADER_BYTES] + dataclasses.replace(status, heap_free=0, cpu_permille=0).encode()


async def run(target: str, wearer: str) -> list[bytes]:
    """The frames that the device sends in a run."""
    return [without_mcu_load(frame) for frame in frames(await bytes_of_a_run(target, wearer, SEED, SECONDS))]


async def reference(wearer: str) -> list[bytes]:
    """The run on CPython."""
    if wearer not in _expected:
        _expected[wearer] = await run("cpython", wearer)
    return _expected[wearer]


@pytest.mark.parametrize("wearer", ["resting", "af", "running"])
@pytest.mark.parametrize("target", parameters(*OTHERS))
async def test_every_frame_is_the_same(target: str, wearer: str) -> None:
    expected = await reference(wearer)
    kinds = {frame[0] for frame in expected}
    assert {wire.Samples.TYPE, wire.Beat.TYPE, wire.Reading.TYPE, wire.Rhythm.TYPE, wire.Status.TYPE} <= kinds
    assert await run(target, wearer) == expected


@pytest.mark.parametrize("target", parameters("qemu-m3"))
async def test_it_takes_the_same_instructions_in_every_run(target: str) -> None:
    need(target)
    counts = []
    for _ in range(2):
        simulation = EmulatedSimulation(resting(), target)
        try:
            await simulation.run(4.0, None)
            counts.append(simulation.core.instructions)
        finally:
            simulation.close()
    assert counts[0] == counts[1] > 4_000_000
