"""The bleak backend on the virtual radio, as code that knows only bleak sees it."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any

import bleak
import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakCharacteristicNotFoundError, BleakDeviceNotFoundError, BleakError

from firmware_sim.testing.ble_rig import REPLY, REQUEST, Band, band, collect, soon
from host_sdk import AddressError, Client, ConnectError, virtual_radio
from host_sdk.transports.ble import BleTransport
from host_sdk.transports.sim_ble import virtual_backend
from host_sdk.virtual_radio import adapter, installing
from host_sdk.virtual_radio.__main__ import main as runner

HRS = "0000180d-0000-1000-8000-00805f9b34fb"


@pytest.fixture
def patched() -> Iterator[None]:
    yield
    virtual_radio.uninstall()


@pytest.fixture
async def device() -> AsyncIterator[Band]:
    async with band() as device:
        yield device
        await asyncio.sleep(0)
    assert not adapter._adapters, "an adapter was left open"


async def test_stock_bleak_after_install(device: Band, patched: None) -> None:
    virtual_radio.install(device.server.address)
    found = await soon(BleakScanner.find_device_by_filter(lambda _, advert: HRS in advert.service_uuids, timeout=3))
    assert found is not None
    assert found.name == device.peripheral.name
    seen = await soon(BleakScanner.discover(0.2, return_adv=True))
    assert seen[found.address][1].local_name == device.peripheral.name
    assert await soon(BleakScanner.discover(0.2, service_uuids=["1234"])) == []
    async with BleakClient(found) as client:
        assert client.is_connected
        assert client.name == device.peripheral.name
        assert client.mtu_size == 247
        service = client.services.get_service(HRS)
        assert service is not None
        assert [c.properties for c in service.characteristics] == [["notify"], ["read"]]
        rates = await collect(client, "2a37")
        device.vitals.beat(0, 1000)
        device.report()
        assert await soon(rates.get()) == bytes([0x16, 60, 0, 4])
        await soon(client.stop_notify("2a37"))
        device.report()
        assert await soon(client.read_gatt_char("2a29")) == b"maker"
        assert rates.empty()
        with pytest.raises(BleakCharacteristicNotFoundError):
            await soon(client.read_gatt_char("ffff"))
    with pytest.raises(BleakError):
        await soon(client.read_gatt_char("2a29"))


def test_install_needs_a_radio_or_the_environment(monkeypatch: pytest.MonkeyPatch, patched: None) -> None:
    monkeypatch.delenv(virtual_radio.ENVIRONMENT, raising=False)
    with pytest.raises(ValueError, match="VITALBAND_AIR"):
        virtual_radio.install()
    monkeypatch.setenv(virtual_radio.ENVIRONMENT, "tcp-client:127.0.0.1:1")
    virtual_radio.install()
    backend, name = bleak.get_platform_client_backend_type()  # type: ignore[attr-defined]
    assert issubclass(backend, virtual_radio.VirtualClient)
    assert (backend.spec.transport, name) == ("tcp-client:127.0.0.1:1", "VirtualClient")
    virtual_radio.uninstall()
    assert bleak.get_platform_client_backend_type is installing._originals["get_platform_client_backend_type"]  # type: ignore[attr-defined]


async def test_no_radio_there_is_a_bleak_error() -> None:
    for transport in ("tcp-client:127.0.0.1:1", "unix-client:/nowhere/at/all", "tcp-client:nonsense", "no-such:thing"):
        scanner = BleakScanner(backend=virtual_radio.scanner_backend(transport))
        with pytest.raises(BleakError, match="cannot be opened"):
            await soon(scanner.start())


async def test_a_radio_that_says_nothing_is_a_bleak_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("host_sdk.virtual_radio.adapter.OPEN_TIMEOUT_S", 0.1)
    mute = await asyncio.start_server(lambda _reader, writer: writers.append(writer), "127.0.0.1", 0)
    writers: list[asyncio.StreamWriter] = []
    port = mute.sockets[0].getsockname()[1]
    scanner = BleakScanner(backend=virtual_radio.scanner_backend(f"tcp-client:127.0.0.1:{port}"))
    with pytest.raises(BleakError, match="cannot be opened"):
        await soon(scanner.start())
    for writer in writers:
        writer.close()
    mute.close()


async def test_by_address_and_an_address_that_is_not_there(device: Band) -> None:
    backend = virtual_radio.client_backend(device.server.address)
    async with BleakClient(device.radio.address or "", backend=backend) as client:
        assert await soon(client.read_gatt_char("2a24")) == b"model"
    with pytest.raises(BleakDeviceNotFoundError):
        await soon(BleakClient("C1:02:03:04:05:06", timeout=0.2, backend=backend).connect())


async def test_a_device_that_went_after_the_scan_times_out_and_the_adapter_goes_on(device: Band) -> None:
    found = await device.find()
    device.ble.gap_advertise(None)
    await asyncio.sleep(0.05)
    client = BleakClient(found, timeout=0.2, backend=virtual_radio.client_backend(device.server.address))
    with pytest.raises(asyncio.TimeoutError):
        await soon(client.connect())
    device.peripheral._advertise()
    await soon(client.connect())
    await soon(client.disconnect())


async def test_giving_up_on_a_connection_leaves_no_ghost(device: Band) -> None:
    found = await device.find()
    device.ble.gap_advertise(None)
    await asyncio.sleep(0.05)
    async with _keep_adapter(device):
        client = device.client(found)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.connect(), 0.1)
        device.peripheral._advertise()
        await asyncio.sleep(0.3)
        assert not device.busy
        await soon(client.connect())
        await soon(client.disconnect())


def _keep_adapter(device: Band) -> BleakScanner:
    """A scanner running beside, so that the adapter is not closed in between."""
    return BleakScanner(backend=virtual_radio.scanner_backend(device.server.address))


async def test_a_radio_that_another_loop_of_the_program_uses_is_refused_at_once(device: Band) -> None:
    scanner = BleakScanner(backend=virtual_radio.scanner_backend(device.server.address))
    await soon(scanner.start())

    def elsewhere() -> None:
        asyncio.run(soon(BleakScanner(backend=virtual_radio.scanner_backend(device.server.address)).start()))

    with pytest.raises(BleakError, match="is used in another event loop of this program"):
        await soon(asyncio.to_thread(elsewhere))
    await soon(scanner.stop())


async def test_pairing_by_itself_can_be_switched_off(device: Band) -> None:
    async with device.client(await device.find(), auto_pair=False) as client:
        with pytest.raises(BleakError) as refusal:
            await soon(client.write_gatt_char(REQUEST, b"\x40\x00\x00\x01", response=True))
        assert int(refusal.value.code) == 0x0F  # type: ignore[attr-defined]
        await soon(client.pair())
        await soon(client.write_gatt_char(REQUEST, b"\x40\x00\x00\x01", response=True))


async def test_pair_before_connect(device: Band) -> None:
    backend = virtual_radio.client_backend(device.server.address, auto_pair=False)
    async with BleakClient(await device.find(), pair=True, backend=backend) as client:
        assert await soon(client.read_gatt_char("2a25"))


@pytest.mark.parametrize("auto_pair", [True, False])
async def test_a_device_that_requests_security(device: Band, auto_pair: bool) -> None:
    async with device.client(await device.find(), auto_pair=auto_pair):
        await device.until(lambda: device.busy)
        link = device.busy[0]
        device.ble.gap_pair(link.connection)
        if auto_pair:
            await device.until(lambda: link.up)
        else:
            await asyncio.sleep(0.1)
            assert not link.up


async def test_several_requests_at_once_pair_once(device: Band) -> None:
    async with device.client(await device.find()) as client:
        values = await soon(asyncio.gather(*(client.read_gatt_char("2a25") for _ in range(4))))
        assert len({bytes(value) for value in values}) == 1


async def test_bonds_in_a_file_serve_the_next_process(device: Band, tmp_path: Path) -> None:
    path = tmp_path / "bonds.json"
    found = await device.find()
    async with device.client(found, bonds=path) as client:
        await soon(client.pair())
    assert path.stat().st_mode & 0o077 == 0
    adapter._identities.clear()
    async with device.client(found, bonds=path, auto_pair=False) as client:
        assert await soon(client.read_gatt_char("2a25"))
        await soon(client.unpair())
    assert not client.is_connected
    async with device.client(found, bonds=path, auto_pair=False) as client:
        with pytest.raises(BleakError):
            await soon(client.read_gatt_char("2a25"))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"address": "x", "irk": "", "bonds": {}}'])
async def test_a_damaged_file_of_bonds_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "bonds.json"
    path.write_text(content)
    scanner = BleakScanner(backend=virtual_radio.scanner_backend("tcp-client:127.0.0.1:1", bonds=path))
    with pytest.raises(BleakError, match=r"bonds\.json"):
        await soon(scanner.start())


async def test_link_loss_calls_back_and_fails_what_waits(device: Band) -> None:
    gone = asyncio.Event()
    client = device.client(await device.find(), gone=lambda _: gone.set())
    await soon(client.connect())
    await collect(client, REPLY)
    controller = device.radio.stack.controller  # type: ignore[union-attr]
    assert controller is not None
    controller.set_receiving(False)  # the answer will never come
    waiting = asyncio.create_task(client.read_gatt_char("2a29"))
    await asyncio.sleep(0.05)
    device.server.air.drop_links(controller)
    controller.set_receiving(True)
    await soon(gone.wait())
    with pytest.raises(BleakError, match="disconnected"):
        await soon(waiting)
    async with device.client(await device.find()) as again:
        assert await soon(again.read_gatt_char("2a25"))


async def test_air_that_goes_takes_everything_along(device: Band) -> None:
    gone = asyncio.Event()
    client = device.client(await device.find(), gone=lambda _: gone.set())
    await soon(client.connect())
    await soon(device.server.close())
    await soon(gone.wait())
    with pytest.raises(BleakError):
        await soon(client.read_gatt_char("2a29"))
    await soon(client.disconnect())


async def test_a_request_given_up_does_not_answer_the_next_one(device: Band) -> None:
    async with device.client(await device.find()) as client:
        controller = device.radio.stack.controller  # type: ignore[union-attr]
        assert controller is not None
        peer = client._backend._adapter.identity.address  # type: ignore[attr-defined]
        dongle = device.server.air.find_le_controller(peer)
        dongle.set_receiving(False)  # type: ignore[union-attr]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.read_gatt_char("2a29"), 0.05)
        dongle.set_receiving(True)  # type: ignore[union-attr]
        assert await soon(client.read_gatt_char("2a24")) == b"model"


STOCK = """
import asyncio
from bleak import BleakClient, BleakScanner

