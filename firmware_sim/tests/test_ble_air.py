"""The air: scan responses, delay and rate, hosts that do not read, addresses, and its end."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError
from bumble import hci
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host

from firmware_sim.mcu import Clock
from firmware_sim.mcu.radio import Air, AirController, AirServer, Radio, RadioError
from firmware_sim.mcu.radio.irq import IrqQueue
from firmware_sim.testing.ble_rig import REPLY, REQUEST, band, collect, soon
from host_sdk.virtual_radio import client_backend, scanner_backend
from host_sdk.virtual_radio.adapter import _adapters as adapters


def radio_on(air: Air, address: str) -> Radio:
    radio = Radio(air, address)
    radio.attach(IrqQueue(Clock()), b"")
    radio.activate()
    return radio


async def test_two_radios_cannot_have_one_address() -> None:
    air = Air()
    first, second = radio_on(air, "C0:00:00:00:00:01"), radio_on(air, "C0:00:00:00:00:01")
    await soon(first.power_on())
    with pytest.raises(RadioError, match="C0:00:00:00:00:01"):
        await soon(second.power_on())
    await soon(first.power_off())
    await soon(second.power_off())


async def test_a_radio_falls_silent_though_its_job_loses_a_cancellation() -> None:
    radio = radio_on(Air(), "C0:00:00:00:00:01")
    stack = radio.activate()
    begun = asyncio.Event()

    async def stubborn() -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    radio.submit(stack, stubborn)
    powering = asyncio.ensure_future(radio.power_on())
    await soon(begun.wait())
    await soon(radio.power_off())
    powering.cancel()


def test_an_air_needs_sensible_figures() -> None:
    with pytest.raises(ValueError, match="bytes_per_s"):
        Air(bytes_per_s=0)


@pytest.mark.parametrize("mode", ["active", "passive"])
async def test_only_an_active_scanner_gets_the_scan_response(mode: str) -> None:
    async with band() as device:
        seen: list[tuple[str | None, list[str]]] = []

        def detected(_device: BLEDevice, advert: AdvertisementData) -> None:
            seen.append((advert.local_name, advert.service_uuids))

        scanner = BleakScanner(detected, scanning_mode=mode, backend=scanner_backend(device.server.address))  # type: ignore[arg-type]
        await soon(scanner.start())
        await device.until(lambda: len(seen) >= 2)
        await soon(scanner.stop())
        names = {name for name, _ in seen}
        assert names == ({device.peripheral.name} if mode == "active" else {None})
        assert all("5f1c0001-7a4e-4d0c-9c52-0b5b6a2e6b10" in uuids for _, uuids in seen)


async def test_of_centrals_that_answer_one_advert_one_connects_and_the_others_on_later_ones(tmp_path: Path) -> None:
    async with band() as device:
        found = await device.find()
        device.ble.gap_advertise(500_000)  # all of them wait for the same one
        clients = [device.client(found, bonds=tmp_path / str(i)) for i in range(3)]
        await soon(asyncio.gather(*(client.connect() for client in clients)))
        await device.until(lambda: len(device.busy) == 3)
        for client in clients:
            assert await soon(client.read_gatt_char("2a24"))
            await soon(client.disconnect())


async def test_a_central_that_answers_as_advertising_ends_fails_to_connect() -> None:
    async with band() as device:
        found = await device.find()
        assert device.radio.stack is not None
        controller = device.radio.stack.controller
        assert controller is not None
        took = controller.le_legacy_advertiser.take

        def take_and_stop() -> bool:
            first = took()
            controller.le_legacy_advertiser.stop()
            return first

        controller.le_legacy_advertiser.take = take_and_stop  # type: ignore[method-assign]
        with pytest.raises(BleakError):
            await soon(device.client(found).connect())
        assert not device.busy


async def test_a_radio_has_one_connection_to_a_peer() -> None:
    async with band() as device, device.client(await device.find()):
        address = hci.Address(device.radio.address or "")
        (adapter,) = adapters.values()
        with pytest.raises(hci.HCI_Error, match="CONNECTION_ALREADY_EXISTS"):
            await soon(adapter.device.connect_le(address, timeout=1))


async def test_delay_and_rate_are_kept_and_order_too() -> None:
    async with band() as device, device.client(await device.find()) as client:
        got: list[int] = []
        await soon(client.start_notify(REPLY, lambda _, data: got.append(data[3])))
        air = device.server.air
        air.delay_s, air.bytes_per_s = 0.02, 20_000
        start = time.perf_counter()
        await soon(client.read_gatt_char("2a19"))
        assert time.perf_counter() - start >= 0.04
        link = device.busy[0]
        start = time.perf_counter()
        for i in range(12):
            assert link.send(bytearray([9, 0, 0, i]) + bytes(200), 204)
        await soon(device.radio.drained())
        took = time.perf_counter() - start
        await soon(client.read_gatt_char("2a19"))
        assert got == list(range(12))
        assert took >= 12 * 204 / 20_000


async def test_a_lost_link_ends_as_time_out_on_both_ends() -> None:
    async with band() as device:
        gone = asyncio.Event()
        client = device.client(await device.find(), gone=lambda _client: gone.set())
        await soon(client.connect())
        await device.until(lambda: device.busy)
        controller = device.radio.stack.controller  # type: ignore[union-attr]
        assert controller is not None
        assert device.server.air.drop_links(controller) == 1
        await soon(gone.wait())
        await device.until(lambda: not device.busy)
        assert not client.is_connected
        again = device.client(await device.find())
        await soon(again.connect())
        await soon(again.disconnect())


async def test_a_host_that_does_not_read_slows_its_device_and_loses_its_link_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("firmware_sim.mcu.radio.radio.STALL_S", 0.2)
    async with band() as device, device.client(await device.find()) as client:
        await soon(client.start_notify(REPLY, lambda *_: None))
        link = device.busy[0]
        peer = device.radio.air.find_le_controller(hci.Address(str(client._backend._adapter.identity.address)))  # type: ignore[attr-defined]
        assert isinstance(peer, AirController)
        peer.set_receiving(False)
        await asyncio.sleep(0.01)
        sent = 0
        while link.send(bytearray([9, 0, 0]), 3):
            sent += 1
        assert 0 < sent <= 16
        await soon(device.radio.drained())
        await device.until(lambda: not device.busy)


async def test_a_unix_socket_and_two_devices_on_one_air(tmp_path: Path) -> None:
    server = await soon(AirServer.start(path=str(tmp_path / "air")))
    assert server.address.startswith("unix-client:")
    async with band(1, server=server) as one, band(2, server=server) as two:
        assert one.peripheral.name != two.peripheral.name
        clients = [device.client(await device.find()) for device in (one, two)]
        await soon(asyncio.gather(*(client.connect() for client in clients)))
        for client, device in zip(clients, (one, two), strict=True):
            got = await collect(client, REPLY)
            await soon(client.write_gatt_char(REQUEST, bytes([0x40, 1, 0, 1]), response=True))
            assert await soon(got.get()) == bytes([0x09, 1, 0, 1])
            assert device.busy
        for client in clients:
            await soon(client.disconnect())
    await soon(server.close())


async def test_rubbish_on_the_socket_harms_nobody() -> None:
    async with band() as device:
        host, port = device.server.host, device.server.port
        reader, writer = await soon(asyncio.open_connection(host, port))
        writer.write(bytes(range(256)) * 8)
        await soon(writer.drain())
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        del reader
        async with device.client(await device.find()) as client:
            assert await soon(client.read_gatt_char("2a29")) == b"maker"


async def test_a_bumble_host_in_the_same_process() -> None:
    async with band() as device:
        controller = AirController(device.server.air, "beside")
        config = DeviceConfiguration(address=hci.Address("F0:00:00:00:00:09"))
        central = Device(config=config, host=Host(controller, controller))
        await soon(central.power_on())
        connection = await soon(central.connect(hci.Address(device.radio.address or "")))
        await device.until(lambda: device.busy)
        await soon(connection.disconnect())
        await device.until(lambda: not device.busy)
        controller.unplug()


async def test_close_hangs_up_and_frees_the_port() -> None:
    server = await soon(AirServer.start())
    port = server.port
    async with band(server=server) as device:
        client = BleakClient(await device.find(), backend=client_backend(server.address))
        await soon(client.connect())
        await soon(server.close())
        await device.until(lambda: not client.is_connected)
        await soon(server.close())
        again = await soon(AirServer.start(port=port))
        assert again.port == port
        await soon(again.close())
