"""The firmware's BLE half: links, standard services, bonds, and what it does not send."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakScanner
from bleak.exc import BleakError, BleakGATTProtocolError

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.result import Measure
from firmware_sim.firmware.services.ble.bonds import FILE, MOST_BONDS, Bonds
from firmware_sim.firmware.services.ble.irq import Radio
from firmware_sim.firmware.services.ble.peripheral import CENTRALS, ENCRYPT_S
from firmware_sim.testing.ble_rig import REPLY, REQUEST, RESULTS, SAMPLES, Storage, band, collect, soon
from host_sdk.errors import ConnectError
from host_sdk.transports.ble import BleTransport
from host_sdk.transports.sim_ble import virtual_backend
from host_sdk.virtual_radio import scanner_backend

_CENTRAL_CONNECT = 1
_READ_REQUEST = 4
_GET_SECRET = 29
_SET_SECRET = 30
_READ_NOT_PERMITTED = 2
_SCAN_RESULT = 5


class FakeBle:
    """The part of bluetooth.BLE that a radio is switched on with."""

    def irq(self, interrupt: Callable[[int, object], Any]) -> None:
        self.interrupt = interrupt

    def active(self, on: bool) -> None:
        self.on = on

    def config(self, **values: object) -> None:
        self.values = values


async def test_requests_come_in_and_frames_leave_by_their_characteristic() -> None:
    async with band() as device, device.client(await device.find()) as client:
        replies, samples, results = [await collect(client, uuid) for uuid in (REPLY, SAMPLES, RESULTS)]
        await soon(client.write_gatt_char(REQUEST, bytes([wire.MSG_GET_INFO, 7, 0, 1]), response=True))
        assert await soon(replies.get()) == bytes([wire.MSG_ACK, 7, 0, 1])
        link = device.busy[0]
        assert link.receiver.frames == [bytes([wire.MSG_GET_INFO, 7, 0, 1])]
        results_kinds = [wire.MSG_BEAT, wire.MSG_READING, wire.MSG_RHYTHM, wire.MSG_EVENT]
        for kind in (wire.MSG_SAMPLES, *results_kinds, wire.MSG_STATUS):
            assert link.send(bytearray([kind, 0, 0]), 3)
        assert await soon(samples.get()) == bytes([wire.MSG_SAMPLES, 0, 0])
        kinds = [(await soon(results.get()))[0] for _ in range(4)]
        assert kinds == results_kinds
        assert (await soon(replies.get()))[0] == wire.MSG_STATUS


async def test_limit_follows_the_mtu_and_longer_frames_do_not_block() -> None:
    async with band() as device, device.client(await device.find()) as client:
        replies = await collect(client, REPLY)
        link = device.busy[0]
        assert link.limit == client.mtu_size - 3 == 244
        assert link.send(bytearray(300), 245)
        assert link.send(bytearray([9]) + bytes(243), 244)
        assert len(await soon(replies.get())) == 244
        assert link.bad_frames == 1


async def test_an_unencrypted_link_is_not_up_and_gets_no_health_data() -> None:
    async with band() as device, device.client(await device.find(), auto_pair=False) as client:
        for uuid in ("2a37", "2a5e", "2a5f", REPLY, SAMPLES, RESULTS, "2a2b"):
            with pytest.raises(BleakGATTProtocolError) as refusal:
                await soon(client.start_notify(uuid, lambda *_: None))
            assert int(refusal.value.code) == 0x0F
        for uuid in ("2a25", "2a2b"):
            with pytest.raises(BleakGATTProtocolError):
                await soon(client.read_gatt_char(uuid))
        with pytest.raises(BleakGATTProtocolError):
            await soon(client.write_gatt_char(REQUEST, b"\x40\x00\x00\x01", response=True))
        link = device.busy[0]
        assert not link.up
        assert not link.send(bytearray([9, 0, 0]), 3)
        assert link.receiver.frames == []
        assert await soon(client.read_gatt_char("2a29")) == b"maker"


async def test_centrals_that_do_not_encrypt_make_room_after_40_s(tmp_path: Path) -> None:
    async with band() as device:
        found = await device.find()
        honest = device.client(found, bonds=tmp_path / "honest")
        await soon(honest.connect())
        await soon(honest.pair())
        strangers = [device.client(found, auto_pair=False, bonds=tmp_path / str(i)) for i in range(CENTRALS - 1)]
        for stranger in strangers:
            await soon(stranger.connect())
        await device.until(partial(device.serves, CENTRALS))
        for _ in range(ENCRYPT_S):
            device.report()
        await soon(strangers[0].read_gatt_char("2a29"))
        assert all(stranger.is_connected for stranger in strangers)
        device.report()
        await device.until(partial(device.serves, 1))
        await device.until(lambda: not any(stranger.is_connected for stranger in strangers))
        assert honest.is_connected
        await soon(strangers[0].connect())  # while there is room, it may stay
        await device.until(partial(device.serves, 2))
        for _ in range(3 * ENCRYPT_S):
            device.report()
        assert await soon(strangers[0].read_gatt_char("2a29"))
        await soon(strangers[1].connect())
        await device.until(partial(device.serves, CENTRALS))
        device.report()
        await device.until(partial(device.serves, CENTRALS - 1))
        assert (honest.is_connected, strangers[1].is_connected) == (True, True)
        await soon(strangers[1].disconnect())
        await soon(honest.disconnect())


async def test_standard_services_notify_measurements() -> None:
    async with band() as device, device.client(await device.find()) as client:
        rates, lights, levels = [await collect(client, uuid) for uuid in ("2a37", "2a5f", "2a19")]
        device.report()  # nothing is known yet
        assert rates.empty()
        nothing_yet = struct.pack("<BHHHHB", 0x0C, 0x07FF, 0x07FF, 1 << 13, 1 << 9, 0)
        assert await soon(lights.get()) == nothing_yet
        device.vitals.beat(5_000_000, 990)
        device.vitals.beat(6_000_000, 1000)
        for kind, value in (
            (wire.READING_KIND_PULSE_RATE, 604),
            (wire.READING_KIND_SPO2, 972),
            (wire.READING_KIND_PERFUSION_INDEX, 150),
            (wire.READING_KIND_BATTERY, 876),
        ):
            device.measured(kind, value)
        device.report()
        for permille in (879, 870):
            device.measured(wire.READING_KIND_BATTERY, permille)
            device.report()
        assert struct.unpack("<BBHH", await soon(rates.get())) == (0x16, 60, 1014, 1024)
        assert struct.unpack("<BHHH", await soon(lights.get())) == (0x10, 0xF3CC, 0xF25C, 0xE096)
        assert [await soon(levels.get()) for _ in range(2)] == [bytes([88]), bytes([87])]
        assert await soon(client.read_gatt_char("2a19")) == bytes([87])
        assert await soon(client.read_gatt_char("2a38")) == b"\x01"
        assert await soon(client.read_gatt_char("2a26")) == b"1.2.3"
        assert (await soon(client.read_gatt_char("2a25"))).decode() == device.mcu.unique_id.hex()


async def test_heart_rate_says_that_contact_is_lost_and_nothing_while_there_is_no_beat() -> None:
    async with band() as device, device.client(await device.find()) as client:
        rates = await collect(client, "2a37")
        device.vitals.beat(1_000_000, 1000)
        device.report()
        assert (await soon(rates.get()))[:2] == bytes([0x16, 60])
        device.report()  # the last rate holds while beats may come late
        assert await soon(rates.get()) == bytes([0x06, 60])
        device.vitals.beat_us[0] = -8_000_000
        device.report()
        device.vitals.contact[0] = 0
        device.report()
        assert await soon(rates.get()) == bytes([0x04, 0])
        assert rates.empty()


async def test_heart_rate_is_notified_again_with_the_first_interval_after_a_sensor_fault() -> None:
    async with band() as device, device.client(await device.find()) as client:
        rates = await collect(client, "2a37")
        device.vitals.beat(1_000_000, 1000)
        device.report()
        assert (await soon(rates.get()))[:2] == bytes([0x16, 60])
        fault = Measure()
        fault.refuse(wire.REASON_SENSOR_FAULT)
        device.vitals.put(wire.READING_KIND_HEART_RATE, 2_000_000, fault)
        device.report()
        device.vitals.beat(5_000_000, None)
        device.report()
        assert rates.empty()
        device.vitals.beat(5_800_000, 800)
        device.report()
        assert struct.unpack("<BBH", await soon(rates.get())) == (0x16, 75, 819)


async def test_heart_rate_is_silent_in_a_standstill_and_its_interval_is_no_rate() -> None:
    async with band() as device, device.client(await device.find()) as client:
        rates = await collect(client, "2a37")
        device.vitals.beat(1_000_000, 1000)
        device.vitals.stand_still(900_000)  # of before the beat
        device.report()
        assert (await soon(rates.get()))[:2] == bytes([0x16, 60])
        device.vitals.stand_still(4_000_000)
        device.report()
        device.vitals.beat(9_000_000, 8000)
        device.report()
        assert rates.empty()
        device.vitals.beat(9_800_000, 800)
        device.report()
        assert struct.unpack("<BBH", await soon(rates.get())) == (0x16, 75, 819)


async def test_without_contact_of_the_ecg_the_pulse_is_the_heart_rate_as_far_as_it_is_good() -> None:
    async with band() as device, device.client(await device.find()) as client:
        rates = await collect(client, "2a37")
        device.vitals.beat(1_000_000, 1000)
        device.measured(wire.READING_KIND_PULSE_RATE, 733)
        device.report()
        assert (await soon(rates.get()))[:2] == bytes([0x16, 60])
        device.vitals.contact[wire.STREAM_ECG] = 0
        device.report()
        assert await soon(rates.get()) == bytes([0x06, 73])
        device.measured(wire.READING_KIND_PULSE_RATE, 733, quality=30)  # in doubt
        device.report()
        assert await soon(rates.get()) == bytes([0x04, 0])
        device.measured(wire.READING_KIND_PULSE_RATE, 733, quality=31)
        device.report()
        assert await soon(rates.get()) == bytes([0x06, 73])
        device.measured(wire.READING_KIND_PULSE_RATE, 733, quality=0)
        device.report()
        assert await soon(rates.get()) == bytes([0x04, 0])
        device.measured(wire.READING_KIND_PULSE_RATE, 733)
        device.vitals.contact[wire.STREAM_ECG] = 1
        device.vitals.stand_still(4_000_000)
        device.report()  # a heart that stands still has no rate, whatever light makes of it
        assert rates.empty()


async def test_a_device_of_light_alone_has_the_heart_rate_service_with_its_contact() -> None:
    async with band(sensors=("ppg",)) as device, device.client(await device.find()) as client:
        assert {"180d", "1822"} <= {service.uuid[4:8] for service in client.services}
        rates = await collect(client, "2a37")
        device.report()  # worn, and no rate yet
        device.measured(wire.READING_KIND_PULSE_RATE, 1610, quality=30, reason=wire.REASON_NO_PULSE_WAVE)
        device.report()  # nor one that is not in doubt
        device.measured(wire.READING_KIND_PULSE_RATE, 598)
        device.report()
        assert await soon(rates.get()) == bytes([0x06, 60])
        device.vitals.contact[wire.STREAM_PPG] = 0
        fault = Measure()
        fault.refuse(wire.REASON_NOT_WORN)
        device.vitals.put(wire.READING_KIND_PULSE_RATE, 2_000_000, fault)
        device.report()
        assert await soon(rates.get()) == bytes([0x04, 0])
        assert rates.empty()


@pytest.mark.parametrize("kind", [wire.READING_KIND_SPO2, wire.READING_KIND_PULSE_RATE])
@pytest.mark.parametrize(("quality", "questionable"), [(5, True), (30, True), (31, False), (90, False)])
async def test_an_uncertain_number_is_questionable_without_a_reason_too(
    kind: int, quality: int, questionable: bool
) -> None:
    async with band(sensors=("ppg",)) as device, device.client(await device.find()) as client:
        measurements = await collect(client, "2a5f")
        for one in (wire.READING_KIND_SPO2, wire.READING_KIND_PULSE_RATE):
            device.measured(one, 881, quality=quality if one == kind else 90)
        device.report()
        value = await soon(measurements.get())
        assert value[1:5] == struct.pack("<HH", 0xF371, 0xF371)
        status = struct.unpack_from("<HBBB", value, 5) if value[0] & 0x0C else None
        assert status == ((1 << 14, 1 << 4, 0, 0) if questionable else None)


@pytest.mark.parametrize("worse", [(100, wire.REASON_MOTION), (49, 0)])
async def test_a_spot_check_is_indicated_after_10_good_seconds_and_each_minute_of_them(worse: tuple[int, int]) -> None:
    async with band() as device, device.client(await device.find()) as client:
        checks, measurements = await collect(client, "2a5e"), await collect(client, "2a5f")
        device.measured(wire.READING_KIND_PULSE_RATE, 604)
        for second in range(100):
            device.measured(wire.READING_KIND_SPO2, 972, *(worse if second == 20 else (100, 0)))
            device.report()
            await soon(measurements.get())  # what came before it has come, too
            if second not in (9, 30, 90):
                assert checks.empty()
            else:
                assert await soon(checks.get()) == struct.pack("<BHH", 0x10, 0xF3CC, 0xF25C)
        assert checks.empty()


async def test_a_spot_check_has_the_time_of_a_clock_that_was_set() -> None:
    async with band() as device, device.client(await device.find()) as client:
        checks = await collect(client, "2a5e")
        assert device.device_clock.set((2026, 8, 31, 0, 12, 30, 15, 0))
        device.measured(wire.READING_KIND_PULSE_RATE, 604)
        device.measured(wire.READING_KIND_SPO2, 972)
        for _ in range(10):
            device.report()
        value = await soon(checks.get())
        assert (value[0], struct.unpack_from("<HBBBB", value, 5)) == (0x01, (2026, 8, 31, 12, 30))


async def test_a_device_without_ppg_sensor_has_no_pulse_oximeter_service() -> None:
    async with band() as device, device.client(await device.find()) as client:
        lights, rates = [await collect(client, uuid) for uuid in ("2a5f", "2a37")]
        device.vitals.fitted[wire.STREAM_PPG] = 0
        device.vitals.contact[wire.STREAM_ECG] = 0
        device.report()
        assert await soon(rates.get())
        assert lights.empty()


async def test_a_central_half_gets_its_events_beside_the_peripheral() -> None:
    received = []
    async with band() as device:
        device.stack.register((_CENTRAL_CONNECT, _SCAN_RESULT), lambda event, data: received.append(event))
        async with device.client(await device.find()) as client:
            assert await soon(client.read_gatt_char("2a25"))
        assert received == [_CENTRAL_CONNECT]


async def test_reads_that_the_peripheral_does_not_serve_are_left_to_other_handlers() -> None:
    async with band() as device, device.client(await device.find()) as client:
        assert await soon(client.read_gatt_char("2a24")) == b"model"
        device.stack.register((_READ_REQUEST,), lambda event, data: _READ_NOT_PERMITTED)
        assert len(await soon(client.read_gatt_char("2a2b"))) == 10
        with pytest.raises(BleakGATTProtocolError):
            await soon(client.read_gatt_char("2a24"))


def test_keys_are_the_radios_with_whichever_half_of_ble() -> None:
    storage = Storage()
    radio = Radio(FakeBle(), bytes, storage)
    radio.start("name")
    assert radio.ble.interrupt(_SET_SECRET, (1, memoryview(b"key"), memoryview(b"value"))) is True
    assert FILE not in storage
    radio.poll()
    assert FILE in storage
    after = Radio(FakeBle(), bytes, storage)
    after.start("name")
    assert after.ble.interrupt(_GET_SECRET, (1, 0, memoryview(b"key"))) == b"value"
    assert after.ble.interrupt(_GET_SECRET, (1, 0, None)) == b"value"
    assert after.ble.interrupt(_SET_SECRET, (1, memoryview(b"key"), None)) is True
    assert after.ble.interrupt(_GET_SECRET, (1, 0, None)) is None


def test_a_radio_polls_its_halves_only_when_something_happened() -> None:
    radio = Radio(FakeBle(), bytes, Storage())
    radio.start("name")
    polled = []
    radio.on_poll(lambda: polled.append("first"))
    radio.on_poll(lambda: polled.append("second"))
    radio.poll()
    assert polled == []
    radio.ble.interrupt(_SCAN_RESULT, ())
    radio.poll()
    radio.poll()
    assert polled == ["first", "second"]


def test_the_first_handler_that_returns_a_value_decides() -> None:
    radio = Radio(FakeBle(), bytes, Storage())
    called = []

    def answering(name: str, answer: int | None) -> Callable[[int, object], int | None]:
        def handler(event: int, data: object) -> int | None:
            called.append((name, event, data))
            return answer

        return handler

    radio.register((4,), answering("first", None))
    radio.register((4, 5), answering("second", 0))
    radio.register((4,), answering("third", 7))
    radio.start("name")
    assert radio.ble.interrupt(4, (1, 2)) == 0
    assert radio.ble.interrupt(6, ()) is None
    assert called == [("first", 4, (1, 2)), ("second", 4, (1, 2))]


async def test_clock_is_read_set_and_notified_to_others(tmp_path: Path) -> None:
    async with band() as device:
        found = await device.find()
        async with device.client(found) as setter, device.client(found, bonds=tmp_path / "other") as other:
            notified = await collect(other, "2a2b")
            assert (await soon(setter.read_gatt_char("2a2b")))[:2] == bytes(2)
            await soon(setter.write_gatt_char("2a2b", bytes([0xEA, 7, 2, 31, 0, 0, 0, 0, 0, 0]), response=True))
            await soon(setter.write_gatt_char("2a2b", bytes([0xEA, 7, 8, 31, 12, 30, 0, 0, 0, 0]), response=True))
            value = await soon(notified.get())
            assert (value[:6], value[9]) == (bytes([0xEA, 7, 8, 31, 12, 30]), 1)
            assert device.rtc.datetime()[:6] == (2026, 8, 31, 0, 12, 30)
            assert (await soon(setter.read_gatt_char("2a2b")))[:6] == value[:6]
            assert notified.empty()


@pytest.mark.parametrize("year", [1600, 2000, 2100, 9999])
async def test_a_year_outside_the_clock_s_range_is_refused_and_changes_nothing(tmp_path: Path, year: int) -> None:
    async with band() as device:
        found = await device.find()
        async with device.client(found) as setter, device.client(found, bonds=tmp_path / "other") as other:
            notified = await collect(other, "2a2b")
            good = struct.pack("<HBBBBBBBB", 2026, 12, 31, 23, 59, 58, 0, 0, 0)
            await soon(setter.write_gatt_char("2a2b", good, response=True))
            await soon(notified.get())
            bad = struct.pack("<HBBBBBBBB", year, 2, 3, 4, 5, 6, 0, 0, 0)
            await soon(setter.write_gatt_char("2a2b", bad, response=True))
            assert (await soon(setter.read_gatt_char("2a2b")))[:4] in (good[:4], b"\xeb\x07\x01\x01")
            assert notified.empty()


async def test_a_time_set_by_cable_is_notified_to_every_central() -> None:
    async with band() as device, device.client(await device.find()) as client:
        notified = await collect(client, "2a2b")
        assert device.device_clock.set_unix_ms(1_700_000_000_000)
        value = await soon(notified.get())
        assert (value[:4], value[9]) == (struct.pack("<HBB", 2023, 11, 14), 1)


async def test_it_advertises_while_there_is_room(tmp_path: Path) -> None:
    async with band() as device:
        found = await device.find()
        clients = [device.client(found, bonds=tmp_path / str(i)) for i in range(CENTRALS)]
        for i, client in enumerate(clients):
            await soon(client.connect())
            await device.until(partial(device.serves, i + 1))
        backend = scanner_backend(device.server.address)
        assert await soon(BleakScanner.discover(0.3, backend=backend)) == []
        fourth = BleTransport("", backend=virtual_backend(device.server.address), scan_timeout_s=0.3)
        with pytest.raises(ConnectError, match="connected to as many hosts as it has room for"):
            await soon(fourth.open(lambda _frame: None, lambda _error: None))
        replies = [await collect(client, REPLY) for client in clients]
        for i, client in enumerate(clients):
            await soon(client.write_gatt_char(REQUEST, bytes([0x42, i, 0]), response=True))
        assert [(await soon(queue.get()))[1] for queue in replies] == [0, 1, 2]
        await soon(clients[1].disconnect())
        assert await device.find()
        assert [link.receiver.downs for link in device.peripheral.links] == [0, 1, 0]  # type: ignore[attr-defined]
        for client in (clients[0], clients[2]):
            await soon(client.disconnect())


async def test_bond_is_kept_in_storage_and_used_after_restart() -> None:
    storage = Storage()
    async with band(storage=storage) as device:
        async with device.client(await device.find()) as client:
            await soon(client.pair())
            await device.until(lambda: FILE in storage)
        device.mcu.reset()
        device.boot()
        async with device.client(await device.find(), auto_pair=False) as client:
            # encrypted by the bond right after connecting, without pairing
            assert await soon(client.read_gatt_char("2a25"))
            assert device.busy[0].up


async def test_a_bond_that_the_device_forgot_is_made_anew() -> None:
    storage = Storage()
    async with band(storage=storage) as device:
        found = await device.find()
        async with device.client(found) as client:
            await soon(client.pair())
            await device.until(lambda: FILE in storage)
        storage.clear()
        device.mcu.reset()
        device.boot()
        async with device.client(await device.find()) as client:
            assert await soon(client.read_gatt_char("2a25"))
            await device.until(lambda: FILE in storage)


async def test_flood_of_requests_is_counted_and_the_rest_is_answered() -> None:
    async with band() as device, device.client(await device.find()) as client:
        replies = await collect(client, REPLY)
        link = device.busy[0]
        for i in range(40):
            link.request_written(bytes([0x42, i, 0]))
        link.request_written(bytes(65))
        assert link.bad_frames == 33
        answers = [(await soon(replies.get()))[1] for _ in range(8)]
        assert answers == list(range(8))


async def test_a_request_that_is_too_long_is_counted_and_is_no_request() -> None:
    async with band() as device, device.client(await device.find()) as client:
        await soon(client.pair())
        link = device.busy[0]
        for more in (1, 9):  # what fits the stack's buffer, and what it cuts
            value = bytes([wire.MSG_SET_TIME]) + bytes(wire.LONGEST_REQUEST - 1 + more)
            await soon(client.write_gatt_char(REQUEST, value, response=True))
        await device.until(lambda: link.bad_frames == 2)
        assert link.receiver.frames == []


async def test_a_central_whose_management_is_out_of_step_is_disconnected_and_may_come_again() -> None:
    async with band() as device:
        found = await device.find()
        client = device.client(found)
        await soon(client.connect())
        await soon(client.pair())
        link = device.busy[0]
        await device.until(lambda: link.up)
        link.smp_written(bytes((0x0A, 0, 0, 4)) + bytes(20))
        for _ in range(202):  # 4 s, 20 ms each, in which it is never silent
            link.smp_written(bytes(8))
            link._smp.poll(link)
        await device.until(lambda: device.serves(0) and link.free)
        assert not client.is_connected
        async with device.client(found) as again:
            await soon(again.pair())
            await device.until(lambda: device.busy[0].up)
            assert (device.busy[0], link.smp_rest) == (link, 0)


async def test_disconnect_between_polls_ends_the_session_once() -> None:
    async with band() as device:
        client = device.client(await device.find())
        await soon(client.connect())
        await soon(client.pair())
        link = device.busy[0]
        await device.until(lambda: link.up)
        await soon(client.disconnect())
        await device.until(lambda: link.receiver.downs == 1)
        assert not link.send(bytearray([9, 0, 0]), 3)
        with pytest.raises(BleakError):
            await soon(client.read_gatt_char("2a29"))


def test_bonds_survive_and_the_oldest_gives_way() -> None:
    storage = Storage()
    bonds = Bonds(storage)
    for i in range(MOST_BONDS + 2):
        assert bonds.set(2, bytes([i]), b"secret %d" % i)
    bonds.save()
    again = Bonds(storage)
    assert again.get(2, 0, bytes([0])) is None
    assert again.get(2, 0, bytes([2])) == b"secret 2"
    assert again.get(2, MOST_BONDS - 1, None) == b"secret %d" % (MOST_BONDS + 1)
    assert again.get(2, MOST_BONDS, None) is None
    assert again.get(1, 0, None) is None


def test_forgetting_a_bond() -> None:
    bonds = Bonds(Storage())
    bonds.set(2, b"peer", b"secret")
    assert bonds.set(2, b"peer", None)
    assert not bonds.set(2, b"peer", None)
    assert bonds.get(2, 0, b"peer") is None


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 6, 12])
def test_a_file_cut_short_keeps_the_bonds_before(cut: int) -> None:
    storage = Storage()
    bonds = Bonds(storage)
    bonds.set(2, b"one", b"first")
    bonds.set(2, b"two", b"second")
    bonds.save()
    storage[FILE] = storage[FILE][: 12 + cut]
    again = Bonds(storage)
    assert again.get(2, 0, b"one") == b"first"
    assert again.get(2, 0, b"two") is None


def test_storage_that_fails_is_tried_again() -> None:
    class Full(Storage):
        full = True

        def put(self, name: str, data: bytes) -> None:
            if self.full:
                raise OSError(28, "full")
            super().put(name, data)

    storage = Full()
    bonds = Bonds(storage)
    bonds.set(2, b"peer", b"secret")
    bonds.save()
    assert FILE not in storage
    storage.full = False
    bonds.save()
    assert FILE in storage