async def main():
    device = await BleakScanner.find_device_by_name({name!r}, timeout=4)
    async with BleakClient(device) as client:
        print((await client.read_gatt_char("2a25")).decode(), client.backend_id)

asyncio.run(main())
"""


async def test_another_process_over_tcp(device: Band, tmp_path: Path) -> None:
    script = tmp_path / "stock.py"
    script.write_text(STOCK.format(name=device.peripheral.name))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "host_sdk.virtual_radio", str(script)),
        env={**os.environ, virtual_radio.ENVIRONMENT: device.server.address},
        stdout=subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert out.decode().split() == [device.mcu.unique_id.hex(), "VirtualClient"]


@pytest.mark.parametrize("arguments", [[], ["-m"], ["script.py"]])
def test_the_runner_says_what_it_needs(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(virtual_radio.ENVIRONMENT, raising=False)
    monkeypatch.setattr(sys, "argv", ["virtual_radio", *arguments])
    assert runner() == 2
    assert virtual_radio.ENVIRONMENT in capsys.readouterr().err


async def test_a_simulated_device_for_code_that_knows_only_bleak(patched: None) -> None:
    before = bleak.get_platform_client_backend_type  # type: ignore[attr-defined]
    async with virtual_radio.simulated("sim:?warm=1") as name:
        device = await asyncio.wait_for(BleakScanner.find_device_by_name(name), 20)
        assert device is not None
        async with BleakClient(device, pair=True) as client:
            assert await asyncio.wait_for(client.read_gatt_char("2a29"), 20)
    assert bleak.get_platform_client_backend_type is before  # type: ignore[attr-defined]
    for address in ("sim:tcp:127.0.0.1:7300", "ble:x", "sim:?pace=never"):
        with pytest.raises(AddressError):
            await soon(virtual_radio.simulated(address).__aenter__())


@pytest.mark.parametrize("seed", range(4))
async def test_a_malformed_database_is_a_typed_error_within_the_time(
    device: Band, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("host_sdk.transports.ble.RETRY_AFTER_S", 0.05)
    chance = random.Random(seed)
    assert device.radio.stack is not None
    for attribute in device.radio.stack.device.gatt_server.attributes:
        if chance.random() < 0.3:
            attribute.value = chance.randbytes(chance.randrange(25))
    client = Client(BleTransport("", backend=virtual_backend(device.server.address)), timeout_s=1)
    with pytest.raises(ConnectError, match=r"^device on virtual radio "):
        await asyncio.wait_for(client.connect(), 20)


async def test_what_nobody_answers_any_more_ends_with_the_link(device: Band) -> None:
    backend = virtual_radio.client_backend(device.server.address)
    client = BleakClient(device.radio.address or "", backend=backend)
    await soon(client.connect())
    step = asyncio.ensure_future(asyncio.Event().wait())
    inner = client._backend
    assert isinstance(inner, virtual_radio.VirtualClient)
    inner._keep(step)
    await soon(client.disconnect())
    await soon(asyncio.wait([step]))
    assert step.cancelled()


async def _cancelled_after(turns: int, work: Coroutine[Any, Any, object]) -> None:
    task = asyncio.ensure_future(work)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=20)


async def test_what_is_cancelled_at_any_turn_of_the_loop_leaves_nothing_behind(device: Band) -> None:
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(str(context)))
    used = await soon(adapter.Adapter.acquire(adapter.RadioSpec(device.server.address)))
    adverts: list[object] = []

    async def scan() -> None:
        await used.listen(adverts.append, active=True)
        await used.unlisten(adverts.append)

    for turns in range(40):
        await _cancelled_after(turns, scan())
    await soon(used.unlisten(adverts.append))
    assert not used.device.is_scanning
    adverts.clear()
    await soon(used.listen(adverts.append, active=True))
    while not adverts:
        await soon(asyncio.sleep(0.01))
    await soon(used.unlisten(adverts.append))
    await used.release()
    gc.collect()
    assert complaints == []


async def test_a_simulated_device_whose_start_is_cancelled_leaves_nothing_behind() -> None:
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(str(context)))
    for turns in range(40, 140, 2):
        await _cancelled_after(turns, Client("sim:").connect())
    gc.collect()
    assert complaints == []
