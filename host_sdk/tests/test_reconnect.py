from __future__ import annotations

import asyncio

import pytest

from host_sdk.errors import ConnectError, ConnectionLost, ProtocolError
from host_sdk.models import Gap, Item, LinkError, LinkErrorKind, SampleBlock
from host_sdk.reconnect import Backoff, ReconnectingClient, State
from host_sdk.wire_gen import Stream, Subscribe

from .fake_device import FakeDevice, FakeTransport, ramp

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
        return ReconnectingClient(
            self.transport,
            self.items.append,
            on_state=lambda state, error: self.states.append(state),
            backoff=QUICK,
            timeout_s=0.3,
            silence_s=60,
        )


async def test_comes_back_and_reports_what_was_missed() -> None:
    site = Site()
    client = site.client()
    client.start()
    await client.wait_for(State.CONNECTED, 2)
    site.device.say(ramp(Stream.ECG, 0, 25))
    site.transports[-1].break_link()
    await client.wait_for(State.WAITING, 2)
    await client.wait_for(State.CONNECTED, 2)
    site.device.say(ramp(Stream.ECG, 100, 25))
    assert [item.samples for item in site.items if isinstance(item, Gap)] == [75]
    await client.stop()
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
    await client.stop()


async def test_gives_up_where_trying_again_is_no_use() -> None:
    site = Site()
    site.device.protocol = 99
    client = site.client()
    client.start()
    with pytest.raises(ProtocolError, match="99"):
        await client.wait_for(State.CONNECTED, 2)
    assert client.state is State.STOPPED
    await client.stop()


async def test_a_restarted_device_is_subscribed_again() -> None:
    site = Site()
    client = site.client()
    client.start()
    await client.wait_for(State.CONNECTED, 2)
    site.device.say(ramp(Stream.ECG, 90_000, 25))
    site.device.boot_id = 0x9999
    site.device.requests.clear()
    site.transports[-1].break_link()
    await client.wait_for(State.WAITING, 2)
    await client.wait_for(State.CONNECTED, 2)
    assert isinstance(site.device.requests[-1], Subscribe)
    site.device.say(ramp(Stream.ECG, 0, 25))
    assert isinstance(site.items[-1], SampleBlock)
    told = [item.kind for item in site.items if isinstance(item, LinkError)]
    assert told == [LinkErrorKind.DEVICE_RESTARTED]
    await client.stop()


async def test_a_silent_link_is_taken_up_again() -> None:
    site = Site()
    client = ReconnectingClient(site.transport, site.items.append, backoff=QUICK, timeout_s=0.3, silence_s=0.1)
    client.start()
    await client.wait_for(State.CONNECTED, 2)
    await client.wait_for(State.WAITING, 2)
    await client.wait_for(State.CONNECTED, 2)
    assert client.connections == 2
    await client.stop()


async def test_stop_while_connecting() -> None:
    site = Site()
    site.device.deaf = 10_000
    client = site.client()
    client.start()
    await asyncio.sleep(0.05)
    await asyncio.wait_for(client.stop(), 2)
    assert client.state is State.STOPPED
    with pytest.raises(ConnectionLost):
        await client.wait_for(State.CONNECTED, 1)


def test_backoff_grows_to_its_limit() -> None:
    backoff = Backoff(first_s=0.5, factor=2, limit_s=4)
    assert [backoff.wait_s(n) for n in (1, 2, 3, 4, 5, 5000)] == [0.5, 1, 2, 4, 4, 4]
