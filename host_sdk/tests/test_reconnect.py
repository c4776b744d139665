from __future__ import annotations

import asyncio
import inspect
import time
from unittest.mock import AsyncMock

import pytest

from host_sdk import feed
from host_sdk.backoff import Backoff
from host_sdk.client import Client
from host_sdk.connection_state import State
from host_sdk.errors import ConnectError, ConnectionLost, ProtocolError, RequestRefused, StreamNotFound, WrongUse
from host_sdk.models import Beat, Gap, Item, LinkError, LinkErrorKind, SampleBlock
from host_sdk.reconnect import ReconnectingClient
from host_sdk.wire_gen import Error, Flush, Results, SetTime, SetWearer, Sex, Stream, Subscribe

from .fake_device import FakeDevice, FakeTransport, beat, ramp

QUICK = Backoff(first_s=0.01, limit_s=0.05)


class Site:
    """A device that can be out of reach, and the transports that were made to reach it."""

    def __init__(self) -> None:
        self.device = FakeDevice(lambda raw: None)
        self.transports: list[FakeTransport] = []
        self.unreachable = False
        self.items: list[Item] = []
        self.states: list[State] = []

    def transport(self) -> FakeTransport:
        self.transports.append(FakeTransport(self.device, unreachable=self.unreachable))
        return self.transports[-1]

    def client(self) -> ReconnectingClient:
        client = ReconnectingClient(
            self.transport,
            on_state=lambda state, error: self.states.append(state),
            backoff=QUICK,
            timeout_s=0.3,
            silence_s=60,
        )
        client.listen(self.items.append)
        return client

    async def connected(self) -> ReconnectingClient:
        """A client that is connected and has subscribed to everything."""
        client = self.client()
        await asyncio.wait_for(client.subscribe(), 2)
        await asyncio.wait_for(client.connect(), 2)
        return client

    async def restart(self, client: ReconnectingClient) -> None:
        """The device begins anew, which it cannot hide: its link breaks."""
        self.device.boot_id += 1
        self.device.requests.clear()
        self.transports[-1].break_link()
        await client.wait_for(State.WAITING, 2)
        await client.wait_for(State.CONNECTED, 2)


def link_errors(site: Site) -> list[LinkErrorKind]:
    return [item.kind for item in site.items if isinstance(item, LinkError)]


async def test_comes_back_and_reports_what_was_missed() -> None:
    site = Site()
    client = await site.connected()
    site.device.say(ramp(Stream.ECG, 0, 25))
    site.transports[-1].break_link()
    await client.wait_for(State.WAITING, 2)
    await client.wait_for(State.CONNECTED, 2)
    site.device.say(ramp(Stream.ECG, 100, 25))
    assert [item.samples for item in site.items if isinstance(item, Gap)] == [75]
    await client.close()
    working, waiting = [State.CONNECTING, State.CONNECTED], [State.WAITING]
    assert site.states == [*working, *waiting, *working, State.STOPPED]
    assert client.connections == 2


async def test_tries_again_until_the_device_is_there() -> None:
    site = Site()
    site.unreachable = True
    client = site.client()
    client.start()
    with pytest.raises(ConnectError, match="not in reach"):
        await client.wait_for(State.CONNECTED, 0.1)
    site.unreachable = False
    await client.wait_for(State.CONNECTED, 2)
    assert len(site.transports) > 2
    await client.close()


async def test_gives_up_where_trying_again_is_no_use() -> None:
    site = Site()
    site.device.protocol = 99
    client = site.client()
    client.start()
    with pytest.raises(ProtocolError, match="99"):
        await client.wait_for(State.CONNECTED, 2)
    assert client.state is State.STOPPED
    await client.close()


async def test_a_restarted_device_is_given_subscription_and_settings_again() -> None:
    site = Site()
    client = await site.connected()
    await client.subscribe([Stream.ECG], Results.BEATS)
    await client.set_wearer(Sex.FEMALE)
    await client.set_time()
    site.device.say(ramp(Stream.ECG, 90_000, 25))
    await site.restart(client)
    kept = [request for request in site.device.requests if isinstance(request, Subscribe | SetWearer | SetTime)]
    assert kept[:2] == [Subscribe(1, Results.BEATS), SetWearer(Sex.FEMALE)]
    assert isinstance(kept[2], SetTime)
    assert len(kept) == 3
    site.device.say(ramp(Stream.ECG, 0, 25))
    assert isinstance(site.items[-1], SampleBlock)
    assert link_errors(site) == [LinkErrorKind.LINK_LOST, LinkErrorKind.DEVICE_RESTARTED]
    await client.close()


