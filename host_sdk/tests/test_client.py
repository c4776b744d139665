from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar

import pytest

from host_sdk import feed
from host_sdk import wire_gen as wire
from host_sdk.client import Client
from host_sdk.errors import ConnectError, ConnectionLost, ProtocolError, RequestRefused, ResponseTimeout, WrongUse
from host_sdk.models import Beat, Gap, Item, LinkError, LinkErrorKind, Reading, Rhythm, SampleBlock, Status
from host_sdk.transports.base import Frame
from host_sdk.wire_gen import ReadingKind, Reason, Results, Stream

from .fake_device import FakeDevice, FakeTransport, beat, ramp, reading

T = TypeVar("T")


async def soon(awaitable: Awaitable[T]) -> T:
    return await asyncio.wait_for(awaitable, 5)


async def connected(
    device: FakeDevice | None = None, timeout_s: float = 0.3
) -> tuple[Client, FakeTransport, list[Item]]:
    transport = FakeTransport(device)
    client = Client(transport, timeout_s=timeout_s, silence_s=0.2)
    items: list[Item] = []
    client.listen(items.append)
    await soon(client.connect())
    await soon(client.subscribe())
    return client, transport, items


def kinds(items: list[Item]) -> list[LinkErrorKind]:
    return [item.kind for item in items if isinstance(item, LinkError)]


async def test_handshake_describes_device_and_streams() -> None:
    client, transport, _ = await connected()
    assert (client.info.model, client.info.serial_number) == ("fake", "FAKE-0001")
    assert set(client.streams) == {Stream.ECG, Stream.PPG, Stream.ACCEL}
    assert client.streams[Stream.PPG].channels == ("RED", "IR")
    assert transport.device.subscribed == (0b111, 15)
    assert client.clock is not None
    await client.close()
    assert not transport.up


async def test_every_kind_of_result_in_its_unit() -> None:
    client, transport, items = await connected()
    transport.device.say(
        ramp(Stream.ECG, 0, 25),
        beat(1, 1000),
        reading(ReadingKind.PR, 1480, 5_000_000),
        reading(ReadingKind.SPO2, None, 5_000_000, Reason.MOTION),
        reading(ReadingKind.ACTIVITY, 3, 5_000_000),
        wire.Rhythm(5_000_000, 10_000, wire.RhythmFlags.LONG_QTC | wire.RhythmFlags.PAUSE, 12, 90, None, 18, None),
        wire.Event(1, 6_000_000, wire.EventKind.FALL, 2, 5_500),
        wire.Status(7_000_000, 7, 812, 3900, None, 125, 40, 0, 0, 0),
    )
    block, got, pr, spo2, activity, rhythm, event, status = items
    assert isinstance(block, SampleBlock)
    assert isinstance(got, Beat)
    assert (got.p_on, got.r, got.t_on, got.t_off) == (960, 1000, None, 1090)
    assert isinstance(pr, Reading)
    assert (pr.value, pr.reason) == (148.0, None)
    assert isinstance(spo2, Reading)
    assert (spo2.value, spo2.reason) == (None, Reason.MOTION)
    assert isinstance(activity, Reading)
    assert activity.choice is wire.Activity.WALKING
    assert isinstance(rhythm, Rhythm)
    assert rhythm.names == ["long_qtc", "pause"]
    assert getattr(event, "peak_g", None) == 5.5
    assert isinstance(status, Status)
    assert (status.battery_percent, status.cpu_percent, status.heap_free) == (81.2, 12.5, None)
    await client.close()


async def test_hostile_frames_are_reported_and_the_rest_goes_on() -> None:
    client, transport, items = await connected()
    device = transport.device
    device.emit(device.raw(0x3F, b"whatever"))
    device.emit(device.raw(wire.Beat.TYPE, b"short"))
    device.emit(device.raw(wire.Samples.TYPE, ramp(Stream.ECG, 0, 2).encode()[:-1]))
    device.emit(device.raw(wire.Samples.TYPE, b"\x63" + ramp(Stream.ECG, 0, 2).encode()[1:]))
    device.emit(device.raw(wire.Samples.TYPE, b"\x03" + ramp(Stream.ECG, 0, 2).encode()[1:]))
    device.emit(b"x")
    device.emit(bytes(5000))
    device.say(ramp(Stream.ECG, 0, 25))
    bad = LinkErrorKind.BAD_PAYLOAD
    unknown = LinkErrorKind.UNKNOWN_STREAM
    assert kinds(items) == [LinkErrorKind.UNKNOWN_TYPE, bad, bad, unknown, unknown]
    assert isinstance(items[-1], SampleBlock)
    assert (client.counters.truncated, client.counters.oversized) == (1, 1)
    await client.close()


