"""Which errors end a reconnecting client, and that nothing ends it without a word."""

from __future__ import annotations

import asyncio
import inspect
import struct
from typing import Any

import pytest

from host_sdk import errors
from host_sdk.client import Client
from host_sdk.connection_state import State
from host_sdk.errors import (
    AddressError,
    ConnectError,
    ConnectionLost,
    InternalError,
    ProtocolError,
    RequestRefused,
    StreamNotFound,
    VitalbandError,
    WrongUse,
    WrongVersion,
)
from host_sdk.final_errors import PASSING_REFUSALS, VERDICTS, is_final
from host_sdk.models import Beat, LinkError, LinkErrorKind
from host_sdk.wire_gen import Error, SetWearer, Sex, Stream

from .fake_device import FakeDevice, FakeTransport, beat
from .test_client import connected, soon
from .test_reconnect import Site


def test_every_error_has_a_verdict_with_a_reason() -> None:
    family = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, VitalbandError)]
    inherited = {errors.RecordNotFound, errors.RecordFormatError, errors.ChannelNotFound}
    assert set(family) - inherited == set(VERDICTS)
    assert all(verdict.reason for verdict in VERDICTS.values())


@pytest.mark.parametrize(
    ("error", "final"),
    [
        (ConnectError(""), False),
        (ConnectionLost(""), False),
        (ProtocolError(""), False),
        (WrongVersion(""), True),
        (StreamNotFound(""), True),
        (AddressError(""), True),
        (errors.RecordFormatError(""), True),
        (InternalError(""), True),
        *((RequestRefused("", code), code not in PASSING_REFUSALS) for code in Error),
    ],
)
def test_what_is_final(error: VitalbandError, final: bool) -> None:
    assert is_final(error) is final


async def test_answers_lost_in_the_handshake_are_no_reason_to_give_up() -> None:
    site = Site()
    whole, site.device.specs = site.device.specs, site.device.specs[:1]
    client = site.client()
    client.start()
    with pytest.raises(ProtocolError, match="does not describe"):
        await client.wait_for(State.CONNECTED, 0.1)
    site.device.specs = whole
    await client.wait_for(State.CONNECTED, 2)
    await client.close()


async def test_a_request_to_a_busy_device_is_repeated() -> None:
    site = Site()
    site.device.refuse = {SetWearer.TYPE: Error.BUSY}
    client = site.client()
    await client.set_wearer(Sex.MALE)
    client.start()
    await client.wait_for(State.WAITING, 2)
    site.device.refuse = {}
    await client.wait_for(State.CONNECTED, 2)
    given = [request for request in site.device.requests if isinstance(request, SetWearer)]
    assert len(given) >= 2
    assert set(given) == {SetWearer(Sex.MALE)}
    await client.close()


async def test_a_state_listener_that_raises_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    site = Site()
    client = site.client()
    client._on_state = lambda state, error: 1 / 0  # type: ignore[assignment]
    await soon(client.connect())
    site.transports[-1].break_link()
    await client.wait_for(State.WAITING, 2)
    await client.wait_for(State.CONNECTED, 2)
    assert "ZeroDivisionError" in caplog.text
    await client.close()


@pytest.mark.parametrize("awaited", [False, True])
async def test_on_client_that_raises_stops_it_with_that_error(awaited: bool) -> None:
    site = Site()
    client = site.client()

    def now(_: Client) -> None:
        raise KeyError("mine")

    async def later(_: Client) -> None:
        await asyncio.sleep(0)
        raise KeyError("mine")

    client._on_client = later if awaited else now
    items = client.items()
    with pytest.raises(InternalError, match="KeyError: 'mine'") as caught:
        await soon(client.connect())
    assert isinstance(caught.value.__cause__, KeyError)
    assert client.state is State.STOPPED
    with pytest.raises(InternalError):
        await soon(anext(items))
    assert not site.transports[-1].up


async def test_on_client_may_send_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    client = site.client()

    async def send_request(up: Client) -> None:
        await up.set_wearer(Sex.FEMALE)

    client._on_client = send_request
    await soon(client.connect())
    assert SetWearer(Sex.FEMALE) in site.device.requests
    await client.close()


