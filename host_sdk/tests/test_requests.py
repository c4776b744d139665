"""Many requests at once, requests that are none, and clients that are closed or used where they should not be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any, TypeVar

import pytest

from host_sdk import wire_gen as wire
from host_sdk.client import Client
from host_sdk.errors import ConnectionLost, ResponseTimeout, StreamNotFound, WrongUse
from host_sdk.slots import Slots
from host_sdk.transports.base import Frame
from host_sdk.wire_gen import LogMode, Results, Sex, Stream

from .fake_device import FakeDevice, FakeTransport

T = TypeVar("T")


async def soon(awaitable: Awaitable[T]) -> T:
    return await asyncio.wait_for(awaitable, 5)


class SlowDevice(FakeDevice):
    """Answers a turn of the loop later, and has room for what the firmware has room for: more is lost."""

    waiting: list[bytes]
    most = 0

    def receive(self, raw: bytes) -> None:
        frame = Frame.decode(raw)
        assert frame is not None
        self.waiting.append(raw)
        of_type = sum(other[:1] == raw[:1] for other in self.waiting)
        commands = sum(other[0] not in (wire.GetInfo.TYPE, wire.TimeSync.TYPE) for other in self.waiting)
        question = frame.type in (wire.GetInfo.TYPE, wire.TimeSync.TYPE)
        assert of_type <= 1 if question else commands <= wire.KEPT_COMMANDS
        self.most = max(self.most, commands)
        asyncio.get_running_loop().call_later(0.002, self._answer, raw)

    def _answer(self, raw: bytes) -> None:
        self.waiting.remove(raw)
        super().receive(raw)


async def connected(device: FakeDevice | None = None, timeout_s: float = 0.3) -> tuple[Client, FakeTransport]:
    transport = FakeTransport(device)
    client = Client(transport, timeout_s=timeout_s, silence_s=60)
    await soon(client.connect())
    return client, transport


async def test_only_as_many_requests_are_on_their_way_as_a_device_has_room_for() -> None:
    device = SlowDevice(lambda raw: None)
    device.waiting = []
    client, _ = await connected(device, timeout_s=2.0)
    device.requests.clear()
    work: list[Awaitable[Any]] = [client.sync_time() for _ in range(30)]
    work += [client.set_wearer(Sex.MALE) for _ in range(20)]
    work += [client.flush() for _ in range(10)]
    await soon(asyncio.gather(*work))
    assert len(device.requests) == 60
    assert device.most == wire.KEPT_COMMANDS
    await client.close()


async def test_what_waits_for_its_turn_ends_with_the_link() -> None:
    client, transport = await connected(timeout_s=60.0)
    transport.device.deaf = 1000
    work = [asyncio.ensure_future(client.set_wearer(Sex.MALE)) for _ in range(20)]
    await asyncio.sleep(0.01)
    transport.break_link()
    assert {type(error) for error in await soon(asyncio.gather(*work, return_exceptions=True))} == {ConnectionLost}
    await client.close()


async def test_a_silent_device_lets_nobody_wait_without_end() -> None:
    client, transport = await connected(timeout_s=0.1)
    transport.device.deaf = 1000
    work = [client.set_wearer(Sex.MALE) for _ in range(50)]
    assert {type(error) for error in await soon(asyncio.gather(*work, return_exceptions=True))} == {ResponseTimeout}
    await client.close()


async def test_a_request_that_is_given_up_leaves_its_room() -> None:
    client, transport = await connected(timeout_s=60.0)
    transport.device.deaf = wire.KEPT_COMMANDS
    work = [asyncio.ensure_future(client.set_wearer(Sex.MALE)) for _ in range(8)]
    await asyncio.sleep(0.01)
    for task in work:
        task.cancel()
    await soon(asyncio.gather(*work, return_exceptions=True))
    await soon(client.set_wearer(Sex.FEMALE))
    assert transport.device.requests[-1] == wire.SetWearer(Sex.FEMALE)
    await client.close()


async def test_turns_come_in_order_and_a_turn_that_is_left_passes_on() -> None:
    slots = Slots(1)
    first, second, third = slots.join(), slots.join(), slots.join()
    assert (first.done(), second.done()) == (True, False)
    slots.leave(second)
    slots.leave(first)
    assert third.done()
    slots.leave(third)
    assert slots.join().done()


@pytest.mark.parametrize(
    ("streams", "mask"),
    [("ecg", 1), ("PPG", 2), (["ecg", Stream.PPG], 3), (Stream.ACCEL, 4), ([0, 1], 3), ([], 0), (None, 7)],
)
async def test_streams_by_member_name_or_number(streams: Any, mask: int) -> None:
    client, transport = await connected()
    await client.subscribe(streams)
    assert transport.device.subscribed == (mask, int(Results.ALL))
    await client.flush(streams)
    assert transport.device.requests[-1] == wire.Flush(mask)
    await client.close()


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (lambda c: c.subscribe([99]), StreamNotFound),
        (lambda c: c.subscribe("eeg"), StreamNotFound),
        (lambda c: c.subscribe([Stream.GYRO]), StreamNotFound),
        (lambda c: c.subscribe(5), WrongUse),
        (lambda c: c.subscribe([None]), WrongUse),
        (lambda c: c.subscribe([True]), StreamNotFound),
        (lambda c: c.subscribe(None, 1 << 20), WrongUse),
        (lambda c: c.subscribe(None, -1), WrongUse),
        (lambda c: c.subscribe(None, "beats"), WrongUse),
        (lambda c: c.flush(["eeg"]), StreamNotFound),
        (lambda c: c.flush([-1]), StreamNotFound),
        (lambda c: c.flush(["gyro"]), StreamNotFound),
        (lambda c: c.set_time(datetime(1960, 1, 1, tzinfo=timezone.utc)), WrongUse),
        (lambda c: c.set_time(datetime(1, 1, 1)), WrongUse),
        (lambda c: c.set_time("now"), WrongUse),
        (lambda c: c.set_wearer("male"), WrongUse),
        (lambda c: c.set_wearer(7), WrongUse),
        (lambda c: c.set_wearer(300), WrongUse),
        (lambda c: c.set_log(5), WrongUse),
        (lambda c: c.schedule_log(1441), WrongUse),
        (lambda c: c.schedule_log(10, 0), WrongUse),
        (lambda c: c.schedule_log(times=[1440]), WrongUse),
        (lambda c: c.schedule_log(times=[1, 2, 3, 4, 5]), WrongUse),
        (lambda c: c.schedule_log(times="07:30"), WrongUse),
        (lambda c: c.schedule_log(times=450), WrongUse),
        (lambda c: c.trigger_log(65536), WrongUse),
        (lambda c: c.trigger_log(1.5), WrongUse),
        (lambda c: c.set_log(LogMode.ALWAYS, ["gyro"]), StreamNotFound),
        (lambda c: c.set_log(LogMode.ALWAYS, "ecg", Results.STATUS), WrongUse),
        (lambda c: c.set_log(LogMode.ALWAYS, "ecg", "beats"), WrongUse),
    ],
)
async def test_what_is_no_request_is_refused_and_changes_nothing(
    request_: Callable[[Any], Awaitable[None]], error: type[Exception]
) -> None:
    client, transport = await connected()
    await client.subscribe("ecg", Results.BEATS)
    before = list(transport.device.requests)
    with pytest.raises(error):
        await soon(request_(client))
    assert transport.device.requests == before
    await soon(client.sync_time())
    await client.close()


class NeverOpen(FakeTransport):
    """A device that is looked for without end."""

    async def _open(self) -> None:
        self.opened += 1
        await asyncio.Event().wait()


async def test_close_ends_connecting_at_once() -> None:
    transport = NeverOpen()
    client = Client(transport)
    connecting = asyncio.ensure_future(client.connect())
    await asyncio.sleep(0.01)
    assert transport.opened == 1
    await soon(client.close())
    with pytest.raises(ConnectionLost, match="closed while it was connecting"):
        await soon(connecting)


async def test_connecting_that_is_cancelled_is_cancelled() -> None:
    client = Client(NeverOpen())
    connecting = asyncio.ensure_future(client.connect())
    await asyncio.sleep(0.01)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await soon(connecting)
    await soon(client.close())


@pytest.mark.parametrize("name", ["subscribe", "sync_time", "flush", "set_time", "play"])
def test_a_client_in_another_event_loop_is_refused_at_once(name: str) -> None:
    client, _ = asyncio.run(connected())
    with pytest.raises(WrongUse, match="connected in another event loop"):
        asyncio.run(soon(getattr(client, name)()))


def test_items_in_another_event_loop_are_refused_at_once() -> None:
    client, _ = asyncio.run(connected())

    async def read() -> None:
        await anext(client.items())

    with pytest.raises(WrongUse, match="connected in another event loop"):
        asyncio.run(soon(read()))


def test_a_client_whose_event_loop_has_ended_can_be_closed_and_connected_anew() -> None:
    client, transport = asyncio.run(connected())

    async def again() -> None:
        await soon(client.close())
        assert not transport.up
        await soon(client.connect())
        await soon(client.subscribe("ecg"))
        await soon(client.close())

    asyncio.run(again())
