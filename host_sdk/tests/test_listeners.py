"""A listener harms nobody, and one that is a coroutine function is awaited."""

from __future__ import annotations

import asyncio
import gc

import pytest

from host_sdk import listeners
from host_sdk.client import Client
from host_sdk.connection_state import State
from host_sdk.errors import WrongUse
from host_sdk.models import Beat, Item, LinkError, LinkErrorKind
from host_sdk.transports.ble import BleTransport

from .fake_device import FakeTransport, beat
from .test_ble import FakeAir, air  # noqa: F401 - a fixture
from .test_client import connected, soon
from .test_reconnect import Site
from .test_serial import Cable, cable  # noqa: F401 - a fixture


class Raising:
    """A listener that raises on each item."""

    def __init__(self) -> None:
        self.called = 0

    def __call__(self, item: Item) -> None:
        self.called += 1
        raise ValueError("not my day")


def stacks(caplog: pytest.LogCaptureFixture) -> int:
    return sum(record.exc_info is not None for record in caplog.records if record.name == listeners.__name__)


async def test_one_that_raises_takes_nothing_from_the_others_and_is_reported_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = Client(FakeTransport(), timeout_s=0.5)
    raising, got = Raising(), list[Item]()
    client.listen(raising)
    client.listen(got.append)
    await soon(client.connect())
    items = client.items()
    assert isinstance(client.transport, FakeTransport)
    client.transport.device.say(*(beat(n, 200 * n) for n in range(1, 21)))
    assert [item.number for item in got if isinstance(item, Beat)] == list(range(1, 21))
    assert [(await soon(anext(items))) for _ in range(20)] == got
    assert raising.called == 20
    assert stacks(caplog) == 1
    await soon(client.close())


def test_what_cannot_be_called_is_no_listener() -> None:
    with pytest.raises(WrongUse, match=r"^5 is no listener: it cannot be called$"):
        Client(FakeTransport()).listen(5)  # type: ignore[arg-type]


async def test_one_that_meets_a_cancelled_future_takes_nothing_from_the_others() -> None:
    client, transport, _items = await connected()
    done = asyncio.get_running_loop().create_future()
    done.cancel()
    got = list[Item]()
    client.listen(lambda _: done.result())
    client.listen(got.append)
    transport.device.say(beat(1, 200), beat(2, 400))
    assert [item.number for item in got if isinstance(item, Beat)] == [1, 2]
    await soon(client.close())


async def test_one_that_raises_on_a_silence_does_not_end_the_watchdog() -> None:
    client, transport, items = await connected()
    raising = Raising()
    client.listen(raising)
    for _ in range(2):
        await asyncio.sleep(0.45)
        transport.device.say(beat(1, 200))
    silences = [item for item in items if isinstance(item, LinkError) and item.stream is None]
    assert [item.kind for item in silences] == [LinkErrorKind.SILENT] * 2
    assert client.lost is None
    await client.close()


async def test_over_serial(cable: Cable) -> None:  # noqa: F811
    cable.attach()
    client = await soon(Client.open(f"serial:{cable.path}", timeout_s=2))
    client.listen(Raising())
    items = client.items()
    cable.device.say(beat(1, 200), beat(2, 400))
    assert [getattr(await soon(anext(items)), "number", 0) for _ in range(2)] == [1, 2]
    await soon(client.close())


async def test_over_bluetooth(air: FakeAir) -> None:  # noqa: F811
    client = Client(BleTransport(""), timeout_s=1)
    await soon(client.connect())
    client.listen(Raising())
    items = client.items()
    air.device.say(beat(1, 200), beat(2, 400))
    assert [getattr(await soon(anext(items)), "number", 0) for _ in range(2)] == [1, 2]
    await soon(client.close())


