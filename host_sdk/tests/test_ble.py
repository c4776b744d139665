from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError

from host_sdk.client import Client
from host_sdk.errors import ConnectError, ConnectionLost, WrongUse
from host_sdk.models import SampleBlock
from host_sdk.transports import ble
from host_sdk.transports.ble import Backend, BleTransport
from host_sdk.transports.opening import make_transport
from host_sdk.virtual_radio import adapter, client_backend
from host_sdk.wire_gen import UUID_SERVICE_VITALBAND, Stream

from .fake_device import FakeDevice, ramp

ADDRESS = "C0:00:00:00:00:01"


class FakeAir:
    """A device on the air, and what the operating system's Bluetooth would say."""

    def __init__(self) -> None:
        self.device = FakeDevice(lambda raw: None)
        self.paired = False
        self.refuses_pairing = False
        self.has_service = True
        self.powered = True
        self.failure: Exception | None = None
        self.clients: list[FakeBleak] = []

    def scanner(self, seen: Callable[..., None] | None = None, **_: Any) -> Any:
        advert = SimpleNamespace(local_name="vitalband-1", service_uuids=[UUID_SERVICE_VITALBAND], rssi=-50)
        found = SimpleNamespace(name="vitalband-1", address=ADDRESS)

        async def start() -> None:
            if not self.powered:
                raise BleakError("Bluetooth is off")
            if self.failure is not None:
                raise self.failure
            if seen is not None:
                asyncio.get_running_loop().call_soon(seen, found, advert)

        async def stop() -> None:
            return None

        discovered = {ADDRESS: (found, advert)}
        return SimpleNamespace(start=start, stop=stop, discovered_devices_and_advertisement_data=discovered)


class FakeBleak:
    def __init__(self, air: FakeAir, on_disconnected: Callable[[Any], None]) -> None:
        self.air = air
        self.connected = False
        self._on_disconnected = on_disconnected
        self.services = SimpleNamespace(get_service=lambda uuid: air.has_service or None)
        air.clients.append(self)

    @property
    def is_connected(self) -> bool:
        return self.connected

    def drop(self) -> None:
        self.connected = False
        self._on_disconnected(self)

    async def connect(self) -> None:
        self.connected = True

    async def disconnect(self) -> None:
        self.connected = False

    async def pair(self) -> None:
        if self.air.refuses_pairing:
            raise BleakError("pairing refused")
        self.air.paired = True

    async def start_notify(self, uuid: str, received: Callable[[Any, bytearray], None]) -> None:
        if not self.air.paired:
            raise BleakGATTProtocolError(0x0F)
        self.air.device.emit = lambda raw: received(uuid, bytearray(raw))

    async def write_gatt_char(self, uuid: str, data: bytes, response: bool) -> None:
        self.air.device.receive(bytes(data))


@pytest.fixture
def air(monkeypatch: pytest.MonkeyPatch) -> FakeAir:
    made = FakeAir()
    monkeypatch.setattr(ble, "BleakScanner", made.scanner)
    monkeypatch.setattr(ble, "BleakClient", lambda device, on_disconnected, **_: FakeBleak(made, on_disconnected))
    return made


async def soon(awaitable: Awaitable[Any]) -> Any:
    return await asyncio.wait_for(awaitable, 5)


@pytest.mark.parametrize("target", ["vitalband-1", ADDRESS, ADDRESS.lower(), ""])
async def test_found_by_name_address_or_service_and_paired(air: FakeAir, target: str) -> None:
    client = Client(BleTransport(target), timeout_s=1)
    await soon(client.connect())
    await soon(client.subscribe())
    items = client.items()
    air.device.say(ramp(Stream.ECG, 0, 25))
    assert isinstance(await soon(anext(items)), SampleBlock)
    assert air.paired
    await soon(client.close())
    assert not air.clients[-1].connected


async def test_a_disconnection_is_a_lost_connection(air: FakeAir) -> None:
    client = Client(BleTransport("vitalband-1"), timeout_s=1)
    await soon(client.connect())
    items = client.items()
    air.clients[-1].drop()
    with pytest.raises(ConnectionLost, match="disconnected"):
        await soon(anext(items))
    await soon(client.close())


