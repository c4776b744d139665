"""The central half of MicroPython's bluetooth: MicroPython's own tests of two devices, and what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from firmware_sim.mcu import Clock, Mcu, modules_of
from firmware_sim.mcu.bluetooth import UUID
from firmware_sim.mcu.radio import AirServer
from firmware_sim.mcu.radio.central import ATT_STATUS, NO_CONNECTION, NOT_CONNECTED
from firmware_sim.targets.qemu.guest.bridged.values import decode, encoded
from firmware_sim.targets.qemu.peripherals import _portable
from firmware_sim.testing import multi_bluetooth
from firmware_sim.testing.ble_rig import soon

SUITE = multi_bluetooth.suite()
OPEN, SECRET = 0xFFF1, 0xFFF2
READ, WRITE, NOTIFY, ENCRYPTED = 0x0002, 0x0008, 0x0010, 0x0200 | 0x1000
SCAN_RESULT, SCAN_DONE, CONNECTED, DISCONNECTED = 5, 6, 7, 8
SERVICE_RESULT, SERVICE_DONE, CHARACTERISTIC_RESULT, CHARACTERISTIC_DONE = 9, 10, 11, 12
READ_DONE, WRITE_DONE, NOTIFIED = 16, 17, 18
ENOTCONN, EALREADY = 107, 114


@pytest.mark.skipif(SUITE is None, reason="no source of MicroPython: run `make firmware`")
@pytest.mark.parametrize("script", multi_bluetooth.SCRIPTS)
def test_micropythons_own_test(script: str) -> None:
    assert SUITE is not None
    printed = asyncio.run(multi_bluetooth.run(SUITE / f"{script}.py"))
    assert printed.strip() == (SUITE / f"{script}.py.exp").read_text().strip()


class Device:
    """An MCU with a radio, and what its firmware's handler is called with."""

    def __init__(self, server: AirServer, seed: int) -> None:
        self.clock = Clock()
        self.radio = server.new_radio()
        self.mcu = Mcu(self.clock, seed=seed, radio=self.radio)
        self.bluetooth: Any = modules_of(self.mcu)["bluetooth"]
        self.events: list[tuple[int, Any]] = []
        self.start()

    def start(self) -> None:
        self.ble = self.bluetooth.BLE()
        self.ble.irq(lambda event, data: self.events.append((event, data)))
        self.ble.active(True)

    def data_of(self, event: int) -> list[Any]:
        return [data for kind, data in self.events if kind == event]


class Pair:
    """A central and a peripheral with an open and an encrypted characteristic."""

    def __init__(self, server: AirServer) -> None:
        self.central, self.peripheral = Device(server, 1), Device(server, 2)
        uuid = self.peripheral.bluetooth.UUID
        members = ((uuid(OPEN), READ | WRITE | NOTIFY), (uuid(SECRET), READ | NOTIFY | ENCRYPTED))
        ((self.open, self.secret),) = self.peripheral.ble.gatts_register_services(((uuid(0xFFF0), members),))

    @property
    def peer(self) -> tuple[int, bytes]:
        mac: tuple[int, bytes] = self.peripheral.ble.config("mac")
        return mac

    async def until(self, done: Callable[[], object]) -> None:
        """Let time pass until something is so."""

        async def wait() -> None:
            while not done():
                for device in (self.central, self.peripheral):
                    device.clock.run_until(device.clock.now + 1000)
                await asyncio.sleep(0.001)

        await soon(wait())

    async def event(self, event: int, count: int = 1) -> Any:
        """Data of the latest, once there are so many."""
        await self.until(lambda: len(self.central.data_of(event)) >= count)
        return self.central.data_of(event)[-1]

    async def connected(self) -> int:
        self.peripheral.ble.gap_advertise(20_000, b"\x02\x01\x06")
        self.central.ble.gap_connect(*self.peer)
        handle: int = (await self.event(CONNECTED))[0]
        return handle


def with_pair(play: Callable[[Pair], Awaitable[None]]) -> None:
    async def run() -> None:
        server = await AirServer.start()
        pair = Pair(server)
        try:
            for device in (pair.central, pair.peripheral):
                await device.radio.power_on()
            await play(pair)
        finally:
            for device in (pair.central, pair.peripheral):
                await device.radio.power_off()
            await server.close()

    asyncio.run(run())


def test_a_scan_reports_adverts_until_it_ends_or_is_stopped() -> None:
    async def play(pair: Pair) -> None:
        ble = pair.central.ble
        pair.peripheral.ble.gap_advertise(20_000, b"\x02\x01\x06", resp_data=b"\x03\x09ab")
        ble.gap_scan(200, 30_000, 30_000, True)
        await pair.event(SCAN_DONE)
        found = {(kind, address, event, data) for kind, address, event, _, data in pair.central.data_of(SCAN_RESULT)}
        assert found == {(*pair.peer, 0, b"\x02\x01\x06"), (*pair.peer, 4, b"\x03\x09ab")}
        ble.gap_scan(0, 30_000, 30_000)
        seen = len(pair.central.data_of(SCAN_RESULT))
        await pair.event(SCAN_RESULT, seen + 3)
        ble.gap_scan(None)
        await pair.event(SCAN_DONE, 2)
        seen = len(pair.central.data_of(SCAN_RESULT))
        await asyncio.sleep(0.1)
        await pair.until(lambda: True)
        assert len(pair.central.data_of(SCAN_RESULT)) == seen

    with_pair(play)


