"""The name that a device's owner gave it: on the air from the next start on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from bleak import BleakScanner

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk import Client
from host_sdk.transports.sim_ble import SimBleTransport
from host_sdk.virtual_radio import scanner_backend

LIMIT_S = 30


@pytest.mark.parametrize("name", ["Ann's band", "é" * 10])
async def test_a_given_name_is_advertised_from_the_next_start_on_until_a_reset(tmp_path: Path, name: str) -> None:
    simulation = CpythonSimulation(Wearer(PRESETS["resting"]), storage=tmp_path)
    own = simulation.name
    settings = simulation.device.settings
    settings.write(wire.SETTING_DEVICE_NAME, name.encode())
    assert simulation.name == own
    simulation.reset()
    assert simulation.name == simulation.device.identity.name == name
    simulation.close()
    async with Client(f"sim:?storage={tmp_path}") as client:  # it is found by that name
        assert isinstance(client.transport, SimBleTransport)
        assert client.transport.device is not None
        radio = client.transport.device.radio
        assert radio is not None
        found = await asyncio.wait_for(BleakScanner.discover(0.5, backend=scanner_backend(radio)), LIMIT_S)
        assert [device.name for device in found] == [name]
    again = CpythonSimulation(Wearer(PRESETS["resting"]), storage=tmp_path)
    assert again.name == name
    again.device.settings.reset()
    again.reset()
    assert again.name == own
    again.close()