_OF_A_LINK_THAT_HAS_GONE = (
    BleakError("Service Discovery has not been performed yet"),
    BleakError("Not connected"),
    BleakDBusError("org.bluez.Error.Failed", ["Not connected"]),
    AttributeError("'NoneType' object has no attribute 'get'"),
    OSError(103, "Software caused connection abort"),
)


@pytest.mark.parametrize("said", _OF_A_LINK_THAT_HAS_GONE, ids=lambda error: type(error).__name__ + str(error)[:9])
@pytest.mark.parametrize("name", ["sync_time", "set_time", "flush", "subscribe"])
async def test_a_request_in_whose_midst_the_link_goes_says_that_it_went(
    air: FakeAir, name: str, said: Exception
) -> None:
    transport = BleTransport("vitalband-1")
    client = Client(transport, timeout_s=1)
    await soon(client.connect())

    async def fail(*_: Any, **__: Any) -> None:
        raise said

    air.clients[-1].write_gatt_char = fail  # type: ignore[method-assign]
    async with transport._sending:  # it waits for the one before it
        requesting = asyncio.ensure_future(getattr(client, name)())
        await asyncio.sleep(0.01)
        air.clients[-1].drop()
    with pytest.raises(ConnectionLost, match=r"^Bluetooth device vitalband-1(, encrypted)?: disconnected$"):
        await soon(requesting)
    await soon(client.close())


@pytest.mark.parametrize("said", _OF_A_LINK_THAT_HAS_GONE, ids=lambda error: type(error).__name__ + str(error)[:9])
async def test_a_link_that_goes_while_it_is_set_up_says_that_it_went(
    air: FakeAir, monkeypatch: pytest.MonkeyPatch, said: Exception
) -> None:
    async def fail(self: FakeBleak, *_: Any) -> None:
        self.drop()
        raise said

    monkeypatch.setattr(FakeBleak, "start_notify", fail)
    with pytest.raises(ConnectError, match=r"^Bluetooth device vitalband-1: disconnected before it was set up$"):
        await soon(Client(BleTransport("vitalband-1"), timeout_s=1).connect())


async def test_what_can_go_wrong_is_a_connect_error(air: FakeAir) -> None:
    silent = "not seen within 0.05 s: out of reach, switched off, or connected to as many hosts as it has room for"
    with pytest.raises(ConnectError, match=silent):
        await soon(Client(BleTransport("other", scan_timeout_s=0.05)).connect())
    air.refuses_pairing = True
    with pytest.raises(ConnectError, match="pairing refused"):
        await soon(Client(BleTransport("")).connect())
    assert not air.clients[-1].connected
    air.has_service = False
    with pytest.raises(ConnectError, match="no vitalband service"):
        await soon(Client(BleTransport("")).connect())
    air.powered = False
    with pytest.raises(ConnectError, match="Bluetooth is off"):
        await soon(Client(BleTransport("")).connect())


