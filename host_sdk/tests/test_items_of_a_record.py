"""Reading a replayed record: `items` plays it and ends with it."""

from __future__ import annotations

import asyncio

import pytest

from host_sdk import connect
from host_sdk.client import Client
from host_sdk.errors import AddressError, InternalError, ProtocolError, RecordError, VitalbandError
from host_sdk.models import Beat, Item, LinkError, Reading
from host_sdk.transports import simulated
from host_sdk.transports.opening import make_transport
from host_sdk.wire_gen import ReadingKind, Results

from .fake_device import FakeDevice, FakeTransport, beat, provider, reading
from .test_client import soon

BEATS = 5000  # more than a reader of a live link may let wait


def play(device: FakeDevice) -> None:
    device.say(*(beat(n % 65536, 200 * n) for n in range(BEATS)))
    device.say(reading(ReadingKind.HEART_RATE, 712, 9_000_000))


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "find_provider", lambda target: provider(play))


async def opened(address: str = "replay:db/1") -> Client:
    client = await soon(Client.open(address))
    await soon(client.subscribe(results=Results.ALL))
    return client


async def taken(client: Client) -> list[Item]:
    return [item async for item in client.items()]


@pytest.mark.usefixtures("simulator")
async def test_a_record_is_played_and_ends() -> None:
    async with connect("replay:db/1") as client:
        await client.subscribe()
        got = await soon(taken(client))
        assert [type(item) for item in got] == [Beat] * BEATS + [Reading]
        assert await soon(taken(client)) == []


@pytest.mark.usefixtures("simulator")
async def test_nothing_is_lost_on_a_slow_reader() -> None:
    client = await opened()
    got = []
    async for item in client.items(limit=1):
        await asyncio.sleep(0)
        got.append(item)
    assert len(got) == BEATS + 1
    assert not any(isinstance(item, LinkError) for item in got)
    await soon(client.close())


@pytest.mark.usefixtures("simulator")
async def test_whoever_plays_it_is_played_once() -> None:
    client = await opened()
    first, second, _ = await soon(asyncio.gather(taken(client), taken(client), client.play()))
    assert len(first) == len(second) == BEATS + 1
    await soon(client.play())
    await soon(client.close())


@pytest.mark.usefixtures("simulator")
async def test_a_damaged_record_ends_with_an_error_behind_its_good_part() -> None:
    client = await opened("replay:db/hurt")
    items = client.items()
    for _ in range(BEATS + 1):
        await soon(anext(items))
    with pytest.raises(RecordError, match="ended where it is damaged: db/hurt: truncated"):
        await soon(anext(items))
    await soon(client.close())


@pytest.mark.usefixtures("simulator")
@pytest.mark.parametrize(("raised", "got"), [(RecordError("torn"), RecordError), (KeyError("what"), InternalError)])
async def test_what_keeps_a_record_from_its_end_is_raised(
    raised: Exception, got: type[VitalbandError], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise raised

    client = await opened()
    monkeypatch.setattr(client.transport, "play", fail)
    with pytest.raises(got):
        await soon(taken(client))
    await soon(client.close())


@pytest.mark.usefixtures("simulator")
async def test_a_reader_of_a_closed_client_ends() -> None:
    client = await opened()
    await soon(client.close())
    assert await soon(taken(client)) == []


async def test_nothing_is_played_before_connecting() -> None:
    with pytest.raises(ProtocolError, match="not connected"):
        await soon(taken(Client(make_transport("replay:db/1"))))
    with pytest.raises(ProtocolError, match="not connected"):
        await soon(Client(FakeTransport()).play())


async def test_a_live_source_that_ends_is_no_lost_link() -> None:
    transport = FakeTransport()
    client = Client(transport)
    await soon(client.connect())
    items = client.items()
    transport.device.say(beat(1, 200))
    transport.ended = True
    transport.break_link()
    assert [type(item) async for item in items] == [Beat]
    await soon(client.close())


async def test_a_record_has_no_link_to_take_up_again() -> None:
    with pytest.raises(AddressError, match="no link to take up again"):
        async with connect("replay:db/1", reconnect=True):
            pass
