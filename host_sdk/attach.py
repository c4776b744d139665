"""Stays with a device for as long as a command needs it, over lost links where trying again makes sense."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .background import internal_error
from .backoff import Backoff
from .client import OPEN_TIMEOUT_S, Client
from .connection_state import State
from .errors import ConnectError, ConnectionLost, ProtocolError, RecordError, ResponseTimeout, VitalbandError
from .models import Item
from .reconnect import ReconnectingClient
from .stream_names import Streams
from .transports.address import Address, parse_address
from .transports.opening import make_transport
from .waiting import within
from .wire_gen import Stream

#: For the first connection, which may have to look for the device and pair with it; later ones take what they take.
_FIRST_TIMEOUT_S = 2 * OPEN_TIMEOUT_S
# somebody sits before it and waits
_BACKOFF = Backoff(limit_s=5.0)
_FILL_EVERY_S = 1.0
_FILL_REST_S = 30.0


@dataclass(slots=True)
class AttachOptions:
    """What a command wants of a device. `on_client` is called with each connection before anything is subscribed.

    What `on_item` raises ends it all.
    """

    on_item: Callable[[Item], None]
    on_client: Callable[[Client], None]
    on_trouble: Callable[[str], None]
    #: None: all the device has.
    streams: Streams | None = None
    duration_s: float | None = None
    #: For so long a device that is not there yet is tried again; `duration_s` begins with the first connection.
    wait_s: float = 0.0
    #: Gaps of lost links are filled from the log that the device kept.
    fill: bool = False


async def attach(text: str, options: AttachOptions) -> None:
    """Stay until the duration is over or a finite source has ended; raises what kept it from that."""
    address = parse_address(text)
    if address.scheme in ("replay", "log") or (address.scheme == "sim" and not address.target):
        await _attach_once(address, options)
    else:
        await _attach_again(address, options)


class _Listener:
    """Hands items on until who takes them fails."""

    def __init__(self, on_item: Callable[[Item], None], failed: asyncio.Future[VitalbandError]) -> None:
        self._on_item = on_item
        self._failed = failed

    def __call__(self, item: Item) -> None:
        if self._failed.done():
            return
        try:
            self._on_item(item)
        except VitalbandError as error:
            self._failed.set_result(error)
        except Exception as error:
            self._failed.set_result(internal_error(f"taking a {type(item).__name__}", error))


async def _attach_once(address: Address, options: AttachOptions) -> None:
    """A device of our own dies with its link: there is nothing to try again."""
    transport = make_transport(address)
    failed: asyncio.Future[VitalbandError] = asyncio.get_running_loop().create_future()
    async with Client(transport) as client:
        options.on_client(client)
        client.listen(_Listener(options.on_item, failed))
        await client.subscribe(options.streams)
        if transport.record_error is not None:
            options.on_trouble(f"{transport.record_error}; its good part is replayed")
        if not await _play(client, failed, options.duration_s):
            return
        if client.lost is not None and not (transport.ended and options.duration_s is None):
            raise client.lost
        if transport.record_error is not None:
            raise RecordError(f"{transport.description}: ended where the record is damaged")


async def _play(client: Client, failed: asyncio.Future[VitalbandError], duration_s: float | None) -> bool:
    """Whether the source came to its end, or lost its link, within the time; raises what failed."""
    play = asyncio.ensure_future(client.play())
    try:
        waiting: list[asyncio.Future[Any]] = [play, failed]
        await asyncio.wait(waiting, timeout=duration_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = play.done()
        play.cancel()
        await asyncio.gather(play, return_exceptions=True)
    if failed.done():
        raise failed.result()
    if ended:
        play.result()
    return ended


async def _attach_again(address: Address, options: AttachOptions) -> None:
    # what ends it before its time
    lost: asyncio.Future[VitalbandError] = asyncio.get_running_loop().create_future()

    until = asyncio.get_running_loop().time() + options.wait_s
    said = ""

    def on_state(state: State, error: VitalbandError | None) -> None:
        nonlocal said
        left_s = until - asyncio.get_running_loop().time()
        hopeless = state is State.STOPPED or (state is State.WAITING and device.connections == 0 and left_s <= 0)
        if hopeless and error is not None and not lost.done():
            lost.set_result(_waited_for(error, options.wait_s if state is State.WAITING else 0.0))
        elif state is State.WAITING and str(error) != said:  # the same again is nothing new
            said = str(error)
            limit = f" for up to {math.ceil(left_s)} s" if device.connections == 0 else ""
            options.on_trouble(f"{error}; trying again{limit}")
        elif state is State.CONNECTED:
            said = ""

    device = ReconnectingClient(
        lambda: make_transport(address), on_state=on_state, on_client=options.on_client, backoff=_BACKOFF
    )
    device.listen(_Listener(options.on_item, lost))
    await device.subscribe(options.streams)
    device.start()
    filling = asyncio.create_task(_keep_filled(device, options.on_trouble)) if options.fill else None
    try:
        await _first(device, lost, options.wait_s)
        done, _ = await asyncio.wait([lost], timeout=options.duration_s)
        if done:
            raise lost.result()
        if device.state is not State.CONNECTED:
            raise device.error or ConnectionLost(f"{address}: not connected at the end")
        if filling is not None:
            await _fill_rest(device, filling)
    finally:
        if filling is not None:
            filling.cancel()
            await asyncio.gather(filling, return_exceptions=True)
        await device.close()


async def _keep_filled(device: ReconnectingClient, on_trouble: Callable[[str], None]) -> None:
    """Fill gaps from the device's log when there are new ones; those that it cannot fill are tried once a link."""
    tried: tuple[int, frozenset[tuple[Stream, int, int]]] = (0, frozenset())
    while True:
        await asyncio.sleep(_FILL_EVERY_S)
        if device.state is not State.CONNECTED or device.session.gaps <= (
            tried[1] if tried[0] == device.connections else frozenset()
        ):
            continue
        try:
            await device.fill_gaps()
        except VitalbandError as error:
            on_trouble(f"gaps are not filled from the device's log: {error}")
        tried = (device.connections, device.session.gaps)


async def _fill_rest(device: ReconnectingClient, filling: asyncio.Task[None]) -> None:
    """What a gap in the last second lacks, where that comes soon."""
    if device.session.gaps and not filling.done():
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)
        with suppress(VitalbandError, asyncio.TimeoutError):
            await within(device.fill_gaps(), _FILL_REST_S)


def _waited_for(error: VitalbandError, wait_s: float) -> VitalbandError:
    """What kept a device from being there, with how long it was waited for; of the same kind where that can be."""
    if wait_s <= 0 or type(error) not in (ConnectError, ConnectionLost, ResponseTimeout, ProtocolError):
        return error
    return type(error)(f"{error}; waited for {wait_s:g} s")


async def _first(device: ReconnectingClient, lost: asyncio.Future[VitalbandError], wait_s: float) -> None:
    """Wait for the first connection; the time asked for begins then."""
    up = asyncio.ensure_future(device.wait_for(State.CONNECTED, wait_s + _FIRST_TIMEOUT_S))
    try:
        waiting: list[asyncio.Future[Any]] = [up, lost]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if lost.done():
            raise lost.result()
        up.result()
    finally:
        up.cancel()
        await asyncio.gather(up, return_exceptions=True)
