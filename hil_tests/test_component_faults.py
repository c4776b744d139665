"""Every component with every fault: while it lasts no wrong number, a reason, and the readings are back after it.

What came of each pair stands in docs/faults.md, and a run must come to the same.
"""

from __future__ import annotations

import asyncio

import pytest

from firmware_sim.faults import COMPONENTS, FAULTS, UnsupportedFaultError, faults_of, inject, why_unsupported
from firmware_sim.targets.provider import LocalDevice
from firmware_sim.targets.settings import Settings
from firmware_sim.world.errors import SettingsError
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.client import Client
from host_sdk.models import Item, Reading
from host_sdk.wire_gen import ReadingKind, Results

from . import fault_matrix as matrix
from .scenarios.cable import Cable

KINDS = {
    "ecg": ReadingKind.HEART_RATE,
    "light": ReadingKind.PULSE_RATE,
    "motion": ReadingKind.ACTIVITY,
    "temperature": ReadingKind.SKIN_TEMPERATURE,
    "gauge": ReadingKind.BATTERY,
}
#: What shows nothing: late samples are as good, a cell's charge may well stay as it is, and a contact may be closed
#: whenever the gauge is asked; a thermometer's rate is known after 16 s. Transfers that fail now and then are repeated.
UNSEEN = {(component, "delayed") for component in KINDS}
UNSEEN |= {("gauge", "stuck"), ("gauge", "intermittent"), ("temperature", "slow")}
#: What is true is what the gauge says: its cell has less.
TRULY_LOW = {("battery", "low")}
PAIRS = list(matrix.pairs())


def made() -> LocalDevice:
    # with a record and no pace its time stands still until it is run; the wearer is its world all the same
    settings = Settings(link="serial", pace=None, record="resting", seed=3)
    return LocalDevice(settings, Wearer(PRESETS["resting"], seed=3), None)


@pytest.mark.parametrize(("component", "fault"), PAIRS)
async def test_a_fault_gives_no_wrong_number_and_passes(component: str, fault: str) -> None:
    found = await asyncio.wait_for(matrix.observe(component, fault), 300)
    assert matrix.words(found) == matrix.page_cells()[component, fault], "python -m hil_tests.fault_matrix"
    if (component, fault) in TRULY_LOW:
        assert min(r.value for _, r in found.of(ReadingKind.BATTERY) if r.value is not None) == 3.0
        return
    for kind, (true, within) in matrix.TRUE.items():
        readings = found.of(kind)
        before = [r for at, r in readings if matrix.START_S - 12 < at < matrix.START_S]
        assert any(r.value is not None and abs(r.value - true) <= within for r in before)
        assert found.wrong(kind) == []
        at, last = readings[-1]
        assert last.value is not None
        assert abs(last.value - true) <= within
        assert at > matrix.STOP_S
    if component in KINDS:
        assert found.resets == 0
        if (component, fault) not in UNSEEN and fault != "nack":
            assert found.reasons(KINDS[component])


def test_the_page_has_every_pair_and_no_other() -> None:
    cells = matrix.page_cells()
    held = {(c, f) for c in COMPONENTS for f in faults_of(c)}
    assert held <= cells.keys()
    assert matrix.PAGE.read_text(encoding="utf-8") == matrix.page(cells)
    for component in COMPONENTS:
        refused = {f for f in FAULTS if why_unsupported(component, f) is not None}
        assert refused.isdisjoint(faults_of(component))
        assert refused | set(faults_of(component)) == set(FAULTS)


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
