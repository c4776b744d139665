"""Both roles on MicroPython: the same alarm as on CPython, and a helmet and its band that are linked by radio."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from firmware_sim.firmware.flash_regions import ALARM_AT, ALARM_SECTORS
from firmware_sim.images.recipe import IMAGES
from firmware_sim.mcu.heap import DEFAULT_BUDGET
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.names import image_name
from firmware_sim.targets.pair import Pair
from firmware_sim.targets.provider import SerialPort
from firmware_sim.targets.pty_cable import PtyCable
from firmware_sim.targets.qemu.simulation import EmulatedSimulation
from firmware_sim.targets.settings import Settings
from firmware_sim.targets.simulation import BEGIN_US, Simulation
from firmware_sim.testing.helmet_rig import From, set_up_by_cable, texts_of
from firmware_sim.world.rides import Ride
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk import AlarmState, Client
from host_sdk.wire_gen import BandState

from ..targets import STOCK, need, parameters

OTHERS = tuple(target for target in STOCK if target != "cpython")
CRASH = Ride("head_on", 5)
#: Bytes of heap that a helmet may hold, and that it needs to start.
MOST_HELD = 96 * 1024
LEAST_HEAP = 112 * 1024
_SECTOR = 4096
_LIMIT_S = 240.0
#: Messages of a run on CPython, and its journal; made once a process.
_expected: list[tuple[list[tuple[int, bytes]], bytes]] = []


def crash_at(second: float) -> From:
    """A ride that ends in a crash then."""
    return From(CRASH, CRASH.events[0].time_s - second)


def helmet_on(target: str, heap: int = DEFAULT_BUDGET) -> Simulation:
    """A helmet without a radio, ten seconds before its crash."""
    if target == "cpython":
        return CpythonSimulation(crash_at(10.0), role="helmet")
    return EmulatedSimulation(crash_at(10.0), target, heap=heap, role="helmet")


def alarm_on(target: str, heap: int = DEFAULT_BUDGET) -> tuple[list[tuple[int, bytes]], bytes]:
    """(µs, PDU) of each message of a crash, and the journal on the flash."""
    simulation = helmet_on(target, heap)
    try:
        set_up_by_cable(simulation)
        simulation.advance(BEGIN_US + 30_000_000)
        assert simulation.modem is not None
        sent = [(message.at_us, bytes(message.pdu)) for message in simulation.modem.sent]
        return sent, simulation.flash.cells.read(ALARM_AT, ALARM_SECTORS * _SECTOR)
    finally:
        simulation.close()


@pytest.mark.parametrize("target", parameters(*OTHERS))
def test_the_alarm_is_the_same_to_the_byte_in_the_least_heap(target: str) -> None:
    need(target, "helmet")
    if not _expected:
        _expected.append(alarm_on("cpython"))
    sent, journal = _expected[0]
    assert len(sent) == 2
    assert journal.count(b"\xff") < len(journal)
    assert alarm_on(target, LEAST_HEAP) == (sent, journal)


@asynccontextmanager
async def time_passes(pair: Pair) -> AsyncIterator[None]:
    """Let it, until the end of the block; what a device died of is raised there."""
    going = True

    async def pass_on() -> None:
        while going:
            await pair.run(0.02)

    task = asyncio.create_task(pass_on())
    try:
        yield
    finally:
        going = False
        await task


async def until(client: Client, band: BandState | None = None, state: AlarmState | None = None) -> None:
    """Until the helmet says so; a minute of device time at most."""
    began = (await client.alarm.state()).tick_us
    while True:
        now = await client.alarm.state()
        if (band is None or now.band is band) and (state is None or now.state is state):
            return
        assert now.tick_us - began < 60_000_000, now


@pytest.mark.parametrize("target", parameters(*OTHERS))
async def test_a_helmet_has_the_vitals_of_its_band_in_the_message(target: str) -> None:
    need(target, "helmet")
    need(target)

    async def play() -> None:
        async with Pair(crash_at(30.0), Wearer(PRESETS["resting"], seed=3), target=target) as pair:
            set_up_by_cable(pair.helmet)
            cable = PtyCable(SerialPort(pair.helmet.mcu.uart(0), pair.helmet.clock.on_input))
            try:
                async with time_passes(pair), await Client.open(f"serial:{cable.path}") as client:
                    await client.alarm.pair_band()
                    await until(client, BandState.LINKED)
                    await until(client, state=AlarmState.CONFIRMED)
                    while len(texts_of(pair.helmet)) < 2:
                        await client.alarm.state()
            finally:
                cable.close()
            for _, _, text in texts_of(pair.helmet):
                assert re.search(r"\bpulse [67]\d\b.*\bSpO2 9[78]\b", text), text
            assert pair.helmet.heap()[0] <= MOST_HELD

    await asyncio.wait_for(play(), _LIMIT_S)


def test_each_image_of_a_helmet_is_that_of_a_target_and_others_say_which_there_are() -> None:
    helmets = {name for name, image in IMAGES.items() if image.role == "helmet"}
    assert {image_name(target, "helmet") for target in OTHERS} == helmets
    assert image_name("cpython", "helmet") is None
    assert image_name("qemu", "helmet") == "qemu-m3-helmet"
    assert image_name("unix-c") == "unix-c"
    with pytest.raises(ValueError, match="a helmet runs on the targets cpython, qemu, unix, qemu-m3, qemu-m4, not on"):
        Settings.parse({"target": "unix-c", "ride": "kerbs"})