def test_nobody_there_is_a_disconnect_without_a_handle_and_only_one_is_waited_for() -> None:
    async def play(pair: Pair) -> None:
        ble = pair.central.ble
        ble.gap_connect(1, b"\xc0abcde", 100)
        with pytest.raises(OSError, match=str(EALREADY)):
            ble.gap_connect(*pair.peer)
        assert await pair.event(DISCONNECTED) == (NO_CONNECTION, 1, b"\xc0abcde")
        ble.gap_connect(1, b"\xc0abcde", 60_000)
        await pair.until(lambda: True)
        ble.gap_connect(None)
        assert await pair.event(DISCONNECTED, 2) == (NO_CONNECTION, 1, b"\xc0abcde")
        with pytest.raises(ValueError, match="addr"):
            ble.gap_connect(1, b"short")
        await pair.connected()

    with_pair(play)


def test_discovery_by_uuid_and_what_is_not_there() -> None:
    async def play(pair: Pair) -> None:
        handle, uuid = await pair.connected(), pair.central.bluetooth.UUID
        pair.central.ble.gattc_discover_services(handle, uuid(0xFFF0))
        assert await pair.event(SERVICE_DONE) == (handle, 0)
        ((_, start, end, found),) = pair.central.data_of(SERVICE_RESULT)
        assert found == uuid(0xFFF0)
        pair.central.ble.gattc_discover_characteristics(handle, start, end, uuid(SECRET))
        assert await pair.event(CHARACTERISTIC_DONE) == (handle, 0)
        ((_, last, value, properties, _),) = pair.central.data_of(CHARACTERISTIC_RESULT)
        assert (last, value, properties) == (end, pair.secret, READ | NOTIFY)
        pair.central.ble.gattc_discover_services(handle, uuid("00000000-1111-2222-3333-444444444444"))
        assert await pair.event(SERVICE_DONE, 2) == (handle, 0)
        assert len(pair.central.data_of(SERVICE_RESULT)) == 1

    with_pair(play)


def test_what_the_peer_refuses_has_its_status() -> None:
    async def play(pair: Pair) -> None:
        handle = await pair.connected()
        ble = pair.central.ble
        for value, status in ((pair.secret, 0x05), (0x7777, 0x01)):
            before = len(pair.central.data_of(READ_DONE))
            ble.gattc_read(handle, value)
            found = await pair.event(READ_DONE, before + 1)
            assert found[:2] == (handle, value)
            assert found[2] in (ATT_STATUS + status, ATT_STATUS + 0x0F)
        ble.gattc_write(handle, pair.secret, "x", 1)
        assert (await pair.event(WRITE_DONE))[2] == ATT_STATUS + 0x03

    with_pair(play)


def test_what_is_to_be_encrypted_is_not_notified_to_who_did_not_subscribe() -> None:
    async def play(pair: Pair) -> None:
        await pair.connected()
        await pair.until(lambda: pair.peripheral.data_of(1))
        theirs = pair.peripheral.data_of(1)[0][0]
        pair.peripheral.ble.gatts_notify(theirs, pair.secret, b"secret")
        pair.peripheral.ble.gatts_notify(theirs, pair.open, b"open")
        assert (await pair.event(NOTIFIED))[1:] == (pair.open, b"open")
        assert len(pair.central.data_of(NOTIFIED)) == 1

    with_pair(play)


def test_a_link_that_is_lost_ends_what_is_under_way_and_refuses_what_comes() -> None:
    async def play(pair: Pair) -> None:
        handle = await pair.connected()
        ble = pair.central.ble
        ble.gattc_read(handle, pair.open)
        pair.peripheral.radio.drop_links()
        assert (await pair.event(DISCONNECTED))[0] == handle
        assert (await pair.event(READ_DONE))[2] in (0, NOT_CONNECTED)
        calls: tuple[Callable[[], object], ...] = (
            lambda: ble.gattc_read(handle, 3),
            lambda: ble.gattc_write(handle, 3, b"x", 1),
            lambda: ble.gattc_discover_services(handle),
            lambda: ble.gattc_discover_characteristics(handle, 1, 9),
            lambda: ble.gattc_discover_descriptors(handle, 1, 9),
            lambda: ble.gattc_exchange_mtu(handle),
            lambda: ble.gap_pair(handle),
        )
        for call in calls:
            with pytest.raises(OSError, match=str(ENOTCONN)):
                call()

    with_pair(play)


def test_a_reset_in_the_midst_of_scan_and_connection_leaves_nothing_behind() -> None:
    async def play(pair: Pair) -> None:
        central = pair.central
        central.ble.gap_scan(0, 30_000, 30_000)
        central.ble.gap_connect(1, b"\xc0abcde", 60_000)
        await pair.until(lambda: True)
        central.ble.active(False)
        central.events.clear()
        central.start()
        await central.radio.power_on()
        await pair.connected()
        await pair.until(lambda: True)
        assert [kind for kind, _ in central.events if kind in (SCAN_RESULT, SCAN_DONE, DISCONNECTED)] == []

    with_pair(play)


def test_the_mtu_is_exchanged_once() -> None:
    async def play(pair: Pair) -> None:
        handle = await pair.connected()
        pair.central.ble.gattc_exchange_mtu(handle)
        assert await pair.event(21) == (handle, 256)
        with pytest.raises(OSError, match=str(EALREADY)):
            pair.central.ble.gattc_exchange_mtu(handle)

    with_pair(play)


@pytest.mark.parametrize("uuid", [UUID(0x2A37), UUID("00000000-1111-2222-3333-444444444444")])
def test_uuids_of_events_cross_the_bridge_to_an_emulated_core(uuid: UUID) -> None:
    data = (1, 65535, 7, 0x12, uuid)
    assert decode(bytes(encoded(_portable(data))), UUID) == data
    assert _portable((3, b"raw", None)) == (3, b"raw", None)
