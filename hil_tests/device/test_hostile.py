"""Peers that vanish, come back, or send rubbish: the device goes on."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial
from bleak import BleakClient, BleakScanner
from bumble import att

from firmware_sim.cli.processes import VITALBAND, SimProcess
from host_sdk.client import Client
from host_sdk.errors import VitalbandError, WrongUse
from host_sdk.models import SampleBlock
from host_sdk.recording.metadata import load_metadata
from host_sdk.virtual_radio import VirtualClient, client_backend, scanner_backend
from host_sdk.wire_gen import Stream

from ..debugging import debug_request


async def debug(device: SimProcess, **request: object) -> dict[str, object]:
    """The reply of the debug link."""
    return await asyncio.to_thread(debug_request, device, **request)


async def first_block(client: Client) -> SampleBlock:
    async for item in client.items():
        if isinstance(item, SampleBlock) and item.stream == Stream.ECG:
            return item
    raise AssertionError("the stream ended")


async def blocks_until_lost(client: Client) -> None:
    while True:
        await first_block(client)


async def streams(address: str) -> int:
    """Connect, take one ECG block, leave; returns its first index."""
    async with await Client.open(address) as client:
        await client.subscribe()
        return (await asyncio.wait_for(first_block(client), 5)).first_index


async def test_hosts_that_come_and_go(device: SimProcess) -> None:
    indices = [await streams(address) for address in (device.ble, device.serial, device.ble)]
    assert indices == sorted(indices)
    assert indices[0] > 250 * 11


async def test_out_of_radio_range_and_back(device: SimProcess) -> None:
    client = await Client.open(device.ble)
    await client.subscribe()
    await asyncio.wait_for(first_block(client), 5)
    assert (await debug(device, cmd="drop_radio"))["links"] == 1
    with pytest.raises(VitalbandError):
        await asyncio.wait_for(client.sync_time(), 10)
    await client.close()
    await streams(device.ble)


@pytest.mark.resets
async def test_the_reset_button(device: SimProcess) -> None:
    before = await streams(device.serial)
    assert (await debug(device, cmd="reset"))["ok"]
    after = await streams(device.serial)
    assert after < before
    assert (await debug(device, cmd="state"))["resets"] == 1


async def test_rubbish_on_the_wire(device: SimProcess) -> None:
    with serial.Serial(device.serial.removeprefix("serial:"), timeout=1) as port:
        for piece in (b"\xff" * 3000, b"\0" * 500, b"\0\x05\x01\x02", bytes(range(256)) * 8, b"text\r\n"):
            port.write(piece)
    await streams(device.serial)
    state = await debug(device, cmd="state")
    assert state["resets"] == 0


async def test_writes_in_clear_to_every_attribute_are_answered_and_harm_nobody(device: SimProcess) -> None:
    radio, name = str(device.facts["radio"]), str(device.facts["name"])
    found = await BleakScanner.find_device_by_name(name, backend=scanner_backend(radio))
    assert found is not None
    async with BleakClient(found, backend=client_backend(radio, auto_pair=False)) as client:
        assert isinstance(client._backend, VirtualClient)
        gatt = client._backend._link().gatt_client
        for handle in range(1, 0x50):
            for value in (b"", b"\1\0", b"\xff" * 60):
                request = att.ATT_Write_Request(attribute_handle=handle, attribute_value=value)
                answer = await asyncio.wait_for(gatt.send_request(request), 5)
                assert isinstance(answer, (att.ATT_Write_Response, att.ATT_Error_Response))
                await gatt.send_command(att.ATT_Write_Command(attribute_handle=handle, attribute_value=value))
    await streams(device.ble)


async def test_debug_requests_that_are_none(device: SimProcess) -> None:
    assert not (await debug(device, cmd="explode"))["ok"]
    assert not (await debug(device, cmd="truth", start="a", end=3))["ok"]
    truth = await debug(device, cmd="truth", start=0, end=5)
    assert truth["truth"]


def test_a_power_cut_leaves_no_one_hanging(device: SimProcess) -> None:
    async def lose_it() -> None:
        client = await Client.open(device.ble)
        await client.subscribe()
        device.kill()
        with pytest.raises(VitalbandError):
            await asyncio.wait_for(blocks_until_lost(client), 20)
        await client.close()

    asyncio.run(asyncio.wait_for(lose_it(), 30))


async def test_a_serial_port_is_for_one_host(device: SimProcess) -> None:
    async with await Client.open(device.serial) as client:
        await client.subscribe()
        with pytest.raises(WrongUse, match="this program is connected to it already; one client serves as many"):
            await Client.open(device.serial)
        port = device.serial.removeprefix("serial:")
        with pytest.raises(serial.SerialException, match="exclusively lock"):
            serial.Serial(port, exclusive=True)
        assert await asyncio.wait_for(first_block(client), 5)


@contextmanager
def held(port: str) -> Iterator[None]:
    """Keep a pseudo-terminal's name from being given to another device as soon as this one is gone."""
    slave = os.open(port, os.O_RDWR | os.O_NOCTTY)
    try:
        yield
    finally:
        os.close(slave)


def has_samples(folder: Path) -> bool:
    """Whether a recording has begun."""
    ecg = folder / "ecg.dat"
    return ecg.exists() and ecg.stat().st_size > 0


def test_a_power_cut_while_recording(device: SimProcess, tmp_path: Path) -> None:
    out = tmp_path / "r"
    command = [*VITALBAND, "record", device.serial, "--out", str(out), "--duration", "12", "--json"]
    command += ["--wait", "60"]  # where the computer is busy the first answer takes its time
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 90
        while not has_samples(out) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        has_begun = has_samples(out)
        with held(device.serial.removeprefix("serial:")):
            device.kill()
            printed, said = process.communicate(timeout=120)
    assert has_begun, said
    assert process.returncode == 1
    assert "Traceback" not in said
    assert json.loads(printed)["state"] == "incomplete"
    metadata = load_metadata(out)
    assert (metadata.state, metadata.streams["ecg"].samples > 0) == ("incomplete", True)
    assert metadata.error is not None
    assert device.serial.removeprefix("serial:") in metadata.error
