"""What code written for other backends of bleak takes for granted: cached values, and notifications that come early."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from bleak import BleakClient, BleakScanner
from bleak.args.bluez import BlueZNotifyArgs
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError
from bumble.att import Attribute, AttributeValue
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR, Characteristic, Descriptor, Service
from bumble.hci import Address
from bumble.transport import open_transport

from firmware_sim.mcu.radio import AirServer
from firmware_sim.testing.ble_rig import soon
from host_sdk.virtual_radio import client_backend, scanner_backend

SERVICE = UUID("6a0f1d50-0d2b-4a5f-8b60-0d0a8e1f3c01")
VALUE = UUID("6a0f1d50-0d2b-4a5f-8b60-0d0a8e1f3c02")
EARLY = UUID("6a0f1d50-0d2b-4a5f-8b60-0d0a8e1f3c03")
NOTE = UUID("6a0f1d50-0d2b-4a5f-8b60-0d0a8e1f3c04")
SINK = UUID("6a0f1d50-0d2b-4a5f-8b60-0d0a8e1f3c05")
_Permissions = Attribute.Permissions


class Peripheral:
    """A bumble peripheral: one value with a descriptor, and one that notifies before it answers who subscribes."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.note = Descriptor(NOTE, _Permissions.READABLE, b"note 1")
        self.value: Characteristic[bytes] = Characteristic(
            VALUE, Characteristic.Properties.READ, _Permissions.READABLE, b"value 1", [self.note]
        )
        subscribing = AttributeValue[bytes](lambda _connection: b"\0\0", self._subscribed)
        cccd = Descriptor(
            GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
            _Permissions.READABLE | _Permissions.WRITEABLE,
            subscribing,
        )
        properties = Characteristic.Properties.NOTIFY
        self.early: Characteristic[bytes] = Characteristic(EARLY, properties, _Permissions(0), None, [cccd])
        self.written: list[bytes] = []
        taken = AttributeValue[bytes](lambda _connection: b"", lambda _connection, value: self.written.append(value))
        properties = Characteristic.Properties.WRITE | Characteristic.Properties.WRITE_WITHOUT_RESPONSE
        sink: Characteristic[bytes] = Characteristic(SINK, properties, _Permissions.WRITEABLE, taken)
        device.add_service(Service(SERVICE, [self.value, self.early, sink]))

    async def _subscribed(self, _connection: Connection, value: bytes) -> None:
        if value == b"\1\0":
            await self.device.notify_subscribers(self.early, b"early", force=True)  # those who subscribed to anything


@asynccontextmanager
async def on_air() -> AsyncIterator[tuple[Peripheral, BLEDevice, str]]:
    server = await soon(AirServer.start())
    transport = await soon(open_transport(server.address))
    config = DeviceConfiguration(name="early", address=Address.generate_static_address())
    device = Device.from_config_with_hci(config, transport.source, transport.sink)
    device.advertising_data = bytes(AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, b"early")]))
    peripheral = Peripheral(device)
    try:
        await soon(device.power_on())
        await soon(device.start_advertising(advertising_interval_min=20, advertising_interval_max=20))
        backend = scanner_backend(server.address)
        found = await soon(BleakScanner.find_device_by_name("early", backend=backend))
        assert found is not None
        yield peripheral, found, server.address
    finally:
        await soon(transport.close())
        await soon(server.close())


async def test_a_cached_read_gives_what_was_read_last() -> None:
    async with on_air() as (peripheral, found, air), BleakClient(found, backend=client_backend(air)) as client:
        note = next(d for d in client.services.descriptors.values() if d.uuid == str(NOTE).lower())
        assert await soon(client.read_gatt_char(str(VALUE), use_cached=True)) == b"value 1"  # none is known: it is read
        peripheral.value.value = b"value 2"
        peripheral.note.value = b"note 2"
        assert await soon(client.read_gatt_char(str(VALUE), use_cached=True)) == b"value 1"
        assert await soon(client.read_gatt_char(str(VALUE))) == b"value 2"
        assert await soon(client.read_gatt_descriptor(note)) == b"note 2"
        peripheral.note.value = b"note 3"
        assert await soon(client.read_gatt_descriptor(note, use_cached=True)) == b"note 2"
        assert await soon(client.read_gatt_char(str(VALUE), use_cached=True)) == b"value 2"


async def test_changes_of_the_services_are_subscribed_to_as_operating_systems_do() -> None:
    async with on_air() as (peripheral, found, air), BleakClient(found, backend=client_backend(air)):
        (subscriptions,) = peripheral.device.gatt_server.subscribers.values()
        assert list(subscriptions.values()) == [b"\2\0"]  # to indications


async def test_a_notification_before_the_answer_to_the_subscription_is_not_lost() -> None:
    async with on_air() as (_, found, air), BleakClient(found, backend=client_backend(air)) as client:
        got: asyncio.Queue[bytes] = asyncio.Queue()
        await soon(client.start_notify(str(EARLY), lambda _, data: got.put_nowait(bytes(data))))
        assert await soon(got.get()) == b"early"
        assert await soon(client.read_gatt_char(str(EARLY), use_cached=True)) == b"early"


async def test_acquire_notify_loses_it_as_on_bluez() -> None:
    async with on_air() as (peripheral, found, air), BleakClient(found, backend=client_backend(air)) as client:
        got: asyncio.Queue[bytes] = asyncio.Queue()
        acquire: BlueZNotifyArgs = {"use_start_notify": False}
        await soon(client.start_notify(str(EARLY), lambda _, data: got.put_nowait(bytes(data)), bluez=acquire))
        await soon(peripheral.device.notify_subscribers(peripheral.early, b"later", force=True))
        assert await soon(got.get()) == b"later"


@pytest.mark.parametrize("size", [0, 1, 244, 245, 512])
async def test_a_write_is_as_long_as_a_radio_lets_it_be(size: int) -> None:
    value = bytes(range(256)) * 2
    async with on_air() as (peripheral, found, air), BleakClient(found, backend=client_backend(air)) as client:
        await soon(client.write_gatt_char(str(SINK), value[:size], response=True))
        assert peripheral.written == [value[:size]]
        peripheral.written.clear()
        write = client.write_gatt_char(str(SINK), value[:size], response=False)
        if size <= client.mtu_size - 3:
            await soon(write)
            assert await soon(client.read_gatt_char(str(VALUE))) == b"value 1"  # behind it
            assert peripheral.written == [value[:size]]
        else:
            with pytest.raises(BleakError, match=f"at most 244 of {size} bytes go without a response"):
                await soon(write)
            assert peripheral.written == []


async def test_a_client_that_is_used_again_calls_back_each_time_and_remembers_nothing_of_before() -> None:
    ended: list[str] = []
    async with on_air() as (peripheral, found, air):
        client = BleakClient(found, lambda _: ended.append("ended"), backend=client_backend(air))
        for number in (1, 2, 3):
            peripheral.value.value = b"value %d" % number
            await soon(client.connect())
            assert await soon(client.read_gatt_char(str(VALUE), use_cached=True)) == b"value %d" % number
            await soon(client.disconnect())
            assert len(ended) == number
            await soon(peripheral.device.start_advertising(advertising_interval_min=20, advertising_interval_max=20))