@pytest.mark.parametrize("known", [False, True], ids=["same boot id", "new boot id"])
async def test_a_restart_behind_a_lost_link_is_reported_once_and_nothing_of_it_is_dropped(known: bool) -> None:
    """A device without storage counts its starts from 1 each time, and may be back within a second."""
    site = Site()
    client = await site.connected()
    for stream in (Stream.ECG, Stream.PPG, Stream.ACCEL):
        site.device.say(ramp(stream, 0, 40), ramp(stream, 40, 40))
    if known:
        site.device.boot_id += 1
    site.transports[-1].break_link()
    await client.wait_for(State.WAITING, 2)
    await client.wait_for(State.CONNECTED, 2)
    site.items.clear()
    for first in (0, 20):
        for stream in (Stream.ECG, Stream.PPG, Stream.ACCEL):
            site.device.say(ramp(stream, first, 20, seq=first // 20))
    await asyncio.sleep(0.1)
    assert client.state is State.CONNECTED
    assert client.connections == 2
    blocks = [(item.stream, item.first_index) for item in site.items if isinstance(item, SampleBlock)]
    assert blocks == [(stream, first) for first in (0, 20) for stream in (Stream.ECG, Stream.PPG, Stream.ACCEL)]
    assert link_errors(site) == [LinkErrorKind.DEVICE_RESTARTED] * (not known)
    await client.close()


async def test_a_restart_is_seen_by_the_clock_where_neither_boot_id_nor_index_says_so() -> None:
    site = Site()
    client = await site.connected()
    site.device.say(ramp(Stream.ECG, 0, 25))
    site.device.began = time.monotonic()  # anew, and long enough ago for its index to have passed ours
    site.transports[-1].break_link()
    await client.wait_for(State.WAITING, 2)
    await client.wait_for(State.CONNECTED, 2)
    site.device.say(ramp(Stream.ECG, 5000, 25))
    assert link_errors(site) == [LinkErrorKind.LINK_LOST, LinkErrorKind.DEVICE_RESTARTED]
    assert not [item for item in site.items if isinstance(item, Gap)]
    assert client.connections == 2
    site.transports[-1].break_link()
    await client.wait_for(State.WAITING, 2)
    await client.wait_for(State.CONNECTED, 2)
    site.device.say(ramp(Stream.ECG, 5100, 25))
    assert [item.samples for item in site.items if isinstance(item, Gap)] == [75]
    await client.close()


async def test_items_go_on_over_connections_and_end_with_close() -> None:
    site = Site()
    client = await site.connected()
    items = client.items()
    site.device.say(beat(1, 1000))
    site.transports[-1].break_link()
    await client.wait_for(State.WAITING, 2)
    await client.wait_for(State.CONNECTED, 2)
    site.device.say(beat(2, 1200))
    got = [await asyncio.wait_for(anext(items), 2) for _ in range(3)]
    assert [item.number for item in got if isinstance(item, Beat)] == [1, 2]
    lost = got[1]
    assert isinstance(lost, LinkError)
    assert (lost.kind, lost.detail) == (LinkErrorKind.LINK_LOST, "fake device: pulled out; trying again")
    await client.close()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(items), 2)


async def test_an_end_that_was_wanted_or_is_final_is_no_lost_link() -> None:
    site = Site()
    client = await site.connected()
    await client.close()
    assert link_errors(site) == []
    site = Site()
    client = await site.connected()
    site.device.protocol = 99
    site.transports[-1].break_link()
    await client.wait_for(State.WAITING, 2)
    with pytest.raises(ProtocolError, match="99"):
        await client.wait_for(State.CONNECTED, 2)
    assert link_errors(site) == [LinkErrorKind.LINK_LOST]
    await client.close()


async def test_connecting_again_after_close_is_wrong_use_and_after_an_error_that_error() -> None:
    client = await Site().connected()
    await client.close()
    with pytest.raises(WrongUse, match="closed for good"):
        await asyncio.wait_for(client.connect(), 2)
    site = Site()
    site.device.protocol = 99
    client = site.client()
    for _ in range(2):
        with pytest.raises(ProtocolError, match="99"):
            await asyncio.wait_for(client.connect(), 2)


async def test_reading_where_nobody_connects_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "CONNECT_WITHIN_S", 0.1)
    client = Site().client()
    for waiting in (anext(client.items()), client.play()):
        with pytest.raises(WrongUse, match="not connected"):
            await asyncio.wait_for(waiting, 2)
    items = client.items()  # may be made before, and read afterwards
    await asyncio.wait_for(client.connect(), 2)
    await client.close()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(items), 2)


async def test_what_is_not_kept_needs_a_connection() -> None:
    site = Site()
    site.unreachable = True
    client = site.client()
    await client.set_wearer(Sex.MALE)
    with pytest.raises(ConnectionLost):
        await client.flush()
    with pytest.raises(ConnectError, match="not in reach"):
        await asyncio.wait_for(client.connect(), 2)
    assert client.state is State.STOPPED