async def test_a_fault_in_the_task_itself_reaches_who_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site()
    client = site.client()
    await soon(client.connect())
    items = client.items()
    monkeypatch.setattr(client, "_stay", None)
    site.transports[-1].break_link()
    await client.wait_for(State.CONNECTED, 2)
    with pytest.raises(InternalError, match="reconnecting: TypeError"):
        await soon(client.play())
    lost = await soon(anext(items))
    assert isinstance(lost, LinkError)
    assert lost.kind is LinkErrorKind.LINK_LOST
    with pytest.raises(InternalError):
        await soon(anext(items))
    assert "Traceback" in caplog.text
    await client.close()


class BadTransport(FakeTransport):
    """A peer that makes the libraries stumble: when it is opened, when it is written to, or when it is closed."""

    def __init__(self, where: str) -> None:
        super().__init__(FakeDevice(lambda raw: None))
        self.where = where

    async def _open(self) -> None:
        if self.where == "open":
            raise struct.error("unpack requires a buffer of 2 bytes")
        await super()._open()

    async def send(self, frame: Any) -> None:
        if self.where == "send":
            raise AttributeError("'NoneType' object has no attribute 'handle'")
        await super().send(frame)

    async def _close(self) -> None:
        await super()._close()
        if self.where == "close":
            raise RuntimeError("not open")


@pytest.mark.parametrize(
    ("where", "kind", "said"),
    [("open", ConnectError, "struct|error: unpack"), ("send", ConnectionLost, "AttributeError: 'NoneType'")],
)
async def test_a_malformed_peer_is_a_typed_error(where: str, kind: type[VitalbandError], said: str) -> None:
    with pytest.raises(kind, match=said):
        await soon(Client(BadTransport(where), timeout_s=0.5).connect())


async def test_a_link_that_does_not_close_in_order_is_closed_all_the_same() -> None:
    client = Client(BadTransport("close"), timeout_s=0.5)
    await soon(client.connect())
    items = client.items()
    await soon(client.close())
    with pytest.raises(StopAsyncIteration):
        await soon(anext(items))


async def test_a_background_task_that_dies_is_a_lost_link(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client, _, _ = await connected()
    items = client.items()
    monkeypatch.setattr(client._watchdog, "check", None)
    with pytest.raises(InternalError, match="watchdog: TypeError"):
        await soon(anext(items))
    await soon(client.play())
    assert isinstance(client.lost, InternalError)
    assert "Traceback" in caplog.text
    await client.close()


async def test_connected_twice_is_said_at_once_and_harms_nothing() -> None:
    client, transport, _ = await connected()
    with pytest.raises(WrongUse, match="connected already"):
        await soon(client.connect())
    items = client.items()
    transport.device.say(beat(1, 200))
    assert isinstance(await soon(anext(items)), Beat)
    assert client.lost is None
    await client.close()


async def test_connecting_twice_at_the_same_time() -> None:
    client = Client(FakeTransport(), timeout_s=0.5)
    outcomes = await soon(asyncio.gather(client.connect(), client.connect(), return_exceptions=True))
    assert outcomes[0] is None
    assert isinstance(outcomes[1], WrongUse)
    assert client.info.model == "fake"
    await client.close()


@pytest.mark.parametrize("lost", [False, True])
async def test_connected_again_after_close_or_loss_it_is_whole(lost: bool) -> None:
    client, transport, got = await connected()
    if lost:
        transport.break_link()
    else:
        await soon(client.close())
    await soon(client.connect())
    await soon(client.subscribe([Stream.ECG]))
    items = client.items()
    got.clear()
    transport.device.say(beat(1, 200))
    assert isinstance(await soon(anext(items)), Beat)
    assert len(got) == 1
    assert client.lost is None
    await soon(client.close())
    with pytest.raises(StopAsyncIteration):
        await soon(anext(items))


async def test_a_question_that_waits_ends_with_close() -> None:
    client, transport, _ = await connected(timeout_s=3)
    transport.device.deaf = 100
    question = asyncio.ensure_future(client.sync_time())
    await asyncio.sleep(0)
    await soon(client.close())
    with pytest.raises(ConnectionLost, match="closed"):
        await asyncio.wait_for(question, 1)


def test_a_client_of_another_event_loop_says_so_at_once() -> None:
    client = Client(FakeTransport(), timeout_s=3)
    asyncio.run(asyncio.wait_for(client.connect(), 2))
    with pytest.raises(WrongUse, match="another event loop"):
        asyncio.run(asyncio.wait_for(client.sync_time(), 1))
