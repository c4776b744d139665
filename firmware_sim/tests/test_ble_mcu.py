"""MicroPython's bluetooth module on the virtual radio, with a bare peripheral."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakGATTProtocolError
from bumble import att
from bumble.core import UUID

from firmware_sim.mcu import Clock, Mcu, modules_of
from firmware_sim.mcu.radio import AirServer
from firmware_sim.mcu.radio.stack import MOST_QUEUED
from firmware_sim.testing.ble_rig import holds, soon
from host_sdk.virtual_radio import client_backend, scanner_backend

SERVICE, OPEN, SECRET, APPEND, INDICATED = 0xFFF0, 0xFFF1, 0xFFF2, 0xFFF3, 0xFFF4
READ, WRITE, NOTIFY, INDICATE, ENCRYPTED = 0x0002, 0x0008, 0x0010, 0x0020, 0x0200 | 0x1000
NAME = b"\x05\x09bare"


class Bare:
    """A peripheral with four characteristics that remembers its events."""

    def __init__(self, server: AirServer, seed: int = 5) -> None:
        self.server = server
        self.clock = Clock()
        self.radio = server.new_radio()
        self.mcu = Mcu(self.clock, seed=seed, radio=self.radio)
        self.bluetooth: Any = modules_of(self.mcu)["bluetooth"]
        self.ble = self.bluetooth.BLE()
        self.events: list[tuple[int, Any]] = []
        self.refuse = 0

    def register(self) -> None:
        uuid = self.bluetooth.UUID
        self.ble.active(True)
        self.ble.irq(self.on_event)
        members = (
            (uuid(OPEN), READ | WRITE | NOTIFY),
            (uuid(SECRET), READ | NOTIFY | ENCRYPTED),
            (uuid(APPEND), WRITE),
            (uuid(INDICATED), INDICATE),
        )
        ((self.open, self.secret, self.append, self.indicated),) = self.ble.gatts_register_services(
            ((uuid(SERVICE), members),)
        )

    def on_event(self, event: int, data: Any) -> Any:
        self.events.append((event, data))
        return self.refuse if event == 4 else None

    def data_of(self, event: int) -> Any:
        """Data of the last such event."""
        return next(data for kind, data in reversed(self.events) if kind == event)

    async def happened(self, event: int) -> Any:
        """Run the clock until such an event has come."""

        async def wait() -> Any:
            while not any(kind == event for kind, _ in self.events):
                self.clock.run_until(self.clock.now + 1000)
                await asyncio.sleep(0.001)
            return self.data_of(event)

        return await soon(wait())

    async def connect(self, **options: Any) -> BleakClient:
        backend = scanner_backend(self.server.address)
        device = await soon(BleakScanner.find_device_by_name("bare", backend=backend))
        assert device is not None
        client = BleakClient(device, backend=client_backend(self.server.address, **options))
        await soon(client.connect())
        await self.happened(1)
        return client


@pytest.fixture
async def bare() -> AsyncIterator[Bare]:
    server = await soon(AirServer.start())
    peripheral = Bare(server)
    peripheral.register()
    peripheral.ble.gap_advertise(20_000, NAME)
    await soon(peripheral.radio.power_on())
    try:
        yield peripheral
    finally:
        await soon(peripheral.radio.power_off())
        await soon(server.close())


async def test_address_is_static_random_and_the_mcus_own(bare: Bare) -> None:
    kind, address = bare.ble.config("mac")
    assert kind == 1
    assert address[0] & 0xC0 == 0xC0
    other = Bare(bare.server, seed=6)
    assert other.ble.config("mac") != (kind, address)


async def test_what_needs_the_radio_on_says_so() -> None:
    server = await soon(AirServer.start())
    ble = Bare(server).ble
    assert ble.active() is False
    with pytest.raises(OSError, match="not active"):
        ble.gap_advertise(1000)
    with pytest.raises(OSError, match="not active"):
        ble.gatts_read(3)
    with pytest.raises(OSError, match="not active"):
        ble.gatts_register_services(())
    await soon(server.close())


async def test_wrong_arguments_are_refused(bare: Bare) -> None:
    with pytest.raises(OSError, match="31 bytes"):
        bare.ble.gap_advertise(100_000, bytes(32))
    with pytest.raises(OSError, match="31 bytes"):
        bare.ble.gap_advertise(100_000, b"", resp_data=bytes(32))
    with pytest.raises(OSError, match="connection"):
        bare.ble.gatts_notify(77, bare.open, b"x")
    with pytest.raises(OSError, match="attribute"):
        bare.ble.gatts_read(999)
    with pytest.raises(OSError, match="registered already"):
        bare.ble.gatts_register_services(())
    with pytest.raises(ValueError, match="unknown config"):
        bare.ble.config("nonsense")
    with pytest.raises(ValueError, match="not modelled"):
        bare.ble.config(io=4)
    assert bare.ble.gap_disconnect(77) is False


async def test_connection_mtu_write_and_read_events(bare: Bare) -> None:
    client = await bare.connect()
    connection, kind, address = bare.data_of(1)
    assert (kind, len(address)) == (1, 6)
    assert await bare.happened(21) == (connection, 247)
    await soon(client.write_gatt_char("fff1", b"hello", response=True))
    assert await bare.happened(3) == (connection, bare.open)
    assert bare.ble.gatts_read(bare.open) == b"hello"
    bare.ble.gatts_write(bare.open, b"world")
    assert await soon(client.read_gatt_char("fff1")) == b"world"
    assert bare.data_of(4) == (connection, bare.open)
    await soon(client.disconnect())
    assert (await bare.happened(2))[0] == connection


async def test_a_read_that_the_firmware_refuses(bare: Bare) -> None:
    client = await bare.connect()
    bare.refuse = 0x08
    with pytest.raises(BleakGATTProtocolError) as refusal:
        await soon(client.read_gatt_char("fff1"))
    assert int(refusal.value.code) == 0x08
    await soon(client.disconnect())


async def test_every_write_to_one_value_is_seen(bare: Bare) -> None:
    client = await bare.connect()
    seen: list[bytes] = []

    def keep(event: int, data: Any) -> None:
        if event == 3:
            seen.append(bare.ble.gatts_read(data[1]))

    bare.ble.irq(keep)
    for i in range(5):
        await soon(client.write_gatt_char("fff1", bytes([i]), response=True))
    assert seen == []  # the virtual clock has not moved
    bare.clock.run_until(bare.clock.now + 1)
    assert seen == [bytes([i]) for i in range(5)]
    await soon(client.disconnect())


async def test_buffers_cut_and_append(bare: Bare) -> None:
    client = await bare.connect()
    bare.ble.gatts_set_buffer(bare.append, 6, True)
    for part in (b"abc", b"defgh"):
        await soon(client.write_gatt_char("fff3", part, response=True))
    await soon(client.write_gatt_char("fff1", bytes(30), response=True))
    bare.clock.run_until(bare.clock.now + 1)
    assert bare.ble.gatts_read(bare.append) == b"abcdef"
    assert bare.ble.gatts_read(bare.append) == b""
    assert len(bare.ble.gatts_read(bare.open)) == 20
    await soon(client.disconnect())


async def test_encrypted_values_and_their_cccd_refuse_a_link_in_clear(bare: Bare) -> None:
    client = await bare.connect(auto_pair=False)
    connection = bare.data_of(1)[0]
    got: list[bytes] = []
    steps = (
        lambda: client.read_gatt_char("fff2"),
        lambda: client.start_notify("fff2", lambda _, data: got.append(bytes(data))),
    )
    for step in steps:
        with pytest.raises(BleakGATTProtocolError) as refusal:
            await soon(step())
        assert int(refusal.value.code) == 0x0F
    bare.ble.gatts_notify(connection, bare.secret, b"secret")
    bare.ble.gatts_write(bare.secret, b"secret", True)
    await soon(bare.radio.drained())
    await soon(client.pair())
    assert (await bare.happened(28))[:2] == (connection, True)
    assert got == []
    await soon(steps[1]())
    bare.ble.gatts_notify(connection, bare.secret)
    await soon(bare.radio.drained())
    await soon(client.read_gatt_char("fff2"))  # what was notified before this answer has arrived
    assert got == [b"secret"]
    await soon(client.disconnect())


async def test_what_is_only_notified_cannot_be_read(bare: Bare) -> None:
    client = await bare.connect()
    with pytest.raises(BleakGATTProtocolError) as refusal:
        await soon(client.read_gatt_char("fff3"))
    assert int(refusal.value.code) == 0x02
    await soon(client.disconnect())


async def test_what_no_peer_may_write_is_refused_and_changes_nothing(
    bare: Bare, caplog: pytest.LogCaptureFixture
) -> None:
    client = await bare.connect(auto_pair=False)
    assert bare.radio.stack is not None
    attributes = bare.radio.stack.device.gatt_server.attributes
    before = [str(attribute) for attribute in attributes]
    backend: Any = client._backend
    connection = backend._connection
    refused: dict[int, list[int]] = {}
    for attribute in attributes:
        answers = refused.setdefault(attribute.handle, [])
        for request in (
            att.ATT_Write_Request(attribute_handle=attribute.handle, attribute_value=b"\1\0"),
            att.ATT_Prepare_Write_Request(
                attribute_handle=attribute.handle, value_offset=0, part_attribute_value=b"\1\0"
            ),
        ):
            answer = await soon(connection.gatt_client.send_request(request))
            answers.append(getattr(answer, "error_code", 0))
        command = att.ATT_Write_Command(attribute_handle=attribute.handle, attribute_value=b"\2\0")
        if answers[0]:
            await soon(connection.gatt_client.send_command(command))
    await soon(connection.gatt_client.send_request(att.ATT_Execute_Write_Request(flags=0)))
    writable = {handle for handle, answers in refused.items() if answers[0] == 0}
    assert {bare.open, bare.append} <= writable
    assert bare.secret not in writable
    assert all(answers[0] in (0, 0x03, 0x0F) for answers in refused.values())
    assert all(answers[0] == answers[1] for answers in refused.values() if answers[0])
    declarations = [a.handle for a in attributes if a.type in (UUID.from_16_bits(0x2800), UUID.from_16_bits(0x2803))]
    assert declarations
    assert all(refused[handle] == [0x03, 0x03] for handle in declarations)
    assert [str(attribute) for attribute in attributes] == before
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    await soon(client.disconnect())


async def test_full_queue_is_enomem_and_nothing_is_lost(bare: Bare) -> None:
    client = await bare.connect()
    connection = bare.data_of(1)[0]
    got: list[int] = []
    await soon(client.start_notify("fff1", lambda _, data: got.append(int.from_bytes(data, "little"))))
    number, refusals, burst = 0, 0, 0
    while number < 500:
        try:
            bare.ble.gatts_notify(connection, bare.open, number.to_bytes(2, "little"))
            number += 1
            burst += 1
        except OSError as full:
            assert full.errno == 12
            assert burst <= MOST_QUEUED
            refusals += 1
            burst = 0
            await soon(bare.radio.drained())
    await soon(bare.radio.drained())
    await soon(client.read_gatt_char("fff1"))
    assert got == list(range(500))
    assert refusals >= 500 // MOST_QUEUED - 1
    await soon(client.disconnect())


async def test_encrypted_notifications_go_to_subscribers_only(bare: Bare) -> None:
    client = await bare.connect()
    for _ in range(3 * MOST_QUEUED):  # nothing is queued for who did not ask, so nothing is full
        bare.ble.gatts_notify(bare.data_of(1)[0], bare.secret, b"x")
    for _ in range(MOST_QUEUED):  # what is open goes to whoever is there
        bare.ble.gatts_notify(bare.data_of(1)[0], bare.open, b"x")
    with pytest.raises(OSError, match="12"):
        bare.ble.gatts_notify(bare.data_of(1)[0], bare.open, b"x")
    await soon(client.disconnect())


async def test_indication_is_confirmed(bare: Bare) -> None:
    client = await bare.connect()
    connection = bare.data_of(1)[0]
    got: list[bytes] = []
    await soon(client.start_notify("fff4", lambda _, data: got.append(bytes(data))))
    bare.ble.gatts_indicate(connection, bare.indicated, b"urgent")
    assert await bare.happened(20) == (connection, bare.indicated, 0)
    assert got == [b"urgent"]
    await soon(client.disconnect())


async def test_reset_takes_the_link_and_the_firmware_starts_anew(bare: Bare) -> None:
    client = await bare.connect()
    bare.mcu.reset()
    await soon(holds(lambda: not client.is_connected))
    bare.ble = bare.bluetooth.BLE()
    assert bare.ble.active() is False
    bare.events.clear()
    bare.register()
    bare.ble.gap_advertise(20_000, NAME)
    again = await bare.connect()
    assert again.is_connected
    await soon(again.disconnect())


async def test_a_handler_that_fails_fails_on_the_virtual_clock(bare: Bare) -> None:
    def fail(_event: int, _data: Any) -> None:
        raise RuntimeError("bug in the firmware")

    client = await bare.connect()
    bare.ble.irq(fail)
    assert await soon(client.read_gatt_char("fff1")) == b""
    with pytest.raises(RuntimeError, match="bug in the firmware"):
        bare.clock.run_until(bare.clock.now + 1)
    await soon(client.disconnect())


def test_uuids(bare_module: Any) -> None:
    uuid = bare_module.UUID
    assert bytes(uuid(0x180D)) == b"\x0d\x18"
    assert uuid(b"\x0d\x18") == uuid(0x180D) == uuid("180D")
    long = "5f1c0001-7a4e-4d0c-9c52-0b5b6a2e6b10"
    assert bytes(uuid(long)) == bytes.fromhex(long.replace("-", ""))[::-1]
    assert repr(uuid(long)) == f"UUID('{long}')"


@pytest.fixture
async def bare_module() -> Any:
    server = await soon(AirServer.start())
    module = Bare(server).bluetooth
    await soon(server.close())
    return module