async def test_a_step_that_gives_up_by_itself_is_reported_with_its_own_time(
    air: FakeAir, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connect(_: FakeBleak) -> None:
        raise asyncio.TimeoutError

    monkeypatch.setattr(FakeBleak, "connect", connect)
    with pytest.raises(ConnectError, match="connect: no answer within 0 s"):
        await soon(Client(BleTransport("")).connect())


async def test_a_link_that_another_host_was_given_is_tried_once_more(
    air: FakeAir, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def connect(bleak: FakeBleak) -> None:
        nonlocal tries
        tries += 1
        if tries % 2 or tries > 4:
            raise BleakError("le-connection-abort-by-local")
        bleak.connected = True

    monkeypatch.setattr(FakeBleak, "connect", connect)
    monkeypatch.setattr(ble, "RETRY_AFTER_S", 0.01)
    for _ in range(2):
        client = Client(BleTransport("vitalband-1"), timeout_s=1)
        await soon(client.connect())
        await soon(client.close())
    with pytest.raises(ConnectError, match="abort-by-local"):
        await soon(Client(BleTransport("vitalband-1")).connect())
    assert tries == 6


@pytest.mark.parametrize("again", ["vitalband-1", ADDRESS, ""])
async def test_a_device_that_this_program_has_is_said_to_be_connected(air: FakeAir, again: str) -> None:
    client = Client(BleTransport("vitalband-1"), timeout_s=1)
    await soon(client.connect())
    with pytest.raises(WrongUse, match="this program is connected to it already; one client serves as many"):
        await soon(Client(BleTransport(again)).connect())
    assert client.lost is None
    await soon(client.sync_time())
    air.clients[-1].drop()
    other = Client(BleTransport(again), timeout_s=1)
    await soon(other.connect())
    await soon(other.close())
    await soon(client.close())


async def test_hosts_with_bonds_of_their_own_may_both_connect_to_it(air: FakeAir) -> None:
    backends = [Backend(client_backend("tcp-client:127.0.0.1:1", bonds=Path(name)), None) for name in ("a", "b")]
    clients = [Client(BleTransport("vitalband-1", backend=backend), timeout_s=1) for backend in backends]
    for client in clients:
        await soon(client.connect())
    with pytest.raises(WrongUse):
        await soon(Client(BleTransport("vitalband-1", backend=backends[0]), timeout_s=1).connect())
    for client in clients:
        await soon(client.close())


def test_a_device_that_another_loop_has_is_said_to_be_there_until_that_loop_ends(air: FakeAir) -> None:
    loop = asyncio.new_event_loop()
    client = Client(BleTransport("vitalband-1"), timeout_s=1)
    loop.run_until_complete(soon(client.connect()))
    with pytest.raises(WrongUse, match=r"connected to it already \(in another event loop\)"):
        asyncio.run(soon(Client(BleTransport("vitalband-1")).connect()))
    loop.run_until_complete(asyncio.sleep(0))
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()

    async def anew() -> None:
        other = Client(BleTransport("vitalband-1"), timeout_s=1)
        await soon(other.connect())
        await soon(other.close())

    asyncio.run(anew())


@pytest.mark.parametrize(
    "failure",
    [
        FileNotFoundError(2, "No such file or directory"),
        ConnectionRefusedError(111, "Connection refused"),
        BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["org.bluez was not provided"]),
    ],
)
async def test_a_computer_without_bluetooth_service_is_said_to_have_none(air: FakeAir, failure: Exception) -> None:
    air.failure = failure
    with pytest.raises(ConnectError, match="Bluetooth: no Bluetooth service on this computer"):
        await soon(ble.scan(0.01))
    with pytest.raises(ConnectError, match="Bluetooth device x: no Bluetooth service on this computer"):
        await soon(Client(BleTransport("x")).connect())


async def test_other_errors_of_the_radio_keep_their_words(air: FakeAir) -> None:
    air.failure = BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"])
    with pytest.raises(ConnectError, match="Resource Not Ready"):
        await soon(ble.scan(0.01))


async def test_a_radio_that_does_not_answer_is_said_to_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "OPEN_TIMEOUT_S", 0.2)
    hosts: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: hosts.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(ConnectError, match=r": no answer in time; is `vitalband sim` running there\?$"):
        await soon(Client.open(f"sim:tcp:127.0.0.1:{port}"))
    for host in hosts:
        host.close()
        await soon(host.wait_closed())
    server.close()


@pytest.mark.parametrize("link", ["ble", "serial"])
async def test_a_refused_connection_names_the_simulator(link: str, unused_tcp_port: int) -> None:
    transport = make_transport(f"sim:tcp:127.0.0.1:{unused_tcp_port}?link={link}")
    said = f"127.0.0.1:{unused_tcp_port}: Connection refused; is `vitalband sim` running there\\?"
    with pytest.raises(ConnectError, match=said):
        await soon(Client(transport).connect())


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ble:x", "Bluetooth device x"),
        ("ble:x?radio=tcp-client:127.0.0.1:7300", "device x on virtual radio 127.0.0.1:7300"),
        ("sim:tcp:127.0.0.1:7300", "device on virtual radio 127.0.0.1:7300"),
    ],
)
def test_a_link_says_what_radio_it_is_on(address: str, said: str) -> None:
    assert make_transport(address).description == said


async def test_scan_lists_what_is_there(air: FakeAir) -> None:
    (found,) = await soon(ble.scan(0.01))
    assert (found.name, found.address, found.is_vitalband) == ("vitalband-1", ADDRESS, True)