async def test_a_newer_device_s_streams_numbers_and_bits_are_reported_once_and_the_rest_goes_on() -> None:
    client, transport, items = await connected()
    device = transport.device
    layout = wire.StreamInfo(Stream.ECG, 1, 3, wire.Unit.MV, 250_000, 48_081).encode()
    newer = reading(ReadingKind.SPO2, 970, 1_000_000).encode()
    for _ in range(3):
        device.emit(device.raw(wire.StreamInfo.TYPE, b"\x09" + layout[1:]))
        device.emit(device.raw(wire.Reading.TYPE, newer[:2] + b"\xfe" + newer[3:]))
        device.emit(device.raw(0x3E, b"newer"))
    assert kinds(items) == [LinkErrorKind.UNKNOWN_STREAM, LinkErrorKind.UNKNOWN_NUMBER, LinkErrorKind.UNKNOWN_TYPE]
    block = dataclasses.replace(ramp(Stream.ECG, 0, 25), status=wire.BlockStatus(0xFE))
    device.say(block, wire.Status(7_000_000, 0xFF07, None, None, None, None, 0, 0, 0, 0))
    taken, status = items[-2:]
    assert isinstance(taken, SampleBlock)
    assert (taken.no_contact, taken.saturated) == (False, True)
    assert isinstance(status, Status)
    assert status.sensors == {Stream.ECG, Stream.PPG, Stream.ACCEL}
    await client.close()


async def test_doubled_lost_and_reordered_frames() -> None:
    client, transport, items = await connected()
    frames = [transport.device.frame(ramp(Stream.ECG, 25 * n, 25, n)) for n in range(6)]
    for n in (0, 1, 1, 3, 2, 5):
        transport.device.emit(frames[n])
    firsts = [item.first_index for item in items if isinstance(item, SampleBlock)]
    assert firsts == [0, 25, 75, 50, 125]
    assert [gap.samples for gap in items if isinstance(gap, Gap)] == [25, 25]
    assert client.timelines[Stream.ECG].lost == 25
    assert (client.sequence.lost, client.sequence.doubled, client.sequence.reordered) == (1, 1, 1)
    await client.close()


async def test_a_wrong_version_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError, match="version 9"):
        await connected(FakeDevice(lambda raw: None, protocol=9))


async def test_a_wrong_version_with_another_layout_is_a_protocol_error() -> None:
    transport = FakeTransport()
    client = Client(transport, timeout_s=0.5)
    task = asyncio.ensure_future(client.connect())
    transport.device.deaf = 1
    await asyncio.sleep(0.02)
    transport.device.emit(transport.device.raw(wire.Info.TYPE, b"\x02 something new"))
    with pytest.raises(ProtocolError, match="version 2"):
        await soon(task)
    assert not transport.up


async def test_a_device_that_refuses_our_version() -> None:
    device = FakeDevice(lambda raw: None, refuse={wire.GetInfo.TYPE: wire.Error.UNSUPPORTED_VERSION})
    with pytest.raises(ProtocolError, match="refuses protocol version"):
        await connected(device)


async def test_a_refused_subscription() -> None:
    device = FakeDevice(lambda raw: None, refuse={wire.Subscribe.TYPE: wire.Error.MTU_TOO_SMALL})
    with pytest.raises(RequestRefused, match="mtu too small") as caught:
        await connected(device)
    assert caught.value.code == wire.Error.MTU_TOO_SMALL


async def test_lost_requests_are_repeated() -> None:
    client, _, _ = await connected(FakeDevice(lambda raw: None, deaf=1))
    assert client.info.model == "fake"
    await client.close()