async def test_a_refused_setting_is_raised_and_not_kept() -> None:
    site = Site()
    client = await site.connected()
    site.device.refuse = {SetWearer.TYPE: Error.BAD_VALUE}
    with pytest.raises(RequestRefused):
        await client.set_wearer(Sex.MALE)
    await site.restart(client)
    assert client.state is State.CONNECTED
    assert not [request for request in site.device.requests if isinstance(request, SetWearer)]
    await client.close()


async def test_what_is_no_request_is_not_kept() -> None:
    """Repeated with the next connection, it would end the client for good."""
    site = Site()
    client = await site.connected()
    with pytest.raises(WrongUse):
        await client.subscribe("ecg", Results(1 << 20))
    with pytest.raises(StreamNotFound):
        await client.subscribe("eeg")
    await site.restart(client)
    assert client.state is State.CONNECTED
    assert [request for request in site.device.requests if isinstance(request, Subscribe)] == [
        Subscribe(7, Results.ALL)
    ]
    await client.close()


async def test_after_a_refusal_the_command_before_it_is_still_kept() -> None:
    site = Site()
    client = await site.connected()
    await client.set_wearer(Sex.FEMALE)
    site.device.refuse = {SetWearer.TYPE: Error.BAD_VALUE}
    with pytest.raises(RequestRefused):
        await client.set_wearer(Sex.MALE)
    site.device.refuse = {}
    await site.restart(client)
    assert [request for request in site.device.requests if isinstance(request, SetWearer)] == [SetWearer(Sex.FEMALE)]
    await client.close()


async def test_a_command_given_while_it_connects_reaches_that_connection() -> None:
    site = Site()
    client = await site.connected()
    site.unreachable = True
    site.transports[-1].break_link()
    await client.wait_for(State.WAITING, 2)
    site.device.requests.clear()

    def on_client(_: Client) -> None:
        tasks.append(asyncio.ensure_future(client.set_wearer(Sex.MALE)))

    tasks: list[asyncio.Future[None]] = []
    client._on_client = on_client
    site.unreachable = False
    await client.wait_for(State.CONNECTED, 2)
    await asyncio.wait_for(asyncio.gather(*tasks), 2)
    assert [request for request in site.device.requests if isinstance(request, SetWearer)] == [SetWearer(Sex.MALE)]
    await client.close()


async def test_flush_names_its_streams() -> None:
    site = Site()
    client = await site.connected()
    await client.flush()
    await client.flush([Stream.PPG])
    assert [request for request in site.device.requests if isinstance(request, Flush)] == [Flush(0b111), Flush(0b10)]
    await client.close()


@pytest.mark.parametrize("finite", [True, False])
async def test_only_the_end_of_a_record_is_the_end_of_the_signals(
    finite: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = FakeTransport()
    transport.finite = finite
    monkeypatch.setattr(transport, "play", AsyncMock())
    async with Client(transport) as client:
        await client.play()
    flushes = [request for request in transport.device.requests if isinstance(request, Flush)]
    assert flushes == ([Flush(0b111)] if finite else [])


def test_one_shape_with_and_without_reconnect() -> None:
    public = {name for name in vars(Client) if not name.startswith("_")}
    assert public - set(vars(ReconnectingClient)) == set()
    for name in public:
        ours, theirs = getattr(Client, name), getattr(ReconnectingClient, name)
        if inspect.isfunction(ours):
            assert inspect.signature(ours) == inspect.signature(theirs), name
        else:
            assert type(ours) is type(theirs), name


async def test_a_silent_link_is_taken_up_again() -> None:
    site = Site()
    client = ReconnectingClient(site.transport, backoff=QUICK, timeout_s=0.3, silence_s=0.1)
    await client.subscribe()
    client.start()
    await client.wait_for(State.CONNECTED, 2)
    await client.wait_for(State.WAITING, 2)
    await client.wait_for(State.CONNECTED, 2)
    assert client.connections == 2
    await client.close()


async def test_stop_while_connecting() -> None:
    site = Site()
    site.device.deaf = 10_000
    client = site.client()
    client.start()
    await asyncio.sleep(0.05)
    await asyncio.wait_for(client.close(), 2)
    assert client.state is State.STOPPED
    with pytest.raises(ConnectionLost):
        await client.wait_for(State.CONNECTED, 1)


def test_backoff_grows_to_its_limit() -> None:
    backoff = Backoff(first_s=0.5, factor=2, limit_s=4)
    assert [backoff.wait_s(n) for n in (1, 2, 3, 4, 5, 5000)] == [0.5, 1, 2, 4, 4, 4]