async def test_over_a_connection_that_comes_back() -> None:
    site = Site()
    client = await site.connected()
    raising = Raising()
    client.listen(raising)
    for number in (1, 2):
        site.device.say(beat(number, 200 * number))
        site.transports[-1].break_link()
        await client.wait_for(State.WAITING, 2)
        await client.wait_for(State.CONNECTED, 2)
    assert [item.number for item in site.items if isinstance(item, Beat)] == [1, 2]
    assert raising.called == 4  # with both losses of the link
    await client.close()


async def test_a_coroutine_function_is_awaited_an_item_at_a_time_and_in_order(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, transport, _ = await connected()
    got: list[int] = []
    running = 0

    async def slow(item: Item) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0.001)
        running -= 1
        assert isinstance(item, Beat)
        got.append(item.number)
        if item.number == 2:
            raise ValueError("not my day")

    client.listen(slow)
    transport.device.say(*(beat(n, 200 * n) for n in range(1, 11)))
    assert got == []
    await soon(client.close())
    assert got == list(range(1, 11))
    assert stacks(caplog) == 1


async def test_a_coroutine_function_that_is_too_slow_loses_the_oldest_with_a_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listeners, "WAITING_LIMIT", 3)
    client, transport, _ = await connected()
    got: list[Item] = []
    held = asyncio.Event()

    async def slow(item: Item) -> None:
        await held.wait()
        got.append(item)

    client.listen(slow)
    transport.device.say(*(beat(n, 200 * n) for n in range(1, 8)))
    held.set()
    await soon(client.close())
    assert [getattr(item, "number", None) for item in got] == [1, None, 5, 6, 7]
    assert isinstance(got[1], LinkError)
    assert got[1].kind is LinkErrorKind.OVERFLOW


async def test_one_may_close_its_own_client() -> None:
    client, transport, _ = await connected()

    async def enough(_: Item) -> None:
        await client.close()
        closed.set()

    closed = asyncio.Event()
    client.listen(enough)
    transport.device.say(beat(1, 200))
    await soon(closed.wait())
    assert not transport.up


async def test_one_that_never_ends_does_not_keep_close_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "END_TIMEOUT_S", 0.05)
    client, transport, _ = await connected()

    async def forever(_: Item) -> None:
        await asyncio.Event().wait()

    client.listen(forever)
    transport.device.say(beat(1, 200))
    await soon(client.close())
    assert not transport.up


async def test_readers_that_nobody_reads_are_forgotten() -> None:
    client, transport, _ = await connected()
    for _ in range(50):
        client.items()
    gc.collect()
    kept = client.items()
    transport.device.say(beat(1, 200))
    assert len(client._feed._readers) == 1
    assert isinstance(await soon(anext(kept)), Beat)
    await client.close()


@pytest.mark.parametrize("turns", [*range(12), 20, 40])
async def test_a_serial_port_whose_opening_is_cancelled_is_free_at_once(cable: Cable, turns: int) -> None:  # noqa: F811
    cable.attach()
    opening = asyncio.ensure_future(Client.open(f"serial:{cable.path}", timeout_s=2))
    for _ in range(turns):
        await asyncio.sleep(0)
    if opening.cancel():
        with pytest.raises(asyncio.CancelledError):
            await soon(opening)
    else:  # it was quicker
        await soon(opening.result().close())
    client = await soon(Client.open(f"serial:{cable.path}", timeout_s=2))
    assert client.info.model == "fake"
    await soon(client.close())


async def test_a_serial_port_that_opened_in_the_turn_of_its_cancellation_is_free_at_once(cable: Cable) -> None:  # noqa: F811
    cable.attach()
    client = Client(f"serial:{cable.path}", timeout_s=2)
    connect = client._connect_until

    async def connected_then_cancelled(until: float) -> None:
        await connect(until)
        asyncio.get_running_loop().call_soon(connecting.cancel)  # it runs once this has ended, before who waits for it

    client._connect_until = connected_then_cancelled  # type: ignore[method-assign]
    connecting = asyncio.ensure_future(client.connect())
    with pytest.raises(asyncio.CancelledError):
        await soon(connecting)
    other = await soon(Client.open(f"serial:{cable.path}", timeout_s=2))
    await soon(other.close())