async def test_a_request_is_repeated_with_its_number() -> None:
    client, transport, _ = await connected()
    received: list[bytes] = []
    receive = transport.device.receive

    def half_deaf(raw: bytes) -> None:
        received.append(raw)
        if len(received) == 3:
            receive(raw)

    transport.device.receive = half_deaf  # type: ignore[method-assign]
    await client.flush()
    assert len(received) == 3
    assert len(set(received)) == 1
    transport.device.receive = receive  # type: ignore[method-assign]
    await client.close()


async def test_silence_at_the_handshake_is_a_timeout() -> None:
    with pytest.raises(ResponseTimeout, match="GetInfo"):
        await connected(FakeDevice(lambda raw: None, deaf=100))


async def test_undescribed_streams_are_a_protocol_error() -> None:
    with pytest.raises(ProtocolError, match="accel, ppg"):
        await connected(FakeDevice(lambda raw: None, specs=FakeDevice(lambda raw: None).specs[:1]))


async def test_unreachable() -> None:
    with pytest.raises(ConnectError, match="not in reach"):
        await soon(Client(FakeTransport(unreachable=True)).connect())


async def test_items_end_with_the_loss_of_the_link() -> None:
    client, transport, _ = await connected()
    items = client.items()
    transport.device.say(beat(1, 1000))
    transport.break_link()
    assert isinstance(await soon(anext(items)), Beat)
    with pytest.raises(ConnectionLost, match="pulled out"):
        await soon(anext(items))
    with pytest.raises(ConnectionLost):
        await soon(client.sync_time())
    await client.close()


async def test_a_link_lost_while_a_question_waits() -> None:
    client, transport, _ = await connected()
    transport.device.deaf = 100
    question = asyncio.ensure_future(client.sync_time())
    await asyncio.sleep(0.01)
    transport.break_link()
    with pytest.raises(ConnectionLost):
        await soon(question)
    await client.close()


async def test_a_slow_reader_loses_the_oldest_with_a_report() -> None:
    client, transport, _ = await connected()
    items = client.items(limit=3)
    transport.device.say(*(beat(n, 1000 * n) for n in range(1, 6)))
    first = await soon(anext(items))
    assert isinstance(first, LinkError)
    assert first.kind is LinkErrorKind.OVERFLOW
    rest = [await soon(anext(items)) for _ in range(3)]
    assert [item.number for item in rest if isinstance(item, Beat)] == [3, 4, 5]
    await client.close()
    with pytest.raises(StopAsyncIteration):
        await soon(anext(items))


async def test_silence_is_reported_once_for_link_and_streams() -> None:
    client, transport, items = await connected()
    await asyncio.sleep(0.45)
    silent = [item.stream for item in items if isinstance(item, LinkError) and item.kind is LinkErrorKind.SILENT]
    assert set(silent) == {None, Stream.ECG, Stream.PPG, Stream.ACCEL}
    assert len(silent) == 4
    transport.device.say(ramp(Stream.ECG, 0, 1))
    await client.close()


async def test_subscribing_to_what_is_not_there() -> None:
    client, _, _ = await connected()
    with pytest.raises(ProtocolError, match="gyro"):
        await client.subscribe([Stream.GYRO])
    await client.close()


async def test_what_was_not_wanted_is_no_gap() -> None:
    client, transport, items = await connected()
    transport.device.say(ramp(Stream.ECG, 0, 25))
    await soon(client.subscribe([], Results.STATUS))
    await soon(client.subscribe([Stream.ECG]))
    transport.device.say(ramp(Stream.ECG, 5000, 25))
    assert not [item for item in items if isinstance(item, Gap)]
    await client.close()


async def test_close_ends_what_the_device_sends() -> None:
    client, transport, _ = await connected()
    assert transport.device.subscribed == (0b111, 15)
    await soon(client.close())
    assert transport.device.subscribed == (0, 0)


async def test_close_does_not_wait_for_a_device_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("host_sdk.client._GOODBYE_S", 0.05)
    client, transport, _ = await connected(timeout_s=6.0)
    transport.device.deaf = 1000
    await asyncio.wait_for(client.close(), 2)
    assert not transport.up


async def test_an_answer_of_the_start_before_says_nothing_of_this_one_s_clock() -> None:
    client, transport, _ = await connected()
    transport.device.deaf = 1
    question = asyncio.ensure_future(client.sync_time())
    await asyncio.sleep(0)
    client.session.rebase()
    with pytest.raises(ProtocolError):
        await soon(question)
    assert client.clock is None
    await client.close()


