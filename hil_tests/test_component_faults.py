"""Every chip with every fault: while it lasts no wrong number, a reason, and the readings are back after it.

A device runs as fast as it goes, with its host on the cable. What is injected is of `firmware_sim.faults`.
"""

from __future__ import annotations

import asyncio

import pytest

from firmware_sim.faults import COMPONENTS, FAULTS, UnsupportedFaultError, inject, why_unsupported
from firmware_sim.targets.provider import LocalDevice
from firmware_sim.targets.settings import Settings
from firmware_sim.targets.simulation import BEGIN_US
from firmware_sim.world.errors import SettingsError
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.client import Client
from host_sdk.models import Item, Reading
from host_sdk.wire_gen import ReadingKind, Reason, Results

from .scenarios.cable import Cable

START_S, STOP_S, END_S = 36.0, 50.0, 77.0
KINDS = {
    "ecg": ReadingKind.HEART_RATE,
    "light": ReadingKind.PULSE_RATE,
    "motion": ReadingKind.ACTIVITY,
    "temperature": ReadingKind.SKIN_TEMPERATURE,
    "gauge": ReadingKind.BATTERY,
}
TRUE = {"ecg": 70.0, "light": 70.0, "motion": 1.0, "temperature": 33.5, "gauge": 89.9}
#: A late beat moves a mean of ten seconds, and a charge falls a little.
WITHIN = {"ecg": 6.0, "light": 2.0, "motion": 0.0, "temperature": 0.5, "gauge": 1.0}
#: What shows nothing: late samples are as good, a cell's charge may well stay as it is, and a contact may be closed
#: whenever the gauge is asked; a thermometer's rate is known after 16 s.
UNSEEN = {(component, "delayed") for component in KINDS}
UNSEEN |= {("gauge", "stuck"), ("gauge", "intermittent"), ("temperature", "slow")}
PAIRS = [(c, f) for c in COMPONENTS for f in FAULTS if c in KINDS and why_unsupported(c, f) is None]


def made() -> LocalDevice:
    # with a record and no pace its time stands still until it is run; the wearer is its world all the same
    settings = Settings(link="serial", pace=None, record="resting", seed=3)
    return LocalDevice(settings, Wearer(PRESETS["resting"], seed=3), None)


async def readings(component: str, fault: str) -> tuple[list[Reading], int]:
    """What the component's reading was, and how often the device was reset."""
    device = made()
    items: list[Item] = []
    async with Client(Cable(device)) as client:
        client.listen(items.append)
        await client.subscribe((), Results.ALL)
        begin_s = BEGIN_US / 1e6
        inject(device.simulation, component, fault, START_S + begin_s, STOP_S + begin_s, seed=1)
        while device.simulation.now_s < END_S:
            await device.simulation.run(device.simulation.now_s + 1.0, None)
            await asyncio.sleep(0)
        resets = device.simulation.mcu.resets
    return [item for item in items if isinstance(item, Reading) and item.kind == KINDS[component]], resets


def time_s(reading: Reading) -> float:
    return (reading.tick_us - BEGIN_US) / 1e6


@pytest.mark.parametrize(("component", "fault"), PAIRS)
async def test_a_fault_gives_no_wrong_number_and_passes(component: str, fault: str) -> None:
    got, resets = await asyncio.wait_for(readings(component, fault), 300)
    assert resets == 0
    true, within = TRUE[component], WITHIN[component]
    before = [r for r in got if START_S - 12 < time_s(r) < START_S]
    assert any(r.value is not None and abs(r.value - true) <= within for r in before)
    wrong = [r for r in got if r.value is not None and r.quality > 30 and abs(r.value - true) > within]
    assert wrong == []
    if (component, fault) not in UNSEEN:
        reported = [r for r in got if START_S < time_s(r) <= STOP_S + 5]
        assert any(r.value is None and r.reason != Reason.WARMING_UP for r in reported)
    last = got[-1]
    assert last.value is not None
    assert abs(last.value - true) <= within
    assert time_s(last) > STOP_S


@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_a_flash_at_fault_stops_no_reading(fault: str) -> None:
    device = made()
    items: list[Item] = []
    async with Client(Cable(device)) as client:
        client.listen(items.append)
        await client.subscribe((), Results.ALL)
        if why_unsupported("flash", fault) is not None:
            with pytest.raises(UnsupportedFaultError, match=f"flash cannot be {fault}"):
                inject(device.simulation, "flash", fault, 0.0, 60.0)
            return
        inject(device.simulation, "flash", fault, 2.0, 60.0)
        await asyncio.wait_for(device.simulation.run(25.0, None), 100)
        assert client.info.model
    assert [i.value for i in items if isinstance(i, Reading) and i.kind == ReadingKind.PULSE_RATE and i.value]
    assert device.simulation.mcu.resets == 0


def test_what_there_is_not_is_refused_by_name() -> None:
    board = made().simulation
    with pytest.raises(SettingsError, match="no component 'heart'; there are ecg, light"):
        inject(board, "heart", "off", 0.0, 1.0)
    with pytest.raises(SettingsError, match="no fault 'sad'; there are off, stuck"):
        inject(board, "ecg", "sad", 0.0, 1.0)
    with pytest.raises(SettingsError, match="has no duration"):
        inject(board, "ecg", "off", 2.0, 2.0)
    with pytest.raises(UnsupportedFaultError, match="this device has none"):
        inject(board, "radio", "off", 0.0, 1.0)
    with pytest.raises(UnsupportedFaultError, match="loses links"):
        inject(board, "radio", "garbage", 0.0, 1.0)