def test_texts_of_a_device_move_no_cursor() -> None:
    hostile = wire.Info(wire.PROTOCOL_VERSION, 1, 2, "mädel\x1b]0;x\x07", "\x9b31mred\n", "1.0\u202e")
    info = wire.Info.decode(hostile.encode())
    assert info == wire.Info(wire.PROTOCOL_VERSION, 1, 2, "mädel\ufffd]0;x\ufffd", "\ufffd31mred\ufffd", "1.0\ufffd")


async def test_bits_that_nobody_knows_leave_no_trace_in_memory() -> None:
    client, transport, items = await connected()
    before = len(wire.RhythmFlags._value2member_map_)
    flags = wire.RhythmFlags.PAUSE
    known = max(wire.RhythmFlags).bit_length()
    for bits in range(min(2000, 1 << (32 - known))):
        raw = bytearray(wire.Rhythm(5_000_000, 10_000, flags, 12, 90, None, 18, None).encode())
        at = raw.index(int(flags).to_bytes(4, "little"))
        raw[at : at + 4] = (int(flags) | bits << known).to_bytes(4, "little")
        transport.device.emit(transport.device.raw(wire.Rhythm.TYPE, bytes(raw)))
    assert {item.flags for item in items if isinstance(item, Rhythm)} == {flags}
    assert len(wire.RhythmFlags._value2member_map_) - before < 10
    await client.close()


async def test_items_of_a_client_that_nobody_connects_are_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "CONNECT_WITHIN_S", 0.1)
    client = Client(FakeTransport())
    items = client.items()
    with pytest.raises(WrongUse, match="not connected"):
        await soon(anext(items))


async def test_a_reader_may_be_there_before_the_connection() -> None:
    client = Client(FakeTransport())
    reading = asyncio.create_task(collected(client.items()))
    await asyncio.sleep(0.1)
    await soon(client.connect())
    await soon(client.close())
    assert await soon(reading) == []


async def collected(items: AsyncIterator[Item]) -> list[Item]:
    return [item async for item in items]


async def test_who_gives_up_waiting_for_an_item_misses_none() -> None:
    client, transport, _ = await connected()
    items = client.items()
    for number in range(1, 4):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(items), 0.02)
        transport.device.say(beat(number, 200 * number))
        assert isinstance(got := await soon(anext(items)), Beat)
        assert got.number == number
    await soon(client.close())
    with pytest.raises(StopAsyncIteration):
        await soon(anext(items))


async def test_two_that_wait_for_one_reader_get_an_item_each() -> None:
    client, transport, _ = await connected()
    items = client.items()
    waiting = [asyncio.ensure_future(anext(items)) for _ in range(2)]
    await asyncio.sleep(0)
    transport.device.say(beat(1, 200))
    await asyncio.sleep(0.01)
    transport.device.say(beat(2, 400))
    got = await soon(asyncio.gather(*waiting))
    assert [item.number for item in got if isinstance(item, Beat)] == [1, 2]
    await soon(client.close())


async def test_a_reader_of_a_client_that_was_closed_has_ended_though_it_is_connected_again() -> None:
    client, transport, _ = await connected()
    items = client.items()
    await soon(client.close())
    await soon(client.connect())
    await soon(client.subscribe())
    transport.device.say(beat(1, 200))
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await soon(anext(items))
    await soon(client.close())


async def test_what_another_program_left_on_the_cable_is_no_error_of_this_connection() -> None:
    device = FakeDevice(lambda raw: None)
    transport = Talkative(device)
    client = Client(transport, timeout_s=0.3, silence_s=5)
    items: list[Item] = []
    client.listen(items.append)
    await soon(client.connect())
    assert kinds(items) == []
    status = wire.BlockStatus(0)  # of a stream that the device does not have
    device.say(*(wire.Samples(Stream.GYRO, number, 5 * number, 0, status, bytes(30)) for number in range(2)))
    assert kinds(items) == [LinkErrorKind.UNKNOWN_STREAM]
    await soon(client.close())


class Talkative(FakeTransport):
    """A cable with a device at its end that goes on with what the program before this one wanted."""

    async def send(self, frame: Frame) -> None:
        self.device.say(ramp(Stream.ECG, 0, 25))
        await super().send(frame)
